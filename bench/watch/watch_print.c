/* A watched process as a cell and in JSON; see watch_print.h. */
#include "bench/watch/watch_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/spec.h"
#include "bench/record/json.h"

/* What the process allocates objects with, as far as its environment says. */
static const char *allocator_of(const struct watch_file *file)
{
    static const char *const libraries[] = {"jemalloc", "mimalloc", "tcmalloc"};
    if (strcmp(file->build, "free-threaded") == 0) {
        return "mimalloc";
    }
    if (strncmp(file->python_malloc, "malloc", 6) != 0) {
        return "pymalloc";
    }
    for (size_t i = 0; i < COUNT_OF(libraries); i++) {
        if (strstr(file->preload, libraries[i]) != NULL) {
            return libraries[i];
        }
    }
    return "malloc";
}

/* Thresholds of this version as it comes: 700/10/10 up to 3.12, 2000/10/10 from 3.13. */
static bool is_default(const struct watch_file *file, unsigned minor)
{
    return file->enabled && file->threshold[0] == (minor >= 13 ? 2000 : 700) &&
           file->threshold[1] == 10 && (file->threshold[2] == 10 || minor >= 14);
}

static void collector_of(const struct watch_file *file, enum spec_form form, char *out,
                         size_t length)
{
    unsigned major = 3, minor = 0, micro = 0;
    sscanf(file->version, "%u.%u.%u", &major, &minor, &micro);
    int n = snprintf(out, length, "python%u.%u", major, minor);
    const char *before = ":";
    if (file->frozen > 0) {
        n += snprintf(out + n, length - (size_t)n, ":frozen=on");
        before = ",";
    }
    if (minor == 14 && micro < 5 && file->threshold[2] == 0) { /* always 0 there */
        n += snprintf(out + n, length - (size_t)n, "%sincremental=on", before);
        before = ",";
    }
    if (!file->enabled || file->threshold[0] == 0) {
        snprintf(out + n, length - (size_t)n, "%sthreshold=off", before);
    } else if (form == SPEC_CANONICAL || !is_default(file, minor)) {
        snprintf(out + n, length - (size_t)n, "%sthreshold=%llu/%llu/%llu", before,
                 (unsigned long long)file->threshold[0], (unsigned long long)file->threshold[1],
                 (unsigned long long)file->threshold[2]);
    }
}

static void workload_of(const struct watch_process *process, char *out, size_t length)
{
    snprintf(out, length, "program:name=");
    spec_escape(process->file->name, out, length);
    size_t n = strlen(out);
    snprintf(out + n, length - n, ",process=%s", process->fork ? "fork" : "main");
}

void watch_identify(const struct watch_process *process, const char *run, struct identity *out)
{
    static const char *const names[] = {"allocator", "collector", "workload"};
    out->kind = RECORD_TIMED;
    out->rep = process->rep;
    out->order = process->order;
    out->seed = 1;
    out->part_count = COUNT_OF(names);
    snprintf(out->run, sizeof out->run, "%s", run);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        out->part[i].name = names[i];
    }
    snprintf(out->part[0].text, SPEC_TEXT_MAX, "%s", allocator_of(process->file));
    collector_of(process->file, SPEC_CANONICAL, out->part[1].text, SPEC_TEXT_MAX);
    workload_of(process, out->part[2].text, SPEC_TEXT_MAX);
    memcpy(out->part[0].label, out->part[0].text, SPEC_TEXT_MAX);
    collector_of(process->file, SPEC_LABEL, out->part[1].label, SPEC_TEXT_MAX);
    memcpy(out->part[2].label, out->part[2].text, SPEC_TEXT_MAX);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t c = strlen(out->cell), l = strlen(out->label);
        snprintf(out->cell + c, sizeof out->cell - c, "%s%s=%s", i > 0 ? " " : "", names[i],
                 out->part[i].text);
        snprintf(out->label + l, sizeof out->label - l, "%s%s=%s", i > 0 ? " " : "", names[i],
                 out->part[i].label);
    }
}

