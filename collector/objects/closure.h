/* What closures, calls and exceptions leave on the heap: objects that are nothing but reference
 * fields and some plain bytes, with CPython 3.11's sizes, and its orders of visiting, clearing and
 * releasing. All are tracked from birth; none has a free list in 3.11. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_CLOSURE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_CLOSURE_H

#include "collector/object.h"
#include "collector/runtime.h"

enum closure_kind {
    CLOSURE_CELL,      /* 40 bytes with its gc_head */
    CLOSURE_FUNCTION,  /* 152; weakly referable */
    CLOSURE_METHOD,    /* 64; weakly referable; not clearable */
    CLOSURE_FRAME,     /* 136 + 8 for each local: a frame object that owns its frame */
    CLOSURE_TRACEBACK, /* 56 */
    CLOSURE_EXCEPTION, /* 88 */
    CLOSURE_GENERATOR, /* 168 + 8 for each local; weakly referable; closed by its finalizer */
    CLOSURE_COROUTINE, /* as a generator */
    CLOSURE_KINDS
};

/* Fields by number, in the order in which they are visited. Locals of a frame or generator follow
 * the named ones. */
enum { CELL_CONTENTS };
enum {
    FUNCTION_CODE,
    FUNCTION_GLOBALS,
    FUNCTION_BUILTINS,
    FUNCTION_MODULE,
    FUNCTION_DEFAULTS,
    FUNCTION_KWDEFAULTS,
    FUNCTION_DOC,
    FUNCTION_NAME,
    FUNCTION_DICT,
    FUNCTION_CLOSURE,
    FUNCTION_ANNOTATIONS,
    FUNCTION_QUALNAME,
    FUNCTION_FIELDS
};
enum { METHOD_FUNCTION, METHOD_SELF, METHOD_FIELDS };
enum { FRAME_BACK, FRAME_TRACE, FRAME_NAMESPACE, FRAME_FUNCTION, FRAME_CODE, FRAME_LOCALS };
enum { TRACEBACK_NEXT, TRACEBACK_FRAME, TRACEBACK_FIELDS };
enum {
    EXCEPTION_DICT,
    EXCEPTION_ARGS,
    EXCEPTION_NOTES,
    EXCEPTION_TRACEBACK,
    EXCEPTION_CAUSE,
    EXCEPTION_CONTEXT,
    EXCEPTION_FIELDS
};
enum {
    GENERATOR_CODE,
    GENERATOR_NAME,
    GENERATOR_QUALNAME,
    GENERATOR_NAMESPACE,
    GENERATOR_FUNCTION,
    GENERATOR_FRAME_CODE,
    GENERATOR_LOCALS
};

/* All fields empty. `locals`: for FRAME, GENERATOR and COROUTINE, ignored for the others. */
struct object *closure_new(struct runtime *runtime, enum closure_kind kind, uint32_t locals);

/* The number of fields, locals included. */
uint32_t closure_fields(const struct object *closure);
struct object *closure_get(const struct object *closure, uint32_t field); /* borrowed or NULL */
/* Replace, then release the old one. NULL empties. */
void closure_set(struct runtime *runtime, struct object *closure, uint32_t field,
                 struct object *value);

/* The type of a kind: for tests and lists of types. */
const struct type *closure_type(enum closure_kind kind);

#endif
