/* What `make peers` compares, as data: groups of rows that differ in the case only. */
#ifndef HEAPDYNO_BENCH_PEERS_TABLE_H
#define HEAPDYNO_BENCH_PEERS_TABLE_H

#include <stddef.h>

/* What a row measures, and what its interval is over. */
enum peers_measure {
    PEERS_SLICES, /* time, slices of a millisecond; over processes */
    PEERS_WHOLE,  /* time, one operation a slice; over processes, as many as can be had */
    PEERS_ONCE,   /* the same in one process each, which is costly to start; over its pairs */
    PEERS_MEMORY, /* bytes by which resident memory is above where it stood; over processes */
};

struct peers_group {
    const char *title;
    const char *peer;
    const char *ours, *theirs;      /* commands of side.h; %s is the case */
    const char *const *cases;       /* end in NULL */
    const char *const *cases_quick; /* in short runs */
    enum peers_measure measure;
    double goal;      /* of each row; 0: none */
    double goal_mean; /* of the geometric mean; 0: none is printed */
    const char *base; /* command of what both sides do besides, subtracted from both; or NULL */
    /* Commands that stand for the sides where instructions are counted; NULL: the sides. */
    const char *ours_counted, *theirs_counted;
};

extern const struct peers_group peers_groups[];
extern const size_t peers_group_count;

#endif
