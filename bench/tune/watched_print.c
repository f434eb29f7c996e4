/* What a watch says about other thresholds, for people; see watched.h. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_table.h"
#include "bench/tune/watched.h"

static const struct {
    const char *name;
    uint32_t threshold[WATCHED_GENERATIONS];
} settings[] = {
    {"700/10/10", {700, 10, 10}},         {"2000/10/10", {2000, 10, 10}},
    {"10000/10/10", {10000, 10, 10}},     {"50000/20/100", {50000, 20, 100}},
    {"200000/20/100", {200000, 20, 100}}, {"off", {0, 0, 0}},
};

enum { SETTINGS = COUNT_OF(settings) };

/* Change nothing below these: there is not enough to gain. */
static const double SHARE_LITTLE = 0.01, PAUSE_LITTLE_NS = 10e6, MEMORY_LITTLE = 0.05;

static const char *bounds_text(struct bounds bounds, enum figure_form form, char text[96])
{
    char lo[FIGURE_LENGTH], hi[FIGURE_LENGTH];
    figure(bounds.lo, form, lo);
    figure(bounds.hi, form, hi);
    snprintf(text, 96, strcmp(lo, hi) == 0 ? "%s" : "%s to %s", lo, hi);
    return text;
}

static bool is_present(const struct watched *self, size_t setting)
{
    return self->threshold[0] == settings[setting].threshold[0] &&
           self->threshold[1] == settings[setting].threshold[1] &&
           self->threshold[2] == settings[setting].threshold[2];
}

/* The default of that Python. */
static const char *default_of(const struct watched *self)
{
    return self->minor >= 13 ? "2000/10/10" : "700/10/10";
}

static void add_row(const struct watched *self, size_t setting, struct table *table)
{
    struct watched_forecast forecast;
    char text[96];
    if (!watched_forecast(self, settings[setting].threshold, &forecast)) {
        return;
    }
    snprintf(text, sizeof text, "%s%s%s", settings[setting].name,
             strcmp(settings[setting].name, default_of(self)) == 0 ? ", default" : "",
             is_present(self, setting) ? ", present" : "");
    table_text(table, text);
    for (size_t g = 0; g < WATCHED_GENERATIONS; g++) {
        table_figure(table, forecast.collections_per_s[g] * 60, FIGURE_COUNT);
    }
    table_text(table, bounds_text(forecast.share, FIGURE_PERCENT, text));
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
            (unsigned long long)self->processes, self->processes == 1 ? "" : "es");
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

/* The smallest threshold that at least halves the share at its worst, and whose trash is little. */
static size_t choose(const struct watched *self, double share)
{
    for (size_t i = 0; i + 1 < SETTINGS; i++) {
        struct watched_forecast forecast;
        bool known = watched_forecast(self, settings[i].threshold, &forecast);
        bool small =
            isnan(forecast.trash_bytes) || forecast.trash_bytes < MEMORY_LITTLE * self->rss_bytes;
        if (known && settings[i].threshold[0] > self->threshold[0] && small &&
            (forecast.share.lo + forecast.share.hi) / 2 < share / 2) {
            return i;
        }
    }
    return SETTINGS;
}

static void print_advice(const struct watched *self, FILE *out)
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
        fprintf(out,
                "Try gc.set_threshold(%u, %u, %u), and have it proven:\n"
                "    heapdyno verify --set threshold=%s%s --load … -- COMMAND\n",
                settings[best].threshold[0], settings[best].threshold[1],
                settings[best].threshold[2], settings[best].name,
                fork && !self->frozen ? ",freeze=fork" : "");
    } else {
        fprintf(out, "No threshold is sure to halve the share%s.\n",
                self->pause_ns[2] > gc_ns / 2
                    ? "; full collections are few and long: freezing what was "
                      "loaded shortens them (heapdyno verify --set freeze=fork)"
                    : "");
    }
}

void watched_print(const struct watched *cell, size_t count, FILE *out)
{
    struct watched_forecast ignored;
    for (size_t i = 0; i < count; i++) {
        const struct watched *self = &cell[i];
        fputs(i > 0 ? "\n" : "", out);
        if (!watched_forecast(self, settings[0].threshold, &ignored)) {
            fprintf(out, "%s, %s: too few collections to say anything; watch for longer\n",
                    self->workload, self->collector);
            continue;
        }
        print_measured(self, out);
        print_table(self, out);
        print_advice(self, out);
    }
}
