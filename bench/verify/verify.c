/* Pairs of trials and what they say; see verify.h.
 *
 * Both of a pair meet the same minutes of the machine, so the ratio within a pair is what counts;
 * its interval is Student's over the logs of the pairs' ratios. Several figures are judged at once:
 * each at 1 − 5 % / their number (Bonferroni), so that a setting that changes nothing is called so
 * in 19 runs of 20. */
#include "bench/verify/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/units.h"

const struct trial_figure_info trial_figures[TRIAL_FIGURES] = {
    [TRIAL_P50] = {"latency p50", FIGURE_NS, false},
    [TRIAL_P99] = {"latency p99", FIGURE_NS, false},
    [TRIAL_P999] = {"latency p99.9", FIGURE_NS, false},
    [TRIAL_MAX] = {"latency max", FIGURE_NS, false},
    [TRIAL_THROUGHPUT] = {"throughput", FIGURE_RATE, true},
    [TRIAL_ERRORS] = {"errors", FIGURE_COUNT, false},
    [TRIAL_PSS] = {"PSS, all processes", FIGURE_BYTES, false},
    [TRIAL_PRIVATE_DIRTY] = {"private dirty", FIGURE_BYTES, false},
    [TRIAL_RSS] = {"RSS, all processes", FIGURE_BYTES, false},
    [TRIAL_CPU] = {"CPU time", FIGURE_NS, false},
    [TRIAL_GC] = {"time in pauses", FIGURE_NS, false},
    [TRIAL_PAUSE_MAX] = {"longest pause", FIGURE_NS, false},
};

/* Of one figure, the pairs' values; false: it is not known in every trial, or never positive. */
static bool take(const struct verify_outcome *self, size_t figure, double *proposed,
                 double *present)
{
    for (size_t i = 0; i < self->pairs; i++) {
        proposed[i] = self->proposed[i].figure[figure];
        present[i] = self->present[i].figure[figure];
        if (!(proposed[i] > 0) || !(present[i] > 0)) {
            return false;
        }
    }
    return self->pairs > 0;
}

static double geometric_mean(const double *value, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += log(value[i]);
    }
    return n > 0 ? exp(sum / (double)n) : NAN;
}

/* Of figures that may be zero. */
static double plain_mean(const struct trial *trial, size_t n, size_t figure)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += trial[i].figure[figure];
    }
    return n > 0 ? sum / (double)n : NAN;
}

static enum verify_verdict verdict_of(struct interval ratio, bool more_is_better)
{
    if (!ratio.known) {
        return VERIFY_UNKNOWN;
    }
    if (!stats_differs(ratio)) {
        return VERIFY_SAME;
    }
    return (ratio.mid > 1) == more_is_better ? VERIFY_BETTER : VERIFY_WORSE;
}

void verify_judge(struct verify_outcome *self)
{
    double proposed[VERIFY_PAIRS_MAX], present[VERIFY_PAIRS_MAX];
    self->judged = 0;
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        self->judged += take(self, f, proposed, present);
    }
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        struct verify_row *row = &self->row[f];
        if (!take(self, f, proposed, present)) {
            *row = (struct verify_row){plain_mean(self->present, self->pairs, f),
                                       plain_mean(self->proposed, self->pairs, f),
                                       {NAN, NAN, NAN, false},
                                       VERIFY_UNKNOWN};
            continue;
        }
        row->present = geometric_mean(present, self->pairs);
        row->proposed = geometric_mean(proposed, self->pairs);
        row->ratio =
            stats_paired_ratio(proposed, present, self->pairs, 1 - 0.05 / (double)self->judged);
        row->verdict = verdict_of(row->ratio, trial_figures[f].more_is_better);
    }
}

static bool count_workers(const struct verify_plan *plan, const struct trial *trial,
                          struct error *error)
{
    return plan->workers == 0 || trial->workers == plan->workers ||
           error_set(error, "%zu workers were forked, --workers says %zu", trial->workers,
                     plan->workers);
}

static bool run_one(const struct verify_plan *plan, size_t pair, bool proposed,
                    struct verify_outcome *out, struct error *error)
{
    struct trial *trial = proposed ? &out->proposed[pair] : &out->present[pair];
    size_t index = 2 * pair + proposed;
    struct error why;
    fprintf(stderr, "pair %zu, %s setting\n", pair + 1, proposed ? "proposed" : "present");
    return (trial_run(&plan->trial, proposed ? plan->proposal : NULL, index, trial, &why) &&
            count_workers(plan, trial, &why)) ||
           error_set(error, "pair %zu, %s setting: %s", pair + 1, proposed ? "proposed" : "present",
                     why.text);
}

/* How many pairs put each setting under load for as long as was asked. */
static size_t pairs_wanted(const struct verify_plan *plan, uint64_t load_ns)
{
    size_t pairs = plan->pairs > 0 ? plan->pairs
                                   : (size_t)((plan->for_ns + load_ns - 1) / (load_ns + !load_ns));
    return pairs < VERIFY_PAIRS_MIN   ? VERIFY_PAIRS_MIN
           : pairs > VERIFY_PAIRS_MAX ? VERIFY_PAIRS_MAX
                                      : pairs;
}

bool verify_run(const struct verify_plan *plan, struct verify_outcome *out, struct error *error)
{
    struct rng rng;
    rng_seed(&rng, plan->seed);
    memset(out, 0, sizeof *out);
    for (size_t wanted = VERIFY_PAIRS_MIN; out->pairs < wanted; out->pairs++) {
        bool first = rng_below(&rng, 2) == 1;
        if (!run_one(plan, out->pairs, first, out, error) ||
            !run_one(plan, out->pairs, !first, out, error)) {
            return false;
        }
        wanted = pairs_wanted(plan, out->present[0].load_ns);
    }
    verify_judge(out);
    return true;
}
