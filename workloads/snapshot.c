/* The snapshot reader: magic and version first, then length, end mark and checksum, and only then
 * the content, each number against what the head promised. See snapshot.h. */
#include "workloads/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workloads/trace_read.h"

struct reading {
    struct snapshot_file *file;
    struct trace_cursor cursor;
    const uint8_t *start;
    const char *name;
    struct error *error;
};

static bool bad(const struct reading *self, const char *what)
{
    return error_set(self->error, "%s: damaged at byte %zu: %s", self->name,
                     (size_t)(self->cursor.at - self->start), what);
}

static uint64_t read_u64(const uint8_t *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number |= (uint64_t)at[i] << (8 * i);
    }
    return number;
}

static void copy_text(char *to, const uint8_t *from, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        to[i] = from[i] >= ' ' && from[i] <= '~' ? (char)from[i] : '?';
    }
    to[length] = '\0';
}

/* Magic, version, length, end, checksum. */
static bool read_frame(struct reading *self, size_t length)
{
    enum { FRAME = SNAPSHOT_MAGIC_BYTES + 8 * SNAPSHOT_HEAD_NUMBERS + SNAPSHOT_END_BYTES };
    const uint8_t *start = self->start, *end = start + length - SNAPSHOT_END_BYTES;
    if (length < SNAPSHOT_MAGIC_BYTES || memcmp(start, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_BYTES) != 0) {
        return error_set(self->error, "%s: not a snapshot (no \"hdheaps\" at its start)",
                         self->name);
    }
    if (length < FRAME) {
        return error_set(self->error, "%s: cut: only %zu bytes are there", self->name, length);
    }
    uint64_t *number = (uint64_t *)(void *)&self->file->head;
    for (size_t i = 0; i < SNAPSHOT_HEAD_NUMBERS; i++) {
        number[i] = read_u64(start + SNAPSHOT_MAGIC_BYTES + 8 * i);
    }
    const struct snapshot_head *head = &self->file->head;
    if (head->version == 0 || head->version > SNAPSHOT_VERSION) {
        return error_set(self->error, "%s: a snapshot of version %llu, this heapdyno reads 1 to %d",
                         self->name, (unsigned long long)head->version, SNAPSHOT_VERSION);
    }
    if (head->file_bytes != length) {
        return error_set(self->error, "%s: %s: %zu bytes are there, not %llu", self->name,
                         head->file_bytes > length ? "cut" : "something follows its end", length,
                         (unsigned long long)head->file_bytes);
    }
    struct trace_crc crc;
    trace_crc_init(&crc);
    uint32_t sum = trace_crc_add(&crc, 0, start, length - 4);
    if (memcmp(end, SNAPSHOT_END, 4) != 0 || read_u64(end) >> 32 != sum) {
        return error_set(self->error, "%s: altered: its checksum is wrong", self->name);
    }
    self->cursor = (struct trace_cursor){start + FRAME - SNAPSHOT_END_BYTES, end, false};
    return true;
}

/* Make room for what the head promises: no more than the file can hold. */
static bool read_counts(struct reading *self)
{
    struct snapshot_file *file = self->file;
    const struct snapshot_head *head = &file->head;
    uint64_t rest = (uint64_t)(self->cursor.end - self->cursor.at);
    uint64_t most = rest < UINT32_MAX ? rest : UINT32_MAX - 1;
    for (int i = 0; i < SNAPSHOT_LISTS; i++) {
        if (head->listed[i] > most) {
            return bad(self, "a list is longer than the file");
        }
        file->tracked += head->listed[i];
    }
    if (head->objects > most || head->references > most || head->types > most / 4 ||
        head->text_bytes > most || head->text_bytes > SNAPSHOT_TEXT_MAX ||
        file->tracked > head->objects || head->moment > SNAPSHOT_ASKED) {
        return bad(self, "the head promises more than the file can hold");
    }
    file->type = calloc(head->types + 1, sizeof *file->type);
    file->object = calloc(head->objects + 1, sizeof *file->object);
    file->to = malloc((head->references + 1) * sizeof *file->to);
    file->listed = malloc((file->tracked + 1) * sizeof *file->listed);
    if (file->type == NULL || file->object == NULL || file->to == NULL || file->listed == NULL) {
        return error_set(self->error, "%s: no memory for %llu objects", self->name,
                         (unsigned long long)head->objects);
    }
    copy_text(file->text, self->cursor.at, head->text_bytes);
    self->cursor.at += head->text_bytes;
    return true;
}

static bool read_type(struct reading *self, struct snapshot_type *type)
{
    uint64_t kind = trace_take_number(&self->cursor), flags = trace_take_number(&self->cursor);
    type->basic_bytes = trace_take_number(&self->cursor);
    struct trace_cursor name = trace_take_part(&self->cursor);
    size_t length = (size_t)(name.end - name.at);
    if (name.bad || kind >= SNAPSHOT_KINDS || flags > SNAPSHOT_TYPE_FLAGS ||
        length > SNAPSHOT_NAME_MAX) {
        return bad(self, "a type that cannot be");
    }
    type->kind = (enum snapshot_kind)kind;
    type->flags = (unsigned)flags;
    copy_text(type->name, name.at, length);
    return true;
}

/* A number as a distance from `from`; false unless it is below `limit`. */
static bool take_index(struct trace_cursor *cursor, uint64_t from, uint64_t limit, uint32_t *out)
{
    uint64_t index = from + (uint64_t)trace_unzigzag(trace_take_number(cursor));
    *out = (uint32_t)index;
    return !cursor->bad && index < limit;
}

