/* The figures of a record that the report uses, and those derived from them; docs/record.md has
 * their meaning. */
#include "bench/report/report_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/spec.h"

const char *const report_freelists[REPORT_FREELISTS] = {"list", "dict", "keys", "float", "tuple"};
const char *const report_regions[REPORT_REGIONS] = {"heap", "mmap", "stack",
                                                    "data", "text", "other"};

#define TIMED(path, form)                                                                          \
    {                                                                                              \
        "$." path, SOURCE_TIME, form, false                                                        \
    }
#define MEMORY(path)                                                                               \
    {                                                                                              \
        "$." path, SOURCE_MEMORY, FIGURE_BYTES, false                                              \
    }
#define COUNTED(path)                                                                              \
    {                                                                                              \
        "$." path, SOURCE_COUNT, FIGURE_COUNT, false                                               \
    }

#define FREELIST(at, field)                                                                        \
    [(at)] = COUNTED("freelists.list." field), [(at) + 1] = COUNTED("freelists.dict." field),      \
    [(at) + 2] = COUNTED("freelists.keys." field), [(at) + 3] = COUNTED("freelists.float." field), \
    [(at) + 4] = COUNTED("freelists.tuple." field)

#define GENERATIONS(at, kind, ...)                                                                 \
    [(at)] = kind("gen[0]." __VA_ARGS__), [(at) + 1] = kind("gen[1]." __VA_ARGS__),                \
    [(at) + 2] = kind("gen[2]." __VA_ARGS__)

const struct metric_info report_metrics[METRIC_COUNT] = {
    [METRIC_OPERATIONS_PER_S] = {"$.operations_per_s", SOURCE_TIME, FIGURE_RATE, true},
    [METRIC_OPERATIONS] = COUNTED("operations"),
    [METRIC_RUN_NS] = TIMED("run_ns", FIGURE_NS),
    [METRIC_RUN_CPU] = TIMED("run_cpu_ns", FIGURE_NS),
    [METRIC_GC_NS] = TIMED("gc_ns", FIGURE_NS),
    [METRIC_GC_RUN_NS] = TIMED("gc_run_ns", FIGURE_NS),
    [METRIC_GC_SHARE] = TIMED("gc_share", FIGURE_PERCENT),
    [METRIC_GC_NS_PER_EXAMINED] = TIMED("gc_ns_per_examined", FIGURE_NS),
    [METRIC_PAUSE_P50] = TIMED("pause_ns_p50", FIGURE_NS),
    [METRIC_PAUSE_P99] = TIMED("pause_ns_p99", FIGURE_NS),
    [METRIC_PAUSE_P999] = TIMED("pause_ns_p999", FIGURE_NS),
    [METRIC_PAUSE_MAX] = TIMED("pause_ns_max", FIGURE_NS),
    [METRIC_LATENCY_P50] = TIMED("latency_ns_p50", FIGURE_NS),
    [METRIC_LATENCY_P99] = TIMED("latency_ns_p99", FIGURE_NS),
    [METRIC_LATENCY_P999] = TIMED("latency_ns_p999", FIGURE_NS),
    [METRIC_LATENCY_MAX] = TIMED("latency_ns_max", FIGURE_NS),
    [METRIC_RATE] = TIMED("rate_per_s", FIGURE_RATE),
    [METRIC_METERED_P50] = TIMED("metered_ns_p50", FIGURE_NS),
    [METRIC_METERED_P99] = TIMED("metered_ns_p99", FIGURE_NS),
    [METRIC_METERED_P999] = TIMED("metered_ns_p999", FIGURE_NS),
    [METRIC_METERED_MAX] = TIMED("metered_ns_max", FIGURE_NS),
    [METRIC_METERED_LATE] = TIMED("metered_late_ns", FIGURE_NS),
    [METRIC_MMU_1MS] = {"$.mmu_1ms", SOURCE_TIME, FIGURE_PERCENT, true},
    [METRIC_MMU_10MS] = {"$.mmu_10ms", SOURCE_TIME, FIGURE_PERCENT, true},
    [METRIC_MMU_100MS] = {"$.mmu_100ms", SOURCE_TIME, FIGURE_PERCENT, true},
    [METRIC_MMU_1S] = {"$.mmu_1s", SOURCE_TIME, FIGURE_PERCENT, true},
    [METRIC_TRASH_AGE_P50] = TIMED("trash_age_ns_p50", FIGURE_NS),
    [METRIC_TRASH_AGE_P99] = TIMED("trash_age_ns_p99", FIGURE_NS),
    [METRIC_TRASH_AGE_MAX] = TIMED("trash_age_ns_max", FIGURE_NS),
    [METRIC_FAULTS_MINOR] = {"$.faults_minor", SOURCE_MEMORY, FIGURE_COUNT, false},
    [METRIC_FAULTS_MAJOR] = {"$.faults_major", SOURCE_MEMORY, FIGURE_COUNT, false},
    [METRIC_RSS_BASE] = MEMORY("rss_bytes_base"),
    [METRIC_RSS_PEAK] = MEMORY("rss_bytes_peak"),
    [METRIC_RSS_END] = MEMORY("rss_bytes_end"),
    [METRIC_RSS_AFTER_FREE] = MEMORY("rss_bytes_after_free"),
    [METRIC_RSS_AFTER_TRIM] = MEMORY("rss_bytes_after_trim"),
    [METRIC_LIVE_PEAK] = {"$.live_bytes_peak", SOURCE_COUNT, FIGURE_BYTES, false},
    [METRIC_REQUESTS] = COUNTED("requests"),
    [METRIC_INSTRUCTIONS] = COUNTED("instructions"),
    [METRIC_TRASH_PEAK] = COUNTED("trash_objects_peak"),
    FREELIST(METRIC_HITS, "hits"),
    FREELIST(METRIC_MISSES, "misses"),
    [METRIC_REGIONS] = MEMORY("regions.heap"),
    [METRIC_REGIONS + 1] = MEMORY("regions.mmap"),
    [METRIC_REGIONS + 2] = MEMORY("regions.stack"),
    [METRIC_REGIONS + 3] = MEMORY("regions.data"),
    [METRIC_REGIONS + 4] = MEMORY("regions.text"),
    [METRIC_REGIONS + 5] = MEMORY("regions.other"),
    GENERATIONS(METRIC_COLLECTIONS, COUNTED, "collections"),
    GENERATIONS(METRIC_COLLECTED, COUNTED, "collected"),
    GENERATIONS(METRIC_EXAMINED, COUNTED, "examined"),
    GENERATIONS(METRIC_EMPTY, COUNTED, "empty"),
    GENERATIONS(METRIC_EMPTY_NS, TIMED, "empty_ns", FIGURE_NS),
    GENERATIONS(METRIC_GEN_GC_NS, TIMED, "pause_ns_sum", FIGURE_NS),
    GENERATIONS(METRIC_GEN_PAUSE_P99, TIMED, "pause_ns_p99", FIGURE_NS),
    GENERATIONS(METRIC_GEN_PAUSE_MAX, TIMED, "pause_ns_max", FIGURE_NS),
};

