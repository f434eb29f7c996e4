/* Option tables; see option.h. */
#include "base/option.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"

static bool in_range(const struct option *row, uint64_t number)
{
    return (row->min == 0 && row->max == 0) || (number >= row->min && number <= row->max);
}

/* The index of `text` in "a|b|c", or -1. */
static int choice_index(const char *choices, const char *text)
{
    size_t length = strlen(text);
    int index = 0;
    for (const char *at = choices; length > 0; index++) {
        size_t word = strcspn(at, "|");
        if (word == length && strncmp(at, text, length) == 0) {
            return index;
        }
        if (at[word] == '\0') {
            break;
        }
        at += word + 1;
    }
    return -1;
}

static bool parse_choice(const char *choices, const char *text, struct option_value *out)
{
    int index = choice_index(choices, text);
    if (index < 0) {
        return false;
    }
    out->number = (uint64_t)index;
    return true;
}

/* Counts separated by / ; `off` is the single 0. */
static bool parse_counts(const struct option *row, const char *text, struct option_value *out)
{
    out->parts = 0;
    if (strcmp(text, "off") == 0) {
        out->part[out->parts++] = 0;
        out->number = 0;
        return true;
    }
    for (const char *at = text;; at++) {
        char word[32];
        size_t length = strcspn(at, "/");
        if (length >= sizeof word || out->parts == OPTION_PARTS) {
            return false;
        }
        memcpy(word, at, length);
        word[length] = '\0';
        uint64_t number;
        if (!units_parse_count(word, &number) || !in_range(row, number)) {
            return false;
        }
        out->part[out->parts++] = number;
        at += length;
        if (*at == '\0') {
            break;
        }
    }
    out->number = out->part[0];
    return true;
}

static bool parse_real(const struct option *row, const char *text, struct option_value *out)
{
    bool limited = row->min != 0 || row->max != 0;
    return units_parse_real(text, &out->real) &&
           (!limited || (out->real >= (double)row->min && out->real <= (double)row->max));
}

static bool parse_value(const struct option *row, const char *text, struct option_value *out)
{
    switch (row->type) {
    case OPTION_COUNT:
        return units_parse_count(text, &out->number) && in_range(row, out->number);
    case OPTION_SIZE:
        return units_parse_size(text, &out->number) && in_range(row, out->number);
    case OPTION_DURATION:
        return units_parse_duration(text, &out->number) && in_range(row, out->number);
    case OPTION_REAL:
        return parse_real(row, text, out);
    case OPTION_BOOL:
        return parse_choice("off|on", text, out);
    case OPTION_CHOICE:
        return parse_choice(row->choices, text, out);
    case OPTION_COUNTS:
        return parse_counts(row, text, out);
    case OPTION_PATH:
    case OPTION_TEXT:
        return text[0] != '\0';
    }
    return false;
}

/* In the largest unit that leaves no fraction: 1500ms, 10s. */
static void canonical_duration(uint64_t ns, char *text, size_t length)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t unit = 0;
    while (unit + 1 < COUNT_OF(units) && ns % 1000 == 0) {
        ns /= 1000;
        unit++;
    }
    snprintf(text, length, "%llu%s", (unsigned long long)ns, units[unit]);
}

/* One spelling for one value: sizes and counts as plain digits. */
static void canonical_text(const struct option *row, const char *text, struct option_value *out)
{
    size_t length = sizeof out->text;
    switch (row->type) {
    case OPTION_COUNT:
    case OPTION_SIZE:
        snprintf(out->text, length, "%llu", (unsigned long long)out->number);
        break;
    case OPTION_DURATION:
        canonical_duration(out->number, out->text, length);
        break;
    case OPTION_REAL:
        snprintf(out->text, length, "%.12g", out->real);
        break;
    case OPTION_COUNTS:
        if (out->parts == 1 && out->part[0] == 0) {
            snprintf(out->text, length, "off");
            break;
        }
        out->text[0] = '\0';
        for (unsigned i = 0, at = 0; i < out->parts; i++) {
            at += (unsigned)snprintf(out->text + at, length - at, i == 0 ? "%llu" : "/%llu",
                                     (unsigned long long)out->part[i]);
        }
        break;
    default:
        snprintf(out->text, length, "%s", text);
    }
}

