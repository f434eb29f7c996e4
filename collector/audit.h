/* Auditing reference counts, Py_REF_DEBUG's job done on request: no count is written by anybody but
 * its owner, so a lost or a doubled reference shows as a count that does not fit the graph. */
#ifndef HEAPDYNO_COLLECTOR_AUDIT_H
#define HEAPDYNO_COLLECTOR_AUDIT_H

#include "collector/runtime.h"

struct audit {
    uint64_t objects;               /* tracked, the permanent ones too */
    int64_t references;             /* sum of their counts */
    int64_t internal;               /* references among them; the rest is held from outside */
    const struct object *overdrawn; /* the first with fewer counts than references, or NULL */
    const struct object *dead;      /* the first object referred to with a count below 1, or NULL */
};

/* Not during a collection (CHECK). Nothing is changed; O(objects + references). */
void audit_run(struct runtime *runtime, struct audit *out);

#endif
