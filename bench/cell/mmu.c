/* Minimum mutator utilisation; see mmu.h. */
#include "bench/cell/mmu.h"

#include <math.h>
#include <stdbool.h>

#include "base/check.h"

/* Sums the pauses before a moment that only moves forward. */
struct cursor {
    const struct mmu_log *log;
    size_t next;      /* first pause that ends after the moment */
    uint64_t past_ns; /* sum of those before it */
    uint64_t steps;
};

static uint64_t end_of(const struct pause *pause)
{
    return pause->at_ns + pause->length_ns;
}

/* Time spent in pauses before t. */
static uint64_t paused_before(struct cursor *self, uint64_t t)
{
    const struct mmu_log *log = self->log;
    while (self->next < log->count && end_of(&log->pause[self->next]) <= t) {
        self->past_ns += log->pause[self->next++].length_ns;
        self->steps++;
    }
    uint64_t begin = self->next < log->count ? log->pause[self->next].at_ns : t;
    return self->past_ns + (begin < t ? t - begin : 0);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Of one window alone. */
static uint64_t paused_in(const struct mmu_log *log, uint64_t from, uint64_t to)
{
    struct cursor start = {.log = log}, end = {.log = log};
    return paused_before(&end, to) - paused_before(&start, from);
}

/* The most that any window of the stretch has of pauses; window_ns ≤ the stretch. */
static uint64_t most_paused(const struct mmu_log *log, uint64_t window_ns, uint64_t *steps)
{
    struct cursor left = {.log = log}, right = {.log = log};
    uint64_t last = log->to_ns - window_ns, first = log->from_ns + window_ns, past_ns = 0;
    uint64_t most = larger(paused_in(log, log->from_ns, first), paused_in(log, last, log->to_ns));
    for (size_t i = 0; i < log->count; i++) {
        uint64_t begin = log->pause[i].at_ns, end = begin + log->pause[i].length_ns;
        if (begin >= log->from_ns && begin <= last) {
            most = larger(most, paused_before(&right, begin + window_ns) - past_ns);
        }
        past_ns += log->pause[i].length_ns;
        if (end >= first && end <= log->to_ns) {
            most = larger(most, past_ns - paused_before(&left, end - window_ns));
        }
    }
    *steps += left.steps + right.steps;
    return most;
}

double mmu_of(const struct mmu_log *log, uint64_t window_ns, uint64_t *steps)
{
    uint64_t length = log->to_ns - log->from_ns, moves = 0;
    CHECK(log->from_ns <= log->to_ns && window_ns > 0);
    if (length == 0) {
        return 1.0;
    }
    window_ns = window_ns < length ? window_ns : length;
    double share = (double)most_paused(log, window_ns, &moves) / (double)window_ns;
    if (steps != NULL) {
        *steps += moves;
    }
    return 1.0 - share;
}

static uint64_t longest_pause(const struct mmu_log *log)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < log->count; i++) {
        uint64_t begin = larger(log->pause[i].at_ns, log->from_ns), end = end_of(&log->pause[i]);
        end = end < log->to_ns ? end : log->to_ns;
        longest = end > begin ? larger(longest, end - begin) : longest;
    }
    return longest;
}

size_t mmu_curve(const struct mmu_log *log, struct mmu_point *point, uint64_t *steps)
{
    uint64_t length = log->to_ns - log->from_ns, longest_ns = longest_pause(log);
    size_t count = 0;
    for (bool last = length < MMU_FIRST_NS; !last && count < MMU_POINTS_MAX; count++) {
        double window = MMU_FIRST_NS * pow(10.0, (double)count / MMU_POINTS_PER_DECADE);
        last = window >= (double)length;
        point[count].window_ns = last ? length : (uint64_t)window;
        bool fits = point[count].window_ns <= longest_ns; /* one pause fills it */
        point[count].mmu = fits ? 0.0 : mmu_of(log, point[count].window_ns, steps);
    }
    double least = 1.0;
    for (size_t i = count; i-- > 0;) {
        least = point[i].mmu < least ? point[i].mmu : least;
        point[i].bmu = least;
    }
    return count;
}
