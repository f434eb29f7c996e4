/* Noise; see noise.h, proc(5). */
#include "bench/run/noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/cell/memory.h"

/* A process that waited longer than this share of its time for a core was not alone on it: the
 * spread of repeated timings here doubles above it. The floor spares cells of a few milliseconds a
 * verdict for being woken late. Gaps on one side only may be over, or not begun yet: what was there
 * before and after was there in between. */
enum {
    WAIT_SHARE_PERCENT = 5,
    WAIT_FLOOR_NS = 200000,
    STEAL_SHARE_PERCENT = 2,
    GAP_SHARE_PERCENT = 10,
    TICK_NS = 10000000
};

static uint64_t read_steal(void)
{
    char text[512];
    unsigned long long steal = 0;
    if (memory_read_file("/proc/stat", text, sizeof text) > 0) {
        sscanf(text, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal);
    }
    return steal;
}

static uint64_t read_oom_kills(void)
{
    char text[16384];
    if (memory_read_file("/proc/vmstat", text, sizeof text) <= 0) {
        return 0;
    }
    const char *line = strstr(text, "\noom_kill ");
    return line != NULL ? strtoull(line + 10, NULL, 10) : 0;
}

struct gaps gaps_read(uint64_t duration_ns)
{
    struct gaps gaps = {0};
    uint64_t start = clock_now_ns(), last = start;
    while (last - start < duration_ns) {
        uint64_t now = clock_now_ns(), gap = now - last;
        if (gap > GAP_NS) {
            gaps.count++;
            gaps.sum_ns += gap;
            gaps.longest_ns = gap > gaps.longest_ns ? gap : gaps.longest_ns;
        }
        last = now;
    }
    gaps.read_ns = last - start;
    return gaps;
}

void noise_read(uint64_t probe_ns, struct noise *out)
{
    double load[1];
    out->load = getloadavg(load, 1) == 1 ? load[0] : 0.0;
    out->steal_ticks = read_steal();
    out->oom_kills = read_oom_kills();
    out->gaps = gaps_read(probe_ns);
}

static double gap_percent(const struct gaps *gaps)
{
    return gaps->read_ns > 0 ? 100.0 * (double)gaps->sum_ns / (double)gaps->read_ns : 0.0;
}

/* Of all cores. */
static double steal_percent(const struct disturbance *self)
{
    uint64_t ticks = self->after.steal_ticks - self->before.steal_ticks;
    double cores = (double)(self->cores > 0 ? self->cores : 1);
    return ticks > 1 && self->wall_ns > 0
               ? 100.0 * (double)ticks * TICK_NS / (double)self->wall_ns / cores
               : 0.0;
}

bool disturbance_spoils(const struct disturbance *self, char *reason, size_t length)
{
    double before = gap_percent(&self->before.gaps), after = gap_percent(&self->after.gaps);
    if (self->wait_ns > WAIT_FLOOR_NS && self->wait_ns > self->wall_ns / 100 * WAIT_SHARE_PERCENT) {
        snprintf(reason, length,
                 "the process waited %.0f %% of its time for a core (limit %d %%): other programs "
                 "were running",
                 100.0 * (double)self->wait_ns / (double)self->wall_ns, WAIT_SHARE_PERCENT);
    } else if (steal_percent(self) > STEAL_SHARE_PERCENT) {
        snprintf(reason, length,
                 "other guests of the host took %.0f %% of the processor time (limit %d %%)",
                 steal_percent(self), STEAL_SHARE_PERCENT);
    } else if (before > GAP_SHARE_PERCENT && after > GAP_SHARE_PERCENT) {
        snprintf(reason, length,
                 "the clock stood still %.0f %% of the time before it and %.0f %% after it (limit "
                 "%d %%): something else had the core",
                 before, after, GAP_SHARE_PERCENT);
    } else {
        return false;
    }
    return true;
}
