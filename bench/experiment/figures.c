/* Figures, ratios and options of the groups of a run, as the answers need them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/experiment/experiment.h"

struct interval experiment_figure(const struct report_group *group, enum metric metric)
{
    return stats_median_interval(group_sample(group, metric), REPORT_SEED);
}

struct interval experiment_field(const struct report *report, const struct report_group *group,
                                 const char *path, enum metric_source source)
{
    if (group == NULL) {
        return (struct interval){.mid = NAN, .lo = NAN, .hi = NAN};
    }
    struct sample sample = report_values(report, group, path, source);
    struct interval result = stats_median_interval(sample, REPORT_SEED);
    free((void *)sample.value);
    return result;
}

struct interval experiment_ratio(const struct report_group *a, const struct report_group *b,
                                 enum metric metric)
{
    struct sample_pair pair = {group_sample(a, metric), group_sample(b, metric)};
    return stats_ratio(&pair, 1, REPORT_SEED);
}

bool experiment_is_workload(const struct report_group *group, const char *name)
{
    size_t length = strlen(name);
    return strncmp(group->workload, name, length) == 0 &&
           strchr(": ", group->workload[length]) != NULL;
}

bool experiment_option_text(const char *spec, const char *option, char *value, size_t length)
{
    return report_option_text(spec, option, value, length);
}

bool experiment_option(const char *spec, const char *option, double *out)
{
    char text[64];
    uint64_t count;
    if (!experiment_option_text(spec, option, text, sizeof text)) {
        return false;
    }
    if (strcmp(text, "off") == 0) {
        *out = 0.0;
        return true;
    }
    text[strcspn(text, "/")] = '\0';
    if (units_parse_count(text, &count)) {
        *out = (double)count;
        return true;
    }
    return units_parse_real(text, out);
}
