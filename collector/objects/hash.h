/* Hashes and equality of objects, for keys of dicts. No seed: runs are repeatable, and neither
 * table sizes nor requests depend on hashes. Not for input that an attacker chooses. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_HASH_H
#define HEAPDYNO_COLLECTOR_OBJECTS_HASH_H

#include "collector/object.h"

/* One step of folding `word` into `hash`: the two halves of a 128-bit product. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
    unsigned __int128 product = (unsigned __int128)(hash ^ UINT64_C(0x9e3779b97f4a7c15)) *
                                (word ^ UINT64_C(0xd6e8feb86659fd93));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of text[length]; never 0, which stands for "not computed yet" in strings and bytes. */
uint64_t hash_bytes(const char *text, int64_t length);

/* Objects that have no hash of their own are keys by identity; blocks are 16 bytes apart. */
static inline uint64_t object_hash(struct object *object)
{
    hash_f *hash = object->type->hash;
    uint64_t address = (uint64_t)(uintptr_t)object;
    return hash != NULL ? hash(object) : (address >> 4) | (address << 60);
}

static inline bool object_equal(struct object *a, struct object *b)
{
    return a == b || (a->type == b->type && a->type->equal != NULL && a->type->equal(a, b));
}

#endif