bool report_is_zero(const char *allocator)
{
    return strncmp(allocator, "bump", 4) == 0 && strchr(":+", allocator[4]) != NULL;
}

double group_median(const struct report_group *group, enum metric metric)
{
    return stats_median(group_sample(group, metric));
}

static double over(double a, double b)
{
    return b > 0.0 ? a / b : NAN;
}

double group_rss_over_live(const struct report_group *group)
{
    return over(group_median(group, METRIC_RSS_PEAK) - group_median(group, METRIC_RSS_BASE),
                group_median(group, METRIC_LIVE_PEAK));
}

static double run_without_gc(const struct report_group *group)
{
    return group_median(group, METRIC_RUN_NS) - group_median(group, METRIC_GC_RUN_NS);
}

static double live_peak(const struct report_group *group)
{
    return group_median(group, METRIC_LIVE_PEAK);
}

static double least(const struct report *self, const char *workload,
                    double (*figure_of)(const struct report_group *group))
{
    double result = NAN;
    for (size_t i = 0; i < self->groups; i++) {
        if (strcmp(self->group[i].workload, workload) == 0) {
            result = fmin(result, figure_of(&self->group[i])); /* NAN only if both are */
        }
    }
    return result;
}

double report_least_run_ns(const struct report *self, const char *workload)
{
    return least(self, workload, run_without_gc);
}

double report_least_live_bytes(const struct report *self, const char *workload)
{
    return least(self, workload, live_peak);
}

double group_returned(const struct report_group *group)
{
    enum metric last =
        group->n[METRIC_RSS_AFTER_TRIM] > 0 ? METRIC_RSS_AFTER_TRIM : METRIC_RSS_AFTER_FREE;
    double peak = group_median(group, METRIC_RSS_PEAK);
    return over(peak - group_median(group, last), peak - group_median(group, METRIC_RSS_BASE));
}

double group_ns_per_examined(const struct report_group *group, size_t generation)
{
    return over(group_median(group, METRIC_GEN_GC_NS + (enum metric)generation),
                group_median(group, METRIC_EXAMINED + (enum metric)generation));
}

double group_yield(const struct report_group *group, size_t generation)
{
    return over(group_median(group, METRIC_COLLECTED + (enum metric)generation),
                group_median(group, METRIC_EXAMINED + (enum metric)generation));
}

double group_hit_rate(const struct report_group *group, size_t freelist)
{
    double hits = group_median(group, METRIC_HITS + (enum metric)freelist);
    return over(hits, hits + group_median(group, METRIC_MISSES + (enum metric)freelist));
}

bool report_threshold(const char *collector_line, double *out)
{
    struct spec *spec = malloc(sizeof *spec);
    struct error ignored;
    bool found = false;
    if (spec != NULL && spec_parse(collector_line, strlen(collector_line), spec, &ignored)) {
        for (size_t i = 0; i < spec->part[0].pair_count && !found; i++) {
            const struct spec_pair *pair = &spec->part[0].pair[i];
            if (strcmp(pair->name, "threshold") == 0) {
                found = true;
                *out = strcmp(pair->value, "off") == 0 ? 0.0 : strtod(pair->value, NULL);
            }
        }
    }
    free(spec);
    return found;
}
