/* The snapshot that is there without a file: rows as of an ORM, the last of them young, a dict with
 * keys of any type, and a cycle that nothing holds. Written and read as any other. */
#include "workloads/heap_load.h"
#include "workloads/snapshot_encode.h"

enum small_type {
    SMALL_LIST,
    SMALL_TUPLE,
    SMALL_DICT,
    SMALL_STR,
    SMALL_INT,
    SMALL_ROW,
    SMALL_TYPE
};
enum {
    ROW_OBJECTS = 5,
    SMALL_FIRST = 2,
    YOUNG_MAX = 350, /* rows: two tracked objects each, and 700 make a collection due */
};

static void small_types(struct snapshot_encoder *encoder)
{
    snapshot_put_type(encoder, SNAPSHOT_LIST, 0, 40, "list");
    snapshot_put_type(encoder, SNAPSHOT_TUPLE, 0, 24, "tuple");
    snapshot_put_type(encoder, SNAPSHOT_DICT, 0, 48, "dict");
    snapshot_put_type(encoder, SNAPSHOT_STR, 0, 49, "str");
    snapshot_put_type(encoder, SNAPSHOT_INT, 0, 24, "int");
    snapshot_put_type(encoder, SNAPSHOT_OTHER, SNAPSHOT_TYPE_PREFIX | SNAPSHOT_TYPE_HEAP, 24,
                      "Row");
    snapshot_put_type(encoder, SNAPSHOT_OTHER, 0, 888, "type");
}

static void small_put(struct snapshot_encoder *encoder, enum small_type type, unsigned flags,
                      uint64_t bytes, const uint32_t *to, size_t count)
{
    snapshot_put_object(
        encoder, &(struct snapshot_object_record){
                     .type = type, .flags = flags, .bytes = bytes, .to = to, .count = count});
}

/* Five objects: a row of its class, attributes, a pair, and the row before. */
static void small_row(struct snapshot_encoder *encoder, uint32_t base)
{
    enum { TRACKED = SNAPSHOT_GC | SNAPSHOT_TRACKED };
    uint32_t before = base == SMALL_FIRST ? 1 : base - ROW_OBJECTS;
    small_put(encoder, SMALL_ROW, TRACKED, 24, (uint32_t[]){0, base + 1, before}, 3);
    small_put(encoder, SMALL_DICT, TRACKED, 168, (uint32_t[]){base + 2, base + 3, 1}, 3);
    small_put(encoder, SMALL_TUPLE, SNAPSHOT_GC, 40, (uint32_t[]){base + 3, base + 4}, 2);
    small_put(encoder, SMALL_STR, 0, 60, NULL, 0);
    small_put(encoder, SMALL_INT, 0, 28, NULL, 0);
}

/* A dict whose keys are not all strings, and two lists that only refer to each other. */
static void small_rest(struct snapshot_encoder *encoder, uint32_t base)
{
    enum { TRACKED = SNAPSHOT_GC | SNAPSHOT_TRACKED };
    small_put(encoder, SMALL_DICT, TRACKED | SNAPSHOT_KEYED | SNAPSHOT_HELD, 208,
              (uint32_t[]){1, SMALL_FIRST + 2}, 2);
    small_put(encoder, SMALL_LIST, TRACKED, 48, (uint32_t[]){base + 2}, 1);
    small_put(encoder, SMALL_LIST, TRACKED, 48, (uint32_t[]){base + 1}, 1);
}

/* Generation by generation: the last rows, at most half of them; the rest; the older rows. */
static void small_lists(struct snapshot_encoder *encoder, const uint32_t *row, uint32_t rows)
{
    uint32_t young = rows / 2 < YOUNG_MAX ? rows / 2 : YOUNG_MAX;
    for (uint32_t i = rows - young; i < rows; i++) {
        snapshot_put_listed(encoder, 0, row[i]);
        snapshot_put_listed(encoder, 0, row[i] + 1);
    }
    for (uint32_t i = 0; i < 3; i++) {
        snapshot_put_listed(encoder, 1, SMALL_FIRST + rows * ROW_OBJECTS + i);
    }
    for (uint32_t i = 0; i < rows - young; i++) {
        snapshot_put_listed(encoder, 2, row[i] + 1);
        snapshot_put_listed(encoder, 2, row[i]);
    }
    snapshot_put_listed(encoder, 2, 1);
    snapshot_put_listed(encoder, 2, 0);
}

static bool small_write(struct snapshot_encoder *encoder, uint32_t rows)
{
    enum { TRACKED = SNAPSHOT_GC | SNAPSHOT_TRACKED | SNAPSHOT_HELD, LIST_BYTES = 40 };
    uint32_t *row = calloc(rows, sizeof *row);
    snapshot_begin(encoder, "built in");
    if (row == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < rows; i++) {
        row[i] = SMALL_FIRST + i * ROW_OBJECTS;
    }
    small_types(encoder);
    small_put(encoder, SMALL_TYPE, TRACKED, 1064, NULL, 0);
    small_put(encoder, SMALL_LIST, TRACKED, LIST_BYTES + 8 * (uint64_t)rows, row, rows);
    for (uint32_t i = 0; i < rows; i++) {
        small_row(encoder, row[i]);
    }
    small_rest(encoder, SMALL_FIRST + rows * ROW_OBJECTS);
    small_lists(encoder, row, rows);
    free(row);
    struct snapshot_head head = {.python = 0x030b02f0};
    return snapshot_finish(encoder, &head);
}

bool heap_small(struct snapshot_file *file, uint64_t rows, struct error *error)
{
    struct snapshot_encoder encoder;
    bool ok = small_write(&encoder, (uint32_t)rows)
                  ? snapshot_file_read(file, encoder.bytes, encoder.length, "the built-in snapshot",
                                       error)
                  : error_set(error, "no memory");
    free(encoder.bytes);
    return ok;
}
