/* Snapshots: what is written is read, what is loaded has the same objects, references and lists, and
 * a file cut, altered or made up is refused with a reason or loads and leaves nothing behind. SEED=
 * replays the random part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "collector/gc.h"
#include "collector/objects/dict_keys.h"
#include "tests/snapshot_stand.h"
#include "workloads/heap_load.h"

enum { MUTATIONS = 4000, OBJECTS_MOST = 40, REFERENCES_MOST = 6 };

static struct rng test_rng(void)
{
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    struct rng rng;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    rng_seed(&rng, seed);
    return rng;
}

static uint32_t below(struct rng *rng, uint64_t n)
{
    return (uint32_t)rng_below(rng, n);
}

static void random_object(struct rng *rng, struct snapshot_encoder *encoder, uint32_t objects,
                          const bool *gc, uint32_t own)
{
    static const unsigned container[] = {SNAPSHOT_OTHER, SNAPSHOT_LIST,  SNAPSHOT_TUPLE,
                                         SNAPSHOT_DICT,  SNAPSHOT_KINDS, SNAPSHOT_KINDS + 1};
    uint32_t to[REFERENCES_MOST];
    struct snapshot_object_record record = {.type = SNAPSHOT_OTHER, .bytes = 16 + below(rng, 1000)};
    if (gc[own]) {
        record.type = container[below(rng, COUNT_OF(container))];
        record.flags = SNAPSHOT_GC | SNAPSHOT_TRACKED;
        record.count = below(rng, REFERENCES_MOST + 1);
        for (size_t i = 0; i < record.count; i++) {
            to[i] = below(rng, objects);
        }
    } else {
        record.type = below(rng, 2) == 0 ? SNAPSHOT_STR : SNAPSHOT_INT;
    }
    if ((record.type == SNAPSHOT_LIST || record.type == SNAPSHOT_DICT) && below(rng, 3) != 0) {
        record.flags |= SNAPSHOT_TABLE;
        record.table = below(rng, objects + 1);
    }
    record.flags |= below(rng, 3) == 0 ? SNAPSHOT_HELD : 0U;
    record.to = to;
    snapshot_put_object(encoder, &record);
}

/* A graph of any shape: types by kind, and one with a managed dict. */
static void random_snapshot(struct rng *rng, struct snapshot_encoder *encoder)
{
    static const char *const names[] = {"thing", "list", "tuple", "dict", "str", "int"};
    bool gc[OBJECTS_MOST];
    unsigned list_of[OBJECTS_MOST];
    uint32_t objects = 1 + below(rng, OBJECTS_MOST);
    snapshot_begin(encoder, "made up");
    for (unsigned kind = 0; kind < SNAPSHOT_KINDS; kind++) {
        snapshot_put_type(encoder, (enum snapshot_kind)kind, 0, 40, names[kind]);
    }
    snapshot_put_type(encoder, SNAPSHOT_OTHER, SNAPSHOT_TYPE_PREFIX, 24, "Row");
    snapshot_put_type(encoder, SNAPSHOT_OTHER, 0, 200, "set");
    for (uint32_t i = 0; i < objects; i++) {
        gc[i] = below(rng, 3) != 0;
        list_of[i] = below(rng, SNAPSHOT_LISTS);
    }
    for (uint32_t i = 0; i < objects; i++) {
        random_object(rng, encoder, objects, gc, i);
    }
    for (unsigned list = 0; list < SNAPSHOT_LISTS; list++) {
        for (uint32_t i = objects; i-- > 0;) {
            if (gc[i] && list_of[i] == list) {
                snapshot_put_listed(encoder, list, i);
            }
        }
    }
    struct snapshot_head head = {.python = 0x030b02f0};
    assert_true(snapshot_finish(encoder, &head));
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    static const uint32_t to[] = {2, 0, 1, 1};
    struct snapshot_encoder encoder;
    struct snapshot_head head = {
        .python = 0x030c01f0, .moment = SNAPSHOT_SIGNALLED, .collected = 3};
    struct snapshot_file file;
    struct error error;
    snapshot_begin(&encoder, "python3 app.py\n");
    snapshot_put_type(&encoder, SNAPSHOT_LIST, 0, 40, "list");
    snapshot_put_type(&encoder, SNAPSHOT_STR, 0, 49, "str");
    enum { TRACKED = SNAPSHOT_GC | SNAPSHOT_TRACKED };
    const struct snapshot_object_record records[] = {
        {0, TRACKED | SNAPSHOT_TABLE, 88, to, COUNT_OF(to), 3},
        {1, SNAPSHOT_HELD, 61, NULL, 0, 0},
        {0, TRACKED, 40, NULL, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        snapshot_put_object(&encoder, &records[i]);
    }
    snapshot_put_listed(&encoder, 0, 2);
    snapshot_put_listed(&encoder, 3, 0);
    assert_true(snapshot_finish(&encoder, &head));
    assert_true(snapshot_file_read(&file, encoder.bytes, encoder.length, "F", &error));
    assert_string_equal(file.text, "python3 app.py?");
    assert_int_equal(file.head.moment, SNAPSHOT_SIGNALLED);
    assert_int_equal(file.head.collected, 3);
    assert_string_equal(file.type[1].name, "str");
    assert_int_equal(file.object[0].count, COUNT_OF(to));
    assert_memory_equal(file.to, to, sizeof to);
    assert_int_equal(file.object[0].table, 3);
    assert_int_equal(file.object[2].table, 3);
    assert_int_equal(file.object[1].flags, SNAPSHOT_HELD);
    assert_int_equal(file.object[1].bytes, 61);
    assert_int_equal(file.tracked, 2);
    assert_int_equal(file.listed[0], 2);
    assert_int_equal(file.listed[1], 0);
    assert_int_equal(file.object[0].list, 3);
    snapshot_file_close(&file);
    free(encoder.bytes);
}

/* One object of a type of that kind, whose table is said to lie in front of object `table`. */
static bool try_table(enum snapshot_kind kind, uint32_t table, struct error *error)
{
    struct snapshot_encoder encoder;
    struct snapshot_head head = {.python = 0x030c01f0};
    struct snapshot_file file;
    snapshot_begin(&encoder, "");
    snapshot_put_type(&encoder, kind, 0, 40, "type");
    snapshot_put_object(&encoder, &(struct snapshot_object_record){
                                      .flags = SNAPSHOT_GC | SNAPSHOT_TABLE, .table = table});
    assert_true(snapshot_finish(&encoder, &head));
    bool ok = snapshot_file_read(&file, encoder.bytes, encoder.length, "F", error);
    if (ok) {
        assert_int_equal(file.object[0].table, table);
        snapshot_file_close(&file);
    }
    free(encoder.bytes);
    return ok;
}

static void test_tables_are_of_lists_and_dicts(void **state)
{
    (void)state;
    struct error error;
    for (uint32_t table = 0; table <= 1; table++) {
        assert_true(try_table(SNAPSHOT_LIST, table, &error));
        assert_true(try_table(SNAPSHOT_DICT, table, &error));
    }
    assert_false(try_table(SNAPSHOT_LIST, 2, &error));
    assert_non_null(strstr(error.text, "a table that cannot be"));
    assert_false(try_table(SNAPSHOT_TUPLE, 0, &error));
    assert_false(try_table(SNAPSHOT_OTHER, 0, &error));
}

/* What the loaded heap must be, looked at when the set-up ends. */
struct expected {
    const struct snapshot_file *file;
    struct runtime *runtime;
    bool looked;
};

static int count_referent(struct object *object, void *count)
{
    (void)object;
    ++*(uint64_t *)count;
    return 0;
}

static uint64_t ring_references(const struct gc_head *ring)
{
    uint64_t references = 0;
    for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        gc_each_referent(gc_object_of(head), count_referent, &references);
    }
    return references;
}

