/* Programs of cells: those that ship, and how both kinds are spelled; see program.h. */
#include "bench/cell/program.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/check.h"

#define COUNT_ROW(row_name, row_fallback, row_help)                                                \
    {                                                                                              \
        .name = (row_name), .type = OPTION_COUNT, .fallback = (row_fallback), .min = 1,            \
        .max = 100000000, .help = (row_help)                                                       \
    }

static const struct option asyncio_echo_options[] = {
    COUNT_ROW("clients", "400", "connected at once; each takes two file descriptors"),
    COUNT_ROW("messages", "100", "that each of them sends"),
};
static const struct option compile_modules_options[] = {
    {.name = "modules",
     .type = OPTION_COUNT,
     .fallback = "30",
     .min = 1,
     .max = 30,
     .help = "of the standard library"},
    COUNT_ROW("rounds", "1", "how often all of them are compiled"),
};
static const struct option json_work_options[] = {
    COUNT_ROW("documents", "1500", "of 25 records each"),
};
static const struct option regex_text_options[] = {
    COUNT_ROW("lines", "20000", "of generated text"),
};
static const struct option web_like_options[] = {
    COUNT_ROW("requests", "60000", "each makes an order of 1 to 8 rows"),
};

#define PROGRAM(program, unit, about)                                                              \
    {                                                                                              \
        .name = #program, .summary = (about), .operation_unit = (unit),                            \
        .options = program##_options, .option_count = COUNT_OF(program##_options)                  \
    }

static const struct program programs[] = {
    PROGRAM(asyncio_echo, "message", "an echo server and its clients in one event loop"),
    PROGRAM(compile_modules, "module", "parses and compiles modules of the standard library"),
    PROGRAM(json_work, "document", "writes nested records as JSON and reads them back"),
    PROGRAM(regex_text, "line", "regular expressions over generated text"),
    PROGRAM(web_like, "request", "a request loop over data classes, with sessions"),
};

static const struct option own_options[] = {
    {.name = "args",
     .type = OPTION_TEXT,
     .help = "its arguments, separated by blanks (%20); a backslash before a blank keeps it"},
    {.name = "env",
     .type = OPTION_TEXT,
     .help = "names of variables that it inherits, separated by blanks; others it does not see"},
    {.name = "operations",
     .type = OPTION_COUNT,
     .min = 1,
     .max = UINT64_C(1) << 53,
     .help = "that one run does, for its throughput; not known unless given"},
};

size_t program_count(void)
{
    return COUNT_OF(programs);
}

const struct program *program_at(size_t index)
{
    CHECK(index < COUNT_OF(programs));
    return &programs[index];
}

const struct option *program_own_options(size_t *count)
{
    *count = COUNT_OF(own_options);
    return own_options;
}

static const struct program *find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        if (strcmp(programs[i].name, name) == 0) {
            return &programs[i];
        }
    }
    return NULL;
}

/* The options of a checked spec, and their values. */
static void options_of(const struct program_spec *self, struct options *out)
{
    const struct program *program = self->path[0] == '\0' ? find(self->part.name) : NULL;
    CHECK(program != NULL || self->path[0] != '\0');
    const struct option *rows = program != NULL ? program->options : own_options;
    size_t count = program != NULL ? program->option_count : COUNT_OF(own_options);
    CHECK(spec_options(&self->part, rows, count, out, NULL));
}

static bool unknown(const char *name, struct error *error)
{
    char known[256] = "";
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, " %s", programs[i].name);
    }
    return error_set(error, "unknown program %s; known are%s; a path has a / or a .", name, known);
}

static bool is_name(const char *text, size_t length)
{
    bool legal = length > 0 && islower((unsigned char)text[0]);
    for (size_t i = 0; legal && i < length; i++) {
        legal = islower((unsigned char)text[i]) || isdigit((unsigned char)text[i]) ||
                text[i] == '_' || text[i] == '-';
    }
    return legal;
}

/* A path is the value of an option that nobody else can write. */
static bool parse_own(const char *text, size_t length, size_t head, struct spec *spec,
                      struct program_spec *out, struct error *error)
{
    char written[SPEC_TEXT_MAX];
    int wrote = snprintf(written, sizeof written, "path:path=%.*s%s%.*s", (int)head, text,
                         head < length ? "," : "", head < length ? (int)(length - head - 1) : 0,
                         text + head + (head < length));
    if (head == 0 || wrote < 0 || (size_t)wrote >= sizeof written) {
        return error_set(error, head == 0 ? "no name and no path" : "longer than %d bytes",
                         SPEC_TEXT_MAX - 1);
    }
    if (!spec_parse(written, (size_t)wrote, spec, error)) {
        return false;
    }
    struct spec_part *part = &spec->part[0];
    memcpy(out->path, part->pair[0].value, sizeof out->path);
    part->pair_count--;
    memmove(&part->pair[0], &part->pair[1], part->pair_count * sizeof part->pair[0]);
    return true;
}

