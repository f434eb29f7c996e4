/* A setting that is proposed for a real Python program: what is injected to try it, and the lines
 * that make it last. */
#ifndef HEAPDYNO_BENCH_VERIFY_PROPOSAL_H
#define HEAPDYNO_BENCH_VERIFY_PROPOSAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum proposal_freeze { PROPOSAL_NO_FREEZE, PROPOSAL_FREEZE, PROPOSAL_COLLECT_FREEZE };

struct proposal {
    bool thresholds; /* threshold[] is proposed */
    uint32_t threshold[3];
    bool gc_off;
    enum proposal_freeze freeze; /* before each fork */
    const char *allocator;       /* "pymalloc" …, or NULL: as it is */
    const char *library;         /* for LD_PRELOAD; NULL: none */
    char text[128];              /* of --set, as given */
    char all[160];               /* with the allocator */
};

/* Read "threshold=50000/20/100,freeze=fork,gc=off" and the name of an allocator; either may be
 * NULL. False with the reason: an unknown name, a value out of range, nothing proposed. */
bool proposal_parse(const char *set, const char *allocator, struct proposal *out,
                    struct error *error);

/* Whether its library is here: the loader passes over one that is not, with a line that nobody reads,
 * and the program would run without. False with the reason. */
bool proposal_available(const struct proposal *self, struct error *error);

/* Set the environment that tries it; undo takes it away again. Other variables stay. NULL: as the
 * program is, with nothing set in the same way: what setting costs must be no difference. */
void proposal_apply(const struct proposal *self);
void proposal_undo(const struct proposal *self);

/* What to paste, for each way of starting Python that people use. */
void proposal_advise(const struct proposal *self, FILE *out);

#endif
