/* heapdyno report RUN: tables on the terminal, plots and one HTML file beside the records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/experiment/experiment.h"
#include "bench/report/plots.h"
#include "bench/report/report_html.h"
#include "bench/report/report_tables.h"
#include "bench/report/report_words.h"
#include "bench/report/steady.h"

static const struct option report_options[] = {
    {.name = "all",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print every table, not only the first"},
    {.name = "untrusted",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "use the times of processes that the machine disturbed as well, and say so"},
    {.name = "experiment",
     .type = OPTION_TEXT,
     .help = "answer the question of this experiment from the run, and nothing else"},
    {.name = "plots", .type = OPTION_BOOL, .fallback = "on", .help = "draw plots (needs gnuplot)"},
    {.name = "html",
     .type = OPTION_BOOL,
     .fallback = "on",
     .help = "write report.html beside the records"},
};

static const struct usage usage = {
    .command = "report",
    .operands = "RUN",
    .about =
        "RUN is a folder, or the name of one under results/. Prints a table and three sentences,\n"
        "draws RUN/plots/*.svg and *.png and writes RUN/report.html, which needs no other file.\n",
    .options = report_options,
    .option_count = COUNT_OF(report_options),
    .operand_min = 1,
    .operand_max = 1,
};

static void print_head(const struct report *report)
{
    text_terminal(stdout, report->run);
    fputs(": ", stdout);
    for (int i = 0; i < VERDICTS; i++) {
        printf("%s%zu %s", i > 0 ? ", " : "", report->verdict[i], verdict_name((enum verdict)i));
    }
    fputs("\n", stdout);
    text_terminal(stdout, report->cpu);
    printf(", %zu cores, machine ", report->cores);
    text_terminal(stdout, report->machine);
    fputs("\n", stdout);
    for (size_t i = 0; i < report->reasons; i++) {
        fputs("  ", stdout);
        text_terminal(stdout, report->reason[i]);
        fputs("\n", stdout);
    }
}

/* What a reader should know about the records themselves. */
static void warn(const struct report *report)
{
    if (report->untrusted) {
        fputs("Times of untrusted processes are included: differences may be noise.\n", stdout);
    } else if (report->verdict[VERDICT_UNTRUSTED] > report->verdict[VERDICT_OK] / 2) {
        fputs(
            "Many times are untrusted and left out (memory and counts are not); --untrusted shows "
            "them.\n",
            stdout);
    }
    if (report->broken > 0) {
        fprintf(stderr,
                "heapdyno report: %zu lines are no records and were left out; a run that was cut "
                "off leaves one\n",
                report->broken);
    }
    if (report->machines > 1) {
        fprintf(stderr,
                "heapdyno report: records of %zu machines; %zu of others than %s were left out, "
                "times compare on one machine only\n",
                report->machines, report->elsewhere, report->machine);
    }
}

/* The summary, and real programs beside their replays where there are some; or all there are. */
static void print_tables(const struct report *report, bool all)
{
    for (size_t i = 0; report_table_at(i) != NULL; i++) {
        struct table table;
        if (!all && i > 0 && strcmp(report_table_at(i)->name, "model") != 0) {
            continue;
        }
        report_table_at(i)->build(report, &table);
        if (table_rows(&table) > 0) {
            table_print(&table, stdout);
        }
        table_close(&table);
    }
}

static void print_line(const char *text)
{
    if (text != NULL) {
        text_terminal(stdout, text);
        fputc('\n', stdout);
    }
}

static void print_words(const struct report_words *words)
{
    if (words->setting[0] != NULL) {
        fputs("\nCollection off, frozen or absent\n", stdout);
    }
    for (int i = 0; i < WORDS_SETTINGS; i++) {
        print_line(words->setting[i]);
    }
    fputc('\n', stdout);
    for (int i = 0; i < WORDS_SENTENCES; i++) {
        print_line(words->sentence[i]);
    }
}

/* Counts the plots that failed; those left out have their reason in the report. */
static size_t say_plots(const struct plot_outcome *outcome)
{
    size_t drawn = 0, failed = 0;
    for (size_t i = 0; i < plot_count(); i++) {
        drawn += outcome[i].state == PLOT_DRAWN;
        failed += outcome[i].state == PLOT_FAILED;
        if (outcome[i].state != PLOT_DRAWN) {
            fprintf(stderr, "plot %s %s: %s\n", plot_at(i)->name,
                    outcome[i].state == PLOT_FAILED ? "failed" : "left out", outcome[i].why.text);
        }
    }
    fprintf(stderr, "%zu plots drawn\n", drawn);
    return failed;
}

static int write_report(const struct report *report, const struct report_words *words,
                        const struct options *options)
{
    struct plot_outcome *outcome = calloc(plot_count(), sizeof *outcome);
    struct error no_plots = {"Plots were not asked for."}, error;
    CHECK(outcome != NULL);
    bool drawn = options_on(options, "plots") && plots_draw(report, outcome, &no_plots);
    size_t failed = drawn ? say_plots(outcome) : 0;
    if (!drawn) {
        fprintf(stderr, "%s\n", no_plots.text);
    }
    bool written =
        !options_on(options, "html") ||
        report_html(report, words, drawn ? outcome : NULL, drawn ? NULL : no_plots.text, &error);
    free(outcome);
    if (!written) {
        fprintf(stderr, "heapdyno report: %s\n", error.text);
    } else if (options_on(options, "html")) {
        printf("\nreport: %s/report.html\n", report->folder);
    }
    return written && failed == 0 ? EXIT_OK : EXIT_BAD_RUN;
}

static int answer(const struct arguments *arguments, const char *name)
{
    const struct experiment *experiment = experiment_find(name);
    struct error error;
    if (experiment == NULL) {
        return usage_error(&usage, "'%.64s' is no experiment; heapdyno list experiments shows them",
                           name);
    }
    if (!experiment_answer(experiment, arguments->operand[0],
                           options_on(&arguments->options, "untrusted"), &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    return EXIT_OK;
}

int cmd_report(int argc, char **argv)
{
    struct arguments arguments;
    struct report report;
    struct error error;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (arguments_text(&arguments, "experiment") != NULL) {
        return answer(&arguments, arguments_text(&arguments, "experiment"));
    }
    if (!report_open(arguments.operand[0], options_on(&arguments.options, "untrusted"), &report,
                     &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    struct report_words words;
    report_words(&report, &words);
    print_head(&report);
    warn(&report);
    print_tables(&report, options_on(&arguments.options, "all"));
    steady_print(&report, report.run, stdout);
    print_words(&words);
    status = write_report(&report, &words, &arguments.options);
    report_words_close(&words);
    report_close(&report);
    return status;
}
