/* What the collector costs while a large structure is loaded, by its size: collection on, raised,
 * off, and with gc.freeze() after each 100,000 objects. The exponent of the law time = c N^p says
 * whether loading is linear or quadratic. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/fit.h"
#include "bench/experiment/page.h"

enum { SIZES = 16 };

/* One setting over the sizes. */
struct setting {
    const char *name;
    const struct report_group *group[SIZES]; /* ascending */
    double objects[SIZES];
    size_t sizes;
};

struct settings {
    struct setting *setting;
    size_t count;
};

static const char frozen[] = "cp311, frozen now and then";
static const char eager[] = "full ones at a fixed step (before 2.7)";
static const char off[] = "cp311:threshold=off";

/* A label of the report, or one of the above: a plot keeps it. */
static const char *name_of(const struct report_group *group)
{
    double every = 0.0;
    char collect[16];
    experiment_option(group->workload_line, "freeze_every", &every);
    if (experiment_option_text(group->workload_line, "collect", collect, sizeof collect)) {
        return eager;
    }
    return every > 0.0 ? frozen : group->collector;
}

static bool is_load(const struct report_group *group, double *objects)
{
    char measure[16];
    *objects = 100000.0; /* size=small */
    experiment_option(group->workload_line, "objects", objects);
    return experiment_is_workload(group, "graph") && strstr(group->workload, " at ") == NULL &&
           group->n[METRIC_RUN_CPU] > 0 &&
           experiment_option_text(group->workload_line, "measure", measure, sizeof measure) &&
           strcmp(measure, "load") == 0;
}

static struct setting *setting_of(struct settings *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->setting[i].name, name) == 0) {
            return &self->setting[i];
        }
    }
    self->setting = reallocarray(self->setting, self->count + 1, sizeof *self->setting);
    CHECK(self->setting != NULL);
    struct setting *setting = &self->setting[self->count++];
    *setting = (struct setting){.name = name};
    return setting;
}

/* Keeps the sizes ascending. */
static void add_size(struct setting *self, const struct report_group *group, double objects)
{
    size_t at = self->sizes;
    if (self->sizes == SIZES) {
        return;
    }
    for (; at > 0 && self->objects[at - 1] > objects; at--) {
        self->objects[at] = self->objects[at - 1];
        self->group[at] = self->group[at - 1];
    }
    self->objects[at] = objects;
    self->group[at] = group;
    self->sizes++;
}

static struct settings settings_read(const struct report *report)
{
    struct settings self = {0};
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        double objects;
        if (is_load(group, &objects) && strcmp(group->allocator, report->allocator) == 0) {
            add_size(setting_of(&self, name_of(group)), group, objects);
        }
    }
    return self;
}

static const struct setting *find_setting(const struct settings *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->setting[i].name, name) == 0) {
            return &self->setting[i];
        }
    }
    return NULL;
}

static const struct report_group *group_at(const struct setting *self, double objects)
{
    for (size_t i = 0; self != NULL && i < self->sizes; i++) {
        if (self->objects[i] == objects) {
            return self->group[i];
        }
    }
    return NULL;
}

static struct fit law_of(const struct setting *self)
{
    struct fit_point point[SIZES];
    for (size_t i = 0; i < self->sizes; i++) {
        point[i] =
            (struct fit_point){self->objects[i], group_sample(self->group[i], METRIC_RUN_CPU)};
    }
    return fit_power(point, self->sizes);
}

