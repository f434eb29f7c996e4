/* Predictions and whether they held; see prediction.h. A watch's figures are those of one start of
 * the program; each cell of it (the parent, its workers) is forecast by itself, and their sums are
 * divided by what they are now.
 *
 * Memory rests on one mechanism: a full collection writes to the head of every object that it looks
 * at, which makes pages that a fork shares a worker's own. So a setting under which workers collect
 * nothing that was there before the fork gives back, at most, all that a worker has dirtied but did
 * not add. How much of it the collector alone had dirtied a watch does not say: the other bound is
 * no change. */
#include "bench/verify/prediction.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

/* A figure now and as it will be, summed over cells. */
struct change {
    double now;
    struct bounds then;
};

struct sums {
    double processes, cpu_ns, given;
    struct change collections[WATCHED_GENERATIONS], pause_ns, longest_ns, pss, dirty, rss;
    bool trash_known;
};

static void add(struct change *self, double now, double lo, double hi)
{
    self->now += now;
    self->then.lo += fmax(0, lo);
    self->then.hi += fmax(0, hi);
}

static struct watched_setting setting_for(const struct proposal *proposal,
                                          const struct watched *cell)
{
    struct watched_setting out = {.freeze = proposal->freeze != PROPOSAL_NO_FREEZE};
    for (int g = 0; g < WATCHED_GENERATIONS && !proposal->gc_off; g++) {
        out.threshold[g] =
            proposal->thresholds ? proposal->threshold[g] : (uint32_t)cell->threshold[g];
    }
    return out;
}

/* Whether a worker looks, in a full collection, at what was there before the fork. */
static bool looks_back(const struct watched *cell, double full_collections)
{
    return cell->forked && !cell->frozen && full_collections / cell->processes >= 0.5;
}

/* Bytes that each worker can share again: what it has dirtied and did not add; or shares and can
 * dirty. */
struct exchange {
    double given, taken;
};

static struct exchange exchange_of(const struct watched *cell,
                                   const struct watched_setting *setting,
                                   const struct watched_forecast *forecast)
{
    bool now = looks_back(cell, cell->collections[2]);
    bool then = looks_back(cell, forecast->collections[2].hi) && !setting->freeze;
    double grown = fmax(0, cell->rss_bytes - cell->rss_bytes_base);
    return (struct exchange){
        now && !then ? fmax(0, cell->private_dirty_bytes - grown) : 0,
        then && !now ? fmax(0, cell->rss_bytes - cell->private_dirty_bytes) : 0,
    };
}

static void add_memory(const struct watched *cell, const struct watched_setting *setting,
                       const struct watched_forecast *forecast, struct sums *sums)
{
    double growth = (setting->threshold[0] + 1.0) / (cell->threshold[0] + 1);
    struct exchange pages = exchange_of(cell, setting, forecast);
    double n = cell->processes, given = n * pages.given, taken = n * pages.taken;
    /* no change of the threshold, no change of the trash, also where it is not known */
    double trash = growth == 1 ? 0 : n * forecast->trash_bytes * (1 - 1 / growth);
    sums->trash_known = sums->trash_known && !isnan(trash);
    double less = fmin(0, trash), more = fmax(0, trash);
    double pss = n * cell->pss_bytes, dirty = n * cell->private_dirty_bytes;
    double rss = n * cell->rss_bytes;
    add(&sums->pss, pss, pss + less - given, pss + more + taken);
    add(&sums->dirty, dirty, dirty + less - given, dirty + more + taken);
    add(&sums->rss, rss, rss + less, rss + more);
    sums->given += given;
}

static void add_cell(const struct watched *cell, const struct proposal *proposal, struct sums *sums)
{
    struct watched_setting setting = setting_for(proposal, cell);
    struct watched_forecast forecast;
    double pause_ns = 0, longest_ns = 0;
    watched_forecast(cell, &setting, &forecast);
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        add(&sums->collections[g], cell->collections[g], forecast.collections[g].lo,
            forecast.collections[g].hi);
        pause_ns += cell->pause_ns[g];
        longest_ns = fmax(longest_ns, cell->longest_ns[g]);
    }
    add(&sums->pause_ns, pause_ns, forecast.pause_ns.lo, forecast.pause_ns.hi);
    struct change *longest = &sums->longest_ns;
    longest->now = fmax(longest->now, longest_ns);
    longest->then.lo = fmax(longest->then.lo, forecast.longest_ns.lo);
    longest->then.hi = fmax(longest->then.hi, forecast.longest_ns.hi);
    add_memory(cell, &setting, &forecast, sums);
    sums->processes += cell->processes;
    sums->cpu_ns += cell->cpu_ns;
}

