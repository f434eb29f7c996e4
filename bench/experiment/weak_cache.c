/* What a cache of weak references costs, by how its entries die: a value in no cycle dies with its
 * last user, one in a cycle waits for a collection, and a callback at each death removes its entry.
 * A model: no memory pressure evicts anything, unlike Java's soft references. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

static const struct grid_column live = {
    .title = "live peak", .metric = METRIC_LIVE_PEAK, .form = FIGURE_BYTES, .change = true};
static const struct grid_column longest = {.title = "pause max",
                                           .metric = METRIC_PAUSE_MAX,
                                           .form = FIGURE_NS,
                                           .axis = "pause max (ms)",
                                           .scale = 1e-6};

static const char on[] = "GC on", off[] = "GC off";

/* Programs: collection on or off; settings: what share of the values is in cycles, and of the
 * references has a callback. */
static bool take(const struct report *report, struct grid_row *row)
{
    static const char *const settings[3][3] = {
        {"no cycles, no callbacks", "no cycles, some callbacks", "no cycles, a callback each"},
        {"half in cycles, no callbacks", "half in cycles, some callbacks",
         "half in cycles, a callback each"},
        {"all in cycles, no callbacks", "all in cycles, some callbacks",
         "all in cycles, a callback each"},
    };
    double cyclic = 0.5, callbacks = 0.3, threshold = 700.0;
    if (!experiment_is_workload(row->group, "weak_cache") ||
        strcmp(row->group->allocator, report->allocator) != 0 ||
        strcmp(row->group->collector, "none") == 0) {
        return false; /* none: as off, but for collections on request */
    }
    experiment_option(row->group->workload_line, "cyclic", &cyclic);
    experiment_option(row->group->workload_line, "callbacks", &callbacks);
    experiment_option(row->group->collector_line, "threshold", &threshold);
    size_t shape = cyclic == 0.0 ? 0 : cyclic == 1.0 ? 2 : 1;
    size_t called = callbacks == 0.0 ? 0 : callbacks == 1.0 ? 2 : 1;
    row->program = threshold == 0.0 ? off : threshold == 700.0 ? on : "threshold0 = 10,000";
    row->setting = settings[shape][called];
    row->order = (double)(3 * shape + called);
    return true;
}

/* What GC off leaves in the cache: values in cycles never die. */
static void say_off(const struct grid *grid, struct experiment_output *out)
{
    for (size_t i = 0; i < grid->rows; i++) {
        const struct grid_row *row = &grid->row[i];
        const struct grid_row *other = grid_find(grid, off, row->setting);
        char bytes[EXPERIMENT_TEXT], time[EXPERIMENT_TEXT];
        if (strcmp(row->program, on) != 0 || other == NULL) {
            continue;
        }
        experiment_change(experiment_ratio(other->group, row->group, METRIC_LIVE_PEAK), bytes);
        experiment_change(experiment_ratio(other->group, row->group, METRIC_RUN_CPU), time);
        experiment_say(out, "Turning collection off, %s: live bytes %s, processor time %s.",
                       row->setting, bytes, time);
    }
}

static const struct grid_study study = {
    .title = "A cache of weak references, by how its entries die",
    .note = "Requests: allocations of the whole run. Live peak: most bytes in use at once.",
    .column = {&grid_time, &grid_requests, &live, &grid_peak_rss, &longest},
    .reference = "no cycles, no callbacks",
    .wanted = {"time", "requests"},
    .missing = "the workload weak_cache was not run",
    .take = take,
    .say = say_off,
};

static bool plot_deaths(const struct report *report, struct plot_page *page)
{
    return grid_plot(&study, report, page);
}

static const struct plot plots[] = {
    {"weak_cache", "bars", "weak_cache", "A cache of weak references, by how its entries die",
     "What callbacks cost, and what cyclic values keep alive without a collector.", plot_deaths},
};

const struct experiment experiment_weak_cache = {
    .name = "weak_cache",
    .question = "What does a cache of weak references cost, and what do cycles do to it?",
    .varies =
        "callbacks and cyclic values of a model cache, collection on and off; memory pressure "
        "plays no part",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .grid = &study,
    .answer = grid_answer,
};
