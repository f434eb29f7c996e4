/* What a watch says about other thresholds, for people; see watched.h. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_table.h"
#include "bench/tune/watched.h"

static const struct {
    const char *name;
    struct watched_setting setting;
} settings[] = {
    {"700/10/10", {{700, 10, 10}, false}},         {"2000/10/10", {{2000, 10, 10}, false}},
    {"10000/10/10", {{10000, 10, 10}, false}},     {"50000/20/100", {{50000, 20, 100}, false}},
    {"200000/20/100", {{200000, 20, 100}, false}}, {"off", {{0, 0, 0}, false}},
};

enum { SETTINGS = COUNT_OF(settings) };

/* Change nothing below these: there is not enough to gain. */
static const double SHARE_LITTLE = 0.01, PAUSE_LITTLE_NS = 10e6, MEMORY_LITTLE = 0.05;

const char *bounds_text(struct bounds bounds, enum figure_form form, char text[BOUNDS_LENGTH])
{
    char lo[FIGURE_LENGTH], hi[FIGURE_LENGTH];
    figure(bounds.lo, form, lo);
    figure(bounds.hi, form, hi);
    snprintf(text, BOUNDS_LENGTH, strcmp(lo, hi) == 0 ? "%s" : "%s to %s", lo, hi);
    return text;
}

static bool is_present(const struct watched *self, size_t setting)
{
    const uint32_t *threshold = settings[setting].setting.threshold;
    return self->threshold[0] == threshold[0] && self->threshold[1] == threshold[1] &&
           self->threshold[2] == threshold[2];
}

/* The default of that Python. */
static const char *default_of(const struct watched *self)
{
    return self->minor >= 13 ? "2000/10/10" : "700/10/10";
}

/* Of the time watched. */
static struct bounds share_of(const struct watched *self, const struct watched_forecast *forecast)
{
    return (struct bounds){forecast->pause_ns.lo / 1e9 / self->seconds,
                           forecast->pause_ns.hi / 1e9 / self->seconds};
}

static void add_row(const struct watched *self, size_t setting, struct table *table)
{
    struct watched_forecast forecast;
    char text[BOUNDS_LENGTH];
    watched_forecast(self, &settings[setting].setting, &forecast);
    snprintf(text, sizeof text, "%s%s%s", settings[setting].name,
             strcmp(settings[setting].name, default_of(self)) == 0 ? ", default" : "",
             is_present(self, setting) ? ", present" : "");
    table_text(table, text);
    for (size_t g = 0; g < WATCHED_GENERATIONS; g++) {
        struct bounds a_minute = {forecast.collections[g].lo / self->seconds * 60,
                                  forecast.collections[g].hi / self->seconds * 60};
        table_text(table, bounds_text(a_minute, FIGURE_COUNT, text));
    }
    table_text(table, bounds_text(share_of(self, &forecast), FIGURE_PERCENT, text));
    table_text(table, bounds_text(forecast.longest_ns, FIGURE_NS, text));
    table_figure(table, forecast.trash_bytes, FIGURE_BYTES);
}

/* Measured on yours. */
static void print_measured(const struct watched *self, FILE *out)
{
    char rate[FIGURE_LENGTH], pause[FIGURE_LENGTH], share[FIGURE_LENGTH];
    double gc_ns = 0, longest = 0, collected = 0, collections = 0;
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        gc_ns += self->pause_ns[g];
        longest = fmax(longest, self->longest_ns[g]);
        collected += self->collected[g];
        collections += self->collections[g];
    }
    fprintf(out, "%s, %s, %llu process%s\n", self->workload, self->collector,
            (unsigned long long)self->processes, self->processes <= 1 ? "" : "es");
    fprintf(out,
            "measured on yours: %s net births of tracked objects, %.3g reclaimed by a collection, "
            "%s of the time in pauses, longest %s\n",
            figure(watched_births(self), FIGURE_RATE, rate),
            collections > 0 ? collected / collections : 0,
            figure(gc_ns / 1e9 / self->seconds, FIGURE_PERCENT, share),
            figure(longest, FIGURE_NS, pause));
}

