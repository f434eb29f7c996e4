/* What a load command printed; see load.h. Each line is looked at by itself: a figure is a name
 * that a tool is known to use, followed by a number and perhaps a unit. */
#include "bench/verify/load.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const struct {
    const char *name;
    enum load_figure figure;
} names[] = {
    {"p50", LOAD_P50},
    {"50%", LOAD_P50},
    {"50.000%", LOAD_P50},
    {"50% in", LOAD_P50},
    {"p99", LOAD_P99},
    {"99%", LOAD_P99},
    {"99.000%", LOAD_P99},
    {"99% in", LOAD_P99},
    {"p99.9", LOAD_P999},
    {"99.9%", LOAD_P999},
    {"99.900%", LOAD_P999},
    {"99.9% in", LOAD_P999},
    {"max", LOAD_MAX},
    {"Slowest:", LOAD_MAX},
    {"throughput", LOAD_THROUGHPUT},
    {"errors", LOAD_ERRORS},
    {"Requests/sec:", LOAD_THROUGHPUT},
    {"Non-2xx or 3xx responses:", LOAD_ERRORS},
};

static bool is_latency(enum load_figure figure)
{
    return figure <= LOAD_MAX;
}

/* Nanoseconds of one unit; 0: none that is known. */
static double unit_ns(const char *unit)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"secs", 1e9}, {"s", 1e9}, {"m", 60e9}};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(unit, units[i].name, length) == 0 && strchr(" \t\r\n", unit[length]) != NULL) {
            return units[i].ns;
        }
    }
    return 0;
}

/* The number behind a name. NAN: this is no such line. */
static double read_value(const char *text, enum load_figure figure)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value) || value < 0) {
        return NAN;
    }
    if (!is_latency(figure)) {
        return value;
    }
    double ns = unit_ns(end + strspn(end, " "));
    return ns > 0 ? value * ns : NAN;
}

static void read_line(const char *line, double figure[LOAD_FIGURES])
{
    line += strspn(line, " \t");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t length = strlen(names[i].name);
        if (strncmp(line, names[i].name, length) != 0 || strchr(" \t", line[length]) == NULL) {
            continue;
        }
        double value = read_value(line + length, names[i].figure);
        if (!isnan(value)) {
            figure[names[i].figure] = value;
        }
    }
}

void load_read(const char *text, double figure[LOAD_FIGURES])
{
    for (size_t i = 0; i < LOAD_FIGURES; i++) {
        figure[i] = NAN;
    }
    while (*text != '\0') {
        read_line(text, figure);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}
