/* Lines to paste; see advice.h. The library's own settings are those of the environment in which the
 * cell was measured, so that what is pasted is what was measured. */
#include "bench/tune/advice.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/cell/cell.h"
#include "bench/cell/environ.h"

/* For our own loading of libraries, or about messages only: nothing for a program. */
static const char *const ours[] = {"glibc.rtld.optional_static_tls=16384",
                                   "TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD"};

static bool changes_threshold(const struct settings *settings, const struct setting *setting)
{
    return !setting->off &&
           memcmp(setting->threshold, settings->python->threshold, sizeof setting->threshold) != 0;
}

static bool changes_collection(const struct settings *settings, const struct setting *setting)
{
    return setting->off || setting->freeze != FREEZE_NEVER || changes_threshold(settings, setting);
}

static void print_python(FILE *out, const struct settings *settings, const struct setting *setting)
{
    fputs("    import gc\n", out);
    if (setting->off) {
        fputs("    gc.disable()  # a library may enable it again: then gc.set_threshold(0)\n", out);
    } else if (memcmp(setting->threshold, settings->python->threshold, sizeof setting->threshold) !=
               0) {
        fprintf(out, "    gc.set_threshold(%u, %u, %u)\n", setting->threshold[0],
                setting->threshold[1], setting->threshold[2]);
    }
    if (setting->freeze == FREEZE_COLLECTED) {
        fputs("    gc.collect()  # when set-up is over\n    gc.freeze()\n", out);
    } else if (setting->freeze == FREEZE_SETUP) {
        fputs("    gc.freeze()  # when set-up is over: all imported, caches filled\n", out);
    }
}

/* The tunables that are the program's own, each once (two heaps may both have asked for one); ""
 * if there are none. Other variables are taken whole. */
static void own_part(const char *name, const char *value, char *text, size_t length)
{
    size_t at = 0;
    text[0] = '\0';
    while (*value != '\0') {
        char part[512];
        size_t n = strcmp(name, "GLIBC_TUNABLES") == 0 ? strcspn(value, ":") : strlen(value);
        snprintf(part, sizeof part, "%.*s", (int)n, value);
        if (strcmp(part, ours[0]) != 0 && strstr(text, part) == NULL) {
            at += (size_t)snprintf(text + at, length - at, "%s%s", at > 0 ? ":" : "", part);
        }
        value += n + (value[n] == ':');
    }
}

static void print_variables(FILE *out, const struct settings *settings,
                            const struct setting *setting)
{
    char line[CELL_LINE_MAX], text[512];
    struct cell *cell = malloc(sizeof *cell);
    struct environment environment;
    struct error error;
    CHECK(cell != NULL);
    setting_cell(settings, setting, "null", line, sizeof line);
    CHECK(cell_parse(line, NULL, cell, &error));
    environ_of_cell(cell, NULL, &environment);
    for (size_t i = 0; i < environment.count; i++) {
        const char *name = environment.variable[i].name;
        own_part(name, environment.variable[i].value, text, sizeof text);
        if (strcmp(name, ours[1]) != 0 && text[0] != '\0') {
            fprintf(out, " %s=%s", name, text);
        }
    }
    free(cell);
}

static void print_preload(FILE *out, const char *version)
{
    const char *from = strrchr(version, '('), *to = strrchr(version, ')');
    if (from != NULL && to != NULL && from < to) {
        fprintf(out, " LD_PRELOAD=%.*s", (int)(to - from - 1), from + 1);
    }
}

void advice_print(FILE *out, const struct settings *settings, const struct setting *setting,
                  const char *version)
{
    bool pymalloc = strcmp(setting->allocator, "pymalloc") == 0;
    if (changes_collection(settings, setting)) {
        fputs("in the program:\n", out);
        print_python(out, settings, setting);
    }
    if (!pymalloc) {
        fputs("in its environment:\n    PYTHONMALLOC=malloc", out);
        if (strncmp(setting->allocator, "malloc", 6) != 0) {
            print_preload(out, version);
        }
        print_variables(out, settings, setting);
        fputc('\n', out);
    }
}

void advice_verify(FILE *out, const struct settings *settings, const struct setting *setting)
{
    static const char *const freezes[] = {"", "freeze=fork", "freeze=collect-fork"};
    const char *between = "";
    fputs("    heapdyno verify", out);
    if (changes_collection(settings, setting)) {
        fputs(" --set ", out);
        if (setting->off) {
            fputs("gc=off", out);
            between = ",";
        } else if (changes_threshold(settings, setting)) {
            fprintf(out, "threshold=%u/%u/%u", setting->threshold[0], setting->threshold[1],
                    setting->threshold[2]);
            between = ",";
        }
        if (setting->freeze != FREEZE_NEVER) {
            fprintf(out, "%s%s", between, freezes[setting->freeze]);
        }
    }
    if (strcmp(setting->allocator, "pymalloc") != 0) {
        fprintf(out, " --allocator %.*s", (int)strcspn(setting->allocator, ":"),
                setting->allocator);
    }
    fputs(" --load YOUR-LOAD -- YOUR-PROGRAM\n", out);
}
