/* A search without time, for tests: settings of known costs, measured with seeded noise. */
#ifndef HEAPDYNO_TESTS_TUNE_TRIAL_H
#define HEAPDYNO_TESTS_TUNE_TRIAL_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/tune/search.h"

enum { TRIAL_SETTINGS = 64 };

/* What there is to find. */
struct trial {
    size_t count; /* settings, the default first */
    double truth[TRIAL_SETTINGS][TUNE_METRICS];
    bool endless[TRIAL_SETTINGS];
    unsigned distance[TRIAL_SETTINGS];
    size_t gone;                   /* this setting cannot be measured; 0: none */
    double noise, drift, budget_s; /* drift: slower by so much with each call of the measurer */
    const char *goals;
    bool batch;
};

/* What came of it. */
struct trial_end {
    struct search_result result;
    struct interval chosen; /* fresh samples of the figure to minimise */
    struct error error;
};

/* A measurer whose settings have known costs, and whose noise is seeded: each sample is its cost
 * times a normal factor, now and then a disturbed one. */
struct fake {
    struct rng rng;
    const struct trial *trial;
    size_t calls;
    double used_s;
};

static double normal(struct rng *rng)
{
    double u = rng_unit(rng), v = rng_unit(rng);
    return sqrt(-2.0 * log(1.0 - u)) * cos(2.0 * M_PI * v);
}

static bool fake_measure(void *self_, const struct batch *batch, struct tune_samples *samples,
                         struct error *error)
{
    struct fake *self = self_;
    (void)error;
    for (size_t t = 0; t < batch->times; t++) {
        for (size_t i = 0; i < batch->count; i++) {
            struct tune_sample sample = {.disturbed = rng_below(&self->rng, 20) == 0};
            double slower =
                (sample.disturbed ? 1.3 : 1.0) * pow(1.0 + self->trial->drift, (double)self->calls);
            for (int m = 0; m < TUNE_METRICS; m++) {
                double noise =
                    m == TUNE_RSS || m == TUNE_TRASH ? self->trial->noise / 20 : self->trial->noise;
                sample.value[m] =
                    self->trial->truth[batch->setting[i]][m] * exp(noise * normal(&self->rng));
                sample.value[m] *= m == TUNE_RSS || m == TUNE_TRASH ? 1.0 : slower;
            }
            if (batch->setting[i] == self->trial->gone && self->trial->gone != 0) {
                snprintf(samples->of[batch->setting[i]].gone, 32, "failed: on purpose");
            } else {
                samples_add(&samples->of[batch->setting[i]], &sample);
            }
            self->used_s += 0.1 * pow(1.0 + self->trial->drift, (double)self->calls);
        }
    }
    self->calls++;
    return true;
}

/* A sample takes 0.1 s, and with drift more and more. */
static double fake_used(void *self)
{
    return ((const struct fake *)self)->used_s;
}

/* False: the search gave up. */
static bool trial_run(const struct trial *self, uint64_t seed, struct trial_end *out)
{
    struct fake fake = {.trial = self};
    struct goals goals;
    struct tune_samples samples;
    rng_seed(&fake.rng, seed);
    assert_true(goals_parse(self->goals, &goals, &out->error));
    struct search search = {
        .measurer = {&fake, fake_measure, fake_used},
        .goals = &goals,
        .minimise = TUNE_TIME,
        .batch = self->batch,
        .endless = self->endless,
        .distance = self->distance,
        .level = {self->count / 4, self->count / 2, self->count},
        .levels = 3,
        .budget_s = self->budget_s,
        .confirm = 12,
        .confirm_least = 5,
        .confirm_most = 12,
    };
    samples_open(&samples, self->count);
    bool ok = search_run(&search, &samples, &out->result, &out->error);
    assert_true(!ok || fake.used_s <= self->budget_s);
    if (ok) {
        struct figure_of time = {&samples, TUNE_TIME, out->result.fresh};
        out->chosen = figure_interval(&time, out->result.chosen);
    }
    samples_close(&samples);
    return ok;
}

static uint64_t trial_seed(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

#endif
