/* The core: births and deaths of each type with free list hit and miss, counts, containers,
 * attributes, trees. Automatic collection is off unless the name says 700; an operation is what the
 * name says, once. cpython/peer_instructions.c has the same names over the real interpreter. */
#include "bench/micro/object_cases.h"
#include "bench/micro/stand.h"

struct object_shape {
    const char *name;
    object_run_f *run;
    uint64_t batch, length;
    const char *collector;
    uint64_t items;
    bool slow;
};

static void floor_count(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        self->plain_count++;
        barrier();
        if (--self->plain_count == 0) {
            abort();
        }
        barrier();
    }
}

static void count_same(struct objects *self, uint64_t n)
{
    struct object *object = self->one;
    struct runtime *runtime = self->runtime;
    REPEAT(n)
    {
        incref(object);
        barrier();
        decref(runtime, object);
        barrier();
    }
}

static void count_many(struct objects *self, uint64_t n)
{
    struct runtime *runtime = self->runtime;
    for (uint64_t i = 0; i < n; i += OBJECTS) {
        for (size_t k = 0; k < OBJECTS; k++) {
            incref(self->many[k]);
        }
        barrier();
        for (size_t k = 0; k < OBJECTS; k++) {
            decref(runtime, self->many[k]);
        }
        barrier();
    }
}

static void list_hit(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, list_new(self->runtime, 0));
    }
}

/* Births of 500, deaths of 500: free lists of 80 and 100 are empty at most births. */
#define MISS(name, birth)                                                                          \
    static void name(struct objects *self, uint64_t n)                                             \
    {                                                                                              \
        struct object **many = self->many;                                                         \
        for (uint64_t i = 0; i < n; i += OBJECTS) {                                                \
            for (size_t k = 0; k < OBJECTS; k++) {                                                 \
                many[k] = birth;                                                                   \
            }                                                                                      \
            for (size_t k = 0; k < OBJECTS; k++) {                                                 \
                drop(self, many[k]);                                                               \
                many[k] = NULL;                                                                    \
            }                                                                                      \
        }                                                                                          \
    }

MISS(list_miss, list_new(self->runtime, 0))
MISS(dict_miss, dict_new(self->runtime))
MISS(float_miss, float_new(self->runtime, 1.5))

static void list_append_3(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        struct object *list = list_new(self->runtime, 0);
        for (int k = 0; k < 3; k++) {
            CHECK(list_append(self->runtime, list, self->other));
        }
        drop(self, list);
    }
}

/* Into a list that grows from nothing to a thousand items. */
static void list_append_1000(struct objects *self, uint64_t n)
{
    for (uint64_t i = 0; i < n; i += 1000) {
        struct object *list = list_new(self->runtime, 0);
        for (int k = 0; k < 1000; k++) {
            CHECK(list_append(self->runtime, list, self->other));
        }
        drop(self, list);
    }
}

static void tuple_pair(struct objects *self, uint64_t n)
{
    struct object *const items[2] = {self->other, self->other};
    REPEAT(n)
    {
        drop(self, tuple_pack(self->runtime, items, 2));
    }
}

static void dict_empty(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, dict_new(self->runtime));
    }
}

static void dict_one(struct objects *self, struct object *key, uint64_t n)
{
    REPEAT(n)
    {
        struct object *dict = dict_new(self->runtime);
        CHECK(dict_put(self->runtime, dict, key, self->other));
        drop(self, dict);
    }
}

static void dict_one_str(struct objects *self, uint64_t n)
{
    dict_one(self, self->names[0], n);
}

static void dict_one_int(struct objects *self, uint64_t n)
{
    struct object *key = int_new(self->runtime, 1);
    dict_one(self, key, n);
    drop(self, key);
}

static void dict_store(struct objects *self, struct object *key, uint64_t n)
{
    struct object *dict = dict_new(self->runtime);
    CHECK(dict_put(self->runtime, dict, key, self->other));
    REPEAT(n)
    {
        CHECK(dict_put(self->runtime, dict, key, self->other));
    }
    drop(self, dict);
}

static void dict_store_str(struct objects *self, uint64_t n)
{
    dict_store(self, self->names[0], n);
}

static void dict_store_int(struct objects *self, uint64_t n)
{
    struct object *key = int_new(self->runtime, 1);
    dict_store(self, key, n);
    drop(self, key);
}

static void dict_load_str(struct objects *self, uint64_t n)
{
    struct object *dict = dict_new(self->runtime);
    CHECK(dict_put(self->runtime, dict, self->names[0], self->other));
    REPEAT(n)
    {
        CHECK(dict_get(dict, self->names[0]) != NULL);
    }
    drop(self, dict);
}

static void slots_birth(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, instance_new(self->runtime, self->pair));
    }
}

static void attributes_birth(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        struct object *instance = instance_new(self->runtime, self->plain);
        CHECK(instance != NULL);
        CHECK(object_setattr(self->runtime, instance, self->names[0], self->other));
        CHECK(object_setattr(self->runtime, instance, self->names[1], self->other));
        drop(self, instance);
    }
}

static void attribute_store(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        CHECK(object_setattr(self->runtime, self->one, self->names[0], self->other));
    }
}

static void attribute_load(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        struct object *value = newref(object_getattr(self->one, self->names[0]));
        barrier();
        drop(self, value);
    }
}

static void float_hit(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, float_new(self->runtime, 1.5));
    }
}

static void int_birth(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, int_new(self->runtime, 100000));
    }
}

static void str_birth(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, str_new(self->runtime, "twelve chars", 12));
    }
}

#define OFF "cp311:gc=off"
#define ON "cp311:threshold=700/10/10"
#define TREE_ITEMS ((2U << TREE_DEPTH) - 1)

