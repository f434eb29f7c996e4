/* What a machine runs on: one table of functions for our runtime (core_backend.c), one for CPython
 * (cpython/oracle_backend.c). Objects are opaque here; a new one comes with a reference that the
 * caller owns, arguments are borrowed, and NULL or HEAP_NO_MEMORY means no memory.
 *
 * Whatever reads must neither allocate nor change anything. */
#ifndef HEAPDYNO_WORKLOADS_SCENARIO_BACKEND_H
#define HEAPDYNO_WORKLOADS_SCENARIO_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scenario_object; /* a struct object, or a PyObject */

enum scenario_kind {
    KIND_NONE,
    KIND_LIST,
    KIND_TUPLE,
    KIND_DICT,
    KIND_OBJECT,
    KIND_SLOTS,
    KIND_FINAL, /* final and phoenix */
    KIND_FLOAT,
    KIND_INT,
    KIND_STR,
    KIND_WEAKREF,
    KIND_WEAKDICT,
    KIND_OTHER,
    KIND_COUNT
};

enum { SCENARIO_GENERATIONS = 3, SCENARIO_TUPLE_LENGTHS = 20 };

/* Everything about a heap that costs no walk to read. */
struct scenario_state {
    int64_t count[SCENARIO_GENERATIONS];
    int64_t threshold[SCENARIO_GENERATIONS];
    struct {
        int64_t collections, collected, uncollectable;
    } stats[SCENARIO_GENERATIONS];
    int64_t long_lived_total, long_lived_pending;
    int64_t lists, dicts, keys, floats;     /* free-list lengths */
    int64_t tuples[SCENARIO_TUPLE_LENGTHS]; /* [k] for length k + 1 */
    int64_t blocks;                         /* live, since the start of the run */
    int64_t garbage;
    int64_t enabled;
};

enum scenario_event_kind { SCENARIO_FINALIZE, SCENARIO_CALLBACK };

struct scenario_event {
    uint8_t kind, label;
};

/* Events that were not shown yet, oldest first. */
struct scenario_log {
    size_t count, capacity;
    struct scenario_event *event; /* malloc; scenario_log_free */
};

void scenario_log_add(struct scenario_log *self, enum scenario_event_kind kind, int label);
void scenario_log_free(struct scenario_log *self);

enum scenario_outcome { HEAP_DONE, HEAP_NO_MEMORY, HEAP_ABSENT };

/* GENERATION_UNTRACKED, 0 … 2, GENERATION_PERMANENT */
enum { GENERATION_UNTRACKED = -1, GENERATION_PERMANENT = 3 };

struct scenario_backend {
    const char *name;
    /* Borrowed: None, and the list that phoenixes add themselves to. */
    struct scenario_object *(*none)(void *self);
    struct scenario_object *(*reborn)(void *self);
    /* Births. */
    struct scenario_object *(*new_list)(void *self);
    struct scenario_object *(*new_tuple)(void *self, struct scenario_object *const *items,
                                         size_t count);
    struct scenario_object *(*new_dict)(void *self);
    struct scenario_object *(*new_instance)(void *self,
                                            enum scenario_kind kind); /* OBJECT, SLOTS */
    struct scenario_object *(*new_final)(void *self, int label, bool phoenix);
    struct scenario_object *(*new_float)(void *self);
    struct scenario_object *(*new_int)(void *self, int64_t value);
    struct scenario_object *(*new_str)(void *self, int64_t length);
    struct scenario_object *(*new_interned)(void *self, const char *text);
    struct scenario_object *(*new_weakref)(void *self, struct scenario_object *target, int label);
    struct scenario_object *(*new_weakdict)(void *self);
    /* References. */
    void (*take)(void *self, struct scenario_object *object);
    void (*release)(void *self, struct scenario_object *object);
    /* Changes. Kinds, indices and lengths were checked. */
    enum scenario_outcome (*list_append)(void *self, struct scenario_object *list,
                                         struct scenario_object *item);
    void (*list_set)(void *self, struct scenario_object *list, int64_t index,
                     struct scenario_object *item);
    enum scenario_outcome (*list_pop)(void *self, struct scenario_object *list);
    enum scenario_outcome (*dict_put)(void *self, struct scenario_object *dict, int64_t key,
                                      struct scenario_object *item);
    enum scenario_outcome (*dict_remove)(void *self, struct scenario_object *dict, int64_t key);
    enum scenario_outcome (*attr_set)(void *self, struct scenario_object *object, int name,
                                      struct scenario_object *item);
    enum scenario_outcome (*attr_remove)(void *self, struct scenario_object *object, int name);
    void (*slot_set)(void *self, struct scenario_object *object, int slot,
                     struct scenario_object *item);
    void (*link_set)(void *self, struct scenario_object *final, struct scenario_object *item);
    enum scenario_outcome (*weakdict_put)(void *self, struct scenario_object *weakdict, int64_t key,
                                          struct scenario_object *target);
    /* The collector. */
    int64_t (*collect)(void *self, int generation);
    void (*set_enabled)(void *self, bool on);
    void (*set_threshold)(void *self, const int64_t threshold[SCENARIO_GENERATIONS]);
    void (*freeze)(void *self);
    void (*unfreeze)(void *self);
    void (*set_saveall)(void *self, bool on);
    void (*safe_point)(void *self); /* NULL: none */
    /* reborn lets go of all it holds and takes nothing more; the list itself stays for the run. */
    void (*release_reborn)(void *self);
    /* Reads. */
    enum scenario_kind (*kind)(void *self, const struct scenario_object *object);
    int64_t (*length)(void *self, const struct scenario_object *list_or_weakdict);
    void (*state)(void *self, struct scenario_state *out);
    void (*sizes)(void *self, int64_t out[SCENARIO_GENERATIONS + 1]);
    int64_t (*refcount)(void *self, const struct scenario_object *object);
    bool (*immortal)(void *self, const struct scenario_object *object);
    bool (*tracked)(void *self, const struct scenario_object *object);
    int (*generation)(void *self, const struct scenario_object *object);
    int64_t (*size)(void *self, const struct scenario_object *object);
    bool (*alive)(void *self, const struct scenario_object *weakref);
    struct scenario_log *(*log)(void *self);
};

#endif
