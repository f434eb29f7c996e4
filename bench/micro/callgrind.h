/* Requests to callgrind, where its header is there: count anew, and write what was counted down. */
#ifndef HEAPDYNO_BENCH_MICRO_CALLGRIND_H
#define HEAPDYNO_BENCH_MICRO_CALLGRIND_H

#include <stdbool.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
static const bool have_callgrind = true;
#else
#define CALLGRIND_ZERO_STATS ((void)0)
#define CALLGRIND_DUMP_STATS_AT(label) ((void)(label))
static const bool have_callgrind = false;
#endif

#endif
