/* Texts by number: sites, types and functions, each kept once. Numbers start at 1. */
#ifndef HEAPDYNO_BENCH_INSIDE_NAMES_H
#define HEAPDYNO_BENCH_INSIDE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* All zero: none yet. */
struct names {
    size_t count, capacity;
    char **text;
    uint32_t *place; /* hash table of numbers, 2 × capacity; 0: empty */
};

/* The number of a text, new or known. */
uint32_t names_of(struct names *self, const char *text);
/* "" for 0. */
const char *names_text(const struct names *self, uint32_t number);
void names_free(struct names *self);

#endif
