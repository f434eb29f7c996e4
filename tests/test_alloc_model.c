/* Random requests against a shadow map: every allocator that is there, and pymalloc behind each
 * wrapper, must keep every byte of every block until it is released, zero what calloc gives, and
 * stay sound. Ten thousand requests between two checks; SEED= repeats a run, REQUESTS= is how many
 * for each. */
#include "tests/allocators.h"

#include "base/rng.h"

enum { SLOTS = 4096, CHECK_EVERY = 10000 };

struct slot {
    unsigned char *p;
    size_t size;
    uint64_t key;
};

struct model {
    struct heap heap;
    struct rng rng;
    struct slot slot[SLOTS];
    uint64_t next_key;
    size_t live; /* how many slots are kept full: it drifts, so that memory grows and shrinks */
};

/* Mostly small, as programs ask: 80 % to 128, 15 % to 512, 4 % to 4 KiB, 1 % to 256 KiB. */
static size_t model_size(struct rng *rng)
{
    uint64_t dice = rng_below(rng, 100);
    uint64_t limit = dice < 80 ? 129 : dice < 95 ? 513 : dice < 99 ? 4097 : 262145;
    return rng_below(rng, limit);
}

/* All of a small block; both ends of a large one. */
static void model_fill(const struct slot *slot)
{
    size_t part = slot->size <= 1024 ? slot->size : 256;
    test_fill(slot->p, part, slot->key);
    test_fill(slot->p + slot->size - part, part, slot->key + slot->size - part);
}

/* Whether the first `size` bytes are still there, as far as model_fill wrote them. */
static void model_verify(const struct slot *slot, size_t size)
{
    size_t part = slot->size <= 1024 ? slot->size : 256;
    assert_true(test_filled(slot->p, size < part ? size : part, slot->key));
    if (size == slot->size) {
        assert_true(test_filled(slot->p + size - part, part, slot->key + size - part));
    }
}

static void model_alloc(struct model *model, struct slot *slot)
{
    size_t size = model_size(&model->rng);
    bool zeroed = rng_below(&model->rng, 4) == 0;
    unsigned char *p = zeroed ? heap_calloc(&model->heap, size) : heap_alloc(&model->heap, size);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % HEAP_ALIGNMENT, 0);
    for (size_t i = 0; zeroed && i < size; i++) {
        assert_int_equal(p[i], 0);
    }
    *slot = (struct slot){p, size, model->next_key++};
    model_fill(slot);
}

static void model_resize(struct model *model, struct slot *slot)
{
    size_t size = model_size(&model->rng);
    unsigned char *p = heap_resize(&model->heap, slot->p, slot->size, size);
    assert_non_null(p);
    struct slot moved = {p, slot->size, slot->key};
    model_verify(&moved, size < slot->size ? size : slot->size);
    *slot = (struct slot){p, size, model->next_key++};
    model_fill(slot);
}

static void model_release(struct model *model, struct slot *slot)
{
    model_verify(slot, slot->size);
    heap_release(&model->heap, slot->p, slot->size);
    *slot = (struct slot){0};
}

static void model_step(struct model *model)
{
    struct slot *slot = &model->slot[rng_below(&model->rng, SLOTS)];
    bool fill = rng_below(&model->rng, SLOTS) < model->live;
    if (slot->p == NULL) {
        if (fill) {
            model_alloc(model, slot);
        }
    } else if (rng_below(&model->rng, 5) == 0) {
        model_resize(model, slot);
    } else if (!fill) {
        model_release(model, slot);
    }
}

static void model_check(const struct model *model, const char *spec)
{
    const char *why = heap_check(&model->heap);
    if (why != NULL) {
        fail_msg("%s: %s", spec, why);
    }
}

static void model_run(const char *spec, uint64_t seed, uint64_t requests)
{
    struct model *model = calloc(1, sizeof(*model));
    assert_non_null(model);
    model->heap = test_heap(spec);
    rng_seed(&model->rng, seed);
    for (uint64_t i = 0; i < requests; i++) {
        if (i % CHECK_EVERY == 0) {
            model_check(model, spec);
            model->live = rng_below(&model->rng, SLOTS + 1);
        }
        model_step(model);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (model->slot[i].p != NULL) {
            model_release(model, &model->slot[i]);
        }
    }
    heap_trim(&model->heap);
    model_check(model, spec);
    heap_close(&model->heap);
    free(model);
}

/* A hundred thousand, a tenth of that where each takes a hundred times as long, or REQUESTS=. */
static uint64_t requests_each(void)
{
    const char *text = getenv("REQUESTS");
    return text != NULL ? strtoull(text, NULL, 10) : test_is_slow() ? 10000 : 100000;
}

/* Over a million steps in all. */
static void test_blocks_keep_their_bytes(void **state)
{
    (void)state;
    static const char *const wrapped[] = {
        "pymalloc:align=page,arena=256k", "pymalloc+debug", "pymalloc+sized", "malloc+debug",
        "pymalloc+sized+debug",           "pool+debug",     "pool+sized"};
    uint64_t seed = test_seed();
    uint64_t requests = requests_each();
    for (size_t i = 0; i < allocator_count(); i++) {
        const struct allocator *allocator = allocator_at(i);
        if (allocator->unavailable == NULL || allocator->unavailable() == NULL) {
            model_run(allocator->name, seed + i, requests);
        } else {
            printf("skipped %s: %s\n", allocator->name, allocator->unavailable());
        }
    }
    for (size_t i = 0; i < COUNT_OF(wrapped); i++) {
        model_run(wrapped[i], seed + 100 + i, requests);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    test_environment(argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks_keep_their_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
