/* Instructions of a side: what callgrind counts in one of its runs. Exact, so each command is
 * counted once and remembered. */
#ifndef HEAPDYNO_BENCH_PEERS_COUNTS_H
#define HEAPDYNO_BENCH_PEERS_COUNTS_H

#include <stddef.h>

enum { COUNTS_MAX = 128 };

struct counts {
    const char *folder; /* of the programs */
    size_t count;
    struct counted {
        char command[160];
        double instructions; /* an item; negative: they could not be counted */
    } at[COUNTS_MAX];
};

/* Count commands[n] (side.h), those not known yet at the same time. */
void counts_take(struct counts *self, const char *const commands[], size_t n);

/* What was counted for a command; negative: nothing. */
double counts_get(const struct counts *self, const char *command);

#endif