/* Room that lists and dicts with string keys have in 3.11, beyond what is in them. A split table is
 * of no size that others have: such a dict has a whole one here. */
static void check_room(const struct snapshot_file *file, const struct snapshot_object *record,
                       const struct object *object)
{
    enum { LIST_BYTES = 40, DICT_BYTES = 48, LOG2_MIN = 3, LOG2_MAX = 20, PYTHON_3_11 = 0x030b };
    bool named = dict_is(object) && (record->flags & SNAPSHOT_KEYED) == 0;
    if (file->head.python >> 16 != PYTHON_3_11 || record->count == 0) {
        return;
    }
    if (list_is(object)) {
        uint64_t bytes = LIST_BYTES + 8 * (uint64_t)((const struct list *)object)->allocated;
        assert_int_equal(bytes, record->bytes);
    }
    for (uint8_t log2 = LOG2_MIN; named && log2 < LOG2_MAX; log2++) {
        if (DICT_BYTES + keys_bytes(log2, true) == record->bytes) {
            assert_int_equal(DICT_BYTES + dict_table_bytes(object), record->bytes);
        }
    }
}

static void look(void *self_, const char *phase)
{
    struct expected *self = self_;
    if (strcmp(phase, "setup") != 0) {
        return;
    }
    self->looked = true;
    const struct snapshot_file *file = self->file;
    const uint32_t *at = file->listed;
    for (int list = 0; list < SNAPSHOT_LISTS; list++) {
        const struct gc_head *ring =
            list < GENERATIONS ? &self->runtime->gc.generation[list] : &self->runtime->gc.permanent;
        uint64_t references = 0;
        const struct gc_head *head = gc_next(ring);
        for (uint64_t i = 0; i < file->head.listed[list]; i++, head = gc_next(head)) {
            const struct snapshot_object *record = &file->object[*at++];
            references += record->count;
            check_room(file, record, gc_object_of((struct gc_head *)(uintptr_t)head));
        }
        assert_int_equal(gc_generation_size(self->runtime, list), file->head.listed[list]);
        assert_int_equal(ring_references(ring), references);
    }
}

