/* heapdyno learn: the lessons, listed; or one of them, its scenario or cell run while it is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/lesson.h"

static const struct option learn_options[] = {
    {.name = "lang",
     .type = OPTION_CHOICE,
     .fallback = "en",
     .choices = "en|ko",
     .help = "language of the lessons"},
};

static const struct usage usage = {
    .command = "learn",
    .operands = "[N]",
    .about = "What people are told about Python's memory, and what is so. Without N the lessons\n"
             "are listed; with N lesson N is shown, and what can run in it runs: left what it\n"
             "prints now, right what the lesson says. Exit status 1 when they differ.\n"
             "    heapdyno learn 20\n",
    .options = learn_options,
    .option_count = COUNT_OF(learn_options),
    .operand_max = 1,
};

enum { COLUMN_MIN = 32 };

#define INDENT "    "

/* Whole lines, indented; the first as is said. */
static void print_block(const char *text, const char *indent)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        printf("%s%.*s\n", indent, (int)length, text);
        indent = INDENT;
        text += length + (text[length] == '\n');
    }
}

static size_t widest(const char *text)
{
    size_t most = COLUMN_MIN;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        most = length > most ? length : most;
        text += length + (text[length] == '\n');
    }
    return most;
}

/* Both texts side by side, a mark between lines that differ; the number of those. */
static size_t print_beside(const char *now, const char *then, const char *heading, bool compare)
{
    int width = (int)widest(now);
    size_t differences = 0;
    printf("    %-*s    %s\n", width, "now", heading);
    while (*now != '\0' || *then != '\0') {
        size_t left = strcspn(now, "\n"), right = strcspn(then, "\n");
        bool differs = left != right || strncmp(now, then, left) != 0;
        differences += differs;
        printf("    %-*.*s  %s %.*s\n", width, (int)left, now, differs && compare ? "!" : " ",
               (int)right, then);
        now += left + (now[left] == '\n');
        then += right + (then[right] == '\n');
    }
    return compare ? differences : 0;
}

/* Run a block, print what it prints beside the `output` after it. */
static bool show_run(unsigned number, const struct lesson_part *part,
                     const struct lesson_part *expected)
{
    struct error error;
    char *output = malloc(LESSON_OUTPUT_MAX);
    bool ok =
        output != NULL ? lesson_run(number, part, output, &error) : error_set(&error, "no memory");
    bool measured = strcmp(expected->info, "measured") == 0;
    if (ok) {
        putchar('\n');
        ok = print_beside(output, expected->text, measured ? "when it was measured" : "expected",
                          !measured) == 0;
        error_set(&error, "what is printed now is not what the lesson says");
    }
    if (!ok) {
        fflush(stdout);
        fprintf(stderr, "heapdyno learn: lesson %u: %s\n", number, error.text);
    }
    free(output);
    return ok;
}

static bool is_run(const struct lesson_part *part)
{
    return part->kind == LESSON_SCENARIO || part->kind == LESSON_CELL;
}

static bool show_part(const struct lesson *lesson, size_t at)
{
    const struct lesson_part *part = &lesson->part[at];
    if (part->kind == LESSON_TEXT) {
        puts(part->text);
        return true;
    }
    if (!is_run(part)) {
        if (part->kind == LESSON_OUTPUT) {
            const char *version = strchr(part->info, ' ');
            printf(INDENT "-- CPython %s --\n", version != NULL ? version + 1 : "3.11");
        }
        print_block(part->text, INDENT);
        return true;
    }
    if (part->kind == LESSON_CELL) {
        printf("    $ heapdyno cell ");
        print_block(part->text, "");
    } else {
        printf("    $ heapdyno scenario %s%sFILE\n", part->info, part->info[0] != '\0' ? " " : "");
        print_block(part->text, INDENT);
    }
    static const struct lesson_part nothing = {.kind = LESSON_OUTPUT, .info = "", .text = ""};
    bool followed = at + 1 < lesson->part_count && lesson->part[at + 1].kind == LESSON_OUTPUT;
    return show_run(lesson->number, part, followed ? &lesson->part[at + 1] : &nothing);
}

static int show_lesson(const struct lesson *lesson)
{
    bool ok = true;
    printf("%u. %s\n\n%s\n", lesson->number, lesson->title, lesson->verdict);
    for (size_t i = 0; i < lesson->part_count; i++) {
        bool beside =
            lesson->part[i].kind == LESSON_OUTPUT && i > 0 && is_run(&lesson->part[i - 1]);
        ok = (beside || show_part(lesson, i)) && ok;
    }
    return ok ? EXIT_OK : EXIT_BAD_RUN;
}

static int list_lessons(const char *language, struct lesson *lesson)
{
    struct error error;
    for (unsigned i = 1; i <= LESSON_COUNT; i++) {
        if (!lesson_load(i, language, lesson, &error)) {
            return usage_error(&usage, "%s", error.text);
        }
        printf("%2u  %s\n    %s\n", i, lesson->title, lesson->verdict);
    }
    return EXIT_OK;
}

int cmd_learn(int argc, char **argv)
{
    struct arguments arguments;
    struct error error;
    int status;
    uint64_t number;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const char *language = options_text(&arguments.options, "lang");
    const char *asked = arguments.operand_count > 0 ? arguments.operand[0] : NULL;
    if (asked != NULL &&
        (!units_parse_count(asked, &number) || number < 1 || number > LESSON_COUNT)) {
        return usage_error(&usage, "no lesson '%.40s': 1 to %d, and `heapdyno learn` lists them",
                           asked, LESSON_COUNT);
    }
    struct lesson *lesson = malloc(sizeof *lesson);
    if (lesson == NULL) {
        fprintf(stderr, "heapdyno learn: no memory\n");
        return EXIT_BAD_RUN;
    }
    if (asked == NULL) {
        status = list_lessons(language, lesson);
    } else if (lesson_load((unsigned)number, language, lesson, &error)) {
        status = show_lesson(lesson);
    } else {
        status = usage_error(&usage, "%s", error.text);
    }
    free(lesson);
    return status;
}
