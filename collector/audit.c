/* The audit: a collection's first two steps over all rings at once, then the heads are put right
 * again. */
#include "collector/audit.h"

#include "base/check.h"
#include "collector/gc_head.h"

enum { RINGS = GENERATIONS + 1 };

static struct gc_head *ring_at(struct runtime *runtime, int index)
{
    return index < GENERATIONS ? &runtime->gc.generation[index] : &runtime->gc.permanent;
}

static void start(struct gc_head *ring, struct audit *out)
{
    for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        const struct object *object = gc_object_of(head);
        out->objects++;
        out->references += object->refcount;
        if (object->refcount < 1 && out->dead == NULL) {
            out->dead = object;
        }
        gc_refs_start(head, object->refcount > 0 ? object->refcount : 0);
    }
}

static int visit(struct object *referent, void *argument)
{
    struct audit *out = argument;
    if (referent->refcount < 1 && out->dead == NULL) {
        out->dead = referent;
    }
    if (object_is_gc(referent) && gc_is_collecting(gc_head_of(referent))) {
        struct gc_head *head = gc_head_of(referent);
        out->internal++;
        if (gc_refs(head) > 0) {
            gc_refs_decrement(head);
        } else if (out->overdrawn == NULL) {
            out->overdrawn = referent;
        }
    }
    return 0;
}

static void subtract(struct gc_head *ring, struct audit *out)
{
    for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        struct object *object = gc_object_of(head);
        object->type->traverse(object, visit, out);
    }
}

static void restore(struct gc_head *ring)
{
    struct gc_head *prev = ring;
    for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        gc_set_prev(head, prev);
        gc_clear_collecting(head);
        prev = head;
    }
}

void audit_run(struct runtime *runtime, struct audit *out)
{
    CHECK(!runtime->gc.collecting);
    *out = (struct audit){0};
    for (int i = 0; i < RINGS; i++) {
        start(ring_at(runtime, i), out);
    }
    for (int i = 0; i < RINGS; i++) {
        subtract(ring_at(runtime, i), out);
    }
    for (int i = 0; i < RINGS; i++) {
        restore(ring_at(runtime, i));
    }
}
