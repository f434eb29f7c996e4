/* libFuzzer target: bytes say what differs between a whole file of a watched process and the one
 * that is read, since the file has 3.3 MB and nearly all of it is zero: words, text, its length. The
 * file lies in memory and is read in place. What can be read must make sense, has the canonical line
 * of a cell, and, one time in eight, becomes the JSON of a record, which SQLite must take. */
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/cell/cell.h"
#include "bench/watch/watch_print.h"
#include "tests/watch_stand.h"

enum { TEXT_BYTES = 2048, TEXT_WORDS = TEXT_BYTES / 8, TOUCHED_MAX = 4 * TEXT_WORDS };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

struct stand {
    int fd;
    uint64_t *words; /* the file, mapped; NULL: not made yet */
    size_t touched[TOUCHED_MAX], touched_count;
    struct watch_file file;
    char half[WATCH_HALF_MAX];
    sqlite3 *sqlite;
    sqlite3_stmt *is_json;
};

struct input {
    const uint8_t *bytes;
    size_t count;
};

static void make(struct stand *self)
{
    self->fd = memfd_create("watch", MFD_CLOEXEC);
    CHECK(self->fd >= 0 && ftruncate(self->fd, WATCH_BYTES) == 0);
    self->words = mmap(NULL, WATCH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
    CHECK(self->words != MAP_FAILED);
    CHECK(sqlite3_open(":memory:", &self->sqlite) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(self->sqlite, "SELECT json_valid(?)", -1, &self->is_json, NULL) ==
          SQLITE_OK);
    watch_template(self->words);
}

/* The next `width` bytes, least first; those behind the end are zero. */
static uint64_t take(struct input *input, unsigned width)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < width && input->count > 0; i++, input->count--) {
        value |= (uint64_t)*input->bytes++ << (8 * i);
    }
    return value;
}

static uint64_t *touch(struct stand *self, size_t word)
{
    self->touched[self->touched_count++] = word;
    return &self->words[word];
}

/* Some of the text; or one byte, to its end. */
static void put_text(struct stand *self, struct input *input, size_t at)
{
    uint8_t *text = (uint8_t *)&self->words[WORD_TEXT];
    size_t length = take(input, 1), all = TEXT_BYTES - at;
    bool fill = length >= 240;
    uint8_t byte = (uint8_t)take(input, 1);
    length = fill ? all : length % 32 < all ? length % 32 : all;
    for (size_t i = 0; i < length; i++) {
        text[at + i] = byte;
        byte = fill ? byte : (uint8_t)take(input, 1);
    }
    for (size_t word = at / 8; word <= (at + length) / 8 && word < TEXT_WORDS; word++) {
        touch(self, WORD_TEXT + word);
    }
}

/* Up to eight bytes; or a small number. */
static uint64_t take_value(struct input *input)
{
    unsigned width = (unsigned)take(input, 1) % 10;
    return width == 9 ? take(input, 1) % 5 : take(input, width);
}

/* One difference. */
static void change(struct stand *self, struct input *input, size_t *length)
{
    static const struct {
        size_t first, count;
    } parts[] = {{0, 64},           {WORD_GENERATION0, 24}, {WORD_BUCKET, 3 * 1024},
                 {WORD_SAMPLE, 20}, {WORD_PAUSE, 24},       {0, WORDS}};
    size_t what = take(input, 1) % (COUNT_OF(parts) + 2), at = take(input, 2);
    if (what == COUNT_OF(parts)) {
        put_text(self, input, at % TEXT_BYTES);
    } else if (what > COUNT_OF(parts)) {
        *length = at % 16 == 0 ? take(input, 3) % WATCH_BYTES : *length;
    } else {
        size_t far = parts[what].count > 65536 ? 16 : 1;
        uint64_t *word = touch(self, parts[what].first + at * far % parts[what].count);
        *word = take_value(input);
    }
}

static void is_line(const char *text, size_t size)
{
    CHECK(memchr(text, '\0', size) != NULL && strchr(text, '\n') == NULL);
}

static void tell(struct stand *self, const struct watch_process *process, bool json)
{
    char cell[CELL_LINE_MAX];
    watch_cell(process, cell, sizeof cell);
    CHECK(strncmp(cell, "allocator=", 10) == 0 && strstr(cell, "workload=program:name=") != NULL);
    if (json) {
        watch_half(process, self->half, sizeof self->half);
        sqlite3_bind_text(self->is_json, 1, self->half, -1, SQLITE_STATIC);
        CHECK(sqlite3_step(self->is_json) == SQLITE_ROW &&
              sqlite3_column_int(self->is_json, 0) == 1);
        sqlite3_reset(self->is_json);
    }
}

static void makes_sense(const struct watch_file *file)
{
    CHECK(file->state >= WATCH_RUNNING && file->state <= WATCH_LOST);
    CHECK(file->pause_count <= WATCH_PAUSES_MAX && file->sample_count <= WATCH_SAMPLES_MAX);
    for (size_t i = 0; i < file->pause_count; i++) {
        CHECK(file->pause[i].generation < WATCH_GENERATIONS);
    }
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        CHECK(file->generation[g].empty <= file->generation[g].collections);
    }
    is_line(file->version, sizeof file->version);
    is_line(file->build, sizeof file->build);
    is_line(file->python_malloc, sizeof file->python_malloc);
    is_line(file->preload, sizeof file->preload);
    is_line(file->name, sizeof file->name);
    is_line(file->command, sizeof file->command);
}

/* Make the file the template again. */
static void restore(struct stand *self, size_t length)
{
    if (length != WATCH_BYTES) {
        CHECK(ftruncate(self->fd, WATCH_BYTES) == 0);
    }
    while (self->touched_count > 0) {
        self->words[self->touched[--self->touched_count]] = 0;
    }
    watch_template(self->words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct stand stand;
    struct input input = {bytes, count};
    struct error error = {""};
    size_t length = WATCH_BYTES;
    if (stand.words == NULL) {
        make(&stand);
    }
    unsigned first = (unsigned)take(&input, 1);
    while (input.count > 0 && stand.touched_count + TEXT_WORDS < TOUCHED_MAX) {
        change(&stand, &input, &length);
    }
    CHECK(length == WATCH_BYTES || ftruncate(stand.fd, (off_t)length) == 0);
    if (watch_file_read_open(stand.fd, &stand.file, &error)) {
        CHECK(length == WATCH_BYTES);
        makes_sense(&stand.file);
        struct watch_process process = {.file = &stand.file, .fork = (first & 64) != 0};
        tell(&stand, &process, first % 8 == 1);
    } else {
        CHECK(error.text[0] != '\0');
    }
    restore(&stand, length);
    return 0;
}
