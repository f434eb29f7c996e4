/* Recycling a worker instead of collecting; see nogc.h. Not good at: what a start costs that imports
 * a framework; here a worker is forked from a parent that has loaded everything. */
#include "bench/experiment/nogc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static double field(const struct report *report, const struct report_group *group, const char *path,
                    enum metric_source source)
{
    return experiment_field(report, group, path, source).mid;
}

struct interval nogc_cpu_per_request(const struct report *report, const struct report_group *group)
{
    struct interval own = experiment_field(report, group, "$.run_cpu_ns", SOURCE_TIME);
    double workers = field(report, group, "$.workers_cpu_ns", SOURCE_TIME);
    double operations = group_median(group, METRIC_OPERATIONS);
    double more = isfinite(workers) ? workers : 0.0;
    own.mid = (own.mid + more) / operations;
    own.lo = (own.lo + more) / operations;
    own.hi = (own.hi + more) / operations;
    return own;
}

/* A worker that is forked anew after `tasks` requests; 0: never. */
struct recycling {
    const struct report_group *group;
    bool collected;
    double tasks, forked;
};

static int by_tasks(const void *left, const void *right)
{
    const struct recycling *a = left, *b = right;
    double x = a->tasks > 0.0 ? a->tasks : INFINITY, y = b->tasks > 0.0 ? b->tasks : INFINITY;
    int order = (int)a->collected - (int)b->collected;
    return order != 0 ? order : x < y ? -1 : x > y;
}

static struct recycling *recyclings_of(const struct report *report, size_t *count)
{
    struct recycling *row = calloc(report->groups + 1, sizeof *row);
    CHECK(row != NULL);
    *count = 0;
    for (size_t i = 0; i < report->groups; i++) {
        struct recycling found = {.group = &report->group[i]};
        char gc[24];
        if (experiment_is_workload(found.group, "fork") &&
            strcmp(found.group->allocator, report->allocator) == 0 &&
            experiment_option(found.group->workload_line, "max_tasks", &found.tasks) &&
            experiment_option_text(found.group->workload_line, "gc", gc, sizeof gc)) {
            found.collected = strcmp(gc, "off") != 0;
            found.forked = field(report, found.group, "$.workers_forked", SOURCE_COUNT);
            row[(*count)++] = found;
        }
    }
    qsort(row, *count, sizeof *row, by_tasks);
    return row;
}

/* Private bytes of a worker after its requests; the parent is row 0 of each of the steps start,
 * touch, serve. A last worker may have had fewer requests: fork:requests is a multiple of max_tasks.
 */
static struct interval worker_bytes(const struct report *report, const struct recycling *row)
{
    return experiment_field(report, row->group, "$.workers[5].private_dirty_bytes", SOURCE_MEMORY);
}

static const struct recycling *find(const struct recycling *row, size_t count, bool collected,
                                    double tasks)
{
    for (size_t i = 0; i < count; i++) {
        if (row[i].collected == collected && !(row[i].tasks < tasks) && !(row[i].tasks > tasks)) {
            return &row[i];
        }
    }
    return NULL;
}

/* What one restart by fork costs: of the shortest life, against no restart at all. */
static double fork_cost_ns(const struct report *report, const struct recycling *row, size_t count)
{
    const struct recycling *never = find(row, count, false, 0.0);
    if (never == NULL || count == 0 || row[0].collected || row[0].tasks <= 0.0) {
        return NAN;
    }
    double operations = group_median(never->group, METRIC_OPERATIONS);
    return (nogc_cpu_per_request(report, row[0].group).mid -
            nogc_cpu_per_request(report, never->group).mid) *
           operations / (row[0].forked - 1.0);
}

