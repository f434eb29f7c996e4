/* Forecasts from a watch; see watched.h. Rule: Modules/gcmodule.c (3.11) and Python/gc.c: a young
 * collection when count0 > threshold0, that of generation 1 when more than threshold1 young ones ran
 * since, of generation 2 likewise and only when a quarter of the old objects is new. */
#include "bench/tune/watched.h"

#include <math.h>
#include <string.h>

/* Collections that came by themselves; the rest of the full ones were asked for (gc.collect), and
 * will be again: a full one needs threshold2 + 1 of generation 1, of which a fork inherits some. */
static double automatic(const struct watched *self, double out[WATCHED_GENERATIONS])
{
    memcpy(out, self->collections, sizeof self->collections);
    double most = out[1] / (self->threshold[2] + 1) + self->processes;
    double asked = fmax(0, out[2] - most);
    out[2] -= asked;
    return asked;
}

static double mean(double sum, double n)
{
    return n > 0 ? sum / n : 0;
}

/* Births that are not counted, at most, after each collection: what it reclaims fills the free lists
 * of lists and dicts, and what they hand out again is no allocation. */
static double uncounted_most(const struct watched *self)
{
    enum { FREE_LISTS = 80 + 80 };
    return fmin(FREE_LISTS, mean(self->collected[0], self->collections[0]));
}

double watched_births(const struct watched *self)
{
    double n[WATCHED_GENERATIONS];
    automatic(self, n);
    return self->threshold[0] > 0 && self->seconds > 0
               ? (n[0] + n[1] + n[2]) * (self->threshold[0] + 1) / self->seconds
               : NAN;
}

/* How so many collections fall on the generations: after threshold1 + 1 young ones comes one of
 * generation 1; after threshold2 + 1 of those, the very next is full. */
static void divide(double all, const double threshold[WATCHED_GENERATIONS],
                   double out[WATCHED_GENERATIONS])
{
    double middle = threshold[2] + 1, young = middle * (threshold[1] + 1);
    double cycles = all / (young + middle + 1);
    out[0] = cycles * young;
    out[1] = cycles * middle;
    out[2] = cycles;
}

/* What the counts alone would have come to, of full collections. */
static double full_by_counts(const struct watched *self, const double now[WATCHED_GENERATIONS])
{
    double by_counts[WATCHED_GENERATIONS];
    divide(now[0] + now[1] + now[2], self->threshold, by_counts);
    return by_counts[2];
}

/* Where the quarter rule held full collections back, it would again: growth decides, not counts. */
static void hold_back(const struct watched *self, const double now[WATCHED_GENERATIONS],
                      double threshold1, double out[WATCHED_GENERATIONS])
{
    if (now[2] < 0.9 * full_by_counts(self, now) && out[2] > now[2]) {
        double rest = out[0] + out[1] + out[2] - now[2];
        out[2] = now[2];
        out[1] = rest / (threshold1 + 2);
        out[0] = rest - out[1];
    }
}

static bool freezes(const struct watched *self, const struct watched_setting *setting)
{
    return setting->freeze && self->forked && !self->frozen;
}

static void widen(struct bounds out[WATCHED_GENERATIONS], const double n[WATCHED_GENERATIONS])
{
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        out[g].lo = fmin(out[g].lo, n[g]);
        out[g].hi = fmax(out[g].hi, n[g]);
    }
}

static bool is_present(const struct watched *self, const struct watched_setting *setting)
{
    return self->threshold[0] == setting->threshold[0] &&
           self->threshold[1] == setting->threshold[1] &&
           self->threshold[2] == setting->threshold[2];
}

/* Whether full collections may come that the quarter rule holds back now: after a freeze the quarter
 * is one of what is not frozen; and where so few were due that none needs to have been held back. */
static bool may_be_free(const struct watched *self, const struct watched_setting *setting,
                        const double now[WATCHED_GENERATIONS])
{
    return (freezes(self, setting) && now[2] > 0) ||
           (!is_present(self, setting) && full_by_counts(self, now) - now[2] <= self->processes);
}

