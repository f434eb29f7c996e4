/* Writing JSON into a buffer of fixed length. There is no reader here: SQLite reads.
 * Nothing allocates, so that a child can write without touching the heap it measures. */
#ifndef HEAPDYNO_BENCH_JSON_H
#define HEAPDYNO_BENCH_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    char *buffer; /* a string at any time; borrowed */
    size_t length, capacity;
    bool full;  /* something did not fit: the text is not to be used */
    bool comma; /* the next item needs one */
};

void json_start(struct json *self, char *buffer, size_t capacity);

/* `name` is NULL inside an array and at the top. bracket: '{' or '[' . */
void json_open(struct json *self, const char *name, char bracket);
void json_close(struct json *self, char bracket); /* '}' or ']' */

void json_u64(struct json *self, const char *name, uint64_t value);
void json_real(struct json *self, const char *name, double value); /* nan, inf: left out */
/* Quoted and escaped; bytes that are no UTF-8 become U+FFFD. NULL: left out. */
void json_text(struct json *self, const char *name, const char *value);
/* `value` is JSON already. */
void json_raw(struct json *self, const char *name, const char *value);

#endif
