/* heapdyno why: what a metric means, its unit, the test behind it, and what docs/model.md says of
 * it: how far it is CPython's. */
#include <stdio.h>
#include <string.h>

#include "base/beside.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/record/metric.h"

static const struct usage usage = {
    .command = "why",
    .operands = "METRIC",
    .about =
        "A field of the record, or a figure derived of them; `heapdyno list metrics` has all.\n"
        "    heapdyno why rss_bytes_peak\n",
    .operand_min = 1,
    .operand_max = 1,
};

enum { MODEL_LINE_MAX = 4096 };

/* Print one cell of a row, "| … |", without blanks around it and without backticks. */
static void print_cell(const char *what, const char *cell)
{
    size_t length = strcspn(cell, "|");
    while (length > 0 && cell[length - 1] == ' ') {
        length--;
    }
    printf("  %s", what);
    for (size_t i = 1; i < length; i++) {
        if (cell[i] != '`') {
            putchar(cell[i]);
        }
    }
    putchar('\n');
}

/* The row of "What figures rest on" that has `name` in its first cell; silent where there is none. */
static void print_model(const char *name)
{
    static const char *const places[] = {"docs", "share/doc/heapdyno", NULL};
    char path[4096], quoted[80], line[MODEL_LINE_MAX];
    bool inside = false;
    snprintf(quoted, sizeof quoted, "`%.64s`", name);
    FILE *page = beside_find("HEAPDYNO_DOCS", places, "model.md", path, sizeof path)
                     ? fopen(path, "re")
                     : NULL;
    while (page != NULL && fgets(line, sizeof line, page) != NULL) {
        if (strncmp(line, "## ", 3) == 0) {
            inside = strncmp(line, "## What figures rest on", 23) == 0;
        }
        char *second = inside && line[0] == '|' ? strchr(line + 1, '|') : NULL;
        char *third = second != NULL ? strchr(second + 1, '|') : NULL;
        const char *found = strstr(line, quoted);
        if (third != NULL && found != NULL && found < second) {
            print_cell("model: ", second + 1);
            print_cell("shown by: ", third + 1);
        }
    }
    if (page != NULL) {
        fclose(page);
    }
}

int cmd_why(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const struct metric_row *metric = metric_find(arguments.operand[0]);
    if (metric == NULL) {
        return usage_error(&usage, "no metric '%.64s'; `heapdyno list metrics` has all",
                           arguments.operand[0]);
    }
    printf("%s\n  %s\n  unit: %s\n  in:   %s\n", arguments.operand[0], metric->meaning,
           metric->unit, metric->found);
    printf("  test: %s\n", metric->test[0] != '\0' ? metric->test : "none: it is read as it is");
    print_model(arguments.operand[0]);
    return EXIT_OK;
}
