/* Reading and judging goals; see goal.h. */
#include "bench/tune/goal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

const struct tune_metric_info tune_metrics[TUNE_METRICS] = {
    [TUNE_TIME] = {"time", "$.run_ns", "time<2s or time<-5%", FIGURE_NS, false, false},
    [TUNE_RSS] = {"rss", "$.rss_bytes_peak", "rss<512M or rss<+5%", FIGURE_BYTES, false, false},
    [TUNE_P99_PAUSE] = {"p99_pause", "$.pause_ns_p99", "p99_pause<10ms or p99_pause<-50%",
                        FIGURE_NS, false, true},
    [TUNE_MAX_PAUSE] = {"max_pause", "$.pause_ns_max", "max_pause<50ms or max_pause<-50%",
                        FIGURE_NS, false, true},
    [TUNE_TRASH] = {"trash", "$.trash_objects_peak", "trash<10k or trash<+100%", FIGURE_COUNT,
                    false, true},
    [TUNE_THROUGHPUT] = {"throughput", "$.operations_per_s", "throughput>100k or throughput>+5%",
                         FIGURE_RATE, true, false},
};

enum tune_metric tune_metric_find(const char *name)
{
    for (int i = 0; i < TUNE_METRICS; i++) {
        if (strcmp(tune_metrics[i].name, name) == 0) {
            return (enum tune_metric)i;
        }
    }
    return TUNE_METRICS;
}

static bool unknown_metric(const char *name, const char *goal, struct error *error)
{
    char known[128] = "";
    size_t at = 0;
    for (int i = 0; i < TUNE_METRICS; i++) {
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i == 0 ? "" : ", ",
                               tune_metrics[i].name);
    }
    return error_set(error, "goal %.60s: no figure is called %.40s; there are %s", goal, name,
                     known);
}

static bool bad_value(const struct goal *goal, const char *why, struct error *error)
{
    return error_set(error, "goal %s: %s; write for example %s", goal->text, why,
                     tune_metrics[goal->metric].values);
}

/* "+5%", "-10%": a change against the default. */
static bool read_change(const char *value, struct goal *out, struct error *error)
{
    double change;
    if (value[0] != '+' && value[0] != '-') {
        return bad_value(out, "a change needs its sign, + or -", error);
    }
    if (!units_parse_real(value, &change)) {
        return bad_value(out, "that is no change in percent", error);
    }
    if (change <= -1.0) {
        return bad_value(out, "nothing can shrink by 100 % or more", error);
    }
    out->relative = true;
    out->bound = 1.0 + change;
    return true;
}

static bool read_number(const char *value, struct goal *out)
{
    uint64_t number;
    bool ok;
    switch (tune_metrics[out->metric].form) {
    case FIGURE_NS: /* a bare number would be seconds: too easily meant otherwise */
        ok = isalpha((unsigned char)value[strlen(value) - 1]) &&
             units_parse_duration(value, &number);
        break;
    case FIGURE_BYTES:
        ok = units_parse_size(value, &number);
        break;
    default:
        ok = units_parse_count(value, &number);
    }
    out->bound = ok ? (double)number : NAN;
    return ok;
}

static bool read_value(const char *value, struct goal *out, struct error *error)
{
    size_t length = strlen(value);
    if (length == 0) {
        return bad_value(out, "there is no value", error);
    }
    if (value[length - 1] == '%') {
        return read_change(value, out, error);
    }
    if (!read_number(value, out)) {
        return bad_value(out, "that is no value with a unit of this figure", error);
    }
    if (out->bound == 0.0 && !out->above) {
        return bad_value(out, "nothing is below 0", error);
    }
    return true;
}

/* One goal, without blanks. */
static bool read_goal(const char *text, struct goal *out, struct error *error)
{
    size_t name = strcspn(text, "<>");
    char metric[sizeof out->text];
    *out = (struct goal){0};
    if (strlen(text) >= sizeof out->text) {
        return error_set(error, "goal %.60s…: longer than %zu letters", text, sizeof out->text - 1);
    }
    memcpy(out->text, text, strlen(text) + 1);
    if (text[name] == '\0') {
        return error_set(error, "goal %s: neither < nor > in it; write for example rss<+5%%", text);
    }
    snprintf(metric, sizeof metric, "%.*s", (int)name, text);
    out->metric = tune_metric_find(metric);
    if (out->metric == TUNE_METRICS) {
        return unknown_metric(metric, text, error);
    }
    out->above = text[name] == '>';
    return read_value(text + name + 1, out, error);
}

/* Both bound the same figure, in the same way, from two sides, and nothing lies between. */
static bool exclude(const struct goal *a, const struct goal *b)
{
    const struct goal *floor = a->above ? a : b, *ceiling = a->above ? b : a;
    return a->metric == b->metric && a->relative == b->relative && a->above != b->above &&
           floor->bound >= ceiling->bound;
}

static bool check_contradictions(const struct goals *self, struct error *error)
{
    for (size_t i = 0; i < self->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (exclude(&self->goal[i], &self->goal[k])) {
                return error_set(error, "goals %s and %s exclude each other: no %s is both",
                                 self->goal[k].text, self->goal[i].text,
                                 tune_metrics[self->goal[i].metric].name);
            }
        }
    }
    return true;
}

/* The next item of the list without its blanks; moves *list behind it. */
static bool next_item(const char **list, char *item, size_t length, struct error *error)
{
    size_t n = 0;
    for (; **list != '\0' && **list != ','; (*list)++) {
        if (isspace((unsigned char)**list)) {
            continue;
        }
        if (n + 1 >= length) {
            return error_set(error, "goal %.40s…: too long", item);
        }
        item[n++] = **list;
        item[n] = '\0';
    }
    item[n] = '\0';
    *list += **list == ',';
    return n > 0 || error_set(error, "an empty goal in the list; write for example "
                                     "\"p99_pause<10ms, rss<+5%%\"");
}

bool goals_parse(const char *text, struct goals *out, struct error *error)
{
    char item[128];
    *out = (struct goals){0};
    if (text[strspn(text, " \t\n")] == '\0') {
        return true;
    }
    while (*text != '\0') {
        if (out->count == GOALS_MAX) {
            return error_set(error, "more than %d goals", GOALS_MAX);
        }
        if (!next_item(&text, item, sizeof item, error) ||
            !read_goal(item, &out->goal[out->count], error)) {
            return false;
        }
        out->count++;
    }
    return check_contradictions(out, error);
}

bool goals_check_trace(const struct goals *self, struct error *error)
{
    for (size_t i = 0; i < self->count; i++) {
        if (tune_metrics[self->goal[i].metric].of_pauses) {
            return error_set(error,
                             "goal %s: a trace has no graph, so nothing is collected; of a trace "
                             "time, rss and throughput are known",
                             self->goal[i].text);
        }
    }
    return true;
}

double goal_excess(const struct goal *self, double figure, double reference)
{
    double bound = self->relative ? self->bound * reference : self->bound;
    if ((self->above ? figure > bound : figure < bound) || (self->relative && figure == bound)) {
        return 0.0;
    }
    double least = 1e-3; /* figures are whole nanoseconds, bytes, objects: 0 is as good as this */
    double high = fmax(self->above ? bound : figure, least);
    double low = fmax(self->above ? figure : bound, least);
    return fmax(log(high / low), 1e-9);
}
