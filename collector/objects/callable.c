/* callable: CPython 3.11's PyCFunction, object and dealloc (Objects/methodobject.c): tracked, in
 * the trashcan, weakly referable, not clearable by the collector. */
#include "collector/objects/callable.h"

#include "collector/gc_alloc.h"
#include "collector/objects/weakref.h"
#include "collector/trashcan.h"

struct callable {
    struct object base;
    callable_f *call;
    struct object *self; /* may be NULL */
    void *context;       /* where CPython has the module */
    struct weakref *weakrefs;
    void *vectorcall; /* kept for the size */
};

_Static_assert(sizeof(struct callable) == 56, "the size of PyCFunctionObject");

struct object *callable_new(struct runtime *runtime, callable_f *call, void *context,
                            struct object *self)
{
    struct callable *callable = (struct callable *)gc_alloc(runtime, 0, sizeof(struct callable));
    if (callable == NULL) {
        return NULL;
    }
    object_init(&callable->base, &callable_type);
    callable->call = call;
    callable->context = context;
    callable->weakrefs = NULL;
    callable->vectorcall = NULL;
    xincref(self);
    callable->self = self;
    gc_track(runtime, &callable->base);
    return &callable->base;
}

void callable_call(struct runtime *runtime, struct object *object, struct object *argument)
{
    const struct callable *callable = (const struct callable *)object;
    CHECK_SLOW(object->type == &callable_type);
    callable->call(runtime, callable->context, callable->self, argument);
}

static void callable_dealloc(struct runtime *runtime, struct object *object)
{
    struct callable *callable = (struct callable *)object;
    gc_untrack_if(object);
    if (!trashcan_begin(runtime, object)) {
        return;
    }
    if (callable->weakrefs != NULL) {
        weakref_clear_all(runtime, object);
    }
    xdecref(runtime, callable->self);
    gc_free(runtime, object, 0, sizeof(struct callable));
    trashcan_end(runtime);
}

static int callable_traverse(struct object *object, visit_f *visit, void *argument)
{
    const struct callable *callable = (const struct callable *)object;
    return callable->self == NULL ? 0 : visit(callable->self, argument);
}

const struct type callable_type = {
    .name = "builtin_function_or_method",
    .flags = TYPE_GC,
    .basic_bytes = sizeof(struct callable),
    .weaklist_offset = offsetof(struct callable, weakrefs),
    .layout = {.kind = LAYOUT_SLOTS,
               .slot_offset = offsetof(struct callable, self),
               .slot_count = 1},
    .dealloc = callable_dealloc,
    .traverse = callable_traverse,
};
