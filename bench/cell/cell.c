/* A cell's line, read and printed; see cell.h. */
#include "bench/cell/cell.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/cell/arrivals.h"

enum key {
    KEY_ALLOCATOR,
    KEY_OBJ,
    KEY_MEM,
    KEY_RAW,
    KEY_COLLECTOR,
    KEY_WORKLOAD,
    KEY_PROGRAM,
    KEY_SEED,
    KEY_RATE,
    KEY_PLUGIN,
    KEYS
};

static const char *const key_names[KEYS] = {"allocator", "obj",     "mem",  "raw",  "collector",
                                            "workload",  "program", "seed", "rate", "plugin"};

/* Where each key's value stands in the line; length 0: not given. */
struct words {
    const char *text[KEYS];
    size_t length[KEYS];
};

static bool add_word(const char *word, size_t length, struct words *out, struct error *error)
{
    size_t name = strcspn(word, "= ");
    for (int key = 0; key < KEYS; key++) {
        if (name >= length || strlen(key_names[key]) != name ||
            strncmp(word, key_names[key], name) != 0) {
            continue;
        }
        if (out->text[key] != NULL) {
            return error_set(error, "%s= is given twice", key_names[key]);
        }
        if (length == name + 1) {
            return error_set(error, "%s= has no value", key_names[key]);
        }
        out->text[key] = word + name + 1;
        out->length[key] = length - name - 1;
        return true;
    }
    return error_set(error,
                     "'%.*s' is not KEY=VALUE; the keys are allocator (or obj and mem), raw, "
                     "collector, workload or program, seed, rate, plugin",
                     (int)(length < 80 ? length : 80), word);
}

static bool split_words(const char *line, struct words *out, struct error *error)
{
    *out = (struct words){0};
    if (strlen(line) >= CELL_LINE_MAX) {
        return error_set(error, "a cell is longer than %d bytes", CELL_LINE_MAX - 1);
    }
    for (const char *at = line + strspn(line, " "); *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (!add_word(at, length, out, error)) {
            return false;
        }
        at += length;
    }
    return true;
}

static bool read_spec(const struct words *words, enum key key, const char *fallback,
                      struct spec *out, struct error *error)
{
    const char *text = words->text[key] != NULL ? words->text[key] : fallback;
    size_t length = words->text[key] != NULL ? words->length[key] : strlen(fallback);
    struct error inner;
    return spec_parse(text, length, out, &inner) ||
           error_set(error, "%s: %.400s", key_names[key], inner.text);
}

static bool read_program(const struct words *words, struct program_spec *out, struct error *error)
{
    struct error inner;
    return program_parse(words->text[KEY_PROGRAM], words->length[KEY_PROGRAM], out, &inner) ||
           error_set(error, "program: %.400s", inner.text);
}

static bool decode_path(const char *text, size_t length, char path[CELL_PATH_MAX],
                        struct error *error)
{
    char spec_text[CELL_LINE_MAX];
    struct spec spec;
    snprintf(spec_text, sizeof spec_text, "p:v=%.*s", (int)length, text);
    if (!spec_parse(spec_text, strlen(spec_text), &spec, error)) {
        return false;
    }
    if (spec.part_count != 1 || spec.part[0].pair_count != 1 ||
        strlen(spec.part[0].pair[0].value) >= CELL_PATH_MAX) {
        return error_set(error, "plugin: '%.80s' is not one path", text);
    }
    memcpy(path, spec.part[0].pair[0].value, strlen(spec.part[0].pair[0].value) + 1);
    return true;
}

bool cell_plugin_path(const char *line, char path[CELL_PATH_MAX], struct error *error)
{
    struct words words;
    path[0] = '\0';
    return split_words(line, &words, error) &&
           (words.text[KEY_PLUGIN] == NULL ||
            decode_path(words.text[KEY_PLUGIN], words.length[KEY_PLUGIN], path, error));
}