static void add_sizes(const struct settings *self, struct experiment_output *out)
{
    static const char *const headings[] = {"setting",          "objects",    "load time",
                                           "over off",         "per object", "GC share",
                                           "full collections", "peak RSS"};
    struct table table;
    table_open(&table, "bulk_load", "Loading, by setting and size", 1, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct setting *setting = &self->setting[i];
        for (size_t k = 0; k < setting->sizes; k++) {
            const struct report_group *group = setting->group[k];
            const struct report_group *reference =
                group_at(find_setting(self, off), setting->objects[k]);
            char text[EXPERIMENT_TEXT];
            table_text(&table, setting->name);
            table_figure(&table, setting->objects[k], FIGURE_COUNT);
            table_interval(&table, experiment_figure(group, METRIC_RUN_CPU), FIGURE_NS);
            table_text(&table,
                       group == reference
                           ? "reference"
                           : experiment_interval(experiment_ratio(group, reference, METRIC_RUN_CPU),
                                                 FIGURE_CHANGE, text));
            table_figure(&table, group_median(group, METRIC_RUN_CPU) / setting->objects[k],
                         FIGURE_NS);
            table_figure(&table, group_median(group, METRIC_GC_SHARE), FIGURE_PERCENT);
            table_figure(&table, group_median(group, METRIC_COLLECTIONS + 2), FIGURE_COUNT);
            table_figure(&table, group_median(group, METRIC_RSS_PEAK), FIGURE_BYTES);
        }
    }
    experiment_table(out, &table);
}

static void say_setting(const struct settings *self, const struct setting *setting,
                        struct experiment_output *out)
{
    struct fit law = law_of(setting);
    char p[EXPERIMENT_TEXT], cost[EXPERIMENT_TEXT], count[FIGURE_LENGTH], residual[FIGURE_LENGTH];
    size_t last = setting->sizes - 1;
    const struct report_group *reference =
        group_at(find_setting(self, off), setting->objects[last]);
    if (setting->sizes < 3) {
        return;
    }
    const char *verdict = law.slope.mid > 1.7   ? "near quadratic"
                          : law.slope.mid > 1.3 ? "more than linear"
                                                : "near linear";
    experiment_interval(law.slope, FIGURE_RATIO, p);
    figure(law.residual, FIGURE_PERCENT, residual);
    experiment_say(out, "%s: time grows with N^%s (residual %s), %s%s", setting->name, p, residual,
                   verdict, strcmp(setting->name, off) == 0 || reference == NULL ? "." : ";");
    if (strcmp(setting->name, off) != 0 && reference != NULL) {
        experiment_change(experiment_ratio(setting->group[last], reference, METRIC_RUN_CPU), cost);
        experiment_say(out, "%s against off at %s objects.", cost,
                       figure(setting->objects[last], FIGURE_COUNT, count));
    }
}

static bool bulk_load_answer(const struct experiment *self, const struct report *report,
                             struct experiment_output *out, struct error *error)
{
    struct settings settings = settings_read(report);
    bool ok = settings.count > 0;
    if (ok) {
        add_sizes(&settings, out);
        for (size_t i = 0; i < settings.count; i++) {
            say_setting(&settings, &settings.setting[i], out);
        }
    } else {
        error_set(error, "%s: no times of graph:measure=load; the plan is %s.ini", report->run,
                  self->name);
    }
    free(settings.setting);
    return ok;
}

/* Nanoseconds an object against objects: level is linear. */
static bool plot_sizes(const struct report *report, struct plot_page *page)
{
    struct settings self = settings_read(report);
    report_names_add(&page->facets, "load time per object (ns)");
    for (size_t i = 0; i < self.count; i++) {
        const struct setting *setting = &self.setting[i];
        report_names_add(&page->series, setting->name);
        size_t lines = 0;
        for (size_t k = 0; k < setting->sizes; k++) {
            lines += page_point(page, setting->objects[k],
                                experiment_figure(setting->group[k], METRIC_RUN_CPU),
                                1.0 / setting->objects[k]);
        }
        plot_block(page, lines);
    }
    size_t count = self.count;
    free(self.setting);
    if (count == 0) {
        return plot_left_out(page, "no times of loading");
    }
    page->palette = "list";
    page_panels(page, &(struct page_axes){"objects loaded", true, "0", 0, false});
    page_note(report, page, "Loading rows that refer to each other; nothing is garbage.");
    return true;
}

static const struct plot plots[] = {
    {"bulk_load", "panels", "bulk_load", "Loading a large structure, by setting",
     "A level curve is linear; one that doubles with each doubling is quadratic.", plot_sizes},
};

const struct experiment experiment_bulk_load = {
    .name = "bulk_load",
    .question = "Should I disable the collector while I load a lot? Is it quadratic?",
    .varies = "10^5 to 10^7 objects with collection on, raised, off, and frozen now and then",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = bulk_load_answer,
};
