/* Plans as files: the INI that people write, and the list of measurements that a run keeps. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "base/whole_file.h"
#include "bench/cell/cell.h"
#include "bench/run/plan.h"

enum { INI_LIST_MAX = 8192 };

static const struct option section_rows[] = {
    PLAN_ROW_REPS,
    {.name = "counts",
     .type = OPTION_BOOL,
     .fallback = "on",
     .help = "one counting process of each cell"},
    PLAN_ROW_TIME_LIMIT("2min", "of one process"),
    PLAN_ROW_MEMORY_LIMIT("RSS of one process group"),
    {.name = "reruns",
     .type = OPTION_COUNT,
     .fallback = "2",
     .max = 10,
     .help = "of an untrusted cell"},
    {.name = "order-seed", .type = OPTION_COUNT, .fallback = "1", .help = "seed of the shuffle"},
};

static const char *const lists[] = {"allocator", "raw",     "collector", "threshold",
                                    "workload",  "program", "seed",      "rate"};

enum { LISTS = COUNT_OF(lists) };

/* One section while it is read. */
struct reader {
    struct plan *plan;
    struct options defaults, section; /* of [plan]; of the matrix that is open */
    char name[64];                    /* of the section that is open; "": none yet */
    char list[LISTS][INI_LIST_MAX];
    bool matrix_empty;
    size_t line_length;
    bool line_too_long;
    struct error error;
};

static bool is_matrix(const char *section)
{
    return strcmp(section, "matrix") == 0 || strncmp(section, "matrix ", 7) == 0;
}

static const char quick_mark[] = "quick ";

static bool is_quick(const char *section)
{
    return strncmp(section, quick_mark, sizeof quick_mark - 1) == 0;
}

static bool is_cells(const char *section)
{
    return strcmp(section, "cells") == 0 || strncmp(section, "cells ", 6) == 0;
}

static void take_limits(struct reader *self)
{
    const struct options *options = &self->section;
    self->plan->limits.time_ns = options_number(options, "time-limit");
    if (options_get(options, "memory-limit")->set) {
        self->plan->limits.rss_bytes = options_number(options, "memory-limit");
    }
    self->plan->reruns = options_number(options, "reruns");
    self->plan->seed = options_number(options, "order-seed");
}

/* --reps: what a section says for itself stays. */
static void override_reps(struct reader *self)
{
    char text[24];
    if (self->plan->reps > 0) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)self->plan->reps);
        CHECK(options_set(&self->defaults, "reps", text, &self->error));
    }
}

/* The section that was open is complete. */
static bool end_section(struct reader *self)
{
    if (strcmp(self->name, "plan") == 0) {
        self->defaults = self->section;
        override_reps(self);
        take_limits(self);
    }
    if (!is_matrix(self->name)) {
        return true;
    }
    const char *list[LISTS];
    for (size_t i = 0; i < LISTS; i++) {
        list[i] = self->list[i][0] != '\0' ? self->list[i] : NULL;
    }
    struct matrix matrix = {.allocator = list[0],
                            .raw = list[1],
                            .collector = list[2],
                            .threshold = list[3],
                            .workload = list[4],
                            .program = list[5],
                            .seed = list[6],
                            .rate = list[7],
                            .reps = options_number(&self->section, "reps"),
                            .counts = options_on(&self->section, "counts")};
    struct error inner;
    return plan_add_matrix(self->plan, &matrix, &inner) ||
           error_set(&self->error, "[%s]: %.400s", self->name, inner.text);
}

static bool begin_section(struct reader *self, const char *name)
{
    if (strcmp(name, "plan") != 0 && !is_matrix(name) && !is_cells(name)) {
        return error_set(&self->error,
                         "section [%.60s] is not [plan], [matrix NAME] or [cells NAME]", name);
    }
    if (strcmp(name, "plan") == 0 && self->plan->count > 0) {
        return error_set(&self->error, "[plan] must be the first section");
    }
    snprintf(self->name, sizeof self->name, "%s", name);
    self->section = self->defaults;
    memset(self->list, 0, sizeof self->list);
    return true;
}

/* Lists go on over lines: a line that does not end with a comma gets one before the next. */
static bool add_to_list(struct reader *self, char *list, const char *value)
{
    char text[INI_LIST_MAX];
    size_t used = strlen(list), at = 0;
    for (const char *s = value; *s != '\0' && at + 2 < sizeof text; s++) {
        if (*s != ' ' && *s != '\t') {
            text[at++] = *s;
        }
    }
    text[at] = '\0';
    bool comma = used > 0 && list[used - 1] != ',' && text[0] != ',';
    if (used + at + 2 >= INI_LIST_MAX) {
        return error_set(&self->error, "a list is longer than %d bytes", INI_LIST_MAX - 3);
    }
    snprintf(list + used, INI_LIST_MAX - used, "%s%s", comma ? "," : "", text);
    return true;
}

