/* heapdyno tune: which collector setting and allocator meet the goals of a workload? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/spec.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/tune/tune_print.h"
#include "bench/tune/processes.h"
#include "workloads/replay.h"

static const struct option tune_options[] = {
    {.name = "workload", .type = OPTION_TEXT, .help = "what the program does: one SPEC"},
    {.name = "trace", .type = OPTION_TEXT, .help = "or: a recorded program; allocators only"},
    {.name = "goal",
     .type = OPTION_TEXT,
     .help = "list of goals, \"p99_pause<10ms, rss<+5%\"; figures: time, rss, p99_pause, "
             "max_pause, trash, throughput [rss<+5%]"},
    {.name = "minimise",
     .type = OPTION_CHOICE,
     .choices = "time|rss|p99_pause",
     .fallback = "time",
     .help = "which figure is made small, of settings that meet the goals"},
    {.name = "allocator",
     .type = OPTION_TEXT,
     .help = "list of allocators besides pymalloc [those that are installed]"},
    {.name = "python",
     .type = OPTION_TEXT,
     .help = "version the advice is for: 3.8 to 3.15 [3.11]"},
    {.name = "time",
     .type = OPTION_DURATION,
     .fallback = "5min",
     .min = UINT64_C(1000000000),
     .max = UINT64_C(86400000000000),
     .help = "how long the search may take"},
    {.name = "batch",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "the program ends: collection may be turned off though trash is left"},
    {.name = "quick",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "single changes only, fewer samples"},
    {.name = "seed", .type = OPTION_COUNT, .fallback = "1", .help = "seed of the workload"},
    {.name = "out", .type = OPTION_PATH, .help = "folder of the run [results/tune-TIME]"},
    {.name = "quiet", .type = OPTION_BOOL, .fallback = "off", .help = "no progress"},
};

static const struct usage usage = {
    .command = "tune",
    .about =
        "Searches thresholds, freezing, no collection and allocators in fresh processes, and\n"
        "names one setting with its evidence, or says \"change nothing\". Exit status: 0 a\n"
        "setting or \"change nothing\"; 1 no setting meets the goals, or cannot tell; 2 wrong\n"
        "usage.\n"
        "    heapdyno tune --workload web --goal \"p99_pause<10ms, rss<+5%\" --python 3.12\n",
    .options = tune_options,
    .option_count = COUNT_OF(tune_options),
};

/* Everything of one call. */
struct tuning {
    const struct options *options;
    char workload[SPEC_TEXT_MAX];
    struct goals goals;
    struct settings settings;
    struct journal journal;
    struct processes processes;
    struct search search;
    bool estimated;
};

static bool read_workload(struct tuning *self, const struct arguments *arguments,
                          struct error *error)
{
    const char *workload = arguments_text(arguments, "workload");
    const char *trace = arguments_text(arguments, "trace");
    if ((workload == NULL) == (trace == NULL)) {
        return error_set(error, "either --workload or --trace is wanted");
    }
    self->estimated = trace != NULL;
    if (trace == NULL) {
        snprintf(self->workload, sizeof self->workload, "%s", workload);
        return true;
    }
    snprintf(self->workload, sizeof self->workload, "replay:file=");
    size_t at = strlen(self->workload);
    return spec_escape(trace, self->workload + at, sizeof self->workload - at) ||
           error_set(error, "trace: the path is too long");
}

static bool read_goals(struct tuning *self, const struct arguments *arguments, struct error *error)
{
    const char *goal = arguments_text(arguments, "goal");
    self->search.minimise = tune_metric_find(options_text(&arguments->options, "minimise"));
    if (!goals_parse(goal != NULL ? goal : "rss<+5%", &self->goals, error)) {
        return false;
    }
    if (self->estimated && self->search.minimise == TUNE_P99_PAUSE) {
        return error_set(error, "minimise=p99_pause: a trace has no graph, so it has no pauses");
    }
    return !self->estimated || goals_check_trace(&self->goals, error);
}

static bool read_settings(struct tuning *self, const struct arguments *arguments,
                          struct error *error)
{
    const char *version = arguments_text(arguments, "python");
    struct settings_wanted wanted = {
        .python = python_find(version != NULL ? version : "3.11", error),
        .allocators = arguments_text(arguments, "allocator"),
        .collection = !self->estimated,
    };
    return wanted.python != NULL && settings_make(&wanted, &self->settings, error);
}

/* The cell of the default must read: the workload's name and options are checked here. */
static bool check_workload(const struct tuning *self, struct error *error)
{
    char line[CELL_LINE_MAX];
    struct plan plan;
    plan_init(&plan);
    setting_cell(&self->settings, &self->settings.setting[0], self->workload, line, sizeof line);
    bool ok = plan_add_item(&plan, line, RECORD_TIMED, 0, error);
    plan_free(&plan);
    return ok;
}

