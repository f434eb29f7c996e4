/* `--leaks`: what is alive, in the order of birth. Alive is what the generations hold and whatever
 * that refers to. An object that no name was ever given (a callback, an instance's dict) stands
 * behind the one that led to it. */
#include <stdlib.h>

#include "base/check.h"
#include "workloads/scenario/core_private.h"

struct found {
    const struct object *object;
    uint32_t birth;
    uint32_t order; /* of discovery, among those of the same birth */
};

struct walk {
    struct core *core;
    struct address_map seen;
    size_t count, capacity;
    struct found *found;
    uint32_t birth; /* of the object whose referents are visited now */
};

static int visit(struct object *object, void *argument)
{
    struct walk *self = argument;
    if (singleton_is(self->core->runtime, object) || object == self->core->reborn ||
        address_map_get(&self->seen, object) != 0) {
        return 0;
    }
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? 64 : self->capacity * 2;
        self->found = reallocarray(self->found, self->capacity, sizeof *self->found);
        CHECK(self->found != NULL);
    }
    uint32_t birth = address_map_get(&self->core->birth, object);
    self->found[self->count] = (struct found){object, birth != 0 ? birth : self->birth,
                                              birth != 0 ? 0 : (uint32_t)self->count + 1};
    self->count++;
    address_map_set(&self->seen, object, 1);
    return 0;
}

static int by_birth(const void *a, const void *b)
{
    const struct found *left = a;
    const struct found *right = b;
    if (left->birth != right->birth) {
        return left->birth < right->birth ? -1 : 1;
    }
    return (left->order > right->order) - (left->order < right->order);
}

static void visit_any(void *argument, const struct scenario_object *object)
{
    visit(ours(object), argument);
}

/* Those that a name was given first: they lead to most of the others. */
static void visit_born(void *argument, const struct scenario_object *object)
{
    const struct walk *self = argument;
    if (address_map_get(&self->core->birth, object) != 0) {
        visit(ours(object), argument);
    }
}

static void visit_members(struct walk *self,
                          void (*visit_one)(void *argument, const struct scenario_object *object))
{
    for (int i = 0; i <= SCENARIO_GENERATIONS; i++) {
        core_each_object(self->core, i, visit_one, self);
    }
}

/* Visit what those found from `first` on refer to, and so on. */
static void visit_referents(struct walk *self, size_t first)
{
    for (size_t i = first; i < self->count; i++) {
        struct object *object = (struct object *)(uintptr_t)self->found[i].object;
        if (object_is_gc(object)) {
            self->birth = self->found[i].birth;
            object->type->traverse(object, visit, self);
        }
    }
}

void core_print_leaks(struct core *self, FILE *out)
{
    struct walk walk = {.core = self};
    visit_members(&walk, visit_born);
    visit_referents(&walk, 0);
    size_t done = walk.count;
    visit_members(&walk, visit_any);
    visit_referents(&walk, done);
    if (walk.count > 0) {
        qsort(walk.found, walk.count, sizeof *walk.found, by_birth);
    }
    for (size_t i = 0; i < walk.count; i++) {
        fprintf(out, "leak %s %lld\n", walk.found[i].object->type->name,
                (long long)walk.found[i].object->refcount);
    }
    free(walk.found);
    address_map_free(&walk.seen);
}
