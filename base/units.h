/* Numbers with units, as people type and read them: "64m", "1.5ms", "3%", and back. */
#ifndef HEAPDYNO_BASE_UNITS_H
#define HEAPDYNO_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each reads the whole of `text` or fails; *out is untouched on failure.
 *   count     decimal digits, or digits with k, m, g (powers of 1000)
 *   size      bytes; k, m, g are powers of 1024, an optional b or ib follows
 *   duration  ns, us, ms, s, min, h; a bare number is seconds; result in nanoseconds
 *   real      a finite decimal number, an optional % divides by 100
 * Fractions are allowed in size and duration. Overflow past 64 bits, signs and blanks are failures.
 */
bool units_parse_count(const char *text, uint64_t *out);
bool units_parse_size(const char *text, uint64_t *out_bytes);
bool units_parse_duration(const char *text, uint64_t *out_ns);
bool units_parse_real(const char *text, double *out);

/* Write a short human form (three significant digits) into buffer[length]; returns buffer. */
char *units_format_size(uint64_t bytes, char *buffer, size_t length);
char *units_format_duration(uint64_t ns, char *buffer, size_t length);
char *units_format_count(uint64_t count, char *buffer, size_t length);

#endif
