/* heapdyno run: a plan, or a matrix from options, measured into results/RUN. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/experiment/experiment.h"
#include "bench/run/estimate.h"
#include "bench/command/matrix_options.h"
#include "bench/run/rounds.h"
#include "bench/run/run.h"
#include "bench/run/traces.h"

static const struct option run_options[] = {
    MATRIX_OPTIONS,
    PLAN_ROW_REPS,
    PLAN_ROW_COUNTS,
    {.name = "instructions",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "one process of each cell more, under valgrind, that counts instructions"},
    PLAN_ROW_TIME_LIMIT(NULL, "of one process, 2 min unless given"),
    PLAN_ROW_MEMORY_LIMIT("RSS of one process group, 3/4 of the memory unless given"),
    {.name = "reruns",
     .type = OPTION_COUNT,
     .max = 10,
     .help = "how often an untrusted cell is measured again, 2 unless given"},
    {.name = "order-seed", .type = OPTION_COUNT, .help = "seed of the shuffle, 1 unless given"},
    {.name = "experiment",
     .type = OPTION_TEXT,
     .help = "run the plan of this experiment and answer its question (heapdyno list experiments)"},
    {.name = "quick",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "the sections [quick ...] of the plan: smaller sizes, fewer processes"},
    PLAN_ROWS_PRECISION,
    {.name = "out",
     .type = OPTION_PATH,
     .help = "folder of this run; its last part is the run's name [results/TIME]"},
    {.name = "resume", .type = OPTION_PATH, .help = "go on with the run in this folder"},
    {.name = "quiet", .type = OPTION_BOOL, .fallback = "off", .help = "no progress"},
};

static const struct usage usage = {
    .command = "run",
    .operands = "[PLAN.ini]",
    .about =
        "Each cell is measured in fresh processes, in shuffled order. Records are kept as they\n"
        "are made; --resume goes on after a crash. Prints the folder of the run.\n"
        "    heapdyno run --allocator malloc,jemalloc:decay=0 --threshold 700/10/10,off\n"
        "                 --workload web,cycles --reps 5\n"
        "    heapdyno run --experiment pause --quick\n",
    .options = run_options,
    .option_count = COUNT_OF(run_options),
    .operand_max = 1,
};

static size_t sum(const size_t by_verdict[VERDICTS])
{
    size_t n = 0;
    for (int i = 0; i < VERDICTS; i++) {
        n += by_verdict[i];
    }
    return n;
}

static void print_verdicts(const char *kind, const size_t by_verdict[VERDICTS])
{
    fprintf(stderr, "  %zu %s:", sum(by_verdict), kind);
    const char *before = " ";
    for (int i = 0; i < VERDICTS; i++) {
        if (by_verdict[i] > 0) {
            fprintf(stderr, "%s%zu %s", before, by_verdict[i], verdict_name((enum verdict)i));
            before = ", ";
        }
    }
    fputc('\n', stderr);
}

/* The experiment that was asked for; NULL: none. False with a message when it is unknown. */
static bool read_experiment(const struct arguments *arguments, const struct experiment **out,
                            struct error *error)
{
    const char *name = arguments_text(arguments, "experiment");
    *out = name != NULL ? experiment_find(name) : NULL;
    return name == NULL || *out != NULL ||
           error_set(error, "'%.64s' is no experiment; heapdyno list experiments shows them", name);
}

static int summarize(const struct run_summary *summary, const struct journal *journal)
{
    size_t bad = 0;
    static const enum verdict bad_verdicts[] = {VERDICT_FAILED, VERDICT_TIMEOUT, VERDICT_MEMORY};
    for (size_t i = 0; i < COUNT_OF(bad_verdicts); i++) {
        bad += summary->timed[bad_verdicts[i]] + summary->counted[bad_verdicts[i]];
    }
    fprintf(stderr, "\r\033[Krecords in %s:\n" + (isatty(2) ? 0 : 4), journal->folder);
    print_verdicts("timed", summary->timed);
    if (sum(summary->counted) > 0) {
        print_verdicts("counted", summary->counted);
    }
    if (summary->differing > 0) {
        fprintf(stderr, "  %zu checksums differ from the others: failed\n", summary->differing);
    }
    if (sum(summary->timed) > 0 && summary->timed[VERDICT_SKIPPED] == sum(summary->timed)) {
        fprintf(stderr, "heapdyno run: no cell of this plan can run here: %s\n",
                summary->why_skipped[0] != '\0' ? summary->why_skipped : "the records say why");
        return EXIT_USAGE;
    }
    return bad > 0 ? EXIT_BAD_RUN : EXIT_OK;
}

/* What options say beyond the plan. */
static void take_settings(const struct options *options, struct plan *plan)
{
    if (options_get(options, "time-limit")->set) {
        plan->limits.time_ns = options_number(options, "time-limit");
    }
    if (options_get(options, "memory-limit")->set) {
        plan->limits.rss_bytes = options_number(options, "memory-limit");
    }
    if (options_get(options, "reruns")->set) {
        plan->reruns = options_number(options, "reruns");
    }
    if (options_get(options, "order-seed")->set) {
        plan->seed = options_number(options, "order-seed");
    }
}