static bool read_seed(const struct words *words, uint64_t *seed, struct error *error)
{
    *seed = 1;
    if (words->text[KEY_SEED] == NULL) {
        return true;
    }
    char digits[32];
    size_t length = words->length[KEY_SEED];
    snprintf(digits, sizeof digits, "%.*s", (int)length, words->text[KEY_SEED]);
    return (length < sizeof digits && units_parse_count(digits, seed)) ||
           error_set(error, "seed: %.*s is not a count from 0 to 18446744073709551615",
                     (int)(length < 60 ? length : 60), words->text[KEY_SEED]);
}

static bool read_rate(const struct words *words, uint64_t *rate, struct error *error)
{
    *rate = 0;
    if (words->text[KEY_RATE] == NULL) {
        return true;
    }
    char digits[32];
    size_t length = words->length[KEY_RATE];
    bool fits = length < sizeof digits;
    snprintf(digits, sizeof digits, "%.*s", (int)length, words->text[KEY_RATE]);
    char *slash = strrchr(digits, '/');
    if (slash != NULL && strcmp(slash, "/s") == 0) {
        *slash = '\0';
    }
    return (fits && units_parse_count(digits, rate) && *rate > 0 && *rate <= ARRIVALS_RATE_MAX) ||
           error_set(error, "rate: %.*s is not 1/s to %d/s", (int)(length < 60 ? length : 60),
                     words->text[KEY_RATE], ARRIVALS_RATE_MAX);
}

static bool read_heaps(const struct words *words, struct cell *out, struct error *error)
{
    if (words->text[KEY_ALLOCATOR] != NULL && words->text[KEY_OBJ] != NULL) {
        return error_set(error, "allocator= and obj= exclude each other");
    }
    enum key obj = words->text[KEY_OBJ] != NULL ? KEY_OBJ : KEY_ALLOCATOR;
    out->apart = words->text[KEY_MEM] != NULL;
    if (obj == KEY_OBJ && !out->apart) {
        return error_set(error, "obj= wants mem= beside it (allocator= is both)");
    }
    if (!read_spec(words, obj, "pymalloc", &out->heap[CELL_OBJ], error) ||
        !read_spec(words, KEY_RAW, "malloc", &out->heap[CELL_RAW], error)) {
        return false;
    }
    if (!out->apart) {
        out->heap[CELL_MEM] = out->heap[CELL_OBJ];
        return true;
    }
    return read_spec(words, KEY_MEM, "", &out->heap[CELL_MEM], error);
}

static const char *unknown_name(const char *kind, const char *name, char *buffer, size_t length)
{
    size_t at = (size_t)snprintf(buffer, length, "unknown %s %s; known are", kind, name);
    bool workloads = strcmp(kind, "workload") == 0;
    for (size_t i = 0; at < length && i < (workloads ? workload_count() : collector_count()); i++) {
        at += (size_t)snprintf(buffer + at, length - at, " %s",
                               workloads ? workload_at(i)->name : collector_at(i)->name);
    }
    return buffer;
}

/* What an interpreter of CPython 3.11 cannot be told. */
static bool check_program(const struct cell *self, const char *collector,
                          const struct options *options, struct error *error)
{
    bool exact = strcmp(collector, "cp311") == 0;
    if (!exact && strcmp(collector, "none") != 0) {
        return error_set(
            error,
            "collector: a program is run by CPython 3.11, whose collector is cp311, or "
            "none (gc.disable); %s is our core's",
            collector);
    }
    if (exact && options_get(options, "freelists")->set) {
        return error_set(error, "collector: freelists= is for our core; a program's are CPython's");
    }
    if (self->rate != 0) {
        return error_set(error, "rate: the operations of a program do not arrive at a rate");
    }
    if (self->seed > PROGRAM_SEED_MAX) {
        return error_set(error, "seed: of a program it is PYTHONHASHSEED, 0 to %llu",
                         (unsigned long long)PROGRAM_SEED_MAX);
    }
    return (self->heap[CELL_RAW].part_count == 1 &&
            strcmp(self->heap[CELL_RAW].part[0].name, "malloc") == 0) ||
           error_set(error, "raw: of a program it stays with malloc");
}

