/* Pairs of trials and what they say; see verify.h.
 *
 * Both of a pair meet the same minutes of the machine, so the ratio within a pair is what counts;
 * its interval is Student's over the logs of the pairs' ratios. Several figures are judged at once:
 * each at 1 − 5 % / their number (Bonferroni), so that a setting that changes nothing is called so
 * in 19 runs of 20. */
#include "bench/verify/verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/units.h"
#include "bench/run/progress.h"

const struct trial_figure_info trial_figures[TRIAL_FIGURES] = {
    [TRIAL_P50] = {"latency p50", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_P99] = {"latency p99", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_P999] = {"latency p99.9", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_MAX] = {"latency max", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_THROUGHPUT] = {"throughput", FIGURE_RATE, MORE_IS_BETTER},
    [TRIAL_ERRORS] = {"errors", FIGURE_COUNT, LESS_IS_BETTER},
    [TRIAL_PSS] = {"PSS, all processes", FIGURE_BYTES, LESS_IS_BETTER},
    [TRIAL_PRIVATE_DIRTY] = {"private dirty", FIGURE_BYTES, LESS_IS_BETTER},
    [TRIAL_RSS] = {"RSS, all processes", FIGURE_BYTES, LESS_IS_BETTER},
    [TRIAL_CPU] = {"CPU time", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_GC] = {"time in pauses", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_PAUSE_MAX] = {"longest pause", FIGURE_NS, LESS_IS_BETTER},
    [TRIAL_GEN0] = {"collections, gen 0", FIGURE_COUNT, NEITHER_IS_BETTER},
    [TRIAL_GEN1] = {"collections, gen 1", FIGURE_COUNT, NEITHER_IS_BETTER},
    [TRIAL_GEN2] = {"collections, gen 2", FIGURE_COUNT, NEITHER_IS_BETTER},
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

static enum verify_verdict verdict_of(struct interval ratio, size_t figure)
{
    if (!ratio.known || trial_figures[figure].sense == NEITHER_IS_BETTER) {
        return VERIFY_UNKNOWN;
    }
    if (!stats_differs(ratio)) {
        return VERIFY_SAME;
    }
    return (ratio.mid > 1) == (trial_figures[figure].sense == MORE_IS_BETTER) ? VERIFY_BETTER
                                                                              : VERIFY_WORSE;
}

/* Of counts some of which are 0, to be held against a prediction: all pairs lie in it. */
static struct interval count_ratio(const struct verify_outcome *self, size_t figure)
{
    double present = plain_mean(self->present, self->pairs, figure);
    double proposed = plain_mean(self->proposed, self->pairs, figure);
    struct interval out = {proposed / present, INFINITY, 0, true};
    for (size_t i = 0; i < self->pairs; i++) {
        out.lo = fmin(out.lo, self->proposed[i].figure[figure] / present);
        out.hi = fmax(out.hi, self->proposed[i].figure[figure] / present);
    }
    return present > 0 && self->pairs >= VERIFY_PAIRS_MIN ? out
                                                          : (struct interval){NAN, NAN, NAN, false};
}

static struct verify_row row_of(const struct verify_outcome *self, size_t figure)
{
    double proposed[VERIFY_PAIRS_MAX], present[VERIFY_PAIRS_MAX];
    struct verify_row row = {.ratio = {NAN, NAN, NAN, false}};
    if (take(self, figure, proposed, present)) {
        double confidence = 1 - 0.05 / (double)(self->judged > 0 ? self->judged : 1);
        row.present = geometric_mean(present, self->pairs);
        row.proposed = geometric_mean(proposed, self->pairs);
        row.ratio = stats_paired_ratio(proposed, present, self->pairs, confidence);
        row.verdict = verdict_of(row.ratio, figure);
    } else {
        row.present = plain_mean(self->present, self->pairs, figure);
        row.proposed = plain_mean(self->proposed, self->pairs, figure);
        if (trial_figures[figure].sense == NEITHER_IS_BETTER) {
            row.ratio = count_ratio(self, figure);
        }
    }
    row.prediction = prediction_judge(&self->predictions.of[figure], row.ratio, &row.missed_by);
    return row;
}

void verify_judge(struct verify_outcome *self)
{
    double proposed[VERIFY_PAIRS_MAX], present[VERIFY_PAIRS_MAX];
    self->judged = 0;
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        self->judged +=
            trial_figures[f].sense != NEITHER_IS_BETTER && take(self, f, proposed, present);
    }
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        self->row[f] = row_of(self, f);
    }
}