static bool read_plan(const struct arguments *arguments, struct plan *plan, struct error *error)
{
    const struct options *options = &arguments->options;
    struct matrix matrix = matrix_of_arguments(arguments);
    matrix.reps = options_number(options, "reps");
    if (options_get(options, "half-width")->set && matrix.reps < ROUNDS_PILOT) {
        matrix.reps = ROUNDS_PILOT;
    }
    matrix.counts = options_on(options, "counts");
    const struct experiment *experiment;
    char path[PATH_MAX];
    if (!read_experiment(arguments, &experiment, error)) {
        return false;
    }
    plan->quick = options_on(options, "quick");
    plan->reps = arguments_text(arguments, "reps") != NULL ? matrix.reps : 0;
    plan->instructions = options_on(options, "instructions");
    if (arguments->operand_count == 1 || experiment != NULL) {
        if (matrix_given(&matrix) || (arguments->operand_count == 1 && experiment != NULL)) {
            return error_set(error, "a plan, an experiment, and options that make a plan exclude "
                                    "each other");
        }
        if (experiment != NULL && !experiment_plan(experiment, path, sizeof path, error)) {
            return false;
        }
        if (!plan_read(plan, experiment != NULL ? path : arguments->operand[0], error)) {
            return false;
        }
    } else if (plan->quick) {
        return error_set(error, "--quick is for a plan or an experiment");
    } else if (!matrix_add(plan, &matrix, error)) {
        return false;
    }
    take_settings(options, plan);
    plan_shuffle(plan);
    return true;
}

static bool start_run(const struct arguments *arguments, struct plan *plan, struct journal *journal,
                      struct error *error)
{
    char folder[JOURNAL_DEFAULT_MAX], path[JOURNAL_PATH_MAX + 32];
    const char *out = arguments_text(arguments, "out");
    journal_default_folder(arguments_text(arguments, "experiment"), folder);
    if (!read_plan(arguments, plan, error) ||
        !journal_create(journal, out != NULL ? out : folder, error)) {
        return false;
    }
    if (!plan_store(plan, journal_path(journal, "cells.tsv", path), error)) {
        journal_close(journal);
        unlink(journal_path(journal, "cells.jsonl", path)); /* it is empty */
        return false;
    }
    return true;
}

static bool resume_run(const struct arguments *arguments, struct plan *plan,
                       struct journal *journal, struct error *error)
{
    struct matrix matrix = matrix_of_arguments(arguments);
    char path[JOURNAL_PATH_MAX + 32];
    if (arguments->operand_count > 0 || matrix_given(&matrix) ||
        arguments_text(arguments, "out") != NULL || options_on(&arguments->options, "quick")) {
        return error_set(error,
                         "--resume goes on with the cells of its folder and takes no others");
    }
    if (!journal_resume(journal, arguments_text(arguments, "resume"), error)) {
        return false;
    }
    if (!plan_load(plan, journal_path(journal, "cells.tsv", path), error) ||
        !run_can_resume(journal, error)) {
        journal_close(journal);
        return false;
    }
    take_settings(&arguments->options, plan);
    return true;
}

/* By the runs beside this one. */
static void print_estimate(const struct plan *plan, const struct journal *journal)
{
    char beside[JOURNAL_PATH_MAX];
    const char *slash = strrchr(journal->folder, '/');
    size_t length = slash != NULL ? (size_t)(slash - journal->folder) : 0;
    snprintf(beside, sizeof beside, "%.*s", (int)length, journal->folder);
    estimate_print(plan, slash == NULL ? "." : slash == journal->folder ? "/" : beside);
}

/* The folder of the run, or the answer of the experiment. */
static int conclude(const struct arguments *arguments, const char *folder, int status)
{
    const struct experiment *experiment;
    struct error error;
    if (!read_experiment(arguments, &experiment, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    if (experiment == NULL) {
        puts(folder);
    } else if (!experiment_answer(experiment, folder, false, &error)) {
        fprintf(stderr, "heapdyno run: %s\n", error.text);
        return EXIT_BAD_RUN;
    }
    return status;
}

/* Zero, where no precision was asked for: the repetitions of the plan are all. */
static struct precision_goal goal_of(const struct options *options)
{
    return (struct precision_goal){"run_ns", options_real(options, "half-width"),
                                   options_number(options, "max-reps")};
}

int cmd_run(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    struct plan plan;
    struct journal journal;
    struct error error;
    plan_init(&plan);
    bool resume = arguments_text(&arguments, "resume") != NULL;
    if (!(resume ? resume_run : start_run)(&arguments, &plan, &journal, &error)) {
        plan_free(&plan);
        return usage_error(&usage, "%s", error.text);
    }
    if (!resume && !options_on(&arguments.options, "quiet")) {
        print_estimate(&plan, &journal);
    }
    struct run_summary summary;
    struct precision_goal goal = goal_of(&arguments.options);
    bool quiet = options_on(&arguments.options, "quiet");
    bool ok = traces_record(&plan, &journal, quiet, &error) &&
              rounds_run(&plan, &journal, &goal, quiet, &summary, &error);
    if (ok) {
        status = conclude(&arguments, journal.folder, summarize(&summary, &journal));
    } else {
        fprintf(stderr,
                "heapdyno run: %s\nwhat was measured is kept; go on with: heapdyno run "
                "--resume %s\n",
                error.text, journal.folder);
        status = EXIT_BAD_RUN;
    }
    journal_close(&journal);
    plan_free(&plan);
    return status;
}
