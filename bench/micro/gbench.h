/* Google Benchmark for C: what we use of it, and nothing else. The implementation is the only C++
 * of the project. Names and meanings are the library's own. */
#ifndef HEAPDYNO_BENCH_MICRO_GBENCH_H
#define HEAPDYNO_BENCH_MICRO_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench;      /* a benchmark that runs */
struct gbench_case; /* one that is registered */

typedef void gbench_f(struct gbench *running, void *user);

/* Take the arguments --benchmark_… out of argv; false when others are left (told on stderr). */
bool gbench_start(int *argc, char **argv);

/* Register a benchmark. `user` is borrowed until gbench_run ends. */
struct gbench_case *gbench_register(const char *name, gbench_f *function, void *user);
void gbench_arguments(struct gbench_case *self, const int64_t *values, size_t count);

/* A line of the context at the head of the output. */
void gbench_context(const char *name, const char *value);

/* Run what --benchmark_filter lets through, and close; returns how many. */
size_t gbench_run(void);

/* Inside a benchmark ------------------------------------------------------------------------- */

/* Whether to run `operations` more. The clock runs from the first call to the one that says no. */
bool gbench_keep_running(struct gbench *self, uint64_t operations);
int64_t gbench_argument(const struct gbench *self, size_t index);
void gbench_label(struct gbench *self, const char *text);
void gbench_skip(struct gbench *self, const char *reason);

enum gbench_counter { GBENCH_PLAIN, GBENCH_RATE, GBENCH_PER_ITERATION };
void gbench_counter(struct gbench *self, const char *name, double value, enum gbench_counter kind);
/* Items handled by all operations: gives items_per_second. */
void gbench_items(struct gbench *self, uint64_t items);
uint64_t gbench_iterations(const struct gbench *self);

#ifdef __cplusplus
}
#endif

#endif
