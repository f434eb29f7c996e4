/* Which function of a workload is at work: the innermost frame of the stack whose function stands
 * in the workload's own source file, by the program's symbol table. What the compiler inlined
 * counts for the function that it was inlined into.
 *
 * Not good at: speed (a microsecond or so a call); stripped programs, which have no names. */
#ifndef HEAPDYNO_BENCH_INSIDE_CALLERS_H
#define HEAPDYNO_BENCH_INSIDE_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLER_NAME_LENGTH = 64 };

struct caller {
    uintptr_t from, to; /* its code */
    char name[CALLER_NAME_LENGTH];
};

/* The functions of one source file, by address. */
struct callers {
    size_t count;
    struct caller *function;
};

/* Those of the file that `function` is from; none where the symbol table does not say. */
void callers_open(struct callers *self, const void *function);
void callers_close(struct callers *self);

/* The innermost one on the stack of whoever calls this; NULL: none of them. */
const struct caller *callers_find(const struct callers *self);

#endif
