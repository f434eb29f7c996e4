/* heapdyno plan: the measurements of a plan, numbered as `heapdyno cell PLAN INDEX` takes them, and
 * how long they will take by what earlier runs say. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/run/estimate.h"
#include "bench/command/matrix_options.h"

static const struct option plan_options[] = {
    MATRIX_OPTIONS,
    PLAN_ROW_REPS,
    {.name = "counts",
     .type = OPTION_BOOL,
     .fallback = "on",
     .help = "no counting process beside the timed ones"},
    {.name = "quick",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "the sections [quick ...] of the plan"},
    {.name = "count",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print the number of measurements only"},
    {.name = "results",
     .type = OPTION_PATH,
     .help = "folder of earlier runs, for the estimate [results]"},
};

static const struct usage usage = {
    .command = "plan",
    .operands = "[PLAN.ini]",
    .about =
        "Columns: index, kind, repetition, cell. Reads nothing but the plan; measures nothing.\n",
    .options = plan_options,
    .option_count = COUNT_OF(plan_options),
    .operand_max = 1,
};

static void print_cells(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        printf("%zu\t%s\t%llu\t%s\n", i, record_kind_name(plan->item[i].kind),
               (unsigned long long)plan->item[i].rep, plan->item[i].line);
    }
}

int cmd_plan(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    struct plan plan;
    struct error error;
    plan_init(&plan);
    struct matrix matrix = matrix_of_arguments(&arguments);
    matrix.reps = options_number(&arguments.options, "reps");
    matrix.counts = options_on(&arguments.options, "counts");
    plan.quick = options_on(&arguments.options, "quick");
    bool ok = arguments.operand_count == 0 ? matrix_add(&plan, &matrix, &error)
              : matrix_given(&matrix)
                  ? error_set(&error, "a plan and options that make one exclude each other")
                  : plan_read(&plan, arguments.operand[0], &error);
    if (!ok) {
        plan_free(&plan);
        return usage_error(&usage, "%s", error.text);
    }
    plan_shuffle(&plan);
    const char *results = arguments_text(&arguments, "results");
    if (options_on(&arguments.options, "count")) {
        printf("%zu\n", plan.count);
    } else {
        print_cells(&plan);
        estimate_print(&plan, results != NULL ? results : "results");
    }
    plan_free(&plan);
    return EXIT_OK;
}