static bool read_pair(struct reader *self, const char *name, const char *value)
{
    if (is_cells(self->name) && strcmp(name, "cell") == 0) {
        return plan_add_line(self->plan, value, options_number(&self->section, "reps"),
                             options_on(&self->section, "counts"), &self->error);
    }
    for (size_t i = 0; is_matrix(self->name) && i < LISTS; i++) {
        if (strcmp(lists[i], name) == 0) {
            return add_to_list(self, self->list[i], value);
        }
    }
    bool everywhere = strcmp(name, "reps") == 0 || strcmp(name, "counts") == 0;
    if (!everywhere && strcmp(self->name, "plan") != 0) {
        return error_set(&self->error, "'%.60s' is no key of [%s]", name, self->name);
    }
    return options_set(&self->section, name, value, &self->error);
}

static int on_pair(void *self_, const char *section, const char *name, const char *value)
{
    struct reader *self = self_;
    if (self->error.text[0] != '\0') {
        return 0;
    }
    if (is_quick(section) != self->plan->quick) {
        return 1; /* of the other variation */
    }
    section += self->plan->quick ? sizeof quick_mark - 1 : 0;
    bool other = self->name[0] == '\0' || strcmp(section, self->name) != 0;
    if (other && (!end_section(self) || !begin_section(self, section))) {
        return 0;
    }
    return read_pair(self, name, value != NULL ? value : "");
}

/* A line for inih, which would take a longer one for two. */
struct lines {
    FILE *file;
    struct reader *reader;
};

static char *next_line(char *line, int size, void *self_)
{
    struct lines *self = self_;
    if (self->reader->line_too_long || fgets(line, size, self->file) == NULL) {
        return NULL;
    }
    size_t length = strlen(line);
    self->reader->line_length++;
    if (length + 1 == (size_t)size && line[length - 1] != '\n' && !feof(self->file)) {
        self->reader->line_too_long = true;
        error_set(&self->reader->error,
                  "a line is longer than %d bytes; go on in the next one, indented", size - 2);
    }
    return line;
}

bool plan_read(struct plan *self, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    struct reader *reader = calloc(1, sizeof *reader);
    CHECK(reader != NULL);
    reader->plan = self;
    options_default(&reader->defaults, section_rows, COUNT_OF(section_rows));
    override_reps(reader);
    reader->section = reader->defaults;
    struct lines lines = {file, reader};
    int line = ini_parse_stream(next_line, &lines, on_pair, reader);
    bool ok = line == 0 && reader->error.text[0] == '\0';
    if (ok && !end_section(reader)) {
        ok = error_set(error, "%s: %.400s", path, reader->error.text);
    } else if (!ok) {
        error_set(error, "%s:%d: %.400s", path, line > 0 ? line : (int)reader->line_length,
                  reader->error.text[0] != '\0' ? reader->error.text : "not NAME = VALUE");
    } else if (self->count == 0) {
        ok = error_set(error, "%s: no %scells in it", path, self->quick ? "[quick …] " : "");
    }
    free(reader);
    fclose(file);
    return ok;
}

bool plan_store(const struct plan *self, const char *path, struct error *error)
{
    struct whole_file file;
    if (!whole_file_open(&file, path, error)) {
        return false;
    }
    fprintf(file.out, "heapdyno-cells 1 %zu %llu %llu %llu %llu\n", self->count,
            (unsigned long long)self->limits.time_ns, (unsigned long long)self->limits.rss_bytes,
            (unsigned long long)self->reruns, (unsigned long long)self->seed);
    for (size_t i = 0; i < self->count; i++) {
        fprintf(file.out, "%zu\t%s\t%llu\t%s\n", i, record_kind_name(self->item[i].kind),
                (unsigned long long)self->item[i].rep, self->item[i].line);
    }
    return whole_file_close(&file, true, error);
}

static bool load_item(struct plan *self, char *line, struct error *error)
{
    size_t index;
    char kind[16];
    unsigned long long rep;
    int at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%zu\t%15s\t%llu\t%n", &index, kind, &rep, &at) != 3 || at == 0 ||
        index != self->count) {
        return error_set(error, "measurement %zu is malformed", self->count);
    }
    enum record_kind which;
    if (!record_kind_parse(kind, &which)) {
        return error_set(error, "measurement %zu is of no known kind", index);
    }
    return plan_add_item(self, line + at, which, rep, error) &&
           (self->count == index + 1 || error_set(error, "measurement %zu is there twice", index));
}

bool plan_load(struct plan *self, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    unsigned long long time_ns, rss, reruns, seed;
    size_t count;
    bool ok = fscanf(file, "heapdyno-cells 1 %zu %llu %llu %llu %llu\n", &count, &time_ns, &rss,
                     &reruns, &seed) == 5;
    struct error inner = {"its first line is not 'heapdyno-cells 1 …'"};
    char *line = NULL;
    size_t capacity = 0;
    while (ok && getline(&line, &capacity, file) > 0) {
        ok = load_item(self, line, &inner);
    }
    if (ok && self->count != count) {
        ok = error_set(&inner, "%zu measurements of %zu are there", self->count, count);
    }
    self->limits = (struct process_limits){time_ns, rss};
    self->reruns = reruns;
    self->seed = seed;
    free(line);
    fclose(file);
    return ok || error_set(error, "%.200s: %.250s", path, inner.text);
}
