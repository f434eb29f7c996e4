/* Whether a program should call gc.collect() itself, and when. Idle means out of service: another
 * worker answers meanwhile, so that the collection costs time of this one, and nobody's patience. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

static const struct grid_column p50 = {.title = "p50",
                                       .path = "$.metered_ns_p50",
                                       .source = SOURCE_TIME,
                                       .form = FIGURE_NS,
                                       .change = true,
                                       .axis = "p50 (ms)",
                                       .scale = 1e-6,
                                       .log = true};
static const struct grid_column busy = {.title = "run time",
                                        .metric = METRIC_RUN_NS,
                                        .form = FIGURE_NS,
                                        .change = true,
                                        .axis = "busy (ms)",
                                        .scale = 1e-6,
                                        .log = true};
static const struct grid_column share = {
    .title = "GC share", .metric = METRIC_GC_SHARE, .form = FIGURE_PERCENT};
static const struct grid_column full = {
    .title = "full collections", .metric = METRIC_COLLECTIONS + 2, .form = FIGURE_COUNT};

static const char by_itself[] = "automatic";

/* What each combination of automatic collection and explicit ones is called. */
static const struct policy {
    bool automatic;
    const char *collect; /* option, NULL: unset */
    bool each;           /* collect_every is 1 */
    const char *name;
} policies[] = {
    {true, NULL, true, by_itself},
    {true, "start", true, "automatic, and once at the start"},
    {true, "every", true, "automatic, and after every request"},
    {true, "every", false, "automatic, and on a timer"},
    {true, "idle", false, "automatic, and out of service"},
    {false, NULL, true, "never"},
    {false, "start", true, "once at the start only"},
    {false, "every", true, "after every request only"},
    {false, "every", false, "on a timer only"},
    {false, "idle", false, "out of service only"},
};

static bool is_policy(const struct policy *policy, bool automatic, const char *collect, bool each)
{
    return policy->automatic == automatic && policy->each == each &&
           (policy->collect == NULL ? collect == NULL
                                    : collect != NULL && strcmp(policy->collect, collect) == 0);
}

static bool take(const struct report *report, struct grid_row *row)
{
    char gc[8] = "on", freeze[32] = "never", text[16];
    double every = 1.0;
    const char *collect = NULL;
    (void)report;
    experiment_option_text(row->group->collector_line, "gc", gc, sizeof gc);
    experiment_option_text(row->group->collector_line, "freeze", freeze, sizeof freeze);
    experiment_option(row->group->workload_line, "collect_every", &every);
    if (experiment_option_text(row->group->workload_line, "collect", text, sizeof text)) {
        collect = text;
    }
    if (!experiment_is_workload(row->group, "web") ||
        strstr(row->group->workload, " at ") == NULL) {
        return false;
    }
    row->program = "web";
    if (strcmp(freeze, "never") != 0) {
        row->setting = "automatic, start collected and frozen";
        row->order = 1.5;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        if (is_policy(&policies[i], strcmp(gc, "on") == 0, collect, every == 1.0)) {
            row->setting = policies[i].name;
            row->order = (double)i;
            return true;
        }
    }
    return false;
}

static const struct grid_study study = {
    .title = "Who calls gc.collect(), and when",
    .note = "p50, p99: from when a request was due to its answer. Run time: busy, waiting for "
            "requests left out. A timer is every 100 requests.",
    .column = {&p50, &grid_p99, &busy, &grid_peak_rss, &share, &full},
    .reference = by_itself,
    .wanted = {"p99", "run time", "peak RSS"},
    .missing = "no requests at a fixed rate",
    .take = take,
};

static bool plot_policies(const struct report *report, struct plot_page *page)
{
    return grid_plot(&study, report, page);
}

static const struct plot plots[] = {
    {"collect_policy", "bars", "collect_policy", "Latency, time and memory by who collects when",
     "An explicit collection buys memory with latency; out of service it costs time only.",
     plot_policies},
};

const struct experiment experiment_collect_policy = {
    .name = "collect_policy",
    .question = "Should I call gc.collect() after every task or request?",
    .varies = "explicit collection: per request, on a timer, out of service, at the start, never; "
              "automatic on and off",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .grid = &study,
    .answer = grid_answer,
};