/* What workers share again is no longer its parent's own either. */
static void share_with_parents(const struct watched *cell, size_t count, struct sums *sums)
{
    for (size_t i = 0; sums->given > 0 && i < count; i++) {
        if (!cell[i].forked) {
            sums->dirty.then.lo -= cell[i].processes * cell[i].private_dirty_bytes;
        }
    }
    sums->dirty.then.lo = fmax(0, sums->dirty.then.lo);
}

static bool make(struct predictions *out, enum trial_figure figure, const struct change *change)
{
    if (change->now > 0) {
        out->of[figure].basis = PREDICTION_EXTRAPOLATED;
        out->of[figure].ratio =
            (struct bounds){change->then.lo / change->now, change->then.hi / change->now};
    }
    return change->now > 0;
}

/* Its tolerance is a share of the present figure, or of the predicted one where that is more. */
static void set(struct predictions *out, enum trial_figure figure, const struct change *change,
                double tolerance)
{
    if (make(out, figure, change)) {
        struct bounds ratio = out->of[figure].ratio;
        out->of[figure].allowed = (struct bounds){ratio.lo - tolerance * fmax(1, ratio.lo),
                                                  ratio.hi + tolerance * fmax(1, ratio.hi)};
    }
}

/* 5 % of those predicted, and one of each process. */
static void set_collections(const struct sums *sums, bool exact, struct predictions *out)
{
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        const struct change *change = &sums->collections[g];
        enum trial_figure figure = (enum trial_figure)(TRIAL_GEN0 + g);
        struct prediction *prediction = &out->of[figure];
        if (make(out, figure, change)) {
            double one = sums->processes / change->now;
            prediction->basis = exact ? PREDICTION_MODEL : PREDICTION_EXTRAPOLATED;
            prediction->allowed = (struct bounds){0.95 * prediction->ratio.lo - one,
                                                  1.05 * prediction->ratio.hi + one};
        }
    }
}

/* What pauses save is less work for the processor, or as many more requests; all else takes as long.
 * Nothing where pauses, which the clock on the wall counts, took longer than the processor worked. */
static void set_processor(const struct sums *sums, struct predictions *out)
{
    double saved_least = sums->pause_ns.then.hi - sums->pause_ns.now;
    double saved_most = sums->pause_ns.then.lo - sums->pause_ns.now;
    struct change cpu = {sums->cpu_ns,
                         {sums->cpu_ns + fmin(0, saved_most), sums->cpu_ns + fmax(0, saved_least)}};
    struct change throughput = {1, {cpu.now / cpu.then.hi, cpu.now / cpu.then.lo}};
    if (cpu.then.lo > 0) {
        set(out, TRIAL_CPU, &cpu, 0.05);
        set(out, TRIAL_THROUGHPUT, &throughput, 0.05);
    }
}

static void set_all(const struct sums *sums, const struct proposal *proposal, bool exact,
                    struct predictions *out)
{
    set_collections(sums, exact, out);
    set(out, TRIAL_GC, &sums->pause_ns, 0.1);
    set(out, TRIAL_PAUSE_MAX, &sums->longest_ns, 0.1);
    if (proposal->allocator != NULL) {
        return; /* how it holds memory, and what its calls take, a watch does not say */
    }
    set_processor(sums, out);
    if (sums->trash_known) {
        set(out, TRIAL_PSS, &sums->pss, 0.05);
        set(out, TRIAL_PRIVATE_DIRTY, &sums->dirty, 0.05);
        set(out, TRIAL_RSS, &sums->rss, 0.05);
    }
}

void predict(const struct watched *cell, size_t count, const struct proposal *proposal,
             struct predictions *out)
{
    struct sums sums = {.trash_known = true};
    bool exact = true;
    *out = (struct predictions){.minor = count > 0 ? cell[0].minor : 0};
    for (size_t i = 0; i < count; i++) {
        const char *unknown = watched_unknown(&cell[i]);
        if (unknown != NULL) {
            snprintf(out->nothing, sizeof out->nothing, "%.80s: %s", cell[i].workload, unknown);
            return;
        }
        add_cell(&cell[i], proposal, &sums);
        exact = exact && cell[i].threshold_changes == 0;
    }
    if (sums.collections[0].now < WATCHED_ENOUGH) {
        snprintf(out->nothing, sizeof out->nothing,
                 "%.3g young collections are too few to predict from: a longer load has more",
                 sums.collections[0].now);
        return;
    }
    share_with_parents(cell, count, &sums);
    set_all(&sums, proposal, exact, out);
}

