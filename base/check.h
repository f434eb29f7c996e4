/* Assertions, branch hints and container_of.
 *
 * CHECK      always on, in the binary that is measured: programmer errors, off the hot path.
 * CHECK_SLOW on the hot path, compiled only with -DHEAPDYNO_CHECK_SLOW (make BUILD=debug or asan).
 * Expected failures (memory, options, files) are return values, never checks.
 */
#ifndef HEAPDYNO_BASE_CHECK_H
#define HEAPDYNO_BASE_CHECK_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Print where and what, then abort: the supervisor records the signal. */
__attribute__((noreturn, cold)) static inline void check_failed(const char *file, int line,
                                                                const char *what)
{
    fprintf(stderr, "heapdyno: %s:%d: check failed: %s\n", file, line, what);
    abort();
}

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#ifdef HEAPDYNO_CHECK_SLOW
#define CHECK_SLOW(condition) CHECK(condition)
#else
#define CHECK_SLOW(condition) ((void)0)
#endif

#define UNREACHABLE(why) check_failed(__FILE__, __LINE__, why)

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
