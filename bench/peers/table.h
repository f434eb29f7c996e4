/* What `make peers` compares, as data: groups of rows that differ in the case only. */
#ifndef HEAPDYNO_BENCH_PEERS_TABLE_H
#define HEAPDYNO_BENCH_PEERS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct peers_group {
    const char *title;
    const char *peer;
    const char *ours, *theirs;      /* commands of side.h; %s is the case */
    const char *const *cases;       /* end in NULL */
    const char *const *cases_quick; /* in short runs */
    double goal;                    /* of each row; 0: none */
    bool memory;                    /* bytes of peak RSS are compared, not times */
    double goal_mean;               /* of the geometric mean; 0: none is printed */
};

extern const struct peers_group peers_groups[];
extern const size_t peers_group_count;

#endif
