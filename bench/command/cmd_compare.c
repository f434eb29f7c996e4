/* heapdyno compare A B: is B worse than A? */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/report/report_compare.h"

static const struct option compare_options[] = {
    {.name = "max-regress",
     .type = OPTION_REAL,
     .fallback = "3%",
     .max = 100,
     .help = "how much worse is still no regression"},
    {.name = "force",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "compare runs of different machines"},
};

static const struct usage usage = {
    .command = "compare",
    .operands = "A B",
    .about =
        "Pairs the cells of two runs and judges B: counts first, which are exact, then memory\n"
        "and times by their 95 % intervals. Exit status: 0 no regression, 1 regression,\n"
        "2 cannot tell (or wrong usage).\n",
    .options = compare_options,
    .option_count = COUNT_OF(compare_options),
    .operand_min = 2,
    .operand_max = 2,
};

enum { EXIT_CANNOT_TELL = 2 };

static void print(struct table *table)
{
    if (table_rows(table) > 0) {
        table_print(table, stdout);
    }
    table_close(table);
}

static int compare(const struct report *a, const struct report *b, double tolerance)
{
    struct comparison comparison;
    struct table table;
    compare_runs(a, b, tolerance, &comparison);
    printf("%zu cells in both, %zu only in A, %zu only in B\n", comparison.cells,
           a->groups - comparison.cells, b->groups - comparison.cells);
    compare_table(&comparison, &table);
    print(&table);
    compare_cells(a, b, &table);
    print(&table);
    printf("\n%s, at a tolerance of %g %%\n", compare_verdict_name(comparison.verdict),
           tolerance * 100.0);
    return comparison.verdict == COMPARE_SAME         ? EXIT_OK
           : comparison.verdict == COMPARE_REGRESSION ? EXIT_BAD_RUN
                                                      : EXIT_CANNOT_TELL;
}

int cmd_compare(int argc, char **argv)
{
    struct arguments arguments;
    struct report a, b;
    struct error error;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (!report_open(arguments.operand[0], false, &a, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    if (!report_open(arguments.operand[1], false, &b, &error)) {
        report_close(&a);
        return usage_error(&usage, "%s", error.text);
    }
    if (strcmp(a.machine, b.machine) != 0 && !options_on(&arguments.options, "force")) {
        status = usage_error(&usage,
                             "the runs are of different machines (%.32s, %.32s): times do not "
                             "compare; --force compares them all the same",
                             a.machine, b.machine);
    } else {
        status = compare(&a, &b, options_real(&arguments.options, "max-regress"));
    }
    report_close(&a);
    report_close(&b);
    return status;
}
