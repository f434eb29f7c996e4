/* From the files of a watch to records and a table; see watch_run.h. Two passes: who descends from
 * whom first, then one file after the other, since one takes 4 MiB. */
#include "bench/watch/watch_run.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/cell/cell.h"
#include "bench/report/report_table.h"
#include "bench/watch/watch_record.h"

/* A file, before its figures are wanted. */
struct entry {
    char *name;
    uint64_t pid, parent, started_unix_ns;
    char program[256];
    char *cell; /* once it is known */
};

struct entries {
    size_t count, capacity;
    struct entry *entry;
};

static char *path_of(const struct watch_facts *facts, const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", facts->folder, name);
    return path;
}

static void add(struct entries *self, const char *name, const struct watch_file *file)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity > 0 ? self->capacity * 2 : 16;
        self->entry = reallocarray(self->entry, self->capacity, sizeof *self->entry);
        CHECK(self->entry != NULL);
    }
    struct entry *entry = &self->entry[self->count++];
    *entry = (struct entry){strdup(name), file->pid, file->parent, file->started_unix_ns, "", NULL};
    CHECK(entry->name != NULL);
    snprintf(entry->program, sizeof entry->program, "%s", file->name);
}

static int by_start(const void *a_, const void *b_)
{
    const struct entry *a = a_, *b = b_;
    return a->started_unix_ns < b->started_unix_ns   ? -1
           : a->started_unix_ns > b->started_unix_ns ? 1
                                                     : strcmp(a->name, b->name);
}

/* Read which files there are; what is none of ours is said and left alone. */
static bool list(const struct watch_facts *facts, struct watch_file *file, FILE *out,
                 struct entries *entries, struct error *error)
{
    char path[PATH_MAX];
    struct error why;
    DIR *folder = opendir(facts->folder);
    if (folder == NULL) {
        return error_set(error, "%s: no such folder", facts->folder);
    }
    for (struct dirent *found; (found = readdir(folder)) != NULL;) {
        size_t length = strlen(found->d_name);
        if (length < 7 || strcmp(found->d_name + length - 6, ".watch") != 0) {
            continue;
        }
        if (watch_file_read(path_of(facts, found->d_name, path), file, &why)) {
            add(entries, found->d_name, file);
        } else {
            fprintf(out, "left out: %s\n", why.text);
        }
    }
    closedir(folder);
    if (entries->count > 0) {
        qsort(entries->entry, entries->count, sizeof *entries->entry, by_start);
    }
    return true;
}

/* Whether its parent is watched too, and runs the same program. */
static bool is_fork(const struct entries *entries, size_t index)
{
    const struct entry *self = &entries->entry[index];
    for (size_t i = 0; i < index; i++) {
        const struct entry *other = &entries->entry[i];
        if (other->pid == self->parent && strcmp(other->program, self->program) == 0) {
            return true;
        }
    }
    return false;
}

static uint64_t earlier_of_cell(const struct entries *entries, size_t index, const char *cell)
{
    uint64_t count = 0;
    for (size_t i = 0; i < index; i++) {
        count += entries->entry[i].cell != NULL && strcmp(entries->entry[i].cell, cell) == 0;
    }
    return count;
}

static bool is_running(const struct watch_facts *facts, const char *name,
                       const struct watch_file *file)
{
    bool ended = file->state != WATCH_RUNNING && file->state != WATCH_STOPPED;
    return !ended && (facts->live == NULL || !watch_live_ended(facts->live, name)) &&
           file->pid > 0 && file->pid <= INT_MAX && kill((pid_t)file->pid, 0) == 0;
}

static double quantile(const struct watch_file *file, unsigned per_mille)
{
    struct histogram *all = calloc(1, sizeof *all);
    CHECK(all != NULL);
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        histogram_merge(all, &file->generation[g].pause_ns);
    }
    double value = all->count == 0     ? NAN
                   : per_mille == 1000 ? (double)all->max
                                       : (double)histogram_quantile(all, per_mille);
    free(all);
    return value;
}

