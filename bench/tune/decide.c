/* From fresh samples to advice: the Pareto front, and whether anything is surely better than the
 * default; see search.h. */
#include <math.h>

#include "base/check.h"
#include "bench/tune/search.h"

/* A gain below this is not worth a change, however sure it is. */
static const double worthwhile = 0.99;
/* Of settings that cannot be told apart, one that is at most this much worse but nearer to the
 * default is named. */
static const double as_good = 1.01;
/* The finalist that is held against the default is the best of several: their intervals are to hold
 * together (Bonferroni). What is printed are 95 % intervals. */
static const double confidence = 1.0 - 0.05 / SEARCH_FINALISTS;

const enum tune_metric search_figures[SEARCH_FIGURES] = {TUNE_TIME, TUNE_RSS, TUNE_P99_PAUSE};

/* a is nowhere worse than b, and somewhere better. */
static bool dominates(const struct tune_samples *samples, unsigned from, size_t a, size_t b)
{
    bool better = false;
    for (size_t i = 0; i < SEARCH_FIGURES; i++) {
        struct figure_of figure = {samples, search_figures[i], from};
        double of_a = figure_median(&figure, a), of_b = figure_median(&figure, b);
        if (!(of_a <= of_b)) {
            return false;
        }
        better = better || of_a < of_b;
    }
    return better;
}

void search_front(const struct tune_samples *samples, unsigned from, const size_t *setting,
                  size_t count, bool *on_front)
{
    for (size_t i = 0; i < count; i++) {
        on_front[i] = samples_since(samples, setting[i], from) > 0;
        for (size_t k = 0; k < count && on_front[i]; k++) {
            on_front[i] = k == i || !dominates(samples, from, setting[k], setting[i]);
        }
    }
}

/* What the decision works on. */
struct verdict_maker {
    const struct search *search;
    const struct tune_samples *samples;
    const double *rank;
    struct search_result *out;
};

static double excess(const struct verdict_maker *self, size_t setting)
{
    return goals_excess(self->search->goals, self->samples, setting, self->out->fresh);
}

static bool may_be_named(const struct verdict_maker *self, size_t setting)
{
    const struct search *search = self->search;
    return setting != 0 && samples_since(self->samples, setting, self->out->fresh) > 0 &&
           self->samples->of[setting].gone[0] == '\0' &&
           (search->batch || !search_endless(search, self->samples, setting, self->out->fresh));
}

static bool meets(const struct verdict_maker *self, size_t setting)
{
    return may_be_named(self, setting) && excess(self, setting) == 0.0;
}

static struct interval gain(const struct verdict_maker *self, size_t a, size_t b)
{
    struct figure_of figure = {self->samples, self->search->minimise, self->out->fresh};
    return figure_ratio_at(&figure, a, b, confidence);
}

/* The best by the ranks before the fresh samples, of those that meet the goals by these. */
static size_t first_that_meets(const struct verdict_maker *self, size_t except)
{
    size_t best = 0;
    for (size_t i = 0; i < self->out->confirmed_count; i++) {
        size_t setting = self->out->confirmed[i];
        if (setting != except && meets(self, setting) &&
            (best == 0 || self->rank[setting] < self->rank[best])) {
            best = setting;
        }
    }
    return best;
}

/* Logarithm of all figures of the front together, a over b: below 0, a is better on the whole. */
static double on_the_whole(const struct verdict_maker *self, size_t a, size_t b)
{
    double sum = 0.0;
    for (size_t i = 0; i < SEARCH_FIGURES; i++) {
        struct figure_of figure = {self->samples, search_figures[i], self->out->fresh};
        sum += log(fmax(figure_median(&figure, a), 1.0) / fmax(figure_median(&figure, b), 1.0));
    }
    return sum;
}

/* a changes less than b; or as much, and is better on the whole. */
static bool is_simpler(const struct verdict_maker *self, size_t a, size_t b)
{
    const unsigned *distance = self->search->distance;
    return distance[a] != distance[b] ? distance[a] < distance[b] : on_the_whole(self, a, b) < 0.0;
}

/* Another that is surely better, or else one as good that changes less. */
static size_t improve(const struct verdict_maker *self, size_t best)
{
    for (size_t i = 0; i < self->out->confirmed_count; i++) {
        size_t other = self->out->confirmed[i];
        if (other != best && meets(self, other)) {
            struct interval ratio = gain(self, other, best);
            best = ratio.known && ratio.hi < 1.0 ? other : best;
        }
    }
    size_t simplest = best;
    for (size_t i = 0; i < self->out->confirmed_count; i++) {
        size_t other = self->out->confirmed[i];
        if (other != simplest && meets(self, other) && is_simpler(self, other, simplest)) {
            struct interval ratio = gain(self, other, best);
            simplest = ratio.known && ratio.lo <= 1.0 && ratio.mid <= as_good ? other : simplest;
        }
    }
    return simplest;
}

/* Of the goals that the default misses, one is surely nearer. */
static bool surely_apart(const struct verdict_maker *self, size_t setting)
{
    const struct goals *goals = self->search->goals;
    for (size_t i = 0; i < goals->count; i++) {
        const struct goal *goal = &goals->goal[i];
        struct figure_of figure = {self->samples, goal->metric, self->out->fresh};
        double reference = figure_median(&figure, 0);
        if (goal_excess(goal, reference, reference) == 0.0) {
            continue;
        }
        struct interval ratio = figure_ratio_at(&figure, setting, 0, confidence);
        if (ratio.known && (goal->above ? ratio.lo > 1.0 : ratio.hi < 1.0)) {
            return true;
        }
    }
    return false;
}

static size_t nearest(const struct verdict_maker *self)
{
    size_t best = 0;
    for (size_t i = 0; i < self->out->confirmed_count; i++) {
        size_t setting = self->out->confirmed[i];
        if (may_be_named(self, setting) && excess(self, setting) < excess(self, best)) {
            best = setting;
        }
    }
    return best;
}

void search_decide(const struct search *self, const struct tune_samples *samples,
                   const double *rank, struct search_result *out)
{
    struct verdict_maker maker = {self, samples, rank, out};
    bool default_meets = excess(&maker, 0) == 0.0;
    size_t best = first_that_meets(&maker, 0);
    if (best == 0) {
        out->verdict = default_meets ? SEARCH_NOTHING : SEARCH_NONE_MEETS;
        out->chosen = default_meets ? 0 : nearest(&maker);
        return;
    }
    out->chosen = improve(&maker, best);
    out->runner_up = first_that_meets(&maker, out->chosen);
    struct interval ratio = gain(&maker, out->chosen, 0);
    bool better = ratio.known && ratio.hi < 1.0 && ratio.mid < worthwhile;
    if (better || (!default_meets && surely_apart(&maker, out->chosen))) {
        out->verdict = SEARCH_NAMED;
    } else {
        out->verdict = default_meets ? SEARCH_NOTHING : SEARCH_CANNOT_TELL;
    }
}
