/* Measuring a row; see row.h.
 *
 * Both sides are processes that are started anew for every round; inside a round they take turns, and
 * who begins changes. A round gives the median of its pairs' ratios; the interval is over rounds, as
 * a process is the unit that address layout and start-up differ by. Where a process is too costly for
 * that there is one, and the interval is over its pairs. CPU time of the process. */
#include "bench/peers/row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/peers/side.h"

enum { COMMAND_BYTES = 256 };

/* How long a row is looked at. */
struct effort {
    size_t rounds, pairs; /* at most */
    double slice_ns, round_ns;
    size_t pairs_least;
};

static struct effort effort_for(enum peers_measure measure, bool quick)
{
    static const struct effort usual[] = {
        [PEERS_SLICES] = {5, 60, 1e6, 4e8, 3},
        [PEERS_WHOLE] = {3, 3, 0, 1e9, 1},
        [PEERS_ONCE] = {1, 25, 0, 1e9, 3},
        [PEERS_MEMORY] = {3, 1, 0, 0, 1},
    };
    static const struct effort quick_one = {3, 3, 1e5, 1e8, 3};
    struct effort effort = quick ? quick_one : usual[measure];
    effort.rounds = measure == PEERS_ONCE ? 1 : effort.rounds;
    return effort;
}

/* The sides of a round, and the base if the group has one. */
struct sides {
    struct side ours, theirs, base;
    bool has_base;
};

static double median_of(const double *value, size_t n)
{
    return stats_median((struct sample){.value = value, .n = n});
}

static void command_of(char text[COMMAND_BYTES], const char *format, const char *name)
{
    const char *place = strstr(format, "%s");
    int n = place == NULL ? snprintf(text, COMMAND_BYTES, "%s", format)
                          : snprintf(text, COMMAND_BYTES, "%.*s%s%s", (int)(place - format), format,
                                     name, place + 2);
    CHECK(n > 0 && n < COMMAND_BYTES);
}

static void row_refuse(struct row *row, const struct side *side)
{
    const char *why = side->reason[0] != '\0' ? side->reason : "it went away";
    row->skipped = side->skipped;
    snprintf(row->reason, sizeof row->reason, "%s", why);
}

static void sides_close(struct sides *self)
{
    side_close(&self->ours);
    side_close(&self->theirs);
    if (self->has_base) {
        side_close(&self->base);
    }
}

/* Numbers that two sides say of their work, which must not differ by more than a hundredth, or 1. */
static bool same_work(const char *ours, const char *theirs)
{
    char *after[2] = {(char *)(uintptr_t)ours, (char *)(uintptr_t)theirs};
    while (*after[0] != '\0' && *after[1] != '\0') {
        double a = strtod(after[0], &after[0]), b = strtod(after[1], &after[1]);
        if (fabs(a - b) > fmax(1, a / 100)) {
            return false;
        }
    }
    return *after[0] == *after[1];
}

/* Start all of them at once, on any core, then wait; false with the row's reason. */
static bool sides_open(struct sides *self, struct row *row, const struct row_plan *plan)
{
    const struct peers_group *group = row->group;
    const char *folder = plan->folder;
    char text[COMMAND_BYTES];
    self->has_base = group->base != NULL;
    command_of(text, group->ours, row->name);
    side_start(&self->ours, text, folder, NULL);
    command_of(text, group->theirs, row->name);
    side_start(&self->theirs, text, folder, NULL);
    if (self->has_base) {
        command_of(text, group->base, row->name);
        side_start(&self->base, text, folder, NULL);
    }
    struct side *bad = !side_ready(&self->ours)                     ? &self->ours
                       : !side_ready(&self->theirs)                 ? &self->theirs
                       : self->has_base && !side_ready(&self->base) ? &self->base
                                                                    : NULL;
    if (bad == NULL && !same_work(self->ours.note, self->theirs.note)) {
        snprintf(self->theirs.reason, sizeof self->theirs.reason, "not the same work: %s and %s",
                 self->ours.note, self->theirs.note);
        bad = &self->theirs;
    }
    if (bad != NULL) {
        row_refuse(row, bad);
        sides_close(self);
        return false;
    }
    side_pin(&self->ours, &plan->core);
    side_pin(&self->theirs, &plan->core);
    if (self->has_base) {
        side_pin(&self->base, &plan->core);
    }
    return true;
}

static void row_add(struct row *row, double ours, double theirs, double ratio)
{
    CHECK(row->samples < ROW_SAMPLES_MAX);
    row->ours[row->samples] = ours;
    row->theirs[row->samples] = theirs;
    row->ratio[row->samples++] = ratio;
}

/* The slices' lengths; the nanoseconds of a pair, negative when a process went away. */
static double calibrate(struct sides *sides, enum peers_measure measure, double slice_ns)
{
    if (measure != PEERS_SLICES) {
        sides->ours.count = sides->ours.batch;
        sides->theirs.count = sides->theirs.batch;
        if (sides->has_base) {
            sides->base.count = sides->base.batch;
        }
        return 0;
    }
    double base = sides->has_base ? side_calibrate(&sides->base, slice_ns) : 0;
    double ours = side_calibrate(&sides->ours, slice_ns);
    double theirs = side_calibrate(&sides->theirs, slice_ns);
    return base < 0 || ours < 0 || theirs < 0 ? -1 : base + ours + theirs;
}

