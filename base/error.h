/* A message that a person will read: which option, which value, which range.
 * Functions that can be refused take a struct error last and return false (or NULL) with it filled.
 */
#ifndef HEAPDYNO_BASE_ERROR_H
#define HEAPDYNO_BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_LENGTH = 512 };

struct error {
    char text[ERROR_LENGTH];
};

/* Fill `self` by format (longer text is cut); always returns false, so that callers can write
 * `return error_set(error, …);`. `self` may be NULL: then only the result says so. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *self, const char *format, ...);

#endif
