/* Why resident memory stays after a batch was let go. Three layers have to let go in turn: the
 * program (references), the collector (cycles), the allocator (pages). Live bytes, which is what
 * tracemalloc shows, fall with the first two; RSS falls with the third alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

/* Phases of the workload release, by their place in the record. */
enum release_step { STEP_SETUP, BUILT, DROPPED, COLLECTED, WAITED, TRIMMED, RELEASE_STEPS };

/* What resident memory is made of. An allocator that does not tell its pools has their free blocks in
 * `arenas`, one that does not tell what it has mapped has all of that in `other`. */
enum release_part {
    PART_LIVE,
    PART_ROUNDING, /* of size classes, and headers */
    PART_POOLS,    /* free blocks of pools in use */
    PART_ARENAS,   /* the rest of what the allocator says that it holds */
    PART_OTHER,    /* beyond that: metadata, caches */
    PART_BASE,     /* before the heap was opened: program, libraries, harness */
    PARTS
};
static const char *const part_names[PARTS] = {"live",           "rounding, headers",
                                              "free in pools",  "free in arenas",
                                              "metadata, rest", "before the heap"};

/* One cell: an allocator after a batch of which some is kept. */
struct release_cell {
    const struct report *report;
    const struct report_group *group;
    double survivor;
};

static bool cell_of(const struct report *report, const struct report_group *group,
                    struct release_cell *out)
{
    *out = (struct release_cell){report, group, 0.0};
    return experiment_is_workload(group, "release") && !report_is_zero(group->allocator) &&
           experiment_option(group->workload_line, "survivor", &out->survivor);
}

static const char *kept_of(const struct release_cell *cell)
{
    static const char *const words[] = {"nothing kept", "all kept", "every second kept"};
    return cell->survivor < 2.5                                ? words[(int)cell->survivor]
           : cell->survivor > 999.5 && cell->survivor < 1000.5 ? "one in 1000 kept"
                                                               : "some kept";
}

static struct interval phase_field(const struct release_cell *cell, enum release_step step,
                                   const char *field, enum metric_source source)
{
    char path[64];
    snprintf(path, sizeof path, "$.phases[%d].%s", (int)step, field);
    return experiment_field(cell->report, cell->group, path, source);
}

/* RSS less what the process had before its heaps were opened. */
static struct interval resident(const struct release_cell *cell, enum release_step step)
{
    struct interval rss = phase_field(cell, step, "rss_bytes", SOURCE_MEMORY);
    double base = group_median(cell->group, METRIC_RSS_BASE);
    rss.mid = fmax(rss.mid - base, 0.0);
    rss.lo = fmax(rss.lo - base, 0.0);
    rss.hi = fmax(rss.hi - base, 0.0);
    return rss;
}

static double live(const struct release_cell *cell, enum release_step step)
{
    return phase_field(cell, step, "live_bytes", SOURCE_COUNT).mid;
}

/* Take as much of *rest as there is, up to `bytes`; NAN stays NAN. */
static double take(double bytes, double *rest)
{
    if (!isfinite(bytes)) {
        return bytes;
    }
    double taken = fmin(fmax(bytes, 0.0), *rest);
    *rest -= taken;
    return taken;
}

static void parts_of(const struct release_cell *cell, enum release_step step, double part[PARTS])
{
    double heap_live = phase_field(cell, step, "heap_live_bytes", SOURCE_COUNT).mid;
    double free_blocks = phase_field(cell, step, "heap_free_bytes", SOURCE_COUNT).mid;
    double mapped = phase_field(cell, step, "mapped_bytes", SOURCE_COUNT).mid;
    double rest = resident(cell, step).mid;
    part[PART_LIVE] = take(live(cell, step), &rest);
    part[PART_ROUNDING] = take(heap_live - live(cell, step), &rest);
    part[PART_POOLS] = take(free_blocks, &rest);
    part[PART_ARENAS] =
        take(mapped - heap_live - (isfinite(free_blocks) ? free_blocks : 0.0), &rest);
    part[PART_OTHER] = rest;
    part[PART_BASE] = group_median(cell->group, METRIC_RSS_BASE);
}

