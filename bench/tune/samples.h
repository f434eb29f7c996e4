/* What was measured of each setting, one sample a process, and what follows from it. A sample whose
 * process the machine disturbed keeps its memory and counts; its times are used only where there
 * are not enough others. */
#ifndef HEAPDYNO_BENCH_TUNE_SAMPLES_H
#define HEAPDYNO_BENCH_TUNE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "bench/report/stats.h"
#include "bench/tune/goal.h"

struct tune_sample {
    double value[TUNE_METRICS]; /* no pause: 0 */
    double full_collections;    /* automatic ones of the oldest generation */
    bool disturbed;
    unsigned round; /* of the search, filled by it */
    double drift;   /* times are multiplied by it: samples_settle */
};

struct setting_samples {
    size_t count, capacity;
    struct tune_sample *sample;
    char gone[160];    /* why it cannot be measured: failed, skipped … ; "": it can */
    char version[256]; /* of its allocator, and in brackets the file it came from; "": not known */
};

struct tune_samples {
    size_t settings;
    struct setting_samples *of; /* [settings] */
};

void samples_open(struct tune_samples *self, size_t settings);
void samples_close(struct tune_samples *self);
void samples_add(struct setting_samples *self, const struct tune_sample *sample);

/* The machine may have become slower from one round to the next, in which fewer settings take part:
 * let times of all rounds before `raw` read as in that round, by what the default took in each.
 * Those from round `raw` on stay as they are. */
void samples_settle(struct tune_samples *self, unsigned raw);

/* Values of one figure from round `from` on. */
struct figure_of {
    const struct tune_samples *samples;
    enum tune_metric metric;
    unsigned from;
};

/* Its median for one setting; NAN: none. */
double figure_median(const struct figure_of *self, size_t setting);
struct interval figure_interval(const struct figure_of *self, size_t setting);

/* Setting a over setting b. Where every value of both is 0 the ratio is 1, where only those of a
 * are it is 0; both are known from STATS_MIN values on. */
struct interval figure_ratio(const struct figure_of *self, size_t a, size_t b);

/* The same at another confidence, of stats_ratio_at. */
struct interval figure_ratio_at(const struct figure_of *self, size_t a, size_t b,
                                double confidence);

/* How many samples from that round on, and how many of them were not disturbed. */
size_t samples_since(const struct tune_samples *self, size_t setting, unsigned from);
size_t samples_quiet(const struct tune_samples *self, size_t setting, unsigned from);

/* Sum of how far a setting's medians are beyond the goals; 0: all are met. */
double goals_excess(const struct goals *goals, const struct tune_samples *samples, size_t setting,
                    unsigned from);

#endif
