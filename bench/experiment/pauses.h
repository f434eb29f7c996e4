/* Full collections of the workload graph, by allocator, collector, heap and size: what the answer
 * about pauses and its plots stand on. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_PAUSES_H
#define HEAPDYNO_BENCH_EXPERIMENT_PAUSES_H

#include "bench/experiment/fit.h"
#include "bench/report/plots.h"
#include "bench/report/report_data.h"

/* The collector of the series that are fitted and drawn: nothing but what is asked for. */
extern const char pause_plain[];

/* One size of a series. */
struct pause_size {
    const struct report_group *group;
    double objects;
    struct sample pause; /* ns, owned */
};

/* Heaps that differ in their size alone. */
struct pause_series {
    const char *allocator, *collector; /* labels, borrowed */
    char heap[32];                     /* "fresh", "aged", "fresh, far=1" */
    struct pause_size *size;           /* ascending, owned */
    size_t sizes;
    struct fit line, power;
};

struct pauses {
    struct pause_series *series;
    size_t count;
};

/* Every series of a run, plain ones first; closed by pauses_close. */
struct pauses pauses_read(const struct report *report);
void pauses_close(struct pauses *self);

/* NULL: not measured. */
const struct pause_series *pause_series(const struct pauses *self, const char *allocator,
                                        const char *collector, const char *heap);
const struct pause_size *pause_size(const struct pause_series *series, double objects);

struct interval pause_ratio(const struct pause_size *a, const struct pause_size *b);

/* Groups of requests that arrive at a rate. */
bool pause_is_service(const struct report_group *group);

bool plot_pause_objects(const struct report *report, struct plot_page *page);
bool plot_pause_service(const struct report *report, struct plot_page *page);

#endif