/* Where the table of a list or dict lies; only the latter two may have one. */
static bool read_table(struct reading *self, struct snapshot_object *object, uint64_t index)
{
    object->table = (uint32_t)index + 1;
    if ((object->flags & SNAPSHOT_TABLE) == 0) {
        return true;
    }
    enum snapshot_kind kind = self->file->type[object->type].kind;
    bool may = kind == SNAPSHOT_LIST || kind == SNAPSHOT_DICT;
    return (may &&
            take_index(&self->cursor, index, self->file->head.objects + 1, &object->table)) ||
           bad(self, "a table that cannot be");
}

static bool read_references(struct reading *self, struct snapshot_object *object, uint64_t index)
{
    struct snapshot_file *file = self->file;
    uint64_t from = index;
    for (uint32_t i = 0; i < object->count; i++) {
        uint32_t *to = &file->to[object->first + i];
        if (!take_index(&self->cursor, from, file->head.objects, to)) {
            return bad(self, "a reference to no object");
        }
        from = *to;
    }
    return true;
}

static bool read_object(struct reading *self, uint64_t index, uint64_t *references)
{
    struct snapshot_file *file = self->file;
    struct snapshot_object *object = &file->object[index];
    unsigned bits = file->head.version == 1 ? SNAPSHOT_FLAG_BITS_1 : SNAPSHOT_FLAG_BITS;
    uint64_t head = trace_take_number(&self->cursor);
    uint64_t type = head >> bits;
    object->bytes = trace_take_number(&self->cursor);
    uint64_t count = trace_take_number(&self->cursor);
    object->flags = (uint8_t)(head & ((1U << bits) - 1));
    object->first = *references;
    bool gc = (object->flags & SNAPSHOT_GC) != 0;
    if (self->cursor.bad || type >= file->head.types || object->bytes >> SNAPSHOT_BYTES_BITS != 0 ||
        count > file->head.references - *references ||
        (!gc && (count > 0 || (object->flags & SNAPSHOT_TRACKED) != 0))) {
        return bad(self, "an object that cannot be");
    }
    bool keyed = (object->flags & SNAPSHOT_KEYED) != 0;
    if (keyed && (file->type[type].kind != SNAPSHOT_DICT || count % 2 != 0)) {
        return bad(self, "keys of no dict");
    }
    object->type = (uint32_t)type;
    object->count = (uint32_t)count;
    *references += count;
    return read_table(self, object, index) && read_references(self, object, index);
}

static bool read_lists(struct reading *self)
{
    struct snapshot_file *file = self->file;
    uint8_t *seen = calloc(file->head.objects + 1, 1);
    uint32_t *at = file->listed;
    bool ok = seen != NULL || error_set(self->error, "%s: no memory", self->name);
    for (uint8_t list = 0; list < SNAPSHOT_LISTS && ok; list++) {
        uint64_t from = 0;
        for (uint64_t i = 0; i < file->head.listed[list] && ok; i++, at++) {
            ok = take_index(&self->cursor, from, file->head.objects, at) && !seen[*at] &&
                 (file->object[*at].flags & SNAPSHOT_TRACKED) != 0;
            if (ok) {
                from = *at;
                seen[*at] = 1;
                file->object[*at].list = list;
            } else {
                bad(self, "a list that cannot be");
            }
        }
    }
    free(seen);
    return ok;
}

static bool read_content(struct reading *self)
{
    const struct snapshot_head *head = &self->file->head;
    for (uint64_t i = 0; i < head->types; i++) {
        if (!read_type(self, &self->file->type[i])) {
            return false;
        }
    }
    uint64_t references = 0, tracked = 0;
    for (uint64_t i = 0; i < head->objects; i++) {
        if (!read_object(self, i, &references)) {
            return false;
        }
        tracked += (self->file->object[i].flags & SNAPSHOT_TRACKED) != 0;
    }
    if (references != head->references || tracked != self->file->tracked) {
        return bad(self, "objects and counts differ");
    }
    return read_lists(self) &&
           (self->cursor.at == self->cursor.end || bad(self, "something follows the lists"));
}

bool snapshot_file_read(struct snapshot_file *self, const uint8_t *bytes, size_t length,
                        const char *name, struct error *error)
{
    struct reading reading = {.file = self, .start = bytes, .name = name, .error = error};
    *self = (struct snapshot_file){0};
    bool ok = read_frame(&reading, length) && read_counts(&reading) && read_content(&reading);
    if (!ok) {
        snapshot_file_close(self);
    }
    return ok;
}

bool snapshot_file_open(struct snapshot_file *self, const char *path, struct error *error)
{
    struct stat about;
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    if (fstat(fileno(stream), &about) != 0 || !S_ISREG(about.st_mode)) {
        fclose(stream);
        return error_set(error, "%s: not a file", path);
    }
    size_t length = (size_t)about.st_size;
    uint8_t *bytes = malloc(length + 1);
    bool ok = bytes != NULL && fread(bytes, 1, length, stream) == length;
    fclose(stream);
    ok = ok ? snapshot_file_read(self, bytes, length, path, error)
            : error_set(error, "%s: it could not be read", path);
    free(bytes);
    return ok;
}

void snapshot_file_close(struct snapshot_file *self)
{
    free(self->type);
    free(self->object);
    free(self->to);
    free(self->listed);
    *self = (struct snapshot_file){0};
}

const char *snapshot_moment_text(uint64_t moment)
{
    static const char *const text[] = {"when snapshot() was called", "at its exit",
                                       "after the time given", "on a signal",
                                       "when a watched process was asked"};
    return moment < sizeof text / sizeof text[0] ? text[moment] : "?";
}