static void forecast_collections(const struct watched *self, const struct watched_setting *setting,
                                 struct bounds out[WATCHED_GENERATIONS])
{
    double now[WATCHED_GENERATIONS], n[WATCHED_GENERATIONS];
    double wanted[] = {setting->threshold[0], setting->threshold[1], setting->threshold[2]};
    double asked = automatic(self, now), all = now[0] + now[1] + now[2];
    bool collects = wanted[0] > 0, same = is_present(self, setting);
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        out[g] = (struct bounds){same ? now[g] : collects ? INFINITY : 0, same ? now[g] : 0};
    }
    for (int way = 0; collects && way < 2; way++) {
        double uncounted = way == 0 ? 0 : uncounted_most(self);
        divide(all * (self->threshold[0] + 1 + uncounted) / (wanted[0] + 1 + uncounted), wanted, n);
        if (may_be_free(self, setting, now)) {
            widen(out, n);
        }
        hold_back(self, now, wanted[1], n);
        if (!same) {
            widen(out, n);
        }
    }
    out[2].lo += asked;
    out[2].hi += asked;
}

/* Young trash that waits for its collection. */
static double trash_bytes(const struct watched *self, double threshold0)
{
    double young = mean(self->collected[0], self->collections[0]);
    double growth = (threshold0 + 1) / (self->threshold[0] + 1);
    return young == 0 ? 0 : self->object_bytes > 0 ? young * growth * self->object_bytes : NAN;
}

/* How much longer a collection takes. The young ones: by the threshold, at most. A full one: by what
 * is not frozen. What the parent held when it forked is known from its last full collection; since
 * then it grew by a third at most, or it would have collected again. */
static struct bounds stretch(const struct watched *self, const struct watched_setting *setting,
                             int generation)
{
    if (generation < 2) {
        double growth = ((double)setting->threshold[0] + 1) / (self->threshold[0] + 1);
        return (struct bounds){fmin(1, growth), fmax(1, growth)};
    }
    if (!freezes(self, setting)) {
        return (struct bounds){1, 1};
    }
    if (!(self->tracked > 0) || !(self->loaded > 0)) {
        return (struct bounds){0, 1};
    }
    double frozen = self->loaded / self->tracked;
    return (struct bounds){fmax(0, 1 - frozen * 4 / 3), fmax(0, 1 - frozen)};
}

static void forecast_pauses(const struct watched *self, const struct watched_setting *setting,
                            struct watched_forecast *out)
{
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        const struct bounds *n = &out->collections[g];
        double pause = mean(self->pause_ns[g], self->collections[g]);
        struct bounds by = stretch(self, setting, g);
        out->pause_ns.lo += n->lo * pause * by.lo;
        out->pause_ns.hi += n->hi * pause * by.hi;
        if (n->lo >= 1) {
            out->longest_ns.lo = fmax(out->longest_ns.lo, self->longest_ns[g] * by.lo);
        }
        if (n->hi >= 1) {
            /* a pause that grows, not what else may have lengthened the longest one */
            double longest = self->longest_ns[g];
            longest = by.hi > 1 ? longest + pause * (by.hi - 1) : longest * by.hi;
            out->longest_ns.hi = fmax(out->longest_ns.hi, longest);
        }
    }
}

const char *watched_unknown(const struct watched *self)
{
    return self->free_threaded ? "a free-threaded build has a collector of its own"
           : self->minor == 14 && self->patch < 5 ? "3.14.0 to 3.14.4 have an incremental collector"
           : self->threshold[0] == 0              ? "the collector was off"
           : !(self->seconds > 0)                 ? "it was watched for no time"
                                                  : NULL;
}

void watched_forecast(const struct watched *self, const struct watched_setting *setting,
                      struct watched_forecast *out)
{
    *out = (struct watched_forecast){.trash_bytes = NAN};
    forecast_collections(self, setting, out->collections);
    forecast_pauses(self, setting, out);
    out->trash_bytes = setting->threshold[0] > 0 ? trash_bytes(self, setting->threshold[0]) : NAN;
}
