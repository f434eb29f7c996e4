/* heapdyno verify: is a proposed setting better, on the real program under the user's own load? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/python_program.h"
#include "bench/verify/verify.h"

#define SECOND UINT64_C(1000000000)

static const struct option verify_options[] = {
    {.name = "set",
     .type = OPTION_TEXT,
     .help = "proposed: threshold=50000/20/100,freeze=fork,gc=off (freeze: off|fork|collect-fork)"},
    {.name = "allocator",
     .type = OPTION_TEXT,
     .help = "proposed: pymalloc, malloc, jemalloc, mimalloc or tcmalloc"},
    {.name = "load", .type = OPTION_TEXT, .help = "shell command that makes the load and ends"},
    {.name = "for",
     .type = OPTION_DURATION,
     .fallback = "60s",
     .min = 1,
     .max = 3600 * SECOND,
     .help = "how long each setting is under load in all; at least 5 pairs, at most 40"},
    {.name = "pairs",
     .type = OPTION_COUNT,
     .min = VERIFY_PAIRS_MIN,
     .max = VERIFY_PAIRS_MAX,
     .help = "as many pairs of starts instead"},
    {.name = "ready",
     .type = OPTION_TEXT,
     .help = "shell command repeated until it succeeds: the program takes requests"},
    {.name = "warm",
     .type = OPTION_DURATION,
     .fallback = "2s",
     .max = 600 * SECOND,
     .help = "wait so long for the program instead"},
    {.name = "workers",
     .type = OPTION_COUNT,
     .max = 999,
     .help = "how many workers there should be; another number is a failure"},
    {.name = "machines",
     .type = OPTION_COUNT,
     .fallback = "1",
     .min = 1,
     .max = 1000000,
     .help = "for what it saves in all"},
    {.name = "predicted",
     .type = OPTION_PATH,
     .help =
         "run of heapdyno watch, of the program as it is, to predict from [the present trials]"},
    {.name = "order-seed", .type = OPTION_COUNT, .fallback = "1", .help = "of the order in a pair"},
    {.name = "out",
     .type = OPTION_PATH,
     .help = "folder of this run; its last part is the run's name [results/verify-TIME]"},
};

static const struct usage usage = {
    .command = "verify",
    .operands = "-- COMMAND…",
    .about =
        "Starts a Python program again and again, by turns as it is and with a proposed setting,\n"
        "puts each under the load of --load, and says what changed. The program is not changed:\n"
        "settings come by its environment. --load may be wrk --latency, hey, heapdyno_load.py, or\n"
        "whatever prints lines such as `p99 3.1ms` and `throughput 812/s`.\n"
        "    heapdyno verify --set threshold=50000/20/100,freeze=fork --workers 4\n"
        "        --load 'wrk --latency -d5 http://127.0.0.1:8000/' -- gunicorn -w 4 --preload "
        "app\n",
    .options = verify_options,
    .option_count = COUNT_OF(verify_options),
    .operand_min = 1,
    .operand_max = 4096,
};

static struct verify_plan plan_of(const struct arguments *arguments,
                                  const struct proposal *proposal, struct journal *journal)
{
    const struct options *options = &arguments->options;
    return (struct verify_plan){
        .trial = {.argv = arguments->operand,
                  .load = arguments_text(arguments, "load"),
                  .ready = arguments_text(arguments, "ready"),
                  .warm_ns = options_number(options, "warm"),
                  .ready_limit_ns = 60 * SECOND,
                  .load_limit_ns = 3600 * SECOND,
                  .journal = journal},
        .proposal = proposal,
        .for_ns = options_number(options, "for"),
        .pairs = options_number(options, "pairs"),
        .workers = options_number(options, "workers"),
        .machines = options_number(options, "machines"),
        .seed = options_number(options, "order-seed"),
    };
}

/* The cells of the watch that was given, checked before the first trial; NULL: none was. False: it is
 * no such run. */
static bool read_predicted(const char *run, struct watched **cell, size_t *count,
                           struct error *error)
{
    *cell = NULL;
    *count = 0;
    if (run != NULL) {
        *cell = calloc(WATCHED_CELLS_MAX, sizeof **cell);
        CHECK(*cell != NULL);
        *count = watched_read(run, WATCHED_ALL, *cell, error);
    }
    return run == NULL || *count > 0;
}

static int verify(const struct verify_plan *plan, struct verify_outcome *outcome)
{
    struct error error;
    if (!verify_run(plan, outcome, &error)) {
        fprintf(stderr, "heapdyno verify: %s\n", error.text);
        return EXIT_BAD_RUN;
    }
    verify_print(plan, outcome, stdout);
    if (!verify_page(plan, outcome, &error) || !verify_tsv(plan, outcome, &error)) {
        fprintf(stderr, "heapdyno verify: %s\n", error.text);
        return EXIT_BAD_RUN;
    }
    printf("\n%s/verify.html\n", plan->trial.journal->folder);
    return EXIT_OK;
}

int cmd_verify(int argc, char **argv)
{
    struct arguments arguments;
    struct proposal proposal;
    struct journal journal;
    struct error error;
    char folder[JOURNAL_DEFAULT_MAX];
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (arguments_text(&arguments, "load") == NULL) {
        return usage_error(&usage, "--load: which command makes the load?");
    }
    if (!proposal_parse(arguments_text(&arguments, "set"), arguments_text(&arguments, "allocator"),
                        &proposal, &error) ||
        !proposal_available(&proposal, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    if (!python_path_prepend("heapdyno_set.py")) {
        return usage_error(&usage, "heapdyno_set.py is not beside this program: `make` puts it "
                                   "there, `make install` too");
    }
    struct watched *predicted;
    size_t predicted_count;
    if (!read_predicted(arguments_text(&arguments, "predicted"), &predicted, &predicted_count,
                        &error)) {
        free(predicted);
        return usage_error(&usage, "--predicted: %s", error.text);
    }
    journal_default_folder("verify", folder);
    const char *out = arguments_text(&arguments, "out");
    if (!journal_create(&journal, out != NULL ? out : folder, &error)) {
        free(predicted);
        return usage_error(&usage, "%s", error.text);
    }
    struct verify_outcome *outcome = calloc(1, sizeof *outcome);
    CHECK(outcome != NULL);
    arguments.operand[arguments.operand_count] = NULL; /* moved to the front of argv */
    struct verify_plan plan = plan_of(&arguments, &proposal, &journal);
    plan.predicted = predicted;
    plan.predicted_count = predicted_count;
    status = verify(&plan, outcome);
    free(outcome);
    free(predicted);
    journal_close(&journal);
    return status;
}