static bool count_workers(const struct verify_plan *plan, const struct trial *trial,
                          struct error *error)
{
    return plan->workers == 0 || trial->workers == plan->workers ||
           error_set(error, "%zu workers were forked, --workers says %zu", trial->workers,
                     plan->workers);
}

/* A verification under way. */
struct session {
    const struct verify_plan *plan;
    struct verify_outcome *out;
    struct watched *cell; /* WATCHED_CELLS_MAX of them, to read into */
    struct progress progress;
};

static bool run_one(struct session *self, size_t pair, bool proposed, struct error *error)
{
    const struct verify_plan *plan = self->plan;
    struct trial *trial = proposed ? &self->out->proposed[pair] : &self->out->present[pair];
    struct error why;
    char line[64];
    snprintf(line, sizeof line, "pair %zu, %s setting", pair + 1,
             proposed ? "proposed" : "present");
    progress_begin(&self->progress, line);
    bool ok = trial_run(&plan->trial, proposed ? plan->proposal : NULL, 2 * pair + proposed, trial,
                        &why) &&
              count_workers(plan, trial, &why);
    progress_end(&self->progress, line, ok ? VERDICT_OK : VERDICT_FAILED, "");
    return ok || error_set(error, "%s: %s", line, why.text);
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

/* Whether the watch that was given is of this program: seen after the first pair, not the last. */
static bool check_watch(const struct verify_plan *plan, struct watched *cell, struct error *error)
{
    size_t count = watched_read(plan->trial.journal->folder, WATCHED_PRESENT, cell, error);
    return count > 0 && prediction_fits(plan->predicted, plan->predicted_count, cell, count, error);
}

static void predict_from_watch(const struct verify_plan *plan, const struct watched *cell,
                               size_t count, struct predictions *out)
{
    struct error error;
    struct watched *scaled = calloc(count, sizeof *scaled);
    CHECK(scaled != NULL);
    if (prediction_fits(plan->predicted, plan->predicted_count, cell, count, &error)) {
        prediction_scale(plan->predicted, plan->predicted_count, cell, count, scaled);
        predict(scaled, count, plan->proposal, out);
    } else { /* it did in the first pair */
        snprintf(out->nothing, sizeof out->nothing, "%.*s", (int)sizeof out->nothing - 1,
                 error.text);
    }
    free(scaled);
}

static bool predict_all(const struct verify_plan *plan, struct watched *cell,
                        struct verify_outcome *out, struct error *error)
{
    const char *folder = plan->trial.journal->folder;
    size_t count = watched_read(folder, WATCHED_PROPOSED, cell, error);
    if (count > 0) {
        prediction_reached(cell, count, plan->proposal, &out->remark);
        count = watched_read(folder, WATCHED_PRESENT, cell, error);
    }
    if (count > 0 && plan->predicted != NULL) {
        predict_from_watch(plan, cell, count, &out->predictions);
    } else if (count > 0) {
        predict(cell, count, plan->proposal, &out->predictions);
    }
    return count > 0;
}

static bool make_pairs(struct session *self, struct error *error)
{
    const struct verify_plan *plan = self->plan;
    struct verify_outcome *out = self->out;
    struct rng rng;
    bool first = false;
    rng_seed(&rng, plan->seed);
    for (size_t wanted = VERIFY_PAIRS_MIN; out->pairs < wanted; out->pairs++) {
        /* by lot, and the other way in the next: neither is first in more than half */
        first = out->pairs % 2 == 0 ? rng_below(&rng, 2) == 1 : !first;
        if (!run_one(self, out->pairs, first, error) || !run_one(self, out->pairs, !first, error)) {
            return false;
        }
        if (out->pairs == 0 && plan->predicted != NULL && !check_watch(plan, self->cell, error)) {
            return false;
        }
        wanted = pairs_wanted(plan, out->present[0].load_ns);
        self->progress.total = 2 * wanted;
    }
    return true;
}

bool verify_run(const struct verify_plan *plan, struct verify_outcome *out, struct error *error)
{
    struct session self = {plan, out, calloc(WATCHED_CELLS_MAX, sizeof *self.cell), {0}};
    CHECK(self.cell != NULL);
    memset(out, 0, sizeof *out);
    progress_start(&self.progress, 0, 2 * pairs_wanted(plan, plan->for_ns), false);
    bool ok = make_pairs(&self, error) && predict_all(plan, self.cell, out, error);
    if (ok) {
        verify_judge(out);
    }
    free(self.cell);
    return ok;
}
