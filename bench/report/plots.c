/* Data and script of each plot, and gnuplot itself; see plots.h. */
#include "bench/report/plots.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "bench/report/plots_gnuplot.h"

static const struct plot plots[] = {
    {"throughput", NULL, "summary", "Throughput by allocator",
     "Right of the line is faster than the reference. Where whiskers cross it, the run cannot "
     "tell.",
     plot_throughput},
    {"memory", NULL, "memory", "Resident memory over live bytes",
     "1 would be a heap without waste; 2 means a page of waste for each page in use.", plot_memory},
    {"rss", NULL, "memory", "Resident memory over time",
     "The memory of one process per allocator, as the supervisor sampled it.", plot_rss},
    {"release", NULL, "release", "Memory after everything was freed, and after trim",
     "How far the hollow and the crossed mark stand left of the peak is what came back.",
     plot_release},
    {"pauses", NULL, "pauses", "Pauses by threshold",
     "How many pauses are longer than x: a curve further left and lower is better.", plot_pauses},
    {"mmu", NULL, "mmu", "Minimum mutator utilisation",
     "The least share that any window of that length leaves to the program: higher is better, and "
     "where a curve leaves 0 is the longest stop.",
     plot_mmu},
    {"latency", NULL, "latency", "Latency of operations",
     "How many operations take longer than x. Metered: from when one was to begin, so that those "
     "that waited behind a pause count.",
     plot_latency},
    {"thresholds", NULL, "thresholds", "Throughput, memory and pauses against threshold0",
     "Look for the knee: where throughput stops rising while memory and pauses go on.",
     plot_thresholds},
    {"settings", NULL, "settings", "Collection off, frozen, or absent",
     "Change against the reference: left is less time, less memory, shorter pauses.",
     plot_settings},
    {"generations", NULL, "generations", "Collections and yield by generation",
     "Many collections of low yield are work for nothing.", plot_generations},
    {"freelists", NULL, "freelists", "Free-list hit rate by type",
     "Share of objects that came from their free list instead of the allocator.", plot_freelists},
    {"regions", NULL, "regions", "Memory by region",
     "What resident memory belongs to at the end of the run.", plot_regions},
};

size_t plot_count(void)
{
    return COUNT_OF(plots);
}

const struct plot *plot_at(size_t index)
{
    CHECK(index < COUNT_OF(plots));
    return &plots[index];
}

bool plot_left_out(struct plot_page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(page->why, sizeof page->why, format, arguments);
    va_end(arguments);
    return false;
}

void plot_block(struct plot_page *page, size_t lines)
{
    if (lines == 0) {
        fputs("NaN\tNaN\tNaN\tNaN\tNaN\tNaN\tNaN\n", page->tsv);
    }
    fputs("\n\n", page->tsv);
}

unsigned plot_facets_height(size_t facets)
{
    size_t columns = facets <= 1 ? 1 : facets <= 4 ? 2 : 3;
    size_t rows = (facets + columns - 1) / columns;
    return (unsigned)(PLOT_HEAD_FOOT + rows * (columns == 1 ? 300 : PLOT_FACET));
}

void plot_note_n(const struct report *report, enum metric metric, struct plot_page *page,
                 const char *text)
{
    size_t fewest = SIZE_MAX, most = 0;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (strcmp(group->collector, report->collector) == 0 && group->n[metric] > 0) {
            fewest = group->n[metric] < fewest ? group->n[metric] : fewest;
            most = group->n[metric] > most ? group->n[metric] : most;
        }
    }
    if (fewest == most) {
        snprintf(page->note, sizeof page->note, "%s n = %zu %s each.", text, most,
                 most == 1 ? "process" : "processes");
    } else {
        snprintf(page->note, sizeof page->note, "%s n = %zu to %zu processes each.", text,
                 most == 0 ? 0 : fewest, most);
    }
}

static void write_array(FILE *out, const char *name, const struct report_names *names)
{
    size_t count = names->count > 0 ? names->count : 1;
    fprintf(out, "array %s[%zu] = [", name, count);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", out);
        text_gnuplot(out, i < names->count ? names->name[i] : "");
    }
    fputs("]\n", out);
}

static void write_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, "%s = ", name);
    text_gnuplot(out, text);
    fputc('\n', out);
}

static void write_machine(FILE *out, const struct report *report)
{
    char text[512];
    snprintf(text, sizeof text, "%s, %zu cores, %s, build %s, machine %s", report->cpu,
             report->cores, report->kernel, report->build, report->machine);
    write_text(out, "MACHINE", text);
}

