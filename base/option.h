/* Option tables: one row gives an option's name, type, range, default and help. The same row drives
 * the parser, `heapdyno list`, the manual and the record. */
#ifndef HEAPDYNO_BASE_OPTION_H
#define HEAPDYNO_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum option_type {
    OPTION_COUNT,    /* units_parse_count; min..max */
    OPTION_SIZE,     /* bytes, units_parse_size; min..max */
    OPTION_DURATION, /* nanoseconds, units_parse_duration; min..max */
    OPTION_REAL,     /* real; min..max hold whole numbers */
    OPTION_BOOL,     /* on | off */
    OPTION_CHOICE,   /* one word of `choices`, separated by | ; number = its index */
    OPTION_COUNTS,   /* up to OPTION_PARTS counts separated by / ; `off` reads as the single 0 */
    OPTION_PATH,     /* text, kept as it is; / does not split */
    OPTION_TEXT,     /* text, kept as it is */
};

enum { OPTION_PARTS = 3, OPTION_TEXT_LENGTH = 256, OPTIONS_MAX = 24 };

struct option {
    const char *name;
    enum option_type type;
    const char *fallback; /* the default, as text in the option's own syntax; NULL: unset */
    uint64_t min, max;    /* inclusive; both 0: no limit */
    const char *choices;  /* OPTION_CHOICE only */
    const char *help;     /* one line: meaning, unit, and what the default stands for */
};

struct option_value {
    bool set;     /* given, or from the default */
    bool changed; /* differs from the default */
    uint64_t number;
    double real;
    unsigned parts;
    uint64_t part[OPTION_PARTS];
    char text[OPTION_TEXT_LENGTH]; /* canonical text */
};

/* The values of one table. Owned by the caller, copied freely. */
struct options {
    const struct option *table;
    size_t count;
    struct option_value value[OPTIONS_MAX];
};

/* Fill `self` with the defaults of table[count]; count ≤ OPTIONS_MAX is checked, and so is that
 * every default reads. */
void options_default(struct options *self, const struct option *table, size_t count);

/* Read name=text. Unknown names and bad values are refused; the message names the option, the
 * value and the legal range (or the known names), `self` is unchanged. */
bool options_set(struct options *self, const char *name, const char *text, struct error *error);

/* The value of an option that must exist in the table (CHECK). */
const struct option_value *options_get(const struct options *self, const char *name);

static inline uint64_t options_number(const struct options *self, const char *name)
{
    return options_get(self, name)->number;
}

static inline bool options_on(const struct options *self, const char *name)
{
    return options_get(self, name)->number != 0;
}

static inline double options_real(const struct options *self, const char *name)
{
    return options_get(self, name)->real;
}

static inline const char *options_text(const struct options *self, const char *name)
{
    return options_get(self, name)->text;
}

/* The legal range of a row as people read it: "16 … 4m", "on|off", "tiny|small|large". */
char *option_range(const struct option *row, char *buffer, size_t length);

#endif