static void add_recycling(const struct report *report, const struct recycling *row, size_t count,
                          struct experiment_output *out)
{
    static const char *const headings[] = {"gc",  "max_tasks",     "forked",
                                           "CPU", "against gc on", "private memory"};
    struct table table;
    table_open(&table, "recycling", "A worker forked anew after max_tasks requests", 2, headings,
               COUNT_OF(headings));
    const struct recycling *on = find(row, count, true, 0.0);
    for (size_t i = 0; i < count; i++) {
        char text[FIGURE_LENGTH];
        struct interval cpu = nogc_cpu_per_request(report, row[i].group);
        table_text(&table, row[i].collected ? "on" : "off");
        table_text(&table, row[i].tasks > 0.0 ? figure(row[i].tasks, FIGURE_COUNT, text) : "never");
        table_figure(&table, row[i].forked, FIGURE_COUNT);
        table_interval(&table, cpu, FIGURE_NS);
        table_figure(&table,
                     on == NULL ? NAN : cpu.mid / nogc_cpu_per_request(report, on->group).mid,
                     FIGURE_CHANGE);
        table_interval(&table, worker_bytes(report, &row[i]), FIGURE_BYTES);
    }
    table_note(&table, "CPU: processor time per request, forks included; private memory of a "
                       "worker when it has answered its last request. All garbage of these "
                       "requests is cyclic.");
    experiment_table(out, &table);
}

static void say_recycling(const struct report *report, const struct recycling *row, size_t count,
                          struct experiment_output *out)
{
    const struct recycling *on = find(row, count, true, 0.0), *best = NULL;
    char text[FIGURE_LENGTH], memory[FIGURE_LENGTH], change[FIGURE_LENGTH], tasks[FIGURE_LENGTH];
    double cost = fork_cost_ns(report, row, count);
    if (isfinite(cost)) {
        experiment_say(out, "Forking a worker anew from its parent costs %s of processor time.",
                       figure(cost, FIGURE_NS, text));
    }
    for (size_t i = 0; i < count && on != NULL; i++) {
        double ratio = nogc_cpu_per_request(report, row[i].group).mid /
                       nogc_cpu_per_request(report, on->group).mid;
        best = best == NULL && !row[i].collected && row[i].tasks > 0.0 && ratio < 1.02 ? &row[i]
                                                                                       : best;
    }
    if (best != NULL) {
        double ratio = nogc_cpu_per_request(report, best->group).mid /
                       nogc_cpu_per_request(report, on->group).mid;
        experiment_say(
            out,
            "Without collection a life of %s requests is the shortest that takes no more "
            "processor time than collecting (%s); it ends with %s of its own.",
            figure(best->tasks, FIGURE_COUNT, tasks), figure(ratio, FIGURE_CHANGE, change),
            figure(worker_bytes(report, best).mid, FIGURE_BYTES, memory));
    } else if (on != NULL && count > 1) {
        experiment_say(out, "No measured life without collection takes as little processor time "
                            "as collecting.");
    }
}

void nogc_recycling(const struct report *report, struct experiment_output *out)
{
    size_t count;
    struct recycling *row = recyclings_of(report, &count);
    add_recycling(report, row, count, out);
    say_recycling(report, row, count, out);
    free(row);
}

bool nogc_plot_recycling(const struct report *report, struct plot_page *page)
{
    size_t count;
    struct recycling *row = recyclings_of(report, &count);
    double longest = 0.0;
    for (size_t i = 0; i < count; i++) {
        longest = fmax(longest, row[i].tasks);
    }
    if (longest <= 0.0) {
        free(row);
        return plot_left_out(page, "no worker was forked anew");
    }
    for (int facet = 0; facet < 2; facet++) {
        for (int collected = 1; collected >= 0; collected--) {
            size_t lines = 0;
            for (size_t i = 0; i < count; i++) {
                if (row[i].collected == (collected != 0)) {
                    lines += facet == 0
                                 ? page_point(page, row[i].tasks,
                                              nogc_cpu_per_request(report, row[i].group), 1e-3)
                                 : page_point(page, row[i].tasks, worker_bytes(report, &row[i]),
                                              1.0 / (1024.0 * 1024.0));
                }
            }
            plot_block(page, lines);
        }
    }
    free(row);
    report_names_add(&page->facets, "processor time of a request (µs)");
    report_names_add(&page->facets, "private MiB of a worker at its end");
    report_names_add(&page->rows, "");
    report_names_add(&page->series, "gc on");
    report_names_add(&page->series, "gc off");
    page->palette = "list";
    page_panels(page, &(struct page_axes){.x_label = "requests after which it is forked anew",
                                          .log_x = true,
                                          .log_y = "0 1",
                                          .off = longest * 5.0});
    size_t used = strlen(page->set);
    snprintf(page->set + used, sizeof page->set - used, "XTICS = \"set xtics add ('never' %g)\"\n",
             longest * 5.0);
    page_note(report, page, "All garbage is cyclic.");
    return true;
}
