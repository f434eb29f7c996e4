/* Successive halving; see search.h. */
#include "bench/tune/search.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const double penalty = 4.0; /* a goal missed by 1 % outweighs 4 % of gain */
static const double out_of_the_race = 1e6;
static const double retries = 1.5; /* room for disturbed samples, which are measured again */

/* The state between rungs. */
struct race {
    const struct search *search;
    struct tune_samples *samples;
    struct error *error;
    unsigned round, fresh; /* fresh: where the confirmation began; 0: not yet */
    size_t *alive;         /* the default first */
    size_t count;
    double *rank;   /* [settings] */
    size_t confirm; /* fresh samples of each */
    double cost;    /* seconds of a sample, by the last measurements */
};

static double used_s(const struct race *self)
{
    return self->search->measurer.used(self->search->measurer.self);
}

__attribute__((format(printf, 2, 3))) static void say(const struct search *self, const char *format,
                                                      ...)
{
    char text[160];
    va_list list;
    if (self->note == NULL) {
        return;
    }
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    self->note(self->measurer.self, text);
}

bool search_endless(const struct search *self, const struct tune_samples *samples, size_t setting,
                    unsigned from)
{
    struct figure_of trash = {samples, TUNE_TRASH, from};
    return self->endless[setting] && figure_median(&trash, setting) > 0.0;
}

static bool is_there(const struct tune_samples *samples, size_t setting)
{
    return samples->of[setting].gone[0] == '\0' && samples->of[setting].count > 0;
}

/* Measure settings; their new samples are of this round. */
static bool measure(struct race *self, const size_t *setting, size_t count, size_t times)
{
    struct tune_samples *samples = self->samples;
    size_t *before = calloc(samples->settings, sizeof *before);
    CHECK(before != NULL);
    for (size_t i = 0; i < samples->settings; i++) {
        before[i] = samples->of[i].count;
    }
    double used = used_s(self);
    const struct measurer *measurer = &self->search->measurer;
    bool ok = measurer->measure(measurer->self, &(struct batch){setting, count, times}, samples,
                                self->error);
    for (size_t i = 0; i < samples->settings; i++) {
        for (size_t k = before[i]; k < samples->of[i].count; k++) {
            samples->of[i].sample[k].round = self->round;
        }
    }
    free(before);
    self->cost = (used_s(self) - used) / (double)(count * times);
    self->round++;
    if (setting[0] == 0) { /* the default took part */
        samples_settle(samples, self->fresh > 0 ? self->fresh : self->round - 1);
    }
    return ok;
}

/* A rung. Settings of which every sample was disturbed are measured once more, unless that is so of
 * most: then the machine is noisy, and once more would not help. */
static bool measure_rung(struct race *self, size_t times)
{
    unsigned round = self->round;
    if (!measure(self, self->alive, self->count, times)) {
        return false;
    }
    size_t *again = calloc(self->count, sizeof *again), count = 0;
    CHECK(again != NULL);
    for (size_t i = 0; i < self->count; i++) {
        size_t setting = self->alive[i];
        again[count] = setting;
        count +=
            is_there(self->samples, setting) && samples_quiet(self->samples, setting, round) == 0;
    }
    bool ok = count == 0 || 2 * count > self->count || measure(self, again, count, times);
    free(again);
    return ok;
}

/* Smaller is better; the default is 0 plus what it misses. */
static double rank_of(const struct race *self, size_t setting)
{
    const struct search *search = self->search;
    struct figure_of figure = {self->samples, search->minimise, 0};
    if (!is_there(self->samples, setting)) {
        return INFINITY;
    }
    double value = fmax(figure_median(&figure, setting), 1.0);
    double reference = fmax(figure_median(&figure, 0), 1.0);
    double excess = goals_excess(search->goals, self->samples, setting, 0);
    bool out = !search->batch && search_endless(search, self->samples, setting, 0);
    return log(value / reference) + penalty * excess + (out ? out_of_the_race : 0.0);
}

/* Rank what is alive, best first; what cannot be measured is dropped. */
static void sort_alive(struct race *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        size_t setting = self->alive[i];
        self->rank[setting] = rank_of(self, setting);
        if (is_there(self->samples, setting)) {
            self->alive[count++] = setting;
        }
    }
    self->count = count;
    for (size_t i = 2; i < self->count; i++) { /* insertion: stable; the default stays first */
        size_t setting = self->alive[i], k = i;
        for (; k > 1 && self->rank[self->alive[k - 1]] > self->rank[setting]; k--) {
            self->alive[k] = self->alive[k - 1];
        }
        self->alive[k] = setting;
    }
}

