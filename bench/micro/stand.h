/* What a micro-benchmark stands on: one allocator, opened in this process, and a runtime on it. */
#ifndef HEAPDYNO_BENCH_MICRO_STAND_H
#define HEAPDYNO_BENCH_MICRO_STAND_H

#include "allocators/wrapper.h"
#include "bench/micro/case.h"
#include "collector/runtime.h"

struct stand {
    const char *target;   /* SPEC of an allocator, or the name of a floor */
    struct heap raw, obj; /* zero for a floor */
    char version[128];    /* of the library */
    bool skipped;         /* stand_open: not here, which is no failure */
};

/* The environment in which a process for `target` must be started: what the allocator reads, and
 * the C library's plain code paths whatever the processor, so that instructions can be compared. */
void stand_environment(const char *target, struct environment *out);

/* Open the heaps of `target`; false with the reason. */
bool stand_open(struct stand *self, const char *target, struct error *error);
void stand_close(struct stand *self);

/* A new runtime under `collector`, a SPEC that must be legal (CHECK); the caller closes it. */
struct runtime *stand_runtime(const struct stand *self, const char *collector);

/* The cases that can be run on a target: patterns, and on heaps the core's. */
void stand_cases(const char *target, struct micro_cases *cases);

/* Floors: inlined into the loop, no allocator that anybody could use. */
enum floor_kind { FLOOR_NONE = -1, FLOOR_FREELIST, FLOOR_BUMP, FLOOR_NULL, FLOOR_CALL, FLOORS };
extern const char *const floor_names[FLOORS];
enum floor_kind floor_find(const char *target);
const struct micro_functions *floor_functions(enum floor_kind floor);

/* Cases over a heap; those of the core: objects and full collections. */
extern const struct micro_functions heap_functions;
void objects_add(struct micro_cases *cases);
void collections_add(struct micro_cases *cases);

#endif