static void write_terminals(FILE *out, const struct plot *plot)
{
    const char *script = plot->script != NULL ? plot->script : plot->name;
    fprintf(
        out,
        "set terminal svg size WIDTH, HEIGHT dynamic noenhanced font 'sans-serif,12'\n"
        "set output '%s.svg'\nload 'style.gp'\nload '%s.gp'\nunset output\nreset\n"
        "set terminal pngcairo size 2 * WIDTH, 2 * HEIGHT fontscale 1.5 linewidth 2 pointscale 2.6 "
        "noenhanced font 'sans-serif,12'\n"
        "set output '%s.png'\nload 'style.gp'\nload '%s.gp'\nunset output\n",
        plot->name, script, plot->name, script);
}

/* The script that draws this plot of this run: everything that came out of a record is quoted. */
static void write_script(FILE *out, const struct plot *plot, const struct plot_page *page,
                         const struct report *report)
{
    char *command = page->command != NULL ? strdup(page->command) : report_command(report);
    CHECK(command != NULL);
    fputs("# Written by `heapdyno report`; draw again with GNUPLOT_LIB=…/plots gnuplot THIS.\n",
          out);
    write_text(out, "TITLE", plot->title);
    write_text(out, "NOTE", page->note);
    write_machine(out, report);
    write_text(out, "COMMAND", command);
    write_text(out, "XLABEL", page->x_label != NULL ? page->x_label : "");
    write_text(out, "PALETTE", page->palette);
    write_array(out, "SERIES", &page->series);
    write_array(out, "ROW", &page->rows);
    write_array(out, "FACET", &page->facets);
    fputs(page->set, out);
    fprintf(out, "WIDTH = %d\nHEIGHT = %u\nLOG = %d\nDATA = '%s.tsv'\n", PLOT_WIDTH, page->height,
            page->log, plot->name);
    write_terminals(out, plot);
    free(command);
}

static FILE *create(const char *folder, const char *name, const char *suffix, struct error *why)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/%s%s", folder, name, suffix) > 0);
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        error_set(why, "%s: %s", path, strerror(errno));
    }
    free(path);
    return out;
}

static bool finish(FILE *out, const char *name, struct error *why)
{
    bool written = ferror(out) == 0;
    return (fclose(out) == 0 && written) || error_set(why, "%s cannot be written", name);
}

/* FOLDER/plots holds data, script and images of each plot. */
static void draw(const struct report *report, const struct plot *plot, const char *command,
                 const char *folder, struct plot_outcome *out)
{
    struct plot_page page = {.palette = "allocators", .height = PLOT_HEAD_FOOT, .command = command};
    out->state = PLOT_FAILED;
    page.tsv = create(folder, plot->name, ".tsv", &out->why);
    if (page.tsv == NULL) {
        return;
    }
    bool built = plot->build(report, &page);
    bool written = finish(page.tsv, plot->name, &out->why);
    if (!built) {
        out->state = PLOT_LEFT_OUT;
        error_set(&out->why, "%s", page.why);
        gnuplot_remove(folder, plot->name);
    } else if (written) {
        FILE *script = create(folder, plot->name, ".plt", &out->why);
        if (script != NULL) {
            write_script(script, plot, &page, report);
            if (finish(script, plot->name, &out->why) &&
                gnuplot_run(folder, plot->name, &out->why)) {
                out->state = PLOT_DRAWN;
            }
        }
    }
    free(page.series.name);
    free(page.rows.name);
    free(page.facets.name);
}

void plot_draw(const struct report *report, const struct plot *plot, const char *command,
               struct plot_outcome *out)
{
    char *folder = NULL;
    CHECK(asprintf(&folder, "%s/plots", report->folder) > 0);
    draw(report, plot, command, folder, out);
    free(folder);
}

bool plots_ready(const struct report *report, struct error *error)
{
    char *folder = NULL;
    if (!gnuplot_is_there(error)) {
        return false;
    }
    CHECK(asprintf(&folder, "%s/plots", report->folder) > 0);
    bool there = mkdir(folder, 0777) == 0 || errno == EEXIST ||
                 error_set(error, "%s: %s", folder, strerror(errno));
    free(folder);
    return there;
}

bool plots_draw(const struct report *report, struct plot_outcome *outcome, struct error *error)
{
    if (!plots_ready(report, error)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(plots); i++) {
        plot_draw(report, &plots[i], NULL, &outcome[i]);
    }
    return true;
}