static void keep_runtime(struct runtime *runtime, void *self)
{
    ((struct expected *)self)->runtime = runtime;
}

static void check_loaded(const struct snapshot_file *file, const char *options)
{
    struct expected expected = {.file = file};
    struct stand_cell cell = {"pymalloc",
                              false,
                              "cp311",
                              workload_find("heap"),
                              options,
                              1,
                              {.self = &expected, .phase = look},
                              keep_runtime,
                              &expected};
    struct stand_result result;
    assert_true(stand_run(&cell, &result) && result.opened);
    assert_true(result.outcome.ok);
    assert_true(expected.looked);
    assert_null(result.check);
    assert_int_equal(result.alive, 0);
    assert_int_equal(result.live_blocks, 0);
}

static void test_what_is_loaded_is_what_was_there(void **state)
{
    (void)state;
    struct snapshot_file file;
    struct error error;
    static const struct {
        uint64_t rows;
        const char *options;
    } sizes[] = {{1, "then=none,rows=1"}, {8, "size=tiny,then=none"}, {20000, "then=none"}};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_true(heap_small(&file, sizes[i].rows, &error));
        assert_int_equal(file.head.objects, 5 * sizes[i].rows + 5);
        check_loaded(&file, sizes[i].options);
        snapshot_file_close(&file);
    }
    const char *path = getenv("SNAPSHOT"); /* a real one: tests/snapshot.sh */
    if (path != NULL) {
        char options[300];
        snprintf(options, sizeof options, "size=tiny,file=%s", path);
        assert_true(snapshot_file_open(&file, path, &error));
        check_loaded(&file, options);
        snapshot_file_close(&file);
    }
}