static bool open_folder(struct tuning *self, const struct arguments *arguments, struct error *error)
{
    const char *out = arguments_text(arguments, "out");
    char folder[64], stamp[32];
    time_t now = time(NULL);
    struct tm local;
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    snprintf(folder, sizeof folder, "results/tune-%s", stamp);
    return journal_create(&self->journal, out != NULL ? out : folder, error);
}

static void note(void *self, const char *text)
{
    (void)self;
    fprintf(stderr, "%s\n", text);
}

static void fill_search(struct tuning *self, bool *endless, unsigned *distance)
{
    struct search *search = &self->search;
    bool quick = options_on(self->options, "quick");
    search->measurer = processes_measurer(&self->processes);
    search->goals = &self->goals;
    search->batch = options_on(self->options, "batch");
    search->budget_s = (double)options_number(self->options, "time") / 1e9;
    search->confirm = quick ? 5 : 12;
    search->note = options_on(self->options, "quiet") ? NULL : note;
    for (unsigned d = DISTANCE_QUICK; d <= (quick ? DISTANCE_QUICK : DISTANCE_MAX); d++) {
        search->level[search->levels++] = settings_within(&self->settings, d);
    }
    for (size_t i = 0; i < self->settings.count; i++) {
        endless[i] = self->settings.setting[i].off;
        distance[i] = self->settings.setting[i].distance;
    }
    search->endless = endless;
    search->distance = distance;
}

static bool write_tsv(const struct tune_findings *findings, const struct journal *journal,
                      struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    FILE *file = fopen(journal_path(journal, "tune.tsv", path), "we");
    if (file != NULL) {
        tune_print_tsv(findings, file);
    }
    return (file != NULL && fclose(file) == 0) ||
           error_set(error, "%.400s: %s", path, strerror(errno));
}

static int answer(struct tuning *self, const struct tune_samples *samples,
                  const struct search_result *result)
{
    struct tune_findings found = {&self->search, &self->settings, samples,
                                  result,        self->workload,  self->estimated};
    struct error error;
    tune_print(&found, stdout);
    if (!write_tsv(&found, &self->journal, &error)) {
        fprintf(stderr, "heapdyno tune: %s\n", error.text);
    }
    fprintf(stderr, "records in %s\n", self->journal.folder);
    return result->verdict == SEARCH_NAMED || result->verdict == SEARCH_NOTHING ? EXIT_OK
                                                                                : EXIT_BAD_RUN;
}

static int run(struct tuning *self)
{
    bool *endless = calloc(self->settings.count, sizeof *endless);
    unsigned *distance = calloc(self->settings.count, sizeof *distance);
    struct tune_samples samples;
    struct search_result result;
    struct error error;
    CHECK(endless != NULL && distance != NULL);
    samples_open(&samples, self->settings.count);
    fill_search(self, endless, distance);
    int status = EXIT_BAD_RUN;
    if (search_run(&self->search, &samples, &result, &error)) {
        status = answer(self, &samples, &result);
    } else {
        fprintf(stderr, "heapdyno tune: %s\n", error.text);
    }
    samples_close(&samples);
    free(endless);
    free(distance);
    return status;
}

int cmd_tune(int argc, char **argv)
{
    struct arguments arguments;
    struct tuning *self = calloc(1, sizeof *self);
    struct error error;
    int status;
    CHECK(self != NULL);
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        free(self);
        return status;
    }
    char seed[24];
    snprintf(seed, sizeof seed, "%llu",
             (unsigned long long)options_number(&arguments.options, "seed"));
    self->options = &arguments.options;
    self->processes = (struct processes){.settings = &self->settings,
                                         .workload = self->workload,
                                         .seed = seed,
                                         .journal = &self->journal,
                                         .quiet = options_on(&arguments.options, "quiet") ||
                                                  !isatty(STDERR_FILENO)};
    if (!read_workload(self, &arguments, &error) || !read_goals(self, &arguments, &error) ||
        !read_settings(self, &arguments, &error)) {
        free(self);
        return usage_error(&usage, "%s", error.text);
    }
    if (!check_workload(self, &error) || !open_folder(self, &arguments, &error)) {
        status = usage_error(&usage, "%s", error.text);
    } else if (!processes_open(&self->processes, false, &error)) {
        status = usage_error(&usage, "%s", error.text);
        journal_close(&self->journal);
    } else {
        status = run(self);
        processes_close(&self->processes);
        journal_close(&self->journal);
    }
    settings_free(&self->settings);
    free(self);
    return status;
}