static void print_table(const struct watched *self, FILE *out)
{
    static const char *const headings[] = {"thresholds", "gen 0 /min", "gen 1 /min",
                                           "gen 2 /min", "GC share",   "longest pause",
                                           "trash"};
    struct table table;
    table_open(&table, "forecast", "What other thresholds would do", 1, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < SETTINGS; i++) {
        add_row(self, i, &table);
    }
    table_note(&table,
               "Collections: model, exact for Python 3.%u at this rate of births. "
               "Share and pause: extrapolated, between young pauses that stay and that grow "
               "with the threshold. Trash that waits in each process: extrapolated.",
               self->minor);
    table_print(&table, out);
    table_close(&table);
}

/* The share of the time in pauses, in the middle of what it may be; NAN where a setting is out of the
 * question: not above the present one, or with much trash. */
static double middle_share(const struct watched *self, size_t setting)
{
    struct watched_forecast forecast;
    watched_forecast(self, &settings[setting].setting, &forecast);
    struct bounds by = share_of(self, &forecast);
    bool much =
        !isnan(forecast.trash_bytes) && forecast.trash_bytes >= MEMORY_LITTLE * self->rss_bytes;
    bool above = settings[setting].setting.threshold[0] > self->threshold[0];
    return above && !much ? (by.lo + by.hi) / 2 : NAN;
}

/* The smallest threshold beyond which little is to be had, if it at least halves the share. SETTINGS:
 * there is none. */
static size_t choose(const struct watched *self, double share)
{
    double middle[SETTINGS - 1], least = INFINITY; /* the last is off */
    for (size_t i = 0; i < COUNT_OF(middle); i++) {
        middle[i] = middle_share(self, i);
        least = fmin(least, middle[i]);
    }
    for (size_t i = 0; i < COUNT_OF(middle); i++) {
        if (middle[i] < share / 2 && middle[i] - least < SHARE_LITTLE) {
            return i;
        }
    }
    return SETTINGS;
}

/* Whether this is a process that loads and forks, and its workers are among the cells. */
static bool has_workers(const struct watched *cell, size_t count, size_t index)
{
    const char *main_process = strstr(cell[index].workload, ",process=main");
    size_t name = main_process != NULL ? (size_t)(main_process - cell[index].workload) : 0;
    for (size_t i = 0; i < count && main_process != NULL; i++) {
        if (strncmp(cell[i].workload, cell[index].workload, name) == 0 &&
            strcmp(cell[i].workload + name, ",process=fork") == 0) {
            return true;
        }
    }
    return false;
}

static void print_advice(const struct watched *self, const char *run, FILE *out)
{
    double gc_ns = self->pause_ns[0] + self->pause_ns[1] + self->pause_ns[2];
    double share = gc_ns / 1e9 / self->seconds;
    double longest = fmax(self->longest_ns[2], fmax(self->longest_ns[1], self->longest_ns[0]));
    bool fork = strstr(self->workload, "process=fork") != NULL;
    if (share < SHARE_LITTLE && longest < PAUSE_LITTLE_NS) {
        fprintf(out, "Change nothing: %.2g %% of the time is all there is to gain.\n", share * 100);
        return;
    }
    size_t best = choose(self, share);
    if (best < SETTINGS) {
        const uint32_t *threshold = settings[best].setting.threshold;
        fprintf(out,
                "Try gc.set_threshold(%u, %u, %u), and have it proven:\n"
                "    heapdyno verify --predicted %s --set threshold=%s%s --load … -- COMMAND\n",
                threshold[0], threshold[1], threshold[2], run, settings[best].name,
                fork && !self->frozen ? ",freeze=fork" : "");
    } else {
        fprintf(out, "No threshold is sure to halve the share%s.\n",
                self->pause_ns[2] > gc_ns / 2
                    ? "; full collections are few and long: freezing what was "
                      "loaded shortens them (heapdyno verify --set freeze=fork)"
                    : "");
    }
}

void watched_print(const struct watched *cell, size_t count, const char *run, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct watched *self = &cell[i];
        fputs(i > 0 ? "\n" : "", out);
        const char *unknown = watched_unknown(self);
        if (unknown != NULL || self->collections[0] < WATCHED_ENOUGH) {
            fprintf(out, "%s, %s: %s\n", self->workload, self->collector,
                    unknown != NULL ? unknown
                                    : "too few collections to say anything; watch for longer");
            continue;
        }
        print_measured(self, out);
        print_table(self, out);
        if (has_workers(cell, count, i)) {
            fputs("It forks: what its workers need counts, and they inherit what it sets.\n", out);
        } else {
            print_advice(self, run, out);
        }
    }
}
