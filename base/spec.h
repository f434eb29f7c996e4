/* SPEC = NAME[:k=v,k=v…] followed by any number of +NAME[:k=v…]: how a cell names an allocator with
 * its wrappers, a collector, a workload. Inside a value blank , : + = % and control bytes are
 * written %XX. Parsing and printing round-trip. */
#ifndef HEAPDYNO_BASE_SPEC_H
#define HEAPDYNO_BASE_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/option.h"

enum { SPEC_NAME_LENGTH = 32, SPEC_PARTS_MAX = 6, SPEC_TEXT_MAX = 4096 };

struct spec_pair {
    char name[SPEC_NAME_LENGTH];
    char value[OPTION_TEXT_LENGTH]; /* decoded */
};

/* One NAME with what was written behind it. */
struct spec_part {
    char name[SPEC_NAME_LENGTH]; /* [a-z][a-z0-9_-]* */
    size_t pair_count;
    struct spec_pair pair[OPTIONS_MAX];
};

/* part[0] is the plug-in, the rest are wrappers, innermost first. */
struct spec {
    size_t part_count;
    struct spec_part part[SPEC_PARTS_MAX];
};

/* Read text[length]; refuses what is not of the form, naming the byte where it goes wrong. */
bool spec_parse(const char *text, size_t length, struct spec *out, struct error *error);

/* Resolve what a part says against a table: defaults, then each pair. */
bool spec_options(const struct spec_part *part, const struct option *table, size_t count,
                  struct options *out, struct error *error);

/* How a resolved part is printed. */
enum spec_form {
    SPEC_CANONICAL, /* every set option, sorted by name: the record's key */
    SPEC_LABEL,     /* only what differs from the defaults: the plot's label */
};

/* Append NAME[:k=v…] to buffer[length], a string; false when it does not fit. */
bool spec_print(const char *name, const struct options *options, enum spec_form form, char *buffer,
                size_t length);

/* Append `text` with the reserved bytes written %XX; false when it does not fit. */
bool spec_escape(const char *text, char *buffer, size_t length);

#endif
