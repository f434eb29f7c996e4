/* How one object refers to another, as Python would write it: "[3]", "['key']", ".name",
 * ".__dict__". */
#ifndef HEAPDYNO_BENCH_INSIDE_REFERENCE_H
#define HEAPDYNO_BENCH_INSIDE_REFERENCE_H

#include <stddef.h>

#include "collector/object.h"

/* The first place of `holder` that has `referent`, into buffer[length]; "" where a type keeps it
 * somewhere that has no name. Returns buffer. */
char *reference_name(const struct object *holder, const struct object *referent, char *buffer,
                     size_t length);

/* What an object is, in a few letters: a string's text, a number, a container's length; or "". */
char *object_says(const struct object *object, char *buffer, size_t length);

#endif