enum prediction_verdict prediction_judge(const struct prediction *self, struct interval measured,
                                         double *missed_by)
{
    double lo = self->allowed.lo, hi = self->allowed.hi;
    *missed_by = NAN;
    if (self->basis == PREDICTION_NONE || !measured.known || !isfinite(lo) || !isfinite(hi)) {
        return PREDICTION_UNKNOWN;
    }
    if (measured.lo >= lo && measured.hi <= hi) {
        return PREDICTION_HELD;
    }
    if (measured.hi >= lo && measured.lo <= hi) {
        return PREDICTION_OPEN;
    }
    double bound = measured.lo > hi ? self->ratio.hi : self->ratio.lo;
    *missed_by = bound > 0 ? measured.mid / bound - 1 : NAN;
    return PREDICTION_MISSED;
}

static const struct watched *find(const struct watched *cell, size_t count, const char *workload)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cell[i].workload, workload) == 0) {
            return &cell[i];
        }
    }
    return NULL;
}

bool prediction_fits(const struct watched *watch, size_t watch_count, const struct watched *trial,
                     size_t trial_count, struct error *error)
{
    for (size_t i = 0; i < trial_count; i++) {
        const struct watched *now = &trial[i], *then = find(watch, watch_count, now->workload);
        if (then == NULL) {
            return error_set(error, "the watch has no %.120s, which runs here; it has %.120s",
                             now->workload, watch[0].workload);
        }
        if (then->minor != now->minor) {
            return error_set(error, "the watch is of Python 3.%u, this runs on 3.%u", then->minor,
                             now->minor);
        }
        if (memcmp(then->threshold, now->threshold, sizeof now->threshold) != 0) {
            return error_set(error,
                             "the watch is of thresholds %.0f/%.0f/%.0f, this has %.0f/%.0f/%.0f",
                             then->threshold[0], then->threshold[1], then->threshold[2],
                             now->threshold[0], now->threshold[1], now->threshold[2]);
        }
    }
    return true;
}

static double all_collections(const struct watched *cell)
{
    return cell->collections[0] + cell->collections[1] + cell->collections[2];
}

void prediction_scale(const struct watched *watch, size_t watch_count, const struct watched *trial,
                      size_t trial_count, struct watched *out)
{
    for (size_t i = 0; i < trial_count; i++) {
        const struct watched *then = find(watch, watch_count, trial[i].workload);
        CHECK(then != NULL);
        double seen = all_collections(then), by = seen > 0 ? all_collections(&trial[i]) / seen : 1;
        out[i] = *then;
        out[i].processes = trial[i].processes;
        out[i].seconds *= by;
        out[i].cpu_ns *= by;
        for (int g = 0; g < WATCHED_GENERATIONS; g++) {
            out[i].collections[g] *= by;
            out[i].pause_ns[g] *= by;
            out[i].collected[g] *= by;
        }
    }
}

static bool has_proposed(const struct watched *trial, const struct proposal *proposal)
{
    bool same = true;
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        same = same && trial->threshold[g] == proposal->threshold[g];
    }
    return proposal->gc_off ? trial->threshold[0] == 0 : !proposal->thresholds || same;
}

bool prediction_reached(const struct watched *trial, size_t count, const struct proposal *proposal,
                        struct error *error)
{
    size_t with_setting = 0, forked = 0, frozen = 0;
    for (size_t i = 0; i < count; i++) {
        with_setting += has_proposed(&trial[i], proposal);
        forked += trial[i].forked;
        frozen += trial[i].forked && trial[i].frozen;
    }
    if (with_setting == 0 && count > 0) {
        const double *threshold = trial[0].threshold;
        return threshold[0] > 0 ? error_set(error,
                                            "the program sets its collector itself, to %.0f/%.0f/"
                                            "%.0f, after what was proposed",
                                            threshold[0], threshold[1], threshold[2])
                                : error_set(error, "the program switches its collector off itself");
    }
    if (proposal->freeze != PROPOSAL_NO_FREEZE && frozen == 0) {
        return error_set(
            error, forked == 0 ? "nothing was forked, so nothing was frozen"
                               : "nothing was frozen: the program forks without Python's hooks");
    }
    return true;
}
