/* A set of pointers that numbers its members in the order in which they came, until it is sorted:
 * then in the order of the addresses. Memory of malloc's own, not of the interpreter. Not for more
 * than 2^32 - 2 members. */
#ifndef HEAPDYNO_CPYTHON_RECORDER_SET_H
#define HEAPDYNO_CPYTHON_RECORDER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define SET_NONE UINT32_MAX

struct set_member {
    void *p;
    uint64_t count; /* the user's */
};

/* All zero: an empty set. */
struct set {
    struct set_member *member; /* [count] */
    uint32_t *slot;            /* [slots] number + 1; 0: empty */
    size_t count, room, slots; /* slots: 0 or a power of two */
};

static inline size_t set_slot_of(const struct set *self, const void *p)
{
    uint64_t hash = (uint64_t)(uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 20) & (self->slots - 1);
    while (self->slot[at] != 0 && self->member[self->slot[at] - 1].p != p) {
        at = (at + 1) & (self->slots - 1);
    }
    return at;
}

/* The number of `p`, or SET_NONE. */
static inline uint32_t set_find(const struct set *self, const void *p)
{
    return self->slots == 0 ? SET_NONE : self->slot[set_slot_of(self, p)] - 1;
}

static inline bool set_rehash(struct set *self, size_t slots)
{
    uint32_t *slot = (uint32_t *)calloc(slots, sizeof(*slot));
    if (slot == NULL) {
        return false;
    }
    free(self->slot);
    self->slot = slot;
    self->slots = slots;
    for (size_t i = 0; i < self->count; i++) {
        self->slot[set_slot_of(self, self->member[i].p)] = (uint32_t)i + 1;
    }
    return true;
}

/* The number of `p`, which is put in if it is not there; SET_NONE: no memory. */
static inline uint32_t set_put(struct set *self, void *p)
{
    if (self->count == self->room) {
        size_t room = self->room * 2 + 1024;
        struct set_member *member =
            (struct set_member *)realloc(self->member, room * sizeof(*member));
        if (member == NULL || room >= SET_NONE) {
            self->member = member != NULL ? member : self->member;
            return SET_NONE;
        }
        self->member = member;
        self->room = room;
    }
    if (self->count * 2 >= self->slots &&
        !set_rehash(self, self->slots == 0 ? 2048 : self->slots * 2)) {
        return SET_NONE;
    }
    size_t at = set_slot_of(self, p);
    if (self->slot[at] == 0) {
        self->member[self->count] = (struct set_member){p, 0};
        self->slot[at] = (uint32_t)++self->count;
    }
    return self->slot[at] - 1;
}

static int set_order(const void *a, const void *b)
{
    uintptr_t p = (uintptr_t)((const struct set_member *)a)->p;
    uintptr_t q = (uintptr_t)((const struct set_member *)b)->p;
    return (p > q) - (p < q);
}

/* Number the members by address from now on. False: no memory. */
static inline bool set_sort(struct set *self)
{
    if (self->count > 0) {
        qsort(self->member, self->count, sizeof(*self->member), set_order);
    }
    return self->count == 0 || set_rehash(self, self->slots);
}

static inline void set_free(struct set *self)
{
    free(self->member);
    free(self->slot);
}

#endif