/* The cells with a collector, those of one workload together; count in *count. Owned: free it. */
static struct release_cell *cells_of(const struct report *report, size_t *count)
{
    struct release_cell *cell = calloc(report->groups + 1, sizeof *cell);
    CHECK(cell != NULL);
    *count = 0;
    for (size_t w = 0; w < report->workloads.count; w++) {
        for (size_t i = 0; i < report->groups; i++) {
            const struct report_group *group = &report->group[i];
            *count += strcmp(group->workload, report->workloads.name[w]) == 0 &&
                      strcmp(group->collector, report->collector) == 0 &&
                      cell_of(report, group, &cell[*count]);
        }
    }
    return cell;
}

/* Tables -------------------------------------------------------------------------------------- */

static void add_layers(const struct release_cell *cell, size_t count, struct experiment_output *out)
{
    static const char *const headings[] = {"batch",     "allocator", "live",    "program",
                                           "collector", "left",      "built",   "dropped",
                                           "collected", "waited",    "trimmed", "over left"};
    struct table table;
    table_open(&table, "layers", "Who lets go: live bytes, and the resident bytes of the heap", 2,
               headings, COUNT_OF(headings));
    for (size_t i = 0; i < count; i++) {
        double built = live(&cell[i], BUILT), dropped = live(&cell[i], DROPPED);
        double left = live(&cell[i], COLLECTED);
        table_text(&table, kept_of(&cell[i]));
        table_text(&table, cell[i].group->allocator);
        table_figure(&table, built, FIGURE_BYTES);
        table_figure(&table, built - dropped, FIGURE_BYTES);
        table_figure(&table, dropped - left, FIGURE_BYTES);
        table_figure(&table, left, FIGURE_BYTES);
        for (int step = BUILT; step <= TRIMMED; step++) {
            table_figure(&table, resident(&cell[i], (enum release_step)step).mid, FIGURE_BYTES);
        }
        table_figure(&table, resident(&cell[i], TRIMMED).mid / left, FIGURE_RATIO);
    }
    table_note(&table,
               "Live: bytes handed out when the batch is loaded; program, collector: what of them "
               "dropping references and one full collection free; left: what remains, as "
               "tracemalloc shows it. Then RSS less base at each step; over left: the last of them "
               "over what is left.");
    experiment_table(out, &table);
}

static void add_waterfall(const struct release_cell *cell, size_t count, enum release_step step,
                          struct experiment_output *out)
{
    static const char *const headings[] = {"batch",     "allocator", "live", "rounding", "in pools",
                                           "in arenas", "rest",      "base", "RSS"};
    struct table table;
    table_open(&table, step == BUILT ? "waterfall_built" : "waterfall_waited",
               step == BUILT ? "What RSS is made of while the batch is loaded"
                             : "What RSS is made of after drop, collection and waiting",
               2, headings, COUNT_OF(headings));
    for (size_t i = 0; i < count; i++) {
        double part[PARTS];
        parts_of(&cell[i], step, part);
        table_text(&table, kept_of(&cell[i]));
        table_text(&table, cell[i].group->allocator);
        for (int k = 0; k < PARTS; k++) {
            table_figure(&table, part[k], FIGURE_BYTES);
        }
        table_interval(&table, phase_field(&cell[i], step, "rss_bytes", SOURCE_MEMORY),
                       FIGURE_BYTES);
    }
    table_note(&table,
               "Rounding: of size classes, and headers; in pools: free blocks of pools in "
               "use; in arenas: what else the allocator says that it holds, resident (– "
               "where it does not tell); rest: metadata and caches; base: before the heap.");
    experiment_table(out, &table);
}

/* Meaning ------------------------------------------------------------------------------------- */

static void say_waterfall(const struct release_cell *cell, struct experiment_output *out)
{
    double part[PARTS];
    char rss[FIGURE_LENGTH], text[PARTS][FIGURE_LENGTH];
    parts_of(cell, WAITED, part);
    for (int k = 0; k < PARTS; k++) {
        figure(part[k], FIGURE_BYTES, text[k]);
    }
    figure(phase_field(cell, WAITED, "rss_bytes", SOURCE_MEMORY).mid, FIGURE_BYTES, rss);
    experiment_say(out,
                   "With %s and %s, tracemalloc would show %s and RSS is %s: %s are free blocks of "
                   "pools that something live keeps in use, %s lie free in arenas, %s are metadata "
                   "and the rest, %s were there before the heap.",
                   cell->group->allocator, kept_of(cell), text[PART_LIVE], rss, text[PART_POOLS],
                   text[PART_ARENAS], text[PART_OTHER], text[PART_BASE]);
}