/* Written before tables were: they are taken to lie behind their object. */
static void test_version_1_is_read(void **state)
{
    (void)state;
    struct snapshot_file old, now;
    struct error error;
    assert_true(snapshot_file_open(&old, "tests/fixtures/snapshot/version1.snapshot", &error));
    assert_true(heap_small(&now, 3, &error));
    assert_int_equal(old.head.objects, now.head.objects);
    assert_int_equal(old.head.references, now.head.references);
    assert_memory_equal(old.to, now.to, now.head.references * sizeof *now.to);
    assert_memory_equal(old.listed, now.listed, now.tracked * sizeof *now.listed);
    for (uint64_t i = 0; i < now.head.objects; i++) {
        assert_int_equal(old.object[i].flags, now.object[i].flags);
        assert_int_equal(old.object[i].table, i + 1);
    }
    snapshot_file_close(&now);
    check_loaded(&old, "size=tiny,file=tests/fixtures/snapshot/version1.snapshot");
    snapshot_file_close(&old);
}

static void test_graphs_of_any_shape_are_loaded(void **state)
{
    (void)state;
    struct rng rng = test_rng();
    for (int i = 0; i < MUTATIONS / 10; i++) {
        struct snapshot_encoder encoder;
        struct error error;
        random_snapshot(&rng, &encoder);
        if (!try_snapshot(encoder.bytes, encoder.length, &error)) {
            fail_msg("%s", error.text);
        }
        free(encoder.bytes);
    }
}

/* Every byte is under the checksum, so each of these must be refused. */
static void test_what_was_altered_or_cut_is_refused(void **state)
{
    (void)state;
    struct rng rng = test_rng();
    struct snapshot_encoder encoder;
    struct error error;
    random_snapshot(&rng, &encoder);
    for (size_t length = 0; length < encoder.length; length++) {
        assert_false(try_snapshot(encoder.bytes, length, &error));
    }
    for (size_t at = 0; at < encoder.length; at++) {
        uint8_t flip = (uint8_t)(1 + below(&rng, 255));
        encoder.bytes[at] ^= flip;
        assert_false(try_snapshot(encoder.bytes, encoder.length, &error));
        encoder.bytes[at] ^= flip;
    }
    encoder.bytes[SNAPSHOT_MAGIC_BYTES] = 3;
    assert_false(try_snapshot(encoder.bytes, encoder.length, &error));
    assert_string_equal(error.text, "F: a snapshot of version 3, this heapdyno reads 1 to 2");
    free(encoder.bytes);
}

/* The same with a checksum that is right: refused, or loaded and let go. */
static void test_altered_with_a_right_checksum(void **state)
{
    (void)state;
    struct rng rng = test_rng();
    struct trace_crc crc;
    trace_crc_init(&crc);
    unsigned refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
        struct snapshot_encoder encoder;
        struct error error;
        random_snapshot(&rng, &encoder);
        for (uint32_t n = 1 + below(&rng, 3); n > 0; n--) {
            size_t at = SNAPSHOT_MAGIC_BYTES + below(&rng, encoder.length - SNAPSHOT_MAGIC_BYTES);
            encoder.bytes[at] =
                (uint8_t)(below(&rng, 2) == 0 ? below(&rng, 256) : encoder.bytes[at] ^ 1U);
        }
        encoder.length -= 4;
        encoder.failed = false;
        snapshot_put_u32(&encoder, trace_crc_add(&crc, 0, encoder.bytes, encoder.length));
        refused += !try_snapshot(encoder.bytes, encoder.length, &error);
        free(encoder.bytes);
    }
    print_message("%u of %d refused\n", refused, MUTATIONS);
    assert_in_range(refused, 1, MUTATIONS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_tables_are_of_lists_and_dicts),
        cmocka_unit_test(test_version_1_is_read),
        cmocka_unit_test(test_what_is_loaded_is_what_was_there),
        cmocka_unit_test(test_graphs_of_any_shape_are_loaded),
        cmocka_unit_test(test_what_was_altered_or_cut_is_refused),
        cmocka_unit_test(test_altered_with_a_right_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
