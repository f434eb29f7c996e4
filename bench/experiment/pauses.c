/* Reading full collections out of a run; see pauses.h. */
#include "bench/experiment/pauses.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"

const char pause_plain[] = "cp311:threshold=off";

/* Objects that a full collection examines, by the collector's own count. Under other settings the
 * same workload is loaded to the same size, but frozen or partly collected: the most is the heap. */
static double objects_of(const struct report *report, const char *workload)
{
    double most = NAN;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        double examined = group_median(group, METRIC_EXAMINED + 2);
        double mean = examined / group_median(group, METRIC_COLLECTIONS + 2);
        if (strcmp(group->workload, workload) == 0 && isfinite(mean) && !(mean <= most)) {
            most = mean;
        }
    }
    return most;
}

static void heap_of(const struct report_group *group, char heap[32])
{
    char age[16] = "fresh";
    double far = 0.1;
    experiment_option_text(group->workload_line, "age", age, sizeof age);
    experiment_option(group->workload_line, "far", &far);
    if (far == 0.1) {
        snprintf(heap, 32, "%s", age);
    } else {
        snprintf(heap, 32, "%s, far=%g", age, far);
    }
}

static struct pause_series *series_of(struct pauses *self, const struct report_group *group)
{
    char heap[32];
    heap_of(group, heap);
    for (size_t i = 0; i < self->count; i++) {
        struct pause_series *series = &self->series[i];
        if (strcmp(series->allocator, group->allocator) == 0 &&
            strcmp(series->collector, group->collector) == 0 && strcmp(series->heap, heap) == 0) {
            return series;
        }
    }
    self->series = reallocarray(self->series, self->count + 1, sizeof *self->series);
    CHECK(self->series != NULL);
    struct pause_series *series = &self->series[self->count++];
    *series = (struct pause_series){.allocator = group->allocator, .collector = group->collector};
    snprintf(series->heap, sizeof series->heap, "%s", heap);
    return series;
}

static int by_objects(const void *left, const void *right)
{
    const struct pause_size *a = left, *b = right;
    return (a->objects > b->objects) - (a->objects < b->objects);
}

/* Plain settings first, then by heap, then by allocator. */
static int by_setting(const void *left, const void *right)
{
    const struct pause_series *a = left, *b = right;
    int first = (strcmp(a->collector, pause_plain) != 0) - (strcmp(b->collector, pause_plain) != 0);
    int collector = first != 0 ? first : strcmp(a->collector, b->collector);
    int far = (strchr(a->heap, ',') != NULL) - (strchr(b->heap, ',') != NULL);
    int heap = far != 0 ? far : -strcmp(a->heap, b->heap);
    return collector != 0 ? collector : heap != 0 ? heap : strcmp(a->allocator, b->allocator);
}

static void fit_series(struct pause_series *self)
{
    struct fit_point *point = calloc(self->sizes, sizeof *point);
    CHECK(point != NULL);
    for (size_t i = 0; i < self->sizes; i++) {
        point[i] = (struct fit_point){self->size[i].objects, self->size[i].pause};
    }
    self->line = fit_line(point, self->sizes);
    self->power = fit_power(point, self->sizes);
    free(point);
}

static bool is_collected(const struct report_group *group)
{
    char measure[16];
    return experiment_is_workload(group, "graph") &&
           experiment_option_text(group->workload_line, "measure", measure, sizeof measure) &&
           strcmp(measure, "collect") == 0;
}

/* Processor time of one full collection, for each process; owned by the caller. */
static struct sample pauses_of(const struct report *report, const struct report_group *group)
{
    struct sample run = report_values(report, group, "$.run_cpu_ns", SOURCE_TIME);
    struct sample count = report_values(report, group, "$.operations", SOURCE_TIME);
    double *value = (double *)(uintptr_t)run.value;
    for (size_t i = 0; i < run.n; i++) {
        value[i] /= i < count.n ? count.value[i] : NAN;
    }
    free((void *)count.value);
    return run;
}

struct pauses pauses_read(const struct report *report)
{
    struct pauses self = {0};
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        struct sample pause = {NULL, 0};
        double objects = objects_of(report, group->workload);
        if (is_collected(group) && isfinite(objects)) {
            pause = pauses_of(report, group);
        }
        if (pause.n == 0) {
            continue;
        }
        struct pause_series *series = series_of(&self, group);
        series->size = reallocarray(series->size, series->sizes + 1, sizeof *series->size);
        CHECK(series->size != NULL);
        series->size[series->sizes++] = (struct pause_size){group, objects, pause};
    }
    for (size_t i = 0; i < self.count; i++) {
        qsort(self.series[i].size, self.series[i].sizes, sizeof(struct pause_size), by_objects);
        fit_series(&self.series[i]);
    }
    if (self.count > 0) {
        qsort(self.series, self.count, sizeof *self.series, by_setting);
    }
    return self;
}

void pauses_close(struct pauses *self)
{
    for (size_t i = 0; i < self->count; i++) {
        for (size_t k = 0; k < self->series[i].sizes; k++) {
            free((void *)self->series[i].size[k].pause.value);
        }
        free(self->series[i].size);
    }
    free(self->series);
}

const struct pause_series *pause_series(const struct pauses *self, const char *allocator,
                                        const char *collector, const char *heap)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct pause_series *series = &self->series[i];
        if (strcmp(series->allocator, allocator) == 0 &&
            strcmp(series->collector, collector) == 0 && strcmp(series->heap, heap) == 0) {
            return series;
        }
    }
    return NULL;
}

const struct pause_size *pause_size(const struct pause_series *series, double objects)
{
    for (size_t i = 0; series != NULL && i < series->sizes; i++) {
        if (fabs(series->size[i].objects / objects - 1.0) < 0.01) {
            return &series->size[i];
        }
    }
    return NULL;
}

struct interval pause_ratio(const struct pause_size *a, const struct pause_size *b)
{
    struct sample_pair pair = {a->pause, b->pause};
    return stats_ratio(&pair, 1, REPORT_SEED);
}

bool pause_is_service(const struct report_group *group)
{
    return experiment_is_workload(group, "web");
}