static void say_layers(const struct release_cell *cell, struct experiment_output *out)
{
    double built = live(cell, BUILT), dropped = live(cell, DROPPED), left = live(cell, COLLECTED);
    double most = resident(cell, BUILT).mid;
    char program[FIGURE_LENGTH], collector[FIGURE_LENGTH], now[FIGURE_LENGTH];
    char later[FIGURE_LENGTH], told[FIGURE_LENGTH];
    experiment_say(out,
                   "Of its live bytes the program let %s go, the collector another %s; of its "
                   "resident heap %s went back by the end of the collection, %s by the end of the "
                   "wait, %s after trim.",
                   figure((built - dropped) / built, FIGURE_PERCENT, program),
                   figure((dropped - left) / built, FIGURE_PERCENT, collector),
                   figure(1.0 - resident(cell, COLLECTED).mid / most, FIGURE_PERCENT, now),
                   figure(1.0 - resident(cell, WAITED).mid / most, FIGURE_PERCENT, later),
                   figure(1.0 - resident(cell, TRIMMED).mid / most, FIGURE_PERCENT, told));
}

/* Who holds least and most at a step, of the cells with the same batch as `like`. */
static void say_extremes(const struct release_cell *cell, size_t count,
                         const struct release_cell *like, enum release_step step,
                         struct experiment_output *out)
{
    const struct release_cell *least = NULL, *most = NULL;
    char low[EXPERIMENT_TEXT], high[EXPERIMENT_TEXT];
    for (size_t i = 0; i < count; i++) {
        double mid = resident(&cell[i], step).mid;
        if (strcmp(cell[i].group->workload, like->group->workload) != 0 || !isfinite(mid)) {
            continue;
        }
        least = least == NULL || mid < resident(least, step).mid ? &cell[i] : least;
        most = most == NULL || mid > resident(most, step).mid ? &cell[i] : most;
    }
    if (least == NULL || least == most) {
        return;
    }
    experiment_say(out, "%s, %s: least is held with %s (%s), most with %s (%s).", kept_of(like),
                   step == WAITED ? "after the wait" : "after trim", least->group->allocator,
                   experiment_interval(resident(least, step), FIGURE_BYTES, low),
                   most->group->allocator,
                   experiment_interval(resident(most, step), FIGURE_BYTES, high));
}

/* What only the collector can free: beside the collector none. */
static void say_collector(const struct report *report, struct experiment_output *out)
{
    for (size_t i = 0; i < report->groups; i++) {
        struct release_cell none;
        char text[FIGURE_LENGTH], share[FIGURE_LENGTH];
        if (strcmp(report->group[i].collector, "none") == 0 &&
            cell_of(report, &report->group[i], &none)) {
            double left = live(&none, WAITED);
            experiment_say(out,
                           "Without a collector (%s, %s) %s stay live, %s of the batch: no "
                           "allocator can give back what nobody frees.",
                           none.group->allocator, kept_of(&none), figure(left, FIGURE_BYTES, text),
                           figure(left / live(&none, BUILT), FIGURE_PERCENT, share));
        }
    }
}

static bool release_answer(const struct experiment *self, const struct report *report,
                           struct experiment_output *out, struct error *error)
{
    size_t count;
    struct release_cell *cell = cells_of(report, &count);
    const struct release_cell *shown = NULL;
    for (size_t i = 0; i < count; i++) {
        bool reference = strcmp(cell[i].group->allocator, report->allocator) == 0;
        shown =
            reference && (shown == NULL || cell[i].survivor > shown->survivor) ? &cell[i] : shown;
    }
    if (shown == NULL) {
        free(cell);
        return error_set(error, "%s: no cell of workload release; the plan is %s.ini", report->run,
                         self->name);
    }
    add_layers(cell, count, out);
    add_waterfall(cell, count, BUILT, out);
    add_waterfall(cell, count, WAITED, out);
    say_waterfall(shown, out);
    say_layers(shown, out);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cell[i].group->allocator, report->allocator) == 0) {
            say_extremes(cell, count, &cell[i], WAITED, out);
            say_extremes(cell, count, &cell[i], TRIMMED, out);
        }
    }
    say_collector(report, out);
    free(cell);
    return true;
}

