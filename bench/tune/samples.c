/* Samples of settings; see samples.h. */
#include "bench/tune/samples.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"

enum { SAMPLES_SEED = 1 };

void samples_open(struct tune_samples *self, size_t settings)
{
    *self = (struct tune_samples){settings, calloc(settings, sizeof *self->of)};
    CHECK(self->of != NULL);
}

void samples_close(struct tune_samples *self)
{
    for (size_t i = 0; i < self->settings; i++) {
        free(self->of[i].sample);
    }
    free(self->of);
    *self = (struct tune_samples){0};
}

void samples_add(struct setting_samples *self, const struct tune_sample *sample)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? 8 : 2 * self->capacity;
        self->sample = realloc(self->sample, self->capacity * sizeof *self->sample);
        CHECK(self->sample != NULL);
    }
    self->sample[self->count] = *sample;
    self->sample[self->count++].drift = 1.0;
}

static bool is_time(enum tune_metric metric)
{
    return metric != TUNE_RSS && metric != TUNE_TRASH;
}

size_t samples_since(const struct tune_samples *self, size_t setting, unsigned from)
{
    const struct setting_samples *of = &self->of[setting];
    size_t n = 0;
    for (size_t i = 0; i < of->count; i++) {
        n += of->sample[i].round >= from;
    }
    return n;
}

size_t samples_quiet(const struct tune_samples *self, size_t setting, unsigned from)
{
    const struct setting_samples *of = &self->of[setting];
    size_t n = 0;
    for (size_t i = 0; i < of->count; i++) {
        n += of->sample[i].round >= from && !of->sample[i].disturbed;
    }
    return n;
}

/* New, caller frees .value. */
static struct sample values_of(const struct figure_of *self, size_t setting)
{
    const struct setting_samples *of = &self->samples->of[setting];
    bool quiet_only =
        is_time(self->metric) && samples_quiet(self->samples, setting, self->from) >= STATS_MIN;
    double *value = calloc(of->count + 1, sizeof *value);
    CHECK(value != NULL);
    size_t n = 0;
    for (size_t i = 0; i < of->count; i++) {
        const struct tune_sample *sample = &of->sample[i];
        if (sample->round >= self->from && !(quiet_only && sample->disturbed)) {
            double drift = !is_time(self->metric)            ? 1.0
                           : self->metric == TUNE_THROUGHPUT ? 1.0 / sample->drift
                                                             : sample->drift;
            value[n++] = sample->value[self->metric] * drift;
        }
    }
    return (struct sample){value, n};
}

/* Median time of the default in one round; NAN: it took no part. */
static double default_in_round(const struct tune_samples *self, unsigned round)
{
    const struct setting_samples *of = &self->of[0];
    double *value = calloc(of->count + 1, sizeof *value);
    CHECK(value != NULL);
    size_t n = 0;
    for (size_t i = 0; i < of->count; i++) {
        if (of->sample[i].round == round) {
            value[n++] = of->sample[i].value[TUNE_TIME];
        }
    }
    double median = stats_median((struct sample){value, n});
    free(value);
    return median;
}

static void set_drift(struct tune_samples *self, unsigned round, double drift)
{
    for (size_t i = 0; i < self->settings; i++) {
        for (size_t k = 0; k < self->of[i].count; k++) {
            if (self->of[i].sample[k].round == round) {
                self->of[i].sample[k].drift = drift;
            }
        }
    }
}

void samples_settle(struct tune_samples *self, unsigned raw)
{
    double reference = default_in_round(self, raw), last = 1.0;
    for (unsigned round = 0; round < raw; round++) {
        double then = default_in_round(self, round);
        last = then > 0.0 && reference > 0.0 ? reference / then
                                             : last; /* none: as in the one before */
        set_drift(self, round, last);
    }
}

static void values_free(struct sample sample)
{
    free((void *)(uintptr_t)sample.value);
}

double figure_median(const struct figure_of *self, size_t setting)
{
    struct sample sample = values_of(self, setting);
    double median = stats_median(sample);
    values_free(sample);
    return median;
}

struct interval figure_interval(const struct figure_of *self, size_t setting)
{
    struct sample sample = values_of(self, setting);
    struct interval interval = stats_median_interval(sample, SAMPLES_SEED);
    values_free(sample);
    return interval;
}

static bool all_zero(struct sample sample)
{
    for (size_t i = 0; i < sample.n; i++) {
        if (sample.value[i] != 0.0) {
            return false;
        }
    }
    return sample.n > 0;
}

struct interval figure_ratio(const struct figure_of *self, size_t a, size_t b)
{
    return figure_ratio_at(self, a, b, 0.95);
}

struct interval figure_ratio_at(const struct figure_of *self, size_t a, size_t b, double confidence)
{
    struct sample_pair pair = {values_of(self, a), values_of(self, b)};
    struct interval ratio;
    if (all_zero(pair.a)) {
        double value = all_zero(pair.b) ? 1.0 : 0.0;
        ratio =
            (struct interval){value, value, value, pair.a.n >= STATS_MIN && pair.b.n >= STATS_MIN};
    } else {
        ratio = stats_ratio_at(&pair, 1, confidence, SAMPLES_SEED);
    }
    values_free(pair.a);
    values_free(pair.b);
    return ratio;
}

double goals_excess(const struct goals *goals, const struct tune_samples *samples, size_t setting,
                    unsigned from)
{
    double sum = 0.0;
    for (size_t i = 0; i < goals->count; i++) {
        struct figure_of figure = {samples, goals->goal[i].metric, from};
        sum += goal_excess(&goals->goal[i], figure_median(&figure, setting),
                           figure_median(&figure, 0));
    }
    return sum;
}