static size_t survivors(size_t challengers)
{
    size_t half = (challengers + 1) / 2;
    return half > SEARCH_FINALISTS ? half : SEARCH_FINALISTS;
}

/* Samples that a search over so many settings takes, the confirmation included. */
static double samples_needed(size_t settings, size_t confirm)
{
    double needed = SEARCH_PILOT;
    size_t times = 1;
    for (size_t alive = settings - 1; alive > SEARCH_FINALISTS; alive = survivors(alive)) {
        needed += (double)((alive + 1) * times);
        times = times < SEARCH_TIMES_MAX ? 2 * times : times;
    }
    size_t most = SEARCH_FINALISTS + SEARCH_FRONT + 1;
    needed += (double)(confirm * (settings < most ? settings : most));
    return retries * needed;
}

/* The largest grid that the budget holds; else the smallest with fewer fresh samples. 0 with the
 * reason: not even that. */
static size_t choose_grid(struct race *self)
{
    const struct search *search = self->search;
    double cost = self->cost;
    self->confirm = search->confirm;
    for (size_t level = search->levels; level-- > 0;) {
        if (samples_needed(search->level[level], self->confirm) * cost <= search->budget_s) {
            return search->level[level];
        }
    }
    while (self->confirm > search->confirm_least) {
        self->confirm--;
        if (samples_needed(search->level[0], self->confirm) * cost <= search->budget_s) {
            return search->level[0];
        }
    }
    double least = samples_needed(search->level[0], self->confirm) * cost;
    error_set(self->error,
              "one process takes %.3g s, so that the least search takes %.0f s: more than --time; "
              "give more time or a smaller workload",
              cost, ceil(least));
    return 0;
}

static bool default_is_there(const struct race *self)
{
    return is_there(self->samples, 0) ||
           error_set(self->error, "the default cannot be measured: %s", self->samples->of[0].gone);
}

static bool pilot(struct race *self)
{
    const size_t only = 0;
    if (!measure(self, &only, 1, SEARCH_PILOT)) {
        return false;
    }
    return default_is_there(self);
}

/* Whether a round, and the least confirmation after it, still end in time. The pilot cannot know that
 * the machine becomes slower. */
static bool in_time(const struct race *self, size_t times)
{
    size_t least = self->search->confirm_least * (SEARCH_FINALISTS + SEARCH_FRONT);
    double wanted = (double)(self->count * times + least) * self->cost;
    return used_s(self) + wanted <= self->search->budget_s;
}

static bool run_rungs(struct race *self)
{
    for (size_t times = 1; self->count - 1 > SEARCH_FINALISTS; times *= 2) {
        times = times < SEARCH_TIMES_MAX ? times : SEARCH_TIMES_MAX;
        if (times > 1 && !in_time(self, times)) {
            say(self->search, "time is short: the best %d are confirmed now", SEARCH_FINALISTS);
            self->count = 1 + SEARCH_FINALISTS;
            return true;
        }
        say(self->search, "round %u: %zu settings, %zu %s each", self->round, self->count, times,
            times == 1 ? "sample" : "samples");
        if (!measure_rung(self, times) || !default_is_there(self)) {
            return false;
        }
        sort_alive(self);
        size_t most = 1 + survivors(self->count - 1);
        self->count = self->count < most ? self->count : most;
    }
    return true;
}

/* The front by all samples so far. */
struct front {
    size_t count;
    size_t *setting; /* [count], owned */
    bool *on;        /* [count], owned: on the front, and not taken yet */
};

static struct front find_front(const struct race *self, size_t searched)
{
    struct front front = {0, calloc(searched, sizeof *front.setting),
                          calloc(searched, sizeof *front.on)};
    CHECK(front.setting != NULL && front.on != NULL);
    for (size_t i = 0; i < searched; i++) {
        if (is_there(self->samples, i)) {
            front.setting[front.count++] = i;
        }
    }
    search_front(self->samples, 0, front.setting, front.count, front.on);
    return front;
}

/* Take the member with the least median of a figure, or (TUNE_METRICS) with the best rank.
 * SIZE_MAX: none is left. */