static const struct object_shape shapes[] = {
    {"count/floor", floor_count, 1000, 10000, OFF, 1, false},
    {"count/same", count_same, 1000, 10000, OFF, 1, false},
    {"count/500", count_many, 5 * OBJECTS, 20 * OBJECTS, OFF, 1, false},
    {"list/hit", list_hit, 1000, 5000, OFF, 1, false},
    {"list/miss", list_miss, 5 * OBJECTS, 10 * OBJECTS, OFF, 1, false},
    {"list/3 appends", list_append_3, 1000, 5000, OFF, 1, false},
    {"append/1000", list_append_1000, 1000, 10000, OFF, 1, false},
    {"tuple/2", tuple_pair, 1000, 5000, OFF, 1, false},
    {"dict/hit", dict_empty, 1000, 5000, OFF, 1, false},
    {"dict/miss", dict_miss, 5 * OBJECTS, 10 * OBJECTS, OFF, 1, false},
    {"dict/1 str key", dict_one_str, 1000, 5000, OFF, 1, false},
    {"dict/1 int key", dict_one_int, 1000, 5000, OFF, 1, false},
    {"d[str]=v", dict_store_str, 1000, 5000, OFF, 1, false},
    {"d[int]=v", dict_store_int, 1000, 5000, OFF, 1, false},
    {"d[str]", dict_load_str, 1000, 5000, OFF, 1, false},
    {"slots/2", slots_birth, 1000, 5000, OFF, 1, false},
    {"attributes/2", attributes_birth, 1000, 5000, OFF, 1, false},
    {"setattr", attribute_store, 1000, 5000, OFF, 1, false},
    {"getattr", attribute_load, 1000, 5000, OFF, 1, false},
    {"float/hit", float_hit, 1000, 5000, OFF, 1, false},
    {"float/miss", float_miss, 5 * OBJECTS, 10 * OBJECTS, OFF, 1, false},
    {"int", int_birth, 1000, 5000, OFF, 1, false},
    {"str/12", str_birth, 1000, 5000, OFF, 1, false},
    {"trees/nodes/gc off", trees_of_nodes, 1, 1, OFF, TREE_ITEMS, true},
    {"trees/nodes/gc 700", trees_of_nodes, 1, 1, ON, TREE_ITEMS, true},
    {"trees/tuples/gc off", trees_of_tuples, 1, 1, OFF, TREE_ITEMS, true},
    {"trees/tuples/gc 700", trees_of_tuples, 1, 1, ON, TREE_ITEMS, true},
};

static struct class *class_make(struct runtime *runtime, const struct class_spec *spec)
{
    struct class *class = class_new(runtime, spec);
    CHECK(class != NULL);
    return class;
}

static void ballast_load(struct objects *self)
{
    for (size_t i = 0; i < BALLAST; i++) {
        self->ballast[i] = heap_alloc(runtime_heap(self->runtime, HEAP_OBJ), 16 * (i + 1));
        CHECK(self->ballast[i] != NULL);
    }
}

static void ballast_drop(struct objects *self)
{
    for (size_t i = 0; i < BALLAST; i++) {
        heap_release(runtime_heap(self->runtime, HEAP_OBJ), self->ballast[i], 16 * (i + 1));
    }
}

static void *objects_open(void *world, const struct micro_case *one, uint64_t *items,
                          struct error *error)
{
    const struct object_shape *shape = one->shape;
    (void)error;
    struct objects *self = micro_map(sizeof *self);
    struct runtime *rt = self->runtime = stand_runtime(world, shape->collector);
    self->run = shape->run;
    ballast_load(self);
    *items = shape->items;
    self->pair = class_make(rt, &(struct class_spec){.name = "Pair", .slots = 2});
    self->plain = class_make(
        rt, &(struct class_spec){.name = "Plain", .has_dict = true, .has_weakrefs = true});
    self->plain_count = 1;
    self->names[0] = str_interned(rt, "first");
    self->names[1] = str_interned(rt, "second");
    self->other = list_new(rt, 0);
    self->one = instance_new(rt, self->plain);
    CHECK(self->names[0] != NULL && self->names[1] != NULL && self->other != NULL);
    CHECK(self->one != NULL && object_setattr(rt, self->one, self->names[0], self->other));
    if (shape->run == count_many) {
        for (size_t i = 0; i < OBJECTS; i++) {
            self->many[i] = list_new(rt, 0);
            CHECK(self->many[i] != NULL);
        }
    }
    return self;
}

static void objects_close(void *opened)
{
    struct objects *self = opened;
    struct runtime *rt = self->runtime;
    for (size_t i = 0; i < OBJECTS; i++) {
        xdecref(rt, self->many[i]);
    }
    decref(rt, self->one);
    decref(rt, self->other);
    decref(rt, self->names[0]);
    decref(rt, self->names[1]);
    ballast_drop(self);
    runtime_drain(rt);
    class_delete(rt, self->pair);
    class_delete(rt, self->plain);
    CHECK(runtime_close(rt) == 0);
    micro_unmap(self, sizeof *self);
}

static void objects_run(void *opened, uint64_t operations)
{
    struct objects *self = opened;
    self->run(self, operations);
}

static const struct micro_functions functions = {objects_open, objects_run, objects_close};

void objects_add(struct micro_cases *cases)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct micro_case *one = micro_case_add(cases, "%s", shapes[i].name);
        one->functions = &functions;
        one->shape = &shapes[i];
        one->batch = shapes[i].batch;
        one->length = shapes[i].length;
        one->slow = shapes[i].slow;
    }
}