static void row(struct table *table, const struct watch_process *process)
{
    const struct watch_file *file = process->file;
    char text[512];
    uint64_t collected = 0, gc_ns = 0;
    snprintf(text, sizeof text, "%s %s", file->name, process->fork ? "fork" : "main");
    table_text(table, text);
    snprintf(text, sizeof text, "%llu", (unsigned long long)file->pid);
    table_text(table, text);
    table_figure(table, (double)file->watched_ns, FIGURE_NS);
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        table_figure(table, (double)file->generation[g].collections, FIGURE_COUNT);
        collected += file->generation[g].collected;
        gc_ns += file->generation[g].pause_ns.sum;
    }
    table_figure(table, quantile(file, 990), FIGURE_NS);
    table_figure(table, quantile(file, 1000), FIGURE_NS);
    table_figure(table, file->watched_ns > 0 ? (double)gc_ns / (double)file->watched_ns : NAN,
                 FIGURE_PERCENT);
    table_figure(table, (double)collected, FIGURE_COUNT);
    table_figure(table, file->tracked_at_ns > 0 ? (double)file->tracked : NAN, FIGURE_COUNT);
    table_figure(table, (double)file->frozen, FIGURE_COUNT);
    const struct watch_sample *last = watch_file_last(file);
    bool pages = last != NULL && last->pss_bytes > 0;
    table_figure(table, last != NULL ? (double)last->rss_bytes : NAN, FIGURE_BYTES);
    table_figure(table, pages ? (double)last->pss_bytes : NAN, FIGURE_BYTES);
    table_figure(table, pages ? (double)last->private_dirty_bytes : NAN, FIGURE_BYTES);
}

static void open_table(struct table *table)
{
    static const char *const headings[] = {
        "process",  "pid",       "watched", "gen 0",  "gen 1", "gen 2", "pause p99",    "longest",
        "GC share", "collected", "tracked", "frozen", "RSS",   "PSS",   "private dirty"};
    table_open(table, "processes", "Watched processes", 1, headings, COUNT_OF(headings));
    table_note(table, "Collections by generation; share of the time between the first and the last "
                      "look; tracked and frozen objects and memory as last seen.");
}

/* A process as it is told: its record, its row. */
static bool tell(const struct watch_facts *facts, struct entries *entries, size_t index,
                 struct watch_file *file, struct journal *journal, struct table *table,
                 struct error *error)
{
    struct entry *entry = &entries->entry[index];
    char path[PATH_MAX], cell[CELL_LINE_MAX];
    if (!watch_file_read(path_of(facts, entry->name, path), file, error)) {
        return false;
    }
    if (facts->live != NULL) {
        watch_live_samples(facts->live, entry->name, file);
    }
    struct watch_process process = {
        .file = file,
        .fork = is_fork(entries, index),
        .running = is_running(facts, entry->name, file),
        .order = facts->first + index,
        .signal = (pid_t)file->pid == facts->main_pid ? facts->main_signal : 0,
    };
    watch_cell(&process, cell, sizeof cell);
    process.rep = facts->first + earlier_of_cell(entries, index, cell);
    entry->cell = strdup(cell);
    CHECK(entry->cell != NULL);
    row(table, &process);
    return watch_record(&process, journal, error);
}

static void add_up(const struct watch_file *file, bool fork, struct watch_totals *totals)
{
    totals->processes++;
    totals->forks += fork;
    totals->cpu_ns += file->cpu_ns;
    const struct watch_sample *last = watch_file_last(file);
    totals->no_memory += last == NULL;
    totals->no_pages += last != NULL && last->pss_bytes == 0;
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        const struct histogram *pauses = &file->generation[g].pause_ns;
        totals->gc_ns += pauses->sum;
        totals->collections[g] += file->generation[g].collections;
        totals->longest_ns = pauses->max > totals->longest_ns ? pauses->max : totals->longest_ns;
    }
}

/* What could not be read is absent in table and records: why, once. */
static void say_unknown(const struct watch_totals *totals, FILE *out)
{
    if (totals->no_memory > 0) {
        fprintf(out, "The memory of %zu of %zu processes is not known: /proc was not there.\n",
                totals->no_memory, totals->processes);
    }
    if (totals->no_pages > 0) {
        fprintf(out,
                "PSS and private dirty of %zu of %zu processes are not known: "
                "/proc/PID/smaps_rollup could not be read.\n",
                totals->no_pages, totals->processes);
    }
}

bool watch_gather(const struct watch_facts *facts, struct journal *journal, FILE *out,
                  struct watch_totals *totals, struct error *error)
{
    struct entries entries = {0};
    struct table table;
    struct watch_file *file = calloc(1, sizeof *file);
    CHECK(file != NULL);
    open_table(&table);
    bool ok = list(facts, file, out, &entries, error);
    *totals = (struct watch_totals){0};
    for (size_t i = 0; ok && i < entries.count; i++) {
        ok = tell(facts, &entries, i, file, journal, &table, error);
        if (ok) {
            add_up(file, is_fork(&entries, i), totals);
        }
    }
    if (totals->processes > 0) {
        table_print(&table, out);
        say_unknown(totals, out);
    }
    table_close(&table);
    for (size_t i = 0; i < entries.count; i++) {
        free(entries.entry[i].name);
        free(entries.entry[i].cell);
    }
    free(entries.entry);
    free(file);
    return ok;
}
