/* A snapshot loaded into the core: an object for each object of the file, made in the order of their
 * addresses, with the same references, in the same lists of the same generations.
 *
 *   list, tuple, dict  what they are; dicts of the recorded size with string keys from a common
 *                      pool, or the recorded keys
 *   instances          with a managed dict and at most HEAP_ATTRIBUTES references: an instance
 *                      with attributes and a slot for its class; other GC types: slots, of the
 *                      recorded size (8 bytes more where the class is referred to by ob_type)
 *   others             strings, ints or bytes of the recorded size: leaves
 * What the file says is held from outside is held by a list that no collector sees. */
#ifndef HEAPDYNO_WORKLOADS_HEAP_LOAD_H
#define HEAPDYNO_WORKLOADS_HEAP_LOAD_H

#include "base/address_map.h"
#include "workloads/common.h"
#include "workloads/snapshot.h"

enum { HEAP_ATTRIBUTES = 28 };

struct heap_load {
    struct job *job;
    const struct snapshot_file *file;
    struct object *all;   /* list of the objects by number; emptied by heap_load_let_go */
    struct object *held;  /* list: what is held from outside */
    struct object *loose; /* list: untracked objects that may be in cycles */
    struct object *keys;  /* list of strings: keys and names of attributes */
    struct class **class; /* [class_count] */
    uint32_t *type_class; /* [types] with a managed dict: number of its class + 1 */
    uint32_t *widest;     /* [types] most references of an object of it */
    size_t class_count, class_room;
    void **table; /* [objects] made, and not given to their object yet */
    uint32_t *
        table_first; /* [objects + 1] by place: number + 1 of the first object with a table there */
    uint32_t *table_next;       /* [objects] of the next one; 0: none */
    struct address_map slotted; /* references and payload to number of the class + 1 */
};

/* Load job's file. `self` is zero but for the first two; heap_load_end follows, whatever happened.
 *   false  no memory, or the graph cannot be (error of the outcome says why) */
bool heap_load(struct heap_load *self);

/* Fold what was loaded, object by object, into the job's checksum. */
void heap_load_fold(const struct heap_load *self);

/* From here on only the graph and what is held outside keeps objects alive. */
void heap_load_let_go(struct heap_load *self);

/* Before the job's roots are released: objects that no collector would find are tracked again;
 * classes wait for their last instance. */
void heap_load_end(struct heap_load *self);

/* heap_passes.c: look for garbage once, as CPython does it, and leave it there. */
void heap_passes(struct runtime *runtime);

/* heap_pools.c: pools as those of the Python of that version (sys.hexversion), larger requests and
 * arenas from `raw`. Returns new, closed by heap_close; false: no memory. */
bool heap_pools_open(uint64_t python, struct heap raw, struct heap *out);

/* heap_small.c: the built-in snapshot, of five objects a row and five more. */
enum { HEAP_ROWS_MAX = 10000000 };
bool heap_small(struct snapshot_file *file, uint64_t rows, struct error *error);

/* heap_make.c ---------------------------------------------------------------------------------- */

static inline const struct snapshot_object *heap_record(const struct heap_load *self,
                                                        uint64_t number)
{
    return &self->file->object[number];
}

static inline bool heap_is_gc(const struct snapshot_object *record)
{
    return (record->flags & SNAPSHOT_GC) != 0;
}

/* What it becomes: containers are of GC types, leaves are not. */
enum snapshot_kind heap_kind(const struct heap_load *self, const struct snapshot_object *record);

/* Object `number`, new, its places empty. NULL: no memory. */
struct object *heap_make_object(struct heap_load *self, uint64_t number);

/* Places of a set's table, of HEAP_SET_WORDS slots each; 0: it is none. */
enum { HEAP_SET_WORDS = 2 };
uint64_t heap_set_places(const struct heap_load *self, const struct snapshot_object *record);

/* Whether its references are attributes; the i-th one is. */
bool heap_has_attributes(const struct heap_load *self, const struct snapshot_object *record);
bool heap_set_attribute(const struct heap_load *self, struct object *instance, uint64_t i,
                        struct object *value);

/* heap_tables.c -------------------------------------------------------------------------------- */

/* Whether its table is made apart from it. */
bool heap_has_table(const struct heap_load *self, const struct snapshot_object *record);

/* Where each table is to be made. False: no memory. */
bool heap_tables_plan(struct heap_load *self);

/* Make those that lie in front of object `place`; those behind all objects are in front of the one
 * that is not there. False: no memory. */
bool heap_tables_make(struct heap_load *self, uint64_t place);

/* Give object `number` its table. */
void heap_table_give(struct heap_load *self, uint64_t number, struct object *object);

/* Release what nobody was given. */
void heap_tables_end(struct heap_load *self);

/* `number` as letters: different texts for different numbers, as far as they have room. */
void heap_write_number(char *text, size_t letters, uint64_t number);

#endif
