/* Reading our runtime, without allocating. */
#include "base/check.h"
#include "collector/gc.h"
#include "workloads/scenario/core_private.h"

void core_each_object(struct core *self, int generation,
                      void (*visit)(void *argument, const struct scenario_object *object),
                      void *argument)
{
    const struct gc_state *gc = &self->runtime->gc;
    const struct gc_head *ring =
        generation == GENERATION_PERMANENT ? &gc->permanent : &gc->generation[generation];
    for (const struct gc_head *at = gc_next(ring); at != ring; at = gc_next(at)) {
        visit(argument, opaque(gc_object_of(at)));
    }
}

enum scenario_kind core_kind(void *self, const struct scenario_object *object)
{
    const struct core *core = self;
    const struct type *type = ours(object)->type;
    const struct {
        const struct type *type;
        enum scenario_kind kind;
    } kinds[] = {
        {&list_type, KIND_LIST},
        {class_type(core->slots), KIND_SLOTS},
        {class_type(core->plain), KIND_OBJECT},
        {class_type(core->final), KIND_FINAL},
        {class_type(core->phoenix), KIND_FINAL},
        {&tuple_type, KIND_TUPLE},
        {&dict_type, KIND_DICT},
        {&weakref_type, KIND_WEAKREF},
        {&int_type, KIND_INT},
        {&str_type, KIND_STR},
        {&float_type, KIND_FLOAT},
        {class_type(core->weakdict), KIND_WEAKDICT},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].type == type) {
            return kinds[i].kind;
        }
    }
    return ours(object) == none_of(core->runtime) ? KIND_NONE : KIND_OTHER;
}

void core_state(void *self, struct scenario_state *out)
{
    const struct core *core = self;
    const struct gc_state *gc = &core->runtime->gc;
    const struct freelists *freelists = &core->runtime->freelists;
    for (int i = 0; i < SCENARIO_GENERATIONS; i++) {
        out->count[i] = gc->count[i];
        out->threshold[i] = gc->threshold[i];
        out->stats[i].collections = (int64_t)gc->stats[i].collections;
        out->stats[i].collected = (int64_t)gc->stats[i].collected;
        out->stats[i].uncollectable = (int64_t)gc->stats[i].uncollectable;
    }
    out->enabled = gc->enabled;
    out->long_lived_total = gc->long_lived_total;
    out->long_lived_pending = gc->long_lived_pending;
    out->lists = (int64_t)freelist_length(&freelists->list);
    out->dicts = (int64_t)freelist_length(&freelists->dict);
    out->keys = (int64_t)freelist_length(&freelists->keys);
    out->floats = (int64_t)freelist_length(&freelists->floats);
    for (int i = 0; i < SCENARIO_TUPLE_LENGTHS; i++) {
        out->tuples[i] = (int64_t)freelist_length(&freelists->tuple[i + 1]);
    }
    out->blocks = core->live - core->live_at_start;
    out->garbage = (int64_t)gc_garbage_length(core->runtime);
}

void core_sizes(void *self, int64_t out[SCENARIO_GENERATIONS + 1])
{
    const struct core *core = self;
    for (int i = 0; i <= SCENARIO_GENERATIONS; i++) {
        out[i] = (int64_t)gc_generation_size(core->runtime, i);
    }
}

int64_t core_refcount(void *self, const struct scenario_object *object)
{
    (void)self;
    return ours(object)->refcount;
}

bool core_immortal(void *self, const struct scenario_object *object)
{
    struct runtime *runtime = ((struct core *)self)->runtime;
    const struct object *o = ours(object);
    return o == none_of(runtime) || o == empty_tuple_of(runtime) ||
           (int_is(o) && singleton_is(runtime, o));
}

bool core_tracked(void *self, const struct scenario_object *object)
{
    (void)self;
    const struct object *o = ours(object);
    return object_is_gc(o) && gc_is_tracked(o);
}

int core_generation(void *self, const struct scenario_object *object)
{
    return object_is_gc(ours(object))
               ? gc_generation_of(((struct core *)self)->runtime, ours(object))
               : GENERATION_UNTRACKED;
}

/* Bytes beside the object itself that __sizeof__ counts. */
static size_t extra_bytes(const struct object *o)
{
    if (list_is(o)) {
        return (size_t)((const struct list *)o)->allocated * sizeof(struct object *);
    }
    if (dict_is(o)) {
        return dict_table_bytes(o);
    }
    return str_is(o) ? 1 : 0; /* the NUL */
}

/* sys.getsizeof: what the object says of itself, and the head; the values of an instance not. */
int64_t core_size(void *self, const struct scenario_object *object)
{
    (void)self;
    const struct object *o = ours(object);
    const struct type *type = o->type;
    size_t size = type->basic_bytes + extra_bytes(o);
    if (type->item_bytes != 0) { /* a str has its length where others have their size */
        int64_t items = ((const struct var_object *)o)->size;
        items = items < 0 ? -items : items;
        items = int_is(o) && items == 0 ? 1 : items; /* every int has room for a digit */
        size += (size_t)items * type->item_bytes;
    }
    size += (type->flags & TYPE_GC) != 0 ? sizeof(struct gc_head) : 0;
    size += (type->flags & TYPE_MANAGED_DICT) != 0 ? 2 * sizeof(void *) : 0;
    return (int64_t)size;
}

bool core_alive(void *self, const struct scenario_object *weakref)
{
    (void)self;
    return weakref_target(ours(weakref)) != NULL;
}
