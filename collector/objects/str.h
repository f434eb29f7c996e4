/* str: compact ASCII only, 48 + length + 1 bytes (obj domain). One-letter strings and the empty one
 * are cached; interning by a dict. hash is computed once and kept. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_STR_H
#define HEAPDYNO_COLLECTOR_OBJECTS_STR_H

#include "collector/object.h"
#include "collector/runtime.h"

struct str {
    struct object base;
    int64_t length;
    uint64_t hash;  /* 0: not computed yet */
    uint32_t state; /* STR_INTERNED */
    uint32_t unused;
    void *wide; /* CPython's wstr; kept for the size */
    char text[];
};

enum { STR_INTERNED = 1 };

extern const struct type str_type;

static inline bool str_is(const struct object *o)
{
    return o->type == &str_type;
}
static inline int64_t str_length(const struct object *o)
{
    return ((const struct str *)o)->length;
}
static inline bool str_is_interned(const struct object *o)
{
    return (((const struct str *)o)->state & STR_INTERNED) != 0;
}
static inline const char *str_text(const struct object *o)
{
    return ((const struct str *)o)->text;
}

/* A string of text[length], never a cached one unless length ≤ 1 (as PyUnicode_FromStringAndSize).
 */
struct object *str_new(struct runtime *runtime, const char *text, int64_t length);
/* The same from a C string. */
struct object *str_from(struct runtime *runtime, const char *text);
/* PyUnicode_New(length, 127): contents to be filled through str_fill by the only holder. */
struct object *str_new_uninitialized(struct runtime *runtime, int64_t length);
char *str_fill(struct object *str);
/* Concatenation and repetition; where CPython gives an argument back (an empty other part, one
 * time), so do these, with a new reference. */
struct object *str_concat(struct runtime *runtime, struct object *a, struct object *b);
struct object *str_repeat(struct runtime *runtime, struct object *str, int64_t times);

uint64_t str_hash_slow(struct object *str);
static inline uint64_t str_hash(struct object *str)
{
    uint64_t hash = ((const struct str *)str)->hash;
    return hash != 0 ? hash : str_hash_slow(str);
}
bool str_equal(struct object *a, struct object *b);

/* Make a string of `length` letters out of the memory at `self`; the letters are the caller's. */
void str_init(struct str *self, int64_t length);

/* Replace *str (an owned reference) by its interned equal. The dict of interned strings holds no
 * counted reference. False: no memory, *str stays. */
bool str_intern(struct runtime *runtime, struct object **str);
/* PyUnicode_InternFromString. */
struct object *str_interned(struct runtime *runtime, const char *text);

#endif
