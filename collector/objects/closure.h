/* What closures, calls and exceptions leave on the heap: objects that are nothing but reference
 * fields and some plain bytes, with CPython 3.11's sizes. Fields are visited and cleared first to
 * last. All are tracked from birth; none has a free list in 3.11. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_CLOSURE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_CLOSURE_H

#include "collector/object.h"
#include "collector/runtime.h"

enum closure_kind {
    CLOSURE_CELL,      /* 40 bytes with gc_head; fields: contents */
    CLOSURE_FUNCTION,  /* 152; globals, builtins, name, qualname, code, defaults, kwdefaults, doc,
                          closure, dict, module, annotations */
    CLOSURE_METHOD,    /* 64; function, self */
    CLOSURE_FRAME,     /* frame object with its locals: back, function, locals … */
    CLOSURE_TRACEBACK, /* 64; next, frame */
    CLOSURE_EXCEPTION, /* 88; dict, args, traceback, context, cause */
    CLOSURE_GENERATOR, /* a suspended frame inside: code, name, qualname, locals … */
    CLOSURE_COROUTINE,
    CLOSURE_KINDS
};

/* fields: reference fields for kinds with a variable number (FRAME, GENERATOR, COROUTINE: locals on
 * top of the fixed ones); ignored for the others. All fields start empty. */
struct object *closure_new(struct runtime *runtime, enum closure_kind kind, uint32_t locals);
uint32_t closure_fields(const struct object *closure);
struct object *closure_get(const struct object *closure, uint32_t field); /* borrowed or NULL */
void closure_set(struct runtime *runtime, struct object *closure, uint32_t field,
                 struct object *value);

#endif
