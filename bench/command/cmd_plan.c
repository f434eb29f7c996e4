/* heapdyno plan: the measurements of a plan, numbered as `heapdyno cell PLAN INDEX` takes them, and
 * how long they will take by what earlier runs say. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/matrix_options.h"
#include "bench/run/estimate.h"
#include "bench/run/pilot.h"

static const struct option plan_options[] = {
    MATRIX_OPTIONS,
    PLAN_ROW_REPS,
    PLAN_ROW_COUNTS,
    {.name = "quick",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "the sections [quick ...] of the plan"},
    {.name = "count",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print the number of measurements only"},
    PLAN_ROWS_PRECISION,
    {.name = "pilot",
     .type = OPTION_COUNT,
     .fallback = "5",
     .max = 100,
     .help = "processes of a cell of which earlier runs know less, for --half-width"},
    {.name = "results",
     .type = OPTION_PATH,
     .help = "folder of earlier runs, for the estimate [results]"},
};

static const struct usage usage = {
    .command = "plan",
    .operands = "[PLAN.ini]",
    .about =
        "Columns: index, kind, repetition, cell. Reads nothing but the plan; measures nothing.\n"
        "With --half-width: how many processes each cell needs, and the time that takes, by\n"
        "earlier runs on this machine; of cells that they lack a pilot is run.\n",
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

/* A goal of 0 is refused: no number of processes reaches it. */
static int print_processes(const struct arguments *arguments, const struct plan *plan,
                           const char *results)
{
    const struct options *options = &arguments->options;
    struct precision_goal goal = {"run_ns", options_real(options, "half-width"),
                                  options_number(options, "max-reps")};
    struct pilot pilot = {results, options_number(options, "pilot"), false};
    struct precisions precisions;
    struct error error;
    if (goal.half_width <= 0.0) {
        return usage_error(&usage, "--half-width: 0 is reached by no number of processes");
    }
    if (!pilot_precisions(&pilot, plan, &goal, &precisions, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    pilot_print(&precisions, &goal);
    size_t known = 0;
    for (size_t i = 0; i < precisions.count; i++) {
        known += precisions.cell[i].needed > 0;
    }
    precisions_close(&precisions);
    return known > 0 ? EXIT_OK
                     : usage_error(&usage, "no cell gave enough trusted times to tell from");
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
    const char *results = arguments_text(&arguments, "results");
    results = results != NULL ? results : "results";
    status = EXIT_OK;
    if (options_on(&arguments.options, "count")) {
        printf("%zu\n", plan.count);
    } else if (options_get(&arguments.options, "half-width")->set) {
        status = print_processes(&arguments, &plan, results);
    } else {
        plan_shuffle(&plan);
        print_cells(&plan);
        estimate_print(&plan, results);
    }
    plan_free(&plan);
    return status;
}