static size_t take_least(const struct race *self, struct front *front, enum tune_metric metric)
{
    size_t best = SIZE_MAX;
    double least = INFINITY;
    for (size_t i = 0; i < front->count; i++) {
        struct figure_of figure = {self->samples, metric, 0};
        size_t setting = front->setting[i];
        double value = !front->on[i]            ? INFINITY
                       : metric == TUNE_METRICS ? self->rank[setting]
                                                : figure_median(&figure, setting);
        if (value < least) {
            least = value;
            best = i;
        }
    }
    if (best == SIZE_MAX) {
        return SIZE_MAX;
    }
    front->on[best] = false;
    return front->setting[best];
}

static void add_confirmed(struct search_result *out, size_t setting)
{
    for (size_t i = 0; i < out->confirmed_count; i++) {
        if (out->confirmed[i] == setting) {
            return;
        }
    }
    out->confirmed[out->confirmed_count++] = setting;
}

/* At most SEARCH_FRONT members of the front: its ends, then the best by rank. */
static void add_front(struct race *self, struct search_result *out)
{
    struct front front = find_front(self, out->searched);
    for (int i = 0; i < SEARCH_FRONT; i++) {
        size_t setting =
            take_least(self, &front, i < SEARCH_FIGURES ? search_figures[i] : TUNE_METRICS);
        if (setting != SIZE_MAX) {
            add_confirmed(out, setting);
        }
    }
    free(front.on);
    free(front.setting);
}

/* Fewest undisturbed fresh samples of any confirmed setting. */
static size_t fewest_quiet(const struct race *self, const struct search_result *out)
{
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < out->confirmed_count; i++) {
        if (is_there(self->samples, out->confirmed[i])) {
            size_t quiet = samples_quiet(self->samples, out->confirmed[i], out->fresh);
            fewest = quiet < fewest ? quiet : fewest;
        }
    }
    return fewest;
}

/* As many fresh samples of each as the budget still holds, within bounds: the verdict is as sure as
 * time allows. By the time of the processes, not by the clock, so that a search that is resumed does
 * the same again. */
static void settle_confirm(struct race *self, const struct search_result *out)
{
    const struct search *search = self->search;
    double each = retries * self->cost * (double)out->confirmed_count;
    double n = floor((search->budget_s - used_s(self)) / each);
    n = fmin(n, (double)search->confirm_most);
    self->confirm = (size_t)fmax(n, (double)search->confirm_least);
}

static bool confirm(struct race *self, struct search_result *out)
{
    for (size_t i = 0; i < self->count; i++) {
        out->confirmed[out->confirmed_count++] = self->alive[i];
    }
    add_front(self, out);
    settle_confirm(self, out);
    out->fresh = self->fresh = self->round;
    say(self->search, "confirmation: %zu settings, %zu fresh samples each", out->confirmed_count,
        self->confirm);
    if (!measure(self, out->confirmed, out->confirmed_count, self->confirm)) {
        return false;
    }
    size_t more = (self->confirm + 1) / 2;
    double wanted = (double)(more * out->confirmed_count) * self->cost;
    return fewest_quiet(self, out) >= STATS_MIN || used_s(self) + wanted > self->search->budget_s ||
           measure(self, out->confirmed, out->confirmed_count, more);
}

static bool run_race(struct race *self, struct search_result *out)
{
    if (!pilot(self)) {
        return false;
    }
    out->searched = choose_grid(self);
    if (out->searched == 0) {
        return false;
    }
    self->count = out->searched;
    for (size_t i = 0; i < self->samples->settings; i++) {
        self->rank[i] = INFINITY;
    }
    for (size_t i = 0; i < self->count; i++) {
        self->alive[i] = i;
    }
    if (!run_rungs(self) || !confirm(self, out)) {
        return false;
    }
    for (size_t i = 0; i < self->samples->settings; i++) {
        out->measured += self->samples->of[i].count;
    }
    search_front(self->samples, out->fresh, out->confirmed, out->confirmed_count, out->on_front);
    search_decide(self->search, self->samples, self->rank, out);
    return true;
}

bool search_run(const struct search *self, struct tune_samples *samples, struct search_result *out,
                struct error *error)
{
    struct race race = {
        .search = self,
        .samples = samples,
        .error = error,
        .alive = calloc(samples->settings, sizeof *race.alive),
        .rank = calloc(samples->settings, sizeof *race.rank),
    };
    CHECK(race.alive != NULL && race.rank != NULL && self->levels > 0);
    *out = (struct search_result){0};
    bool ok = run_race(&race, out);
    free(race.alive);
    free(race.rank);
    return ok;
}