/* Plots --------------------------------------------------------------------------------------- */

/* The cell of a facet (what is kept) and an allocator; NULL: not measured. */
static const struct release_cell *find(const struct release_cell *cell, size_t count,
                                       const char *kept, const char *allocator)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kept_of(&cell[i]), kept) == 0 &&
            strcmp(cell[i].group->allocator, allocator) == 0) {
            return &cell[i];
        }
    }
    return NULL;
}

static bool plot_steps(const struct report *report, struct plot_page *page)
{
    size_t count;
    struct release_cell *cell = cells_of(report, &count);
    for (size_t i = 0; i < count; i++) {
        report_names_add(&page->facets, kept_of(&cell[i]));
        report_names_add(&page->series, cell[i].group->allocator);
    }
    for (size_t f = 0; f < page->facets.count; f++) {
        for (size_t s = 0; s < page->series.count; s++) {
            const struct release_cell *found =
                find(cell, count, page->facets.name[f], page->series.name[s]);
            size_t lines = 0;
            for (int step = BUILT; step <= TRIMMED && found != NULL; step++) {
                lines += page_point(page, step, resident(found, (enum release_step)step),
                                    1.0 / (1024.0 * 1024.0));
            }
            plot_block(page, lines);
        }
    }
    free(cell);
    report_names_add(&page->rows, "");
    page_panels(page, &(struct page_axes){.x_label = "RSS less base (MiB) at the end of each step",
                                          .log_y = "0 0 0 0 0 0",
                                          .shared_y = true});
    size_t used = strlen(page->set);
    snprintf(page->set + used, sizeof page->set - used,
             "XTICS = \"set xtics ('built' 1, 'drop' 2, 'gc' 3, 'wait' 4, 'trim' 5)\"\n");
    page_note(report, page, "RSS less what the process had before its heaps.");
    return true;
}

/* Facets: what is kept. Rows: allocators as they come. Block f * PARTS + k: row, from, to of part k. */
static bool plot_waterfall(const struct report *report, struct plot_page *page)
{
    size_t count;
    struct release_cell *cell = cells_of(report, &count);
    for (size_t i = 0; i < count; i++) {
        report_names_add(&page->facets, kept_of(&cell[i]));
        if (strchr(cell[i].group->allocator, ':') == NULL) {
            report_names_add(&page->rows, cell[i].group->allocator);
        }
    }
    for (size_t f = 0; f < page->facets.count; f++) {
        for (int k = 0; k < PARTS; k++) {
            size_t lines = 0;
            for (size_t r = 0; r < page->rows.count; r++) {
                const struct release_cell *found =
                    find(cell, count, page->facets.name[f], page->rows.name[r]);
                double part[PARTS], from = 0.0;
                if (found == NULL) {
                    continue;
                }
                parts_of(found, WAITED, part);
                for (int j = 0; j < k; j++) {
                    from += isfinite(part[j]) ? part[j] : 0.0;
                }
                if (isfinite(part[k])) {
                    fprintf(page->tsv, "%zu\t%.6g\t%.6g\n", r, plot_mib(from),
                            plot_mib(from + part[k]));
                    lines++;
                }
            }
            plot_block(page, lines);
        }
    }
    free(cell);
    for (int k = 0; k < PARTS; k++) {
        report_names_add(&page->series, part_names[k]);
    }
    page->palette = "parts";
    size_t columns = page->facets.count <= 1 ? 1 : 2;
    page->height = (unsigned)(PLOT_HEAD_FOOT + (page->facets.count + columns - 1) / columns *
                                                   (page->rows.count * 22 + 60));
    page_note(report, page, "Resident MiB after drop, collection and waiting.");
    return true;
}

static const struct plot plots[] = {
    {"release_steps", "panels", "layers", "Resident memory as each layer lets go",
     "A curve that stays high holds memory that the program no longer has.", plot_steps},
    {"release_waterfall", "regions", "waterfall_waited",
     "What resident memory is made of when the batch is gone",
     "Live is what tracemalloc shows; the rest is the allocator's.", plot_waterfall},
};

const struct experiment experiment_release = {
    .name = "release",
    .question = "Memory is not given back after del, and tracemalloc shows little: where is it?",
    .varies = "allocators and their settings; how much of a batch is kept; with and without a "
              "collector",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = release_answer,
};
