/* Statistics by ranks: slopes between all pairs of points, and whether one sample is above another; see
 * stats.h. The slope takes n² / 2 places: for hundreds of points, not for thousands. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/stats.h"

static double *alloc_values(size_t n)
{
    double *values = calloc(n + 1, sizeof *values);
    CHECK(values != NULL);
    return values;
}

/* New, sorted; *count of them. */
static double *all_slopes(const double *x, const double *y, size_t n, size_t *count)
{
    double *slopes = alloc_values(n * n / 2);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if (x[i] != x[j]) {
                slopes[(*count)++] = (y[j] - y[i]) / (x[j] - x[i]);
            }
        }
    }
    stats_sort(slopes, *count);
    return slopes;
}

double stats_slope(const double *x, const double *y, size_t n)
{
    return stats_slope_interval(x, y, n).mid;
}

struct interval stats_slope_interval(const double *x, const double *y, size_t n)
{
    size_t count;
    double *slopes = all_slopes(x, y, n, &count);
    struct interval result = {
        .mid = stats_median((struct sample){slopes, count}), .lo = NAN, .hi = NAN};
    double points = (double)n, pairs = (double)count;
    double reach = 1.959964 * sqrt(points * (points - 1.0) * (2.0 * points + 5.0) / 18.0);
    if (n >= 5 && reach < pairs) {
        size_t from = (size_t)((pairs - reach) / 2.0);
        result.lo = slopes[from];
        result.hi = slopes[count - 1 - from];
        result.known = true;
    }
    free(slopes);
    return result;
}

/* Sum of the ranks of `a` among both; ties share their mean rank, *ties gets the sum of t³ - t. */
static double rank_sum(struct sample a, const double *sorted, size_t n, double *ties)
{
    double sum = 0.0;
    *ties = 0.0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && sorted[to] == sorted[from]; to++) {
        }
        double t = (double)(to - from);
        *ties += t * t * t - t;
        for (size_t i = 0; i < a.n; i++) {
            sum += a.value[i] == sorted[from] ? ((double)(from + to) + 1.0) / 2.0 : 0.0;
        }
    }
    return sum;
}

double stats_mann_whitney(struct sample a, struct sample b)
{
    size_t n = a.n + b.n;
    if (a.n == 0 || b.n == 0) {
        return NAN;
    }
    double *all = alloc_values(n), ties;
    memcpy(all, a.value, a.n * sizeof *all);
    memcpy(all + a.n, b.value, b.n * sizeof *all);
    stats_sort(all, n);
    double na = (double)a.n, nb = (double)b.n, total = na + nb;
    double u = rank_sum(a, all, n, &ties) - na * (na + 1.0) / 2.0;
    double variance = na * nb / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    free(all);
    if (variance <= 0.0) {
        return NAN;
    }
    double distance = fabs(u - na * nb / 2.0) - 0.5;
    return distance <= 0.0 ? 1.0 : erfc(distance / sqrt(variance) / sqrt(2.0));
}
