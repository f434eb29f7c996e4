/* The fields of a record: what each means and which test stands behind it. `heapdyno why` and
 * `heapdyno list metrics` print this table; a test holds docs/record.md and real records to it. */
#ifndef HEAPDYNO_BENCH_METRIC_H
#define HEAPDYNO_BENCH_METRIC_H

#include <stddef.h>

struct metric_row {
    const char *name;
    const char *found;   /* "every record", "timed", "counted", "derived", or the array it is in */
    const char *unit;    /* "ns", "bytes", "count", "share", "text" … */
    const char *meaning; /* whole sentences */
    const char *test;    /* file under tests/, or "" */
};

size_t metric_count(void);
const struct metric_row *metric_at(size_t index);
const struct metric_row *metric_find(const char *name); /* NULL if there is none */

#endif
