/* What a run was made with, beside its cells: machine, kernel, build, versions of libraries. Two runs
 * of different machines do not compare; other differences may be what the comparison is about, and
 * are said. */
#ifndef HEAPDYNO_BENCH_FACTS_H
#define HEAPDYNO_BENCH_FACTS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct fact {
    char *name, *value; /* "libc", "glibc 2.36"; several values are separated by commas */
    bool machine;       /* of the hardware: another value is another machine */
};

struct facts {
    struct fact *fact;
    size_t count;
};

/* The facts of the records `shown`, as report_load leaves them. */
void facts_read(sqlite3 *database, struct facts *out);
void facts_close(struct facts *self);

/* Call `say` for every fact of which both know a value and the values differ; returns how many of
 * those are of the machine, and in *others how many are not. */
size_t facts_differ(const struct facts *a, const struct facts *b,
                    void (*say)(const struct fact *a, const struct fact *b), size_t *others);

#endif