static bool check(const struct program_spec *self, struct error *error)
{
    struct options options;
    const struct program *program = find(self->part.name);
    if (self->path[0] != '\0') {
        return spec_options(&self->part, own_options, COUNT_OF(own_options), &options, error);
    }
    return program == NULL ? unknown(self->part.name, error)
                           : spec_options(&self->part, program->options, program->option_count,
                                          &options, error);
}

bool program_parse(const char *text, size_t length, struct program_spec *out, struct error *error)
{
    struct spec spec;
    const char *colon = memchr(text, ':', length);
    size_t head = colon != NULL ? (size_t)(colon - text) : length;
    out->path[0] = '\0';
    if (!(is_name(text, head) ? spec_parse(text, length, &spec, error)
                              : parse_own(text, length, head, &spec, out, error))) {
        return false;
    }
    if (spec.part_count > 1) {
        return error_set(error, "only allocators take wrappers behind a +");
    }
    out->part = spec.part[0];
    return check(out, error);
}

bool program_print(const struct program_spec *self, enum spec_form form, char *buffer,
                   size_t length)
{
    struct options options;
    char head[3 * OPTION_TEXT_LENGTH + 1] = "";
    options_of(self, &options);
    if (self->path[0] == '\0') {
        snprintf(head, sizeof head, "%s", self->part.name);
    } else if (!spec_escape(self->path, head, sizeof head)) {
        return false;
    }
    buffer[0] = '\0';
    return spec_print(head, &options, form, buffer, length);
}

const char *program_name(const struct program_spec *self)
{
    const char *slash = strrchr(self->path, '/');
    return self->path[0] == '\0' ? self->part.name : slash != NULL ? slash + 1 : self->path;
}

uint64_t program_operations(const struct program_spec *self, const char **unit)
{
    struct options options;
    options_of(self, &options);
    if (self->path[0] != '\0') {
        *unit = "operation";
        return options_number(&options, "operations");
    }
    uint64_t product = 1;
    for (size_t i = 0; i < options.count; i++) {
        product *= options.value[i].number;
    }
    *unit = find(self->part.name)->operation_unit;
    return product;
}

/* Append an argument of `length` bytes; false: no room. */
static char *add_argument(struct program_command *out, size_t *used, const char *text,
                          size_t length)
{
    if (out->count == PROGRAM_ARGUMENTS_MAX || *used + length + 1 > sizeof out->text) {
        return NULL;
    }
    char *argument = out->text + *used;
    memcpy(argument, text, length);
    argument[length] = '\0';
    *used += length + 1;
    out->argument[out->count++] = argument;
    out->argument[out->count] = NULL;
    return argument;
}

/* Words of `text`; a backslash keeps the byte behind it. */
static bool add_words(struct program_command *out, size_t *used, const char *text)
{
    char word[OPTION_TEXT_LENGTH];
    size_t length = 0;
    bool any = false;
    for (const char *at = text;; at++) {
        if (*at == '\0' || *at == ' ') {
            if (any && add_argument(out, used, word, length) == NULL) {
                return false;
            }
            length = 0;
            any = false;
            if (*at == '\0') {
                return true;
            }
            continue;
        }
        at += *at == '\\' && at[1] != '\0';
        word[length++] = *at;
        any = true;
    }
}

static bool find_script(const struct program_spec *self, char *path, size_t length,
                        struct error *error)
{
    static const char *const places[] = {"cpython/programs", "share/heapdyno/programs", NULL};
    char file[SPEC_NAME_LENGTH + 4];
    if (self->path[0] != '\0') { /* never an option of the interpreter */
        snprintf(path, length, "%s%s", self->path[0] == '-' ? "./" : "", self->path);
        return access(path, R_OK) == 0 || error_set(error, "%s: %s", path, strerror(errno));
    }
    snprintf(file, sizeof file, "%s.py", self->part.name);
    return beside_find("HEAPDYNO_PROGRAMS", places, file, path, length) ||
           error_set(error,
                     "%s is neither in cpython/programs nor beside this program; set "
                     "HEAPDYNO_PROGRAMS to its folder",
                     file);
}

bool program_command(const struct program_spec *self, struct program_command *out,
                     struct error *error)
{
    struct options options;
    char path[PROGRAM_TEXT_MAX];
    size_t used = 0;
    options_of(self, &options);
    out->count = 0;
    if (!find_script(self, path, sizeof path, error)) {
        return false;
    }
    bool fits = add_argument(out, &used, path, strlen(path)) != NULL;
    if (self->path[0] != '\0') {
        fits = fits && add_words(out, &used, options_text(&options, "args"));
    }
    for (size_t i = 0; self->path[0] == '\0' && i < options.count; i++) {
        const char *text = options.value[i].text;
        fits = fits && add_argument(out, &used, text, strlen(text)) != NULL;
    }
    return fits || error_set(error, "%s: more than %d arguments, or too long", program_name(self),
                             PROGRAM_ARGUMENTS_MAX - 1);
}

void program_inherits(const struct program_spec *self, char names[OPTION_TEXT_LENGTH])
{
    struct options options;
    names[0] = '\0';
    if (self->path[0] != '\0') {
        options_of(self, &options);
        memcpy(names, options_text(&options, "env"), OPTION_TEXT_LENGTH);
    }
}
