/* compare and gate; see judge_command.h. */
#include "bench/command/judge_command.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/command.h"
#include "bench/report/judge.h"
#include "bench/report/steady.h"

const struct option judge_options[JUDGE_OPTIONS] = {
    {.name = "max-regress",
     .type = OPTION_REAL,
     .fallback = "3%",
     .max = 100,
     .help = "how much worse is still no regression"},
    {.name = "conf",
     .type = OPTION_REAL,
     .fallback = "95%",
     .max = 1,
     .help = "confidence of all intervals together, at least 50%"},
    {.name = "metrics",
     .type = OPTION_TEXT,
     .help = "what to judge, as `heapdyno why` names it; `counts` and `times` are lists of it"},
    {.name = "every-cell",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "cannot tell, unless each cell by itself can be told"},
    {.name = "different-machines",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "judge runs of different machines all the same"},
};

enum { EXIT_CANNOT_TELL = 2 };

static int exit_status(enum judge_verdict verdict)
{
    return verdict == JUDGE_SAME         ? EXIT_OK
           : verdict == JUDGE_REGRESSION ? EXIT_BAD_RUN
                                         : EXIT_CANNOT_TELL;
}

static void print_verdict(const struct judging *judging, const struct judge_rules *rules)
{
    size_t worse = 0;
    for (size_t i = 0; i < judging->rows; i++) {
        worse += judging->row[i].verdict == JUDGE_REGRESSION;
    }
    printf("verdict: %s, at a tolerance of %g %% and %g %% confidence",
           judge_verdict_name(judging->verdict), rules->tolerance * 100.0,
           rules->confidence * 100.0);
    if (worse > 0) {
        printf("; %zu of %zu rows are worse", worse, judging->rows);
    }
    if (judging->cells == 0) {
        printf("; no cell is in both runs");
    }
    if (judging->no_times && judging->cells > 0) {
        printf("; no cell has trusted times in both runs");
    }
    if (judging->undecided_cells > 0) {
        printf("; %zu rows of single cells cannot tell", judging->undecided_cells);
    }
    putchar('\n');
}

/* What would decide it. */
static void advise(const struct judging *judging, const struct report *a, const struct report *b)
{
    size_t untrusted = a->verdict[VERDICT_UNTRUSTED] + b->verdict[VERDICT_UNTRUSTED];
    if (judging->cells == 0) {
        return;
    }
    if (untrusted > 0) {
        printf("%zu processes were disturbed; heapdyno doctor says by what. ", untrusted);
    }
    puts("More processes narrow an interval: heapdyno run --half-width 2%. Instructions need no "
         "quiet "
         "machine: heapdyno run --instructions, gate --metrics counts.");
}

static int judge(const struct judge_command *self, const struct report *a, const struct report *b,
                 const struct judge_rules *rules)
{
    struct judging judging;
    struct table table;
    judge_runs(a, b, rules, &judging);
    if (self->whole) {
        print_verdict(&judging, rules);
    }
    printf("%zu cells in both, %zu only in A, %zu only in B\n", judging.cells,
           a->groups - judging.cells, b->groups - judging.cells);
    judging_table(&judging, self->whole, &table);
    if (table_rows(&table) > 0) {
        table_print(&table, stdout);
    }
    table_close(&table);
    steady_print(a, "A", stdout);
    steady_print(b, "B", stdout);
    if (judging.verdict == JUDGE_UNDECIDED) {
        advise(&judging, a, b);
    }
    if (!self->whole) {
        putchar('\n');
        print_verdict(&judging, rules);
    }
    int status = exit_status(judging.verdict);
    judging_close(&judging);
    return status;
}

static bool read_rules(const struct arguments *arguments, struct judge_rules *out,
                       struct error *error)
{
    const struct options *options = &arguments->options;
    const char *list = arguments_text(arguments, "metrics");
    *out = judge_rules_usual(options_real(options, "max-regress"));
    out->confidence = options_real(options, "conf");
    out->every_cell = options_on(options, "every-cell");
    if (out->confidence < 0.5 || out->confidence >= 1.0) {
        return error_set(error, "--conf: %g %% is not at least 50%% and under 100%%",
                         out->confidence * 100.0);
    }
    return list == NULL || judge_rules_figures(out, list, error);
}

static void warn(const struct fact *a, const struct fact *b)
{
    fputs(a->machine ? "different machine: " : "warning: ", stderr);
    text_terminal(stderr, a->name);
    fputs(" is ", stderr);
    text_terminal(stderr, a->value);
    fputs(" in A, ", stderr);
    text_terminal(stderr, b->value);
    fputs(" in B\n", stderr);
}

/* The hash `machine` covers build and libraries too, which may be what is compared: where known facts
 * explain the difference, and none is of the hardware, they are said and that is all. */
static bool machines_agree(const struct report *a, const struct report *b, bool different,
                           struct error *error)
{
    size_t others, machine = facts_differ(&a->facts, &b->facts, warn, &others);
    bool same = strcmp(a->machine, b->machine) == 0 || (machine == 0 && others > 0);
    return same || different ||
           error_set(error,
                     "the runs are of different machines (%.32s, %.32s): times do not compare; "
                     "--different-machines judges them all the same",
                     a->machine, b->machine);
}

/* Of one run each, or the processes of several would be mixed. */
static bool is_one_run(const struct report *run, const char *name, struct error *error)
{
    return run->runs == 1 ||
           error_set(error, "%s holds %zu runs; %s:RUN takes one of them", name, run->runs, name);
}

static int judge_folders(const struct judge_command *self, const struct arguments *arguments,
                         const struct judge_rules *rules)
{
    struct report a, b;
    struct error error;
    int status;
    if (!report_open(arguments->operand[0], false, &a, &error)) {
        return usage_error(&self->usage, "%s", error.text);
    }
    if (!report_open(arguments->operand[1], false, &b, &error)) {
        report_close(&a);
        return usage_error(&self->usage, "%s", error.text);
    }
    bool different = options_on(&arguments->options, "different-machines");
    status = is_one_run(&a, arguments->operand[0], &error) &&
                     is_one_run(&b, arguments->operand[1], &error) &&
                     machines_agree(&a, &b, different, &error)
                 ? judge(self, &a, &b, rules)
                 : usage_error(&self->usage, "%s", error.text);
    report_close(&a);
    report_close(&b);
    return status;
}

int judge_command(const struct judge_command *self, int argc, char **argv)
{
    struct arguments arguments;
    struct judge_rules rules;
    struct error error;
    int status;
    if (!arguments_read(&self->usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (!read_rules(&arguments, &rules, &error)) {
        return usage_error(&self->usage, "%s", error.text);
    }
    return judge_folders(self, &arguments, &rules);
}
