/* What it costs not to collect: memory that grows with every request whose garbage is cyclic, until a
 * limit; and what the ways out cost, collecting or starting the worker anew. Growth is that of RSS
 * with collection off less that with collection on, which a growing live set has as well. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/nogc.h"

/* What a service is assumed to be like; every figure that rests on it says so. */
#define RATE_PER_S 10.0                       /* requests that one worker answers */
#define LIMIT_BYTES (512.0 * 1024.0 * 1024.0) /* more than it had at the start */
#define RESTART_NS 2e9                        /* a start that imports a web framework */

/* Growth ---------------------------------------------------------------------------------------- */

/* The same requests, collected and not. */
struct share {
    const struct report_group *on, *off;
    double cyclic;
};

static double rss_growth(const struct report *report, const struct report_group *group)
{
    double from = experiment_field(report, group, "$.phases[0].rss_bytes", SOURCE_MEMORY).mid;
    double to = experiment_field(report, group, "$.phases[1].rss_bytes", SOURCE_MEMORY).mid;
    return (to - from) / group_median(group, METRIC_OPERATIONS);
}

/* Bytes that garbage adds with every request. */
static double garbage_per_request(const struct report *report, const struct share *share)
{
    return fmax(rss_growth(report, share->off) - rss_growth(report, share->on), 0.0);
}

static double requests_to_limit(const struct report *report, const struct share *share)
{
    return LIMIT_BYTES / garbage_per_request(report, share); /* inf: never */
}

static double mib_per_hour(double bytes_per_request)
{
    return bytes_per_request * RATE_PER_S * 3600.0 / (1024.0 * 1024.0);
}

static int by_share(const void *left, const void *right)
{
    const struct share *a = left, *b = right;
    return a->cyclic < b->cyclic ? -1 : a->cyclic > b->cyclic;
}

/* Workloads that ran with and without collection; count in *count. Owned: free it. */
static struct share *shares_of(const struct report *report, size_t *count)
{
    struct share *share = calloc(report->workloads.count + 1, sizeof *share);
    CHECK(share != NULL);
    *count = 0;
    for (size_t w = 0; w < report->workloads.count; w++) {
        struct share found = {NULL, NULL, 0.0};
        for (size_t i = 0; i < report->groups; i++) {
            const struct report_group *group = &report->group[i];
            double threshold;
            if (strcmp(group->workload, report->workloads.name[w]) != 0 ||
                experiment_is_workload(group, "fork") ||
                strcmp(group->allocator, report->allocator) != 0 ||
                !experiment_option(group->collector_line, "threshold", &threshold)) {
                continue;
            }
            found.on = threshold > 0.0 ? group : found.on;
            found.off = threshold > 0.0 ? found.off : group;
            experiment_option(group->workload_line, "cyclic", &found.cyclic);
        }
        if (found.on != NULL && found.off != NULL) {
            share[(*count)++] = found;
        }
    }
    qsort(share, *count, sizeof *share, by_share);
    return share;
}

static void add_growth(const struct report *report, const struct share *share, size_t count,
                       struct experiment_output *out)
{
    static const char *const headings[] = {"cyclic",   "on grows",   "off grows", "garbage",
                                           "per hour", "512 MiB in", "requests",  "CPU on",
                                           "CPU off",  "recycling"};
    struct table table;
    table_open(&table, "growth", "Growth with collection off, by the share of cyclic garbage", 1,
               headings, COUNT_OF(headings));
    for (size_t i = 0; i < count; i++) {
        char text[FIGURE_LENGTH];
        double garbage = garbage_per_request(report, &share[i]);
        double requests = requests_to_limit(report, &share[i]);
        table_text(&table, figure(share[i].cyclic, FIGURE_PERCENT, text));
        table_figure(&table, rss_growth(report, share[i].on), FIGURE_BYTES);
        table_figure(&table, rss_growth(report, share[i].off), FIGURE_BYTES);
        table_figure(&table, garbage, FIGURE_BYTES);
        table_figure(&table, garbage * RATE_PER_S * 3600.0, FIGURE_BYTES);
        if (isfinite(requests)) {
            snprintf(text, sizeof text, "%.3g h", requests / RATE_PER_S / 3600.0);
        }
        table_text(&table, isfinite(requests) ? text : "never");
        table_figure(&table, isfinite(requests) ? requests : NAN, FIGURE_COUNT);
        table_interval(&table, nogc_cpu_per_request(report, share[i].on), FIGURE_NS);
        table_interval(&table, nogc_cpu_per_request(report, share[i].off), FIGURE_NS);
        table_figure(&table, isfinite(requests) ? RESTART_NS / requests : NAN, FIGURE_NS);
    }
    table_note(&table,
               "Growth of RSS per request, collected and not; garbage: the difference; per hour "
               "and the time to a limit at %.0f requests a second. CPU: processor time of a "
               "request. Recycling: a start of %.0f s shared by the requests up to the limit.",
               RATE_PER_S, RESTART_NS / 1e9);
    experiment_table(out, &table);
}

