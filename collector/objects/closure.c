/* Cells, functions, methods, frames, tracebacks, exceptions, generators and coroutines by tables:
 * the kinds differ in sizes and in three orders. Source: CPython 3.11
 * Objects/{cell,func,class,frame, gen}object.c, Objects/exceptions.c, Python/traceback.c.
 *
 * Layout: [object][plain bytes][named fields, in the order of visits][locals]. CPython spreads the
 * plain bytes differently. A name that 3.11 replaces by "" when it clears a function is emptied. */
#include "collector/objects/closure.h"

#include <string.h>

#include "collector/gc_alloc.h"
#include "collector/objects/finalize.h"
#include "collector/objects/places.h"
#include "collector/objects/weakref.h"
#include "collector/trashcan.h"

enum {
    ALL_LOCALS = 100, /* in an order: the locals, first to last */
    END = 101,
    NO_FIELD = 102,
    ORDER_MAX = 14,
};

/* The start of the plain bytes of the kinds that need it. */
struct closure {
    struct object base;
    struct weakref *weakrefs;
    uint64_t locals;
};

struct closure_shape {
    struct type type;
    uint8_t named; /* fields with a name; they end at basic_bytes */
    bool has_locals;
    bool in_trashcan;
    uint8_t after_free;       /* the field that is released after the block, or NO_FIELD */
    uint8_t clear[ORDER_MAX]; /* tp_clear; for generators what closing releases */
    uint8_t release[ORDER_MAX];
};

static void closure_dealloc(struct runtime *runtime, struct object *self);
static int closure_traverse(struct object *self, visit_f *visit, void *argument);
static void closure_clear(struct runtime *runtime, struct object *self);

#define FIXED_TYPE(NAME, BYTES, FIELDS)                                                            \
    .name = NAME, .flags = TYPE_GC, .basic_bytes = (BYTES),                                        \
    .layout = {.kind = LAYOUT_SLOTS, .slot_offset = (BYTES)-8 * (FIELDS), .slot_count = (FIELDS)}, \
    .dealloc = closure_dealloc, .traverse = closure_traverse

#define GENERATOR_SHAPE(NAME)                                                                      \
    {                                                                                              \
        .type = {.name = NAME,                                                                     \
                 .flags = TYPE_GC,                                                                 \
                 .basic_bytes = 152,                                                               \
                 .item_bytes = 8,                                                                  \
                 .weaklist_offset = offsetof(struct closure, weakrefs),                            \
                 .layout = {.kind = LAYOUT_CUSTOM},                                                \
                 .dealloc = closure_dealloc,                                                       \
                 .traverse = closure_traverse,                                                     \
                 .finalize = closure_clear},                                                       \
        .named = GENERATOR_LOCALS, .has_locals = true, .after_free = NO_FIELD,                     \
        .clear = {ALL_LOCALS, GENERATOR_NAMESPACE, GENERATOR_FUNCTION, GENERATOR_FRAME_CODE, END}, \
        .release = {ALL_LOCALS,     GENERATOR_NAMESPACE, GENERATOR_FUNCTION, GENERATOR_FRAME_CODE, \
                    GENERATOR_CODE, GENERATOR_NAME,      GENERATOR_QUALNAME, END},                 \
    }

static const struct closure_shape SHAPES[CLOSURE_KINDS] = {
    [CLOSURE_CELL] = {.type = {FIXED_TYPE("cell", 24, 1), .clear = closure_clear},
                      .named = 1,
                      .after_free = NO_FIELD,
                      .clear = {CELL_CONTENTS, END},
                      .release = {CELL_CONTENTS, END}},
    [CLOSURE_FUNCTION] =
        {.type = {FIXED_TYPE("function", 136, FUNCTION_FIELDS),
                  .weaklist_offset = offsetof(struct closure, weakrefs), .clear = closure_clear},
         .named = FUNCTION_FIELDS,
         .after_free = NO_FIELD,
         .clear = {FUNCTION_GLOBALS, FUNCTION_BUILTINS, FUNCTION_MODULE, FUNCTION_DEFAULTS,
                   FUNCTION_KWDEFAULTS, FUNCTION_DOC, FUNCTION_DICT, FUNCTION_CLOSURE,
                   FUNCTION_ANNOTATIONS, FUNCTION_NAME, FUNCTION_QUALNAME, END},
         .release = {FUNCTION_GLOBALS, FUNCTION_BUILTINS, FUNCTION_MODULE, FUNCTION_DEFAULTS,
                     FUNCTION_KWDEFAULTS, FUNCTION_DOC, FUNCTION_DICT, FUNCTION_CLOSURE,
                     FUNCTION_ANNOTATIONS, FUNCTION_NAME, FUNCTION_QUALNAME, FUNCTION_CODE, END}},
    [CLOSURE_METHOD] = {.type = {FIXED_TYPE("method", 48, METHOD_FIELDS),
                                 .weaklist_offset = offsetof(struct closure, weakrefs)},
                        .named = METHOD_FIELDS,
                        .after_free = NO_FIELD,
                        .clear = {END},
                        .release = {METHOD_FUNCTION, METHOD_SELF, END}},
    [CLOSURE_FRAME] = {.type = {.name = "frame",
                                .flags = TYPE_GC,
                                .basic_bytes = 120,
                                .item_bytes = 8,
                                .layout = {.kind = LAYOUT_CUSTOM},
                                .dealloc = closure_dealloc,
                                .traverse = closure_traverse,
                                .clear = closure_clear},
                       .named = FRAME_LOCALS,
                       .has_locals = true,
                       .in_trashcan = true,
                       .after_free = FRAME_CODE,
                       .clear = {FRAME_TRACE, ALL_LOCALS, END},
                       .release = {FRAME_FUNCTION, FRAME_NAMESPACE, ALL_LOCALS, FRAME_BACK,
                                   FRAME_TRACE, END}},
    [CLOSURE_TRACEBACK] = {.type = {FIXED_TYPE("traceback", 40, TRACEBACK_FIELDS),
                                    .clear = closure_clear},
                           .named = TRACEBACK_FIELDS,
                           .in_trashcan = true,
                           .after_free = NO_FIELD,
                           .clear = {TRACEBACK_NEXT, TRACEBACK_FRAME, END},
                           .release = {TRACEBACK_NEXT, TRACEBACK_FRAME, END}},
    [CLOSURE_EXCEPTION] = {.type = {FIXED_TYPE("Exception", 72, EXCEPTION_FIELDS),
                                    .clear = closure_clear},
                           .named = EXCEPTION_FIELDS,
                           .in_trashcan = true,
                           .after_free = NO_FIELD,
                           .clear = {EXCEPTION_DICT, EXCEPTION_ARGS, EXCEPTION_NOTES,
                                     EXCEPTION_TRACEBACK, EXCEPTION_CAUSE, EXCEPTION_CONTEXT, END},
                           .release = {EXCEPTION_DICT, EXCEPTION_ARGS, EXCEPTION_NOTES,
                                       EXCEPTION_TRACEBACK, EXCEPTION_CAUSE,
                                       EXCEPTION_CONTEXT, END}},
    [CLOSURE_GENERATOR] = GENERATOR_SHAPE("generator"),
    [CLOSURE_COROUTINE] = GENERATOR_SHAPE("coroutine"),
};

