/* Numbers with units; see units.h. Whole numbers never pass through floating point; fractions do,
 * and are rounded to the nearest unit. */
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *suffix;
    uint64_t factor;
};

static const struct unit count_units[] = {
    {"", 1}, {"k", 1000}, {"m", 1000000}, {"g", 1000000000}, {NULL, 0}};

static const struct unit size_units[] = {{"", 1},         {"b", 1},         {"k", 1 << 10},
                                         {"kb", 1 << 10}, {"kib", 1 << 10}, {"m", 1 << 20},
                                         {"mb", 1 << 20}, {"mib", 1 << 20}, {"g", 1 << 30},
                                         {"gb", 1 << 30}, {"gib", 1 << 30}, {NULL, 0}};

static const struct unit duration_units[] = {{"", UINT64_C(1000000000)},
                                             {"ns", 1},
                                             {"us", 1000},
                                             {"ms", 1000000},
                                             {"s", UINT64_C(1000000000)},
                                             {"min", UINT64_C(60000000000)},
                                             {"h", UINT64_C(3600000000000)},
                                             {NULL, 0}};

static const struct unit *find_unit(const struct unit *units, const char *suffix)
{
    for (; units->suffix != NULL; units++) {
        if (strcasecmp(units->suffix, suffix) == 0) {
            return units;
        }
    }
    return NULL;
}

/* Digits, an optional fraction, a unit. */
static bool parse_with_units(const char *text, const struct unit *units, bool fractions,
                             uint64_t *out)
{
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    char *rest;
    errno = 0;
    unsigned long long whole = strtoull(text, &rest, 10);
    if (errno != 0) {
        return false;
    }
    double fraction = 0.0;
    if (*rest == '.') {
        const char *dot = rest;
        if (!fractions || !isdigit((unsigned char)dot[1])) {
            return false;
        }
        rest = (char *)(uintptr_t)(dot + 1 + strspn(dot + 1, "0123456789"));
        fraction = strtod(dot, NULL);
    }
    const struct unit *unit = find_unit(units, rest);
    uint64_t value;
    if (unit == NULL || __builtin_mul_overflow((uint64_t)whole, unit->factor, &value)) {
        return false;
    }
    uint64_t part = (uint64_t)llround(fraction * (double)unit->factor);
    if (__builtin_add_overflow(value, part, &value)) {
        return false;
    }
    *out = value;
    return true;
}

bool units_parse_count(const char *text, uint64_t *out)
{
    return parse_with_units(text, count_units, false, out);
}

bool units_parse_size(const char *text, uint64_t *out_bytes)
{
    return parse_with_units(text, size_units, true, out_bytes);
}

bool units_parse_duration(const char *text, uint64_t *out_ns)
{
    return parse_with_units(text, duration_units, true, out_ns);
}

bool units_parse_real(const char *text, double *out)
{
    size_t length = strspn(text, "+-.0123456789eE");
    bool percent = strcmp(text + length, "%") == 0;
    if (length == 0 || (text[length] != '\0' && !percent)) {
        return false;
    }
    char *end;
    double value = strtod(text, &end);
    if (end != text + length || !isfinite(value)) {
        return false;
    }
    *out = percent ? value / 100.0 : value;
    return true;
}

/* Three significant digits: 1.23, 12.3, 123. */
static char *format_scaled(double value, const char *suffix, char *buffer, size_t length)
{
    int decimals = value >= 99.95 || value == floor(value) ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(buffer, length, "%.*f%s", decimals, value, suffix);
    return buffer;
}

char *units_format_size(uint64_t bytes, char *buffer, size_t length)
{
    static const char *const suffix[] = {" B", " KiB", " MiB", " GiB", " TiB"};
    double value = (double)bytes;
    size_t i = 0;
    while (value >= 1000.0 && i + 1 < sizeof suffix / sizeof suffix[0]) {
        value /= 1024.0;
        i++;
    }
    return format_scaled(value, suffix[i], buffer, length);
}

char *units_format_duration(uint64_t ns, char *buffer, size_t length)
{
    static const struct unit steps[] = {{" h", UINT64_C(3600000000000)},
                                        {" min", UINT64_C(60000000000)},
                                        {" s", UINT64_C(1000000000)},
                                        {" ms", 1000000},
                                        {" us", 1000},
                                        {" ns", 1}};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && ns < steps[i].factor) {
        i++;
    }
    return format_scaled((double)ns / (double)steps[i].factor, steps[i].suffix, buffer, length);
}

char *units_format_count(uint64_t count, char *buffer, size_t length)
{
    static const char *const suffix[] = {"", " k", " M", " G", " T"};
    double value = (double)count;
    size_t i = 0;
    while (value >= 1000.0 && i + 1 < sizeof suffix / sizeof suffix[0]) {
        value /= 1000.0;
        i++;
    }
    return format_scaled(value, suffix[i], buffer, length);
}
