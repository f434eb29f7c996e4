/* Least squares of relative errors; see fit.h. */
#include "bench/experiment/fit.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/rng.h"

enum { FIT_RESAMPLES = 1000, FIT_SEED = 1 };

/* Slope and rest of a weighted straight line v = slope·u + rest. */
struct sums {
    double w, u, v, uu, uv;
};

static void add(struct sums *self, double u, double v, double weight)
{
    self->w += weight;
    self->u += weight * u;
    self->v += weight * v;
    self->uu += weight * u * u;
    self->uv += weight * u * v;
}

static double slope_of(const struct sums *self)
{
    double determinant = self->w * self->uu - self->u * self->u;
    double scale = self->w * self->uu;
    return determinant > 1e-12 * scale ? (self->w * self->uv - self->u * self->v) / determinant
                                       : NAN;
}

/* Slope and rest through (x, y)[count]. */
typedef double solve_f(const double *x, const double *y, size_t count, double *rest);

static double solve_line(const double *x, const double *y, size_t count, double *rest)
{
    struct sums sums = {0};
    for (size_t i = 0; i < count; i++) {
        add(&sums, x[i], y[i], 1.0 / (y[i] * y[i]));
    }
    double slope = slope_of(&sums);
    *rest = (sums.v - slope * sums.u) / sums.w;
    return slope;
}

static double solve_power(const double *x, const double *y, size_t count, double *rest)
{
    struct sums sums = {0};
    for (size_t i = 0; i < count; i++) {
        add(&sums, log(x[i]), log(y[i]), 1.0);
    }
    double slope = slope_of(&sums);
    *rest = exp((sums.v - slope * sums.u) / sums.w);
    return slope;
}

static double resampled_median(struct sample sample, struct rng *rng, double *scratch)
{
    for (size_t i = 0; i < sample.n; i++) {
        scratch[i] = sample.value[rng_below(rng, sample.n)];
    }
    return stats_median((struct sample){scratch, sample.n});
}

static struct interval resample(const struct fit_point *point, size_t count, solve_f *solve,
                                double mid)
{
    struct rng rng;
    size_t most = 0;
    double *x = calloc(count, sizeof *x), *y = calloc(count, sizeof *y), rest;
    double *slope = calloc(FIT_RESAMPLES, sizeof *slope);
    for (size_t i = 0; i < count; i++) {
        most = point[i].y.n > most ? point[i].y.n : most;
    }
    double *scratch = calloc(most, sizeof *scratch);
    CHECK(x != NULL && y != NULL && slope != NULL && scratch != NULL);
    rng_seed(&rng, FIT_SEED);
    for (size_t r = 0; r < FIT_RESAMPLES; r++) {
        for (size_t i = 0; i < count; i++) {
            x[i] = point[i].x;
            y[i] = resampled_median(point[i].y, &rng, scratch);
        }
        slope[r] = solve(x, y, count, &rest);
    }
    struct sample all = {slope, FIT_RESAMPLES};
    struct interval result = {mid, stats_quantile(all, 0.025), stats_quantile(all, 0.975), true};
    free(x);
    free(y);
    free(slope);
    free(scratch);
    return result;
}

static struct fit fit(const struct fit_point *point, size_t count, solve_f *solve)
{
    struct fit self = {.slope = {.mid = NAN, .lo = NAN, .hi = NAN},
                       .rest = NAN,
                       .residual = NAN,
                       .residual_worst = NAN};
    double *x = calloc(count + 1, sizeof *x), *y = calloc(count + 1, sizeof *y);
    bool known = true;
    CHECK(x != NULL && y != NULL);
    for (size_t i = 0; i < count; i++) {
        x[i] = point[i].x;
        y[i] = stats_median(point[i].y);
        known = known && point[i].y.n >= STATS_MIN;
    }
    double slope = count < 2 ? NAN : solve(x, y, count, &self.rest);
    if (isfinite(slope)) {
        self.slope.mid = slope;
        if (known) {
            self.slope = resample(point, count, solve, slope);
        }
    }
    free(x);
    free(y);
    return self;
}

static void judge(struct fit *self, const struct fit_point *point, size_t count,
                  double (*at)(const struct fit *, double))
{
    double sum = 0.0;
    if (!isfinite(self->slope.mid)) {
        return;
    }
    self->residual_worst = 0.0;
    for (size_t i = 0; i < count; i++) {
        double error = fabs(stats_median(point[i].y) / at(self, point[i].x) - 1.0);
        sum += error * error;
        self->residual_worst = error > self->residual_worst ? error : self->residual_worst;
    }
    self->residual = sqrt(sum / (double)count);
}

double fit_line_at(const struct fit *self, double x)
{
    return self->slope.mid * x + self->rest;
}

double fit_power_at(const struct fit *self, double x)
{
    return self->rest * pow(x, self->slope.mid);
}

struct fit fit_line(const struct fit_point *point, size_t count)
{
    struct fit self = fit(point, count, solve_line);
    judge(&self, point, count, fit_line_at);
    return self;
}

struct fit fit_power(const struct fit_point *point, size_t count)
{
    struct fit self = fit(point, count, solve_power);
    judge(&self, point, count, fit_power_at);
    return self;
}