static bool check_parts(const struct cell *self, struct error *error)
{
    char text[ERROR_LENGTH];
    struct options options;
    const char *name = self->collector.part[0].name;
    if (self->collector.part_count > 1 || self->workload.part_count > 1) {
        return error_set(error, "only allocators take wrappers behind a +");
    }
    const struct collector *collector = collector_find(name);
    if (collector == NULL) {
        return error_set(error, "%s", unknown_name("collector", name, text, sizeof text));
    }
    if (!spec_options(&self->collector.part[0], collector->options, collector->option_count,
                      &options, error)) {
        return false;
    }
    if (self->real) {
        return check_program(self, name, &options, error);
    }
    name = self->workload.part[0].name;
    const struct workload *workload = workload_find(name);
    if (workload == NULL) {
        return error_set(error, "%s", unknown_name("workload", name, text, sizeof text));
    }
    struct option storage[OPTIONS_MAX];
    size_t count;
    const struct option *rows = workload_options(workload, storage, &count);
    return spec_options(&self->workload.part[0], rows, count, &options, error);
}

static bool check_heaps(const struct cell *self, const struct allocator *plugin,
                        struct error *error)
{
    for (int i = 0; i < CELL_HEAPS; i++) {
        bool foreign = self->plugin[0] != '\0' && plugin == NULL &&
                       allocator_find(self->heap[i].part[0].name) == NULL;
        if (!foreign && !heap_spec_check(&self->heap[i], plugin, error)) {
            return false;
        }
    }
    return true;
}

bool cell_parse(const char *line, const struct allocator *plugin, struct cell *out,
                struct error *error)
{
    struct words words;
    if (!split_words(line, &words, error)) {
        return false;
    }
    out->real = words.text[KEY_PROGRAM] != NULL;
    if (out->real == (words.text[KEY_WORKLOAD] != NULL)) {
        return error_set(error, out->real ? "workload= and program= exclude each other"
                                          : "workload= is missing, or program=");
    }
    out->workload.part_count = 0;
    out->plugin[0] = '\0';
    if (words.text[KEY_PLUGIN] != NULL &&
        !decode_path(words.text[KEY_PLUGIN], words.length[KEY_PLUGIN], out->plugin, error)) {
        return false;
    }
    return read_heaps(&words, out, error) &&
           read_spec(&words, KEY_COLLECTOR, "cp311", &out->collector, error) &&
           (out->real ? read_program(&words, &out->program, error)
                      : read_spec(&words, KEY_WORKLOAD, "", &out->workload, error)) &&
           read_seed(&words, &out->seed, error) && read_rate(&words, &out->rate, error) &&
           check_parts(out, error) && check_heaps(out, plugin, error);
}

const struct collector *cell_collector(const struct cell *self, struct options *options)
{
    const struct collector *collector = collector_find(self->collector.part[0].name);
    CHECK(collector != NULL);
    CHECK(spec_options(&self->collector.part[0], collector->options, collector->option_count,
                       options, NULL));
    return collector;
}

const struct workload *cell_workload(const struct cell *self, struct option storage[OPTIONS_MAX],
                                     struct options *options)
{
    CHECK(!self->real);
    const struct workload *workload = workload_find(self->workload.part[0].name);
    CHECK(workload != NULL);
    size_t count;
    const struct option *rows = workload_options(workload, storage, &count);
    CHECK(spec_options(&self->workload.part[0], rows, count, options, NULL));
    return workload;
}

bool cell_list_next(const char **list, char *item, size_t length, struct error *error)
{
    const char *at = *list;
    if (at[0] == '\0') {
        return false;
    }
    size_t end = strcspn(at, ",");
    while (at[end] == ',') {
        const char *next = at + end + 1;
        size_t name = strcspn(next, ",:+= ");
        if (name == 0 || next[name] != '=') {
            break;
        }
        end += 1 + strcspn(next, ",");
    }
    if (end == 0 || end >= length || (at[end] == ',' && at[end + 1] == '\0')) {
        return error_set(error,
                         end == 0 || end < length ? "an item of the list '%.200s' is empty"
                                                  : "an item of the list '%.200s' is too long",
                         at);
    }
    memcpy(item, at, end);
    item[end] = '\0';
    *list = at + end + (at[end] == ',');
    return true;
}
