/* Asking a watched process for its heap. The request is a few words in the file of its watch; it
 * sees them at the end of its next collection, or at a signal where it was started so, writes the
 * snapshot beside the file, as itself, and says what came of it. The process is not stopped, traced
 * or injected into. Not for processes whose files we may not open: another user's. */
#ifndef HEAPDYNO_BENCH_WATCH_REQUEST_H
#define HEAPDYNO_BENCH_WATCH_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct watch_request {
    uint64_t pid;
    bool collect;    /* the time of gc.collect() too */
    uint64_t for_ns; /* to wait at most for it to begin */
};

enum watch_outcome {
    WATCH_REPLIED,
    WATCH_NOT_ASKED, /* no such process, not watched, not ours to ask: nothing was done */
    WATCH_NO_REPLY,  /* asked, and no snapshot came of it */
};

struct watch_reply {
    int fd;           /* of the snapshot, which has no name any more; the caller closes it */
    uint64_t held_ns; /* for which the process stood still */
    char name[256];   /* of its program */
};

/* Ask, wait, and take the snapshot. *error says why unless WATCH_REPLIED is returned. */
enum watch_outcome watch_request(const struct watch_request *request, struct watch_reply *reply,
                                 struct error *error);

#endif
