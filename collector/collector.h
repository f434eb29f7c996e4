/* The collector plug-in: one file in policies/, one const table at its end, one line in list.def.
 *
 * Three parts, whatever the collector:
 *   policy     when to collect what             policies/NAME.c
 *   mechanism  which objects are unreachable    mechanism.h
 *   protocol   weak references, finalizers, resurrection, clear: one implementation, protocol.h
 * A collector sees objects only through struct type. Functions that may be NULL say so. */
#ifndef HEAPDYNO_COLLECTOR_COLLECTOR_H
#define HEAPDYNO_COLLECTOR_COLLECTOR_H

#include "collector/runtime.h"

struct collector {
    const char *name;
    const char *summary;
    const char *model; /* MODEL_NAME of the executable that can run it */
    const struct option *options;
    size_t option_count;
    /* Set thresholds, trigger and collector_self. */
    bool (*open)(struct runtime *runtime, const struct options *options, struct error *error);
    void (*close)(struct runtime *runtime); /* NULL: nothing to close */
    /* count[0] > trigger at a real GC allocation; may collect, the new object is not tracked yet.
     * NULL: never collects by itself. */
    void (*on_alloc)(struct runtime *runtime);
    /* The trigger while automatic collection is on and none runs; NULL: threshold[0], 0 is off. */
    int64_t (*trigger)(const struct runtime *runtime);
    void (*on_free)(struct runtime *runtime, struct object *object);    /* NULL in model cp311 */
    void (*on_track)(struct runtime *runtime, struct object *object);   /* NULL in model cp311 */
    void (*on_untrack)(struct runtime *runtime, struct object *object); /* NULL in model cp311 */
    void (*safe_point)(struct runtime *runtime); /* gc.pending was set; NULL: it never is */
    /* An explicit collection, whatever the counts. Returns collected + uncollectable. */
    uint64_t (*collect)(struct runtime *runtime, int generation);
    bool (*step)(struct runtime *runtime, uint64_t budget); /* NULL: not incremental */
    void (*freeze)(struct runtime *runtime);
    void (*unfreeze)(struct runtime *runtime);
    void (*at_fork)(struct runtime *runtime); /* in the child; NULL: nothing */
    void (*root_add)(struct runtime *runtime, struct object *root);    /* NULL: does not mark */
    void (*root_remove)(struct runtime *runtime, struct object *root); /* NULL: does not mark */
    const char *(*check)(struct runtime *runtime); /* NULL, or the first broken invariant */
};

size_t collector_count(void);
const struct collector *collector_at(size_t index);
const struct collector *collector_find(const char *name); /* NULL if there is none */

#endif