static const struct option *find_row(const struct options *self, const char *name, size_t *index)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->table[i].name, name) == 0) {
            *index = i;
            return &self->table[i];
        }
    }
    return NULL;
}

void options_default(struct options *self, const struct option *table, size_t count)
{
    CHECK(count <= OPTIONS_MAX);
    memset(self, 0, sizeof *self);
    self->table = table;
    self->count = count;
    for (size_t i = 0; i < count; i++) {
        const char *text = table[i].fallback;
        if (text == NULL) {
            continue;
        }
        CHECK(parse_value(&table[i], text, &self->value[i]));
        canonical_text(&table[i], text, &self->value[i]);
        self->value[i].set = true;
    }
}

static bool unknown_option(const struct options *self, const char *name, struct error *error)
{
    char known[ERROR_LENGTH / 2] = "";
    size_t at = 0;
    for (size_t i = 0; i < self->count && at < sizeof known; i++) {
        at += (size_t)snprintf(known + at, sizeof known - at, i == 0 ? "%s" : ", %s",
                               self->table[i].name);
    }
    if (self->count == 0) {
        return error_set(error, "unknown option %.64s: there are no options here", name);
    }
    return error_set(error, "unknown option %.64s: known are %s", name, known);
}

bool options_set(struct options *self, const char *name, const char *text, struct error *error)
{
    size_t index;
    const struct option *row = find_row(self, name, &index);
    if (row == NULL) {
        return unknown_option(self, name, error);
    }
    struct option_value value = {0};
    if (strlen(text) >= OPTION_TEXT_LENGTH || !parse_value(row, text, &value)) {
        char range[128];
        return error_set(error, "option %s: %.64s is not %s", name,
                         text[0] == '\0' ? "(nothing)" : text,
                         option_range(row, range, sizeof range));
    }
    canonical_text(row, text, &value);
    struct options defaults;
    options_default(&defaults, self->table, self->count);
    value.set = true;
    value.changed =
        !defaults.value[index].set || strcmp(value.text, defaults.value[index].text) != 0;
    self->value[index] = value;
    return true;
}

const struct option_value *options_get(const struct options *self, const char *name)
{
    size_t index = 0;
    CHECK(find_row(self, name, &index) != NULL);
    return &self->value[index];
}

/* "16 … 4 MiB" in the option's own unit. */
static void format_limits(const struct option *row, char *buffer, size_t length)
{
    char low[32], high[32];
    char *(*format)(uint64_t, char *, size_t) = row->type == OPTION_DURATION ? units_format_duration
                                                : row->type == OPTION_SIZE   ? units_format_size
                                                                             : NULL;
    if (format == NULL) {
        snprintf(buffer, length, "%llu to %llu", (unsigned long long)row->min,
                 (unsigned long long)row->max);
        return;
    }
    snprintf(buffer, length, "%s to %s", format(row->min, low, sizeof low),
             format(row->max, high, sizeof high));
}

char *option_range(const struct option *row, char *buffer, size_t length)
{
    static const char *const kinds[] = {[OPTION_COUNT] = "a count",
                                        [OPTION_SIZE] = "a size in bytes",
                                        [OPTION_DURATION] = "a duration",
                                        [OPTION_REAL] = "a number",
                                        [OPTION_BOOL] = "on|off",
                                        [OPTION_CHOICE] = "one of ",
                                        [OPTION_COUNTS] = "up to 3 counts separated by / (or off)",
                                        [OPTION_PATH] = "a path",
                                        [OPTION_TEXT] = "a text"};
    char limits[64];
    if (row->type == OPTION_CHOICE) {
        snprintf(buffer, length, "%s", row->choices);
    } else if (row->min == 0 && row->max == 0) {
        snprintf(buffer, length, "%s", kinds[row->type]);
    } else {
        format_limits(row, limits, sizeof limits);
        snprintf(buffer, length, "%s, %s", kinds[row->type], limits);
    }
    return buffer;
}
