/* The recorder's table of blocks against a plain list: random births, deaths and moves over
 * addresses as allocators give them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cpython/recorder_table.h"

enum { BLOCKS = 20000, STEPS = 400000 };

struct block {
    uint64_t address; /* 0: none */
    uint64_t ordinal;
    bool gc;
};

static uint64_t read_seed(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* Pools of a few arenas, and large blocks anywhere in 47 bits; each index has its own address. */
static uint64_t address_of(struct rng *rng, uint64_t index)
{
    if (index % 16 == 0) {
        return ((rng_next(rng) >> 17) & ~UINT64_C(0xffffff)) + index * 16 + 16;
    }
    uint64_t arena = UINT64_C(0x7f0000000000) + (index % 3 << 32);
    return arena + index * 64 + 16 * (index % 4);
}

static void check(struct table *table, const struct block *block)
{
    const uint64_t *found = table_find(table, (void *)(uintptr_t)block->address);
    assert_non_null(found);
    assert_true(*found != 0);
    assert_int_equal(table_ordinal(*found), block->ordinal);
    assert_int_equal(table_is_gc(*found), block->gc);
}

static void test_table_keeps_what_it_was_given(void **state)
{
    (void)state;
    static struct block blocks[BLOCKS];
    struct table table;
    struct rng rng;
    rng_seed(&rng, read_seed());
    assert_true(table_open(&table));
    for (uint64_t ordinal = 0; ordinal < STEPS; ordinal++) {
        uint64_t index = rng_below(&rng, BLOCKS);
        struct block *block = &blocks[index];
        if (block->address != 0) {
            check(&table, block);
            *table_find(&table, (void *)(uintptr_t)block->address) = 0;
            block->address = 0;
        } else {
            *block = (struct block){address_of(&rng, index), ordinal << 20, ordinal % 3 == 0};
            assert_true(table_put(&table, (void *)(uintptr_t)block->address,
                                  table_word_of(block->ordinal, block->gc)));
        }
    }
    uint64_t alive = 0;
    for (uint64_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].address != 0) {
            check(&table, &blocks[i]);
            alive++;
        }
    }
    assert_true(alive > BLOCKS / 4);
    table_close(&table);
}

static void test_unknown_addresses_are_not_found(void **state)
{
    (void)state;
    struct table table;
    assert_true(table_open(&table));
    char *p = (char *)(uintptr_t)0x7f1234560000;
    assert_null(table_find(&table, p));
    assert_true(table_put(&table, p, table_word_of(7, true)));
    assert_int_equal(*table_find(&table, p + 16), 0);
    assert_null(table_find(&table, p + (1 << TABLE_PAGE_BITS)));
    assert_int_equal(table_ordinal(*table_find(&table, p)), 7);
    table_close(&table);
    assert_null(table.page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_keeps_what_it_was_given),
        cmocka_unit_test(test_unknown_addresses_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
