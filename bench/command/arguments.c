/* Reading a command's arguments; see arguments.h. */
#include "bench/command/arguments.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/command.h"

static void print_option(const struct option *row)
{
    char range[160], left[96];
    bool is_switch = row->type == OPTION_BOOL;
    bool on = is_switch && row->fallback != NULL && strcmp(row->fallback, "on") == 0;
    snprintf(left, sizeof left, "--%s%s%s", on ? "no-" : "", row->name,
             is_switch                                                ? ""
             : (row->type == OPTION_TEXT || row->type == OPTION_PATH) ? " …"
                                                                      : " N");
    printf("  %-20s %s", left, row->help);
    if (!is_switch && row->type != OPTION_TEXT && row->type != OPTION_PATH) {
        printf(" (%s)", option_range(row, range, sizeof range));
    }
    if (!is_switch && row->fallback != NULL) {
        printf(" [%s]", row->fallback);
    }
    putchar('\n');
}

static void print_usage(const struct usage *usage)
{
    const char *operands = usage->operands != NULL ? usage->operands : "";
    printf("usage: heapdyno %s%s%s%s\n", usage->command,
           usage->option_count > 0 ? " [OPTIONS…]" : "", operands[0] != '\0' ? " " : "", operands);
    const struct command *command = command_find(usage->command);
    printf("\n%s\n", command != NULL ? command->help : "");
    if (usage->about != NULL) {
        printf("\n%s", usage->about);
    }
    if (usage->option_count > 0) {
        putchar('\n');
    }
    for (size_t i = 0; i < usage->option_count; i++) {
        print_option(&usage->options[i]);
    }
}

int usage_error(const struct usage *usage, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "heapdyno %s: ", usage->command);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return EXIT_USAGE;
}

static const struct option *find_option(const struct usage *usage, const char *name, size_t length,
                                        size_t *index)
{
    for (size_t i = 0; i < usage->option_count; i++) {
        if (strlen(usage->options[i].name) == length &&
            strncmp(usage->options[i].name, name, length) == 0) {
            *index = i;
            return &usage->options[i];
        }
    }
    return NULL;
}

static int unknown_option(const struct usage *usage, const char *argument)
{
    char known[1024] = "";
    for (size_t i = 0, at = 0; i < usage->option_count && at < sizeof known; i++) {
        at += (size_t)snprintf(known + at, sizeof known - at, " --%s", usage->options[i].name);
    }
    return usage_error(usage, "unknown option %.64s; known are%s --help", argument, known);
}

/* One option at argv[*at]; moves *at past its value. 0, or the exit status. */
static int read_option(const struct usage *usage, char **argv, int argc, int *at,
                       struct arguments *out)
{
    const char *argument = argv[*at], *name = argument + 2;
    size_t length = strcspn(name, "="), index;
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const struct option *row = find_option(usage, name, length, &index);
    if (row == NULL && strncmp(name, "no-", 3) == 0 && value == NULL) {
        row = find_option(usage, name + 3, length - 3, &index);
        row = row != NULL && row->type == OPTION_BOOL ? row : NULL;
        value = "off";
    }
    if (row == NULL) {
        return unknown_option(usage, argument);
    }
    if (value == NULL && row->type == OPTION_BOOL) {
        value = "on";
    } else if (value == NULL) {
        if (*at + 1 == argc) {
            return usage_error(usage, "option --%s has no value", row->name);
        }
        value = argv[++*at];
    }
    if (strlen(value) >= ARGUMENTS_TEXT_MAX) {
        return usage_error(usage, "the value of --%s is longer than %d bytes", row->name,
                           ARGUMENTS_TEXT_MAX - 1);
    }
    out->text[index] = value;
    struct error error;
    if (row->type != OPTION_TEXT && row->type != OPTION_PATH &&
        !options_set(&out->options, row->name, value, &error)) {
        return usage_error(usage, "--%s", error.text + strlen("option "));
    }
    return 0;
}

static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

bool arguments_read(const struct usage *usage, int argc, char **argv, struct arguments *out,
                    int *status)
{
    memset(out, 0, sizeof *out);
    options_default(&out->options, usage->options, usage->option_count);
    bool only_operands = false;
    out->operand = argv; /* operands move to the front, over arguments already read */
    for (int at = 1; at < argc; at++) {
        if (only_operands || !is_option(argv[at])) {
            out->operand[out->operand_count++] = argv[at];
        } else if (strcmp(argv[at], "--") == 0) {
            only_operands = true;
        } else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            print_usage(usage);
            *status = EXIT_OK;
            return false;
        } else if (argv[at][1] != '-') {
            *status = unknown_option(usage, argv[at]);
            return false;
        } else if ((*status = read_option(usage, argv, argc, &at, out)) != 0) {
            return false;
        }
    }
    if (out->operand_count < usage->operand_min || out->operand_count > usage->operand_max) {
        *status = usage_error(usage, "%zu operands given, wanted: %s", out->operand_count,
                              usage->operands[0] ? usage->operands : "none");
        return false;
    }
    return true;
}

const char *arguments_text(const struct arguments *self, const char *name)
{
    for (size_t i = 0; i < self->options.count; i++) {
        if (strcmp(self->options.table[i].name, name) == 0) {
            return self->text[i];
        }
    }
    UNREACHABLE("no such option in the table of this command");
}

bool arguments_join(const struct arguments *self, size_t from, char *line, size_t length)
{
    size_t at = 0;
    line[0] = '\0';
    for (size_t i = from; i < self->operand_count && at < length; i++) {
        at += (size_t)snprintf(line + at, length - at, "%s%s", i == from ? "" : " ",
                               self->operand[i]);
    }
    return at < length;
}