const struct type *closure_type(enum closure_kind kind)
{
    return &SHAPES[kind].type;
}

static const struct closure_shape *shape_of(const struct object *self)
{
    return (const struct closure_shape *)(const void *)self->type;
}

static struct object **closure_slots(const struct object *self)
{
    const struct closure_shape *shape = shape_of(self);
    uintptr_t end = (uintptr_t)self + shape->type.basic_bytes;
    return (struct object **)(end - shape->named * sizeof(struct object *));
}

static uint32_t closure_locals(const struct object *self)
{
    return shape_of(self)->has_locals ? (uint32_t)((const struct closure *)self)->locals : 0;
}

static size_t closure_bytes(const struct closure_shape *shape, uint32_t locals)
{
    return shape->type.basic_bytes + locals * sizeof(struct object *);
}

struct object *closure_new(struct runtime *runtime, enum closure_kind kind, uint32_t locals)
{
    const struct closure_shape *shape = &SHAPES[kind];
    locals = shape->has_locals ? locals : 0;
    size_t bytes = closure_bytes(shape, locals);
    struct object *self = gc_alloc(runtime, 0, bytes);
    if (self == NULL) {
        return NULL;
    }
    object_init(self, &shape->type);
    memset(self + 1, 0, bytes - sizeof *self);
    if (shape->has_locals) {
        ((struct closure *)self)->locals = locals;
    }
    gc_track_born(runtime, self);
    return self;
}

uint32_t closure_fields(const struct object *self)
{
    return shape_of(self)->named + closure_locals(self);
}

struct object *closure_get(const struct object *self, uint32_t field)
{
    CHECK_SLOW(field < closure_fields(self));
    return closure_slots(self)[field];
}

void closure_set(struct runtime *runtime, struct object *self, uint32_t field, struct object *value)
{
    CHECK_SLOW(field < closure_fields(self));
    struct object **place = &closure_slots(self)[field];
    struct object *old = *place;
    xincref(value);
    *place = value;
    xdecref(runtime, old);
}

static void closure_clear_in_order(struct runtime *runtime, struct object *self,
                                   const uint8_t *order)
{
    struct object **slots = closure_slots(self);
    uint32_t named = shape_of(self)->named;
    uint32_t locals = closure_locals(self);
    for (; *order != END; order++) {
        if (*order != ALL_LOCALS) {
            clear_place(runtime, &slots[*order]);
            continue;
        }
        places_clear(runtime, slots + named, locals);
    }
}

static void closure_clear(struct runtime *runtime, struct object *self)
{
    closure_clear_in_order(runtime, self, shape_of(self)->clear);
}

static void closure_free(struct runtime *runtime, struct object *self)
{
    const struct closure_shape *shape = shape_of(self);
    struct object *last = NULL;
    closure_clear_in_order(runtime, self, shape->release);
    if (shape->after_free != NO_FIELD) {
        last = closure_slots(self)[shape->after_free];
    }
    gc_free(runtime, self, 0, closure_bytes(shape, closure_locals(self)));
    xdecref(runtime, last);
}

/* Weak references go before the finalizer here: gen_dealloc's order, not subtype_dealloc's. */
static void closure_dealloc(struct runtime *runtime, struct object *self)
{
    const struct closure_shape *shape = shape_of(self);
    gc_untrack_if(self);
    if (shape->in_trashcan && !trashcan_begin(runtime, self)) {
        return;
    }
    if (shape->type.weaklist_offset != 0) {
        weakref_clear_all(runtime, self);
    }
    if (shape->type.finalize == NULL || object_finalize(runtime, self)) {
        closure_free(runtime, self);
    }
    if (shape->in_trashcan) {
        trashcan_end(runtime);
    }
}

static int closure_traverse(struct object *self, visit_f *visit, void *argument)
{
    return places_traverse(closure_slots(self), closure_fields(self), visit, argument);
}