void watch_cell(const struct watch_process *process, char *out, size_t length)
{
    struct identity *identity = calloc(1, sizeof *identity);
    CHECK(identity != NULL);
    watch_identify(process, "", identity);
    snprintf(out, length, "%s", identity->cell);
    free(identity);
}

static void print_generations(const struct watch_file *file, struct json *json)
{
    struct histogram all = {0};
    json_open(json, "gen", '[');
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        const struct watch_generation *generation = &file->generation[g];
        json_open(json, NULL, '{');
        json_u64(json, "collections", generation->collections);
        json_u64(json, "collected", generation->collected);
        json_u64(json, "uncollectable", generation->uncollectable);
        json_u64(json, "empty", generation->empty);
        json_u64(json, "pause_ns_sum", generation->pause_ns.sum);
        histogram_print(&generation->pause_ns, "pause_ns", json);
        json_close(json, '}');
        histogram_merge(&all, &generation->pause_ns);
    }
    json_close(json, ']');
    histogram_print(&all, "pause_ns", json);
    json_u64(json, "gc_ns", all.sum);
    json_u64(json, "gc_run_ns", all.sum);
    if (file->watched_ns > 0) {
        json_real(json, "gc_share", (double)all.sum / (double)file->watched_ns);
    }
}

static void print_memory(const struct watch_file *file, struct json *json)
{
    uint64_t peak = 0;
    for (size_t i = 0; i < file->sample_count; i++) {
        peak = file->sample[i].rss_bytes > peak ? file->sample[i].rss_bytes : peak;
    }
    const struct watch_sample *last = watch_file_last(file);
    if (last == NULL) {
        return;
    }
    json_u64(json, "rss_bytes_base", file->sample[0].rss_bytes);
    json_u64(json, "rss_bytes_peak", peak);
    json_u64(json, "rss_bytes_end", last->rss_bytes);
    if (last->pss_bytes > 0) {
        json_u64(json, "pss_bytes_end", last->pss_bytes);
        json_u64(json, "private_dirty_bytes_end", last->private_dirty_bytes);
    }
}

static const char *end_of(const struct watch_process *process)
{
    return process->running                        ? "running"
           : process->file->state == WATCH_ENDED   ? "exit"
           : process->file->state == WATCH_STOPPED ? "stopped"
                                                   : "gone"; /* killed, _exit, exec */
}

static void print_process(const struct watch_process *process, struct json *json)
{
    const struct watch_file *file = process->file;
    json_u64(json, "wall_ns", file->watched_ns);
    json_u64(json, "run_ns", file->watched_ns);
    json_u64(json, "cpu_ns", file->cpu_ns);
    json_text(json, "python", file->version);
    if (file->build[0] != '\0') {
        json_text(json, "python_build", file->build);
    }
    json_text(json, "command", file->command);
    json_text(json, "end", end_of(process));
    json_u64(json, "pid", file->pid);
    json_u64(json, "parent_pid", file->parent);
    json_u64(json, "threshold_changes", file->threshold_changes);
    json_u64(json, "collections_missed", file->missed);
    json_u64(json, "forks_unwatched", file->forks_unwatched);
    json_u64(json, "frozen_objects", file->frozen);
    if (file->idle > 0) {
        json_u64(json, "increments_idle", file->idle);
    }
    if (file->tracked_at_ns > 0) {
        json_u64(json, "tracked_at_ns", file->tracked_at_ns);
        json_u64(json, "tracked_objects", file->tracked);
        json_u64(json, "tracked_objects_peak", file->tracked_peak);
    }
    json_u64(json, "watch_ns", file->own_ns);
}

void watch_half(const struct watch_process *process, char *out, size_t length)
{
    struct json json;
    json_start(&json, out, length);
    json_open(&json, NULL, '{');
    print_process(process, &json);
    print_generations(process->file, &json);
    print_memory(process->file, &json);
    json_close(&json, '}');
    CHECK(!json.full);
}