static void say_growth(const struct report *report, const struct share *share, size_t count,
                       struct experiment_output *out)
{
    const struct share *least = &share[0], *most = &share[count - 1];
    double garbage = garbage_per_request(report, most), none = garbage_per_request(report, least);
    double requests = requests_to_limit(report, most);
    char share_text[FIGURE_LENGTH], bytes[FIGURE_LENGTH], low[FIGURE_LENGTH];
    char low_share[FIGURE_LENGTH], count_text[FIGURE_LENGTH];
    experiment_say(out,
                   "With collection off and %s of the garbage in cycles, a request leaves %s; at "
                   "%.0f a second that is %.3g MiB an hour, and 512 MiB more after %.3g hours or "
                   "%s requests.",
                   figure(most->cyclic, FIGURE_PERCENT, share_text),
                   figure(garbage, FIGURE_BYTES, bytes), RATE_PER_S, mib_per_hour(garbage),
                   requests / RATE_PER_S / 3600.0, figure(requests, FIGURE_COUNT, count_text));
    if (none < garbage / 100.0) {
        experiment_say(out, "At %s it leaves %s: there it is safe to turn collection off.",
                       figure(least->cyclic, FIGURE_PERCENT, low_share),
                       figure(none, FIGURE_BYTES, low));
    } else {
        experiment_say(out, "At %s it still leaves %s.",
                       figure(least->cyclic, FIGURE_PERCENT, low_share),
                       figure(none, FIGURE_BYTES, low));
    }
}

/* What turning collection off saves, and whether a restart at the limit costs less than that. */
static void say_cost(const struct report *report, const struct share *most,
                     struct experiment_output *out)
{
    struct interval on = nogc_cpu_per_request(report, most->on);
    struct interval off = nogc_cpu_per_request(report, most->off);
    double saved = on.mid - off.mid, restart = RESTART_NS / requests_to_limit(report, most);
    char saving[FIGURE_LENGTH], cost[FIGURE_LENGTH];
    if (!isfinite(saved)) {
        return;
    }
    experiment_say(out,
                   "Per request collection off saves %s of processor time there; a start of %.0f s "
                   "at the limit costs %s per request:",
                   figure(saved > 0.0 ? saved : 0.0, FIGURE_NS, saving), RESTART_NS / 1e9,
                   figure(restart, FIGURE_NS, cost));
    if (!on.known || !off.known) {
        experiment_say(out, "by medians alone %s is cheaper.",
                       restart < saved ? "recycling without collection" : "collecting");
    } else if (restart < on.lo - off.hi || restart > on.hi - off.lo) {
        experiment_say(out, "%s is cheaper.",
                       restart < saved ? "recycling without collection" : "collecting");
    } else {
        experiment_say(out, "which is cheaper cannot be told.");
    }
}

static bool nogc_answer(const struct experiment *self, const struct report *report,
                        struct experiment_output *out, struct error *error)
{
    size_t shares;
    struct share *share = shares_of(report, &shares);
    bool any = shares > 0;
    if (any) {
        add_growth(report, share, shares, out);
        say_growth(report, share, shares, out);
        say_cost(report, &share[shares - 1], out);
        nogc_recycling(report, out);
    }
    free(share);
    return any || error_set(error,
                            "%s: no workload ran with threshold=off and with collection; "
                            "the plan is %s.ini",
                            report->run, self->name);
}

/* Plots --------------------------------------------------------------------------------------- */

static bool plot_growth(const struct report *report, struct plot_page *page)
{
    size_t count;
    struct share *share = shares_of(report, &count);
    for (int facet = 0; facet < 2; facet++) {
        for (int off = 0; off < 2; off++) {
            for (size_t i = 0; i < count; i++) {
                const struct report_group *group = off ? share[i].off : share[i].on;
                struct interval value = nogc_cpu_per_request(report, group);
                if (facet == 0) {
                    value = (struct interval){.mid = mib_per_hour(rss_growth(report, group))};
                }
                page_point(page, share[i].cyclic * 100.0, value, facet == 0 ? 1.0 : 1e-3);
            }
            plot_block(page, count);
        }
    }
    free(share);
    report_names_add(&page->facets, "MiB an hour at 10 requests a second");
    report_names_add(&page->facets, "processor time of a request (µs)");
    report_names_add(&page->rows, "");
    report_names_add(&page->series, "gc on");
    report_names_add(&page->series, "gc off");
    page->palette = "list";
    page_panels(
        page, &(struct page_axes){.x_label = "share of the garbage in cycles (%)", .log_y = "0 0"});
    page_note(report, page, "Growth of RSS from the end of the set-up to that of the run.");
    return true;
}

static const struct plot plots[] = {
    {"nogc_growth", "panels", "growth", "Growth and cost with collection on and off",
     "How far the curves part on the left is what collection off costs in memory.", plot_growth},
    {"nogc_recycling", "panels", "recycling", "Recycling a worker instead of collecting",
     "A life is long enough where the left curve has come down to that of gc on.",
     nogc_plot_recycling},
};

const struct experiment experiment_nogc = {
    .name = "nogc",
    .question = "If I turn collection off, how fast do I leak, and when is recycling cheaper?",
    .varies = "the share of cyclic garbage, collection on and off; the life of a worker",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = nogc_answer,
};