/* A pair of slices, net of the base: false when one of them went away, or there is nothing left. */
static bool take_turns(struct sides *sides, bool ours_first, double pair[2])
{
    double base = sides->has_base ? side_slice(&sides->base) : 0;
    double first = side_slice(ours_first ? &sides->ours : &sides->theirs);
    double second = side_slice(ours_first ? &sides->theirs : &sides->ours);
    pair[!ours_first] = first - base;
    pair[ours_first] = second - base;
    return base >= 0 && pair[0] > 0 && pair[1] > 0;
}

static bool round_time(struct row *row, struct sides *sides, struct effort effort)
{
    enum peers_measure measure = row->group->measure;
    double own[ROW_SAMPLES_MAX], other[ROW_SAMPLES_MAX], ratio[ROW_SAMPLES_MAX];
    double pair[2], spent = calibrate(sides, measure, effort.slice_ns);
    size_t n = 0;
    bool ok = spent >= 0;
    for (size_t i = 0; ok && measure == PEERS_SLICES && i < effort.pairs / 4; i++) {
        ok = take_turns(sides, true, pair); /* until blocks lie where they will */
    }
    for (spent = 0; ok && n < effort.pairs && (n < effort.pairs_least || spent < effort.round_ns);
         n++) {
        ok = take_turns(sides, (n + row->samples) % 2 == 0, pair);
        own[n] = pair[0];
        other[n] = pair[1];
        ratio[n] = pair[0] / pair[1];
        spent += pair[0] * (double)(sides->ours.count * sides->ours.items) +
                 pair[1] * (double)(sides->theirs.count * sides->theirs.items);
    }
    for (size_t i = 0; ok && measure == PEERS_ONCE && i < n; i++) {
        row_add(row, own[i], other[i], ratio[i]);
    }
    if (ok && measure != PEERS_ONCE) {
        row_add(row, median_of(own, n), median_of(other, n), median_of(ratio, n));
    }
    return ok;
}

/* The first operation of each process, which takes all the memory that there will be. */
static bool round_memory(struct row *row, struct sides *sides)
{
    double ours = side_memory(&sides->ours), theirs = side_memory(&sides->theirs);
    if (ours <= 0 || theirs <= 0) {
        return false;
    }
    row_add(row, ours, theirs, ours / theirs);
    return true;
}

bool row_measure(struct row *row, const struct row_plan *plan)
{
    struct effort effort = effort_for(row->group->measure, plan->quick);
    bool memory = row->group->measure == PEERS_MEMORY;
    bool ok = true;
    for (size_t i = 0; ok && i < effort.rounds; i++) {
        struct sides sides;
        if (!sides_open(&sides, row, plan)) {
            return false;
        }
        ok = memory ? round_memory(row, &sides) : round_time(row, &sides, effort);
        sides_close(&sides);
        if (!ok) {
            row_refuse(row, &sides.theirs);
        }
    }
    return ok;
}

/* Times do not resolve goals this near to 1. */
static bool is_near_one(double goal)
{
    return goal >= 0.67 && goal <= 1.5;
}

void row_count(struct row *row, struct counts *counts)
{
    const struct peers_group *group = row->group;
    const char *format[3] = {group->ours_counted != NULL ? group->ours_counted : group->ours,
                             group->theirs_counted != NULL ? group->theirs_counted : group->theirs,
                             group->base};
    char text[3][COMMAND_BYTES];
    const char *commands[3];
    size_t n = group->base != NULL ? 3 : 2;
    if (group->measure == PEERS_MEMORY ||
        !(is_near_one(group->goal) || is_near_one(group->goal_mean))) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        command_of(text[i], format[i], row->name);
        commands[i] = text[i];
    }
    counts_take(counts, commands, n);
    double ours = counts_get(counts, text[0]), theirs = counts_get(counts, text[1]);
    double base = n == 3 ? counts_get(counts, text[2]) : 0;
    if (base >= 0 && ours > base && theirs > base) {
        row->instructions = (ours - base) / (theirs - base);
    }
}

/* The verdict on an interval: where it holds the goal, the machine could not tell. */
static const char *verdict_of(struct interval ratio, double goal)
{
    return goal == 0 ? "-" : ratio.hi <= goal ? "met" : ratio.lo > goal ? "MISSED" : "unclear";
}

struct row_result row_result(const struct row *row)
{
    struct row_result result = {
        .ours = median_of(row->ours, row->samples),
        .theirs = median_of(row->theirs, row->samples),
        .ratio = stats_median_interval((struct sample){row->ratio, row->samples}, 1),
    };
    result.by_instructions = is_near_one(row->goal) && row->instructions > 0;
    result.verdict = !result.by_instructions          ? verdict_of(result.ratio, row->goal)
                     : row->instructions <= row->goal ? "met"
                                                      : "MISSED";
    return result;
}
