/* heapdyno tune: which collector setting and allocator meet the goals of a workload? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/cell/cell.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/tune/tune.h"
#include "bench/tune/watched.h"

static const struct option tune_options[] = {
    {.name = "workload", .type = OPTION_TEXT, .help = "what the program does: one SPEC"},
    {.name = "trace", .type = OPTION_TEXT, .help = "or: a recorded program; allocators only"},
    {.name = "watch",
     .type = OPTION_PATH,
     .help = "or: a run of heapdyno watch; what thresholds would do, nothing is measured"},
    {.name = "goal",
     .type = OPTION_TEXT,
     .help = "list, \"p99_pause<10ms, rss<+5%\"; of time, rss, p99_pause, max_pause, trash, "
             "throughput [rss<+5%]"},
    {.name = "minimise",
     .type = OPTION_CHOICE,
     .choices = "time|rss|p99_pause",
     .fallback = "time",
     .help = "what is made small, of settings that meet the goals"},
    {.name = "allocator",
     .type = OPTION_TEXT,
     .help = "list of allocators besides pymalloc [those that are installed]"},
    {.name = "python", .type = OPTION_TEXT, .help = "the advice is for: 3.8 to 3.15 [3.11]"},
    {.name = "time",
     .type = OPTION_DURATION,
     .fallback = "5min",
     .min = UINT64_C(1000000000),
     .max = UINT64_C(86400000000000),
     .help = "how long the search may take"},
    {.name = "batch",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "the program ends: collection may be off though trash is left"},
    {.name = "quick",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "single changes only, fewer samples"},
    {.name = "seed", .type = OPTION_COUNT, .fallback = "1", .help = "seed of the workload"},
    {.name = "out", .type = OPTION_PATH, .help = "folder of the run [results/tune-TIME]"},
    {.name = "resume", .type = OPTION_PATH, .help = "go on with the search in this folder"},
    {.name = "list",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print the settings and their cells, measure nothing"},
    {.name = "quiet", .type = OPTION_BOOL, .fallback = "off", .help = "no progress"},
};

static const struct usage usage = {
    .command = "tune",
    .about = "Searches thresholds, freezing, no collection and allocators in fresh processes, and\n"
             "names one setting with its evidence, or says \"change nothing\". Exit status: 0 a\n"
             "setting or \"change nothing\"; 1 no setting meets the goals, or it cannot be told;\n"
             "2 wrong usage.\n"
             "    heapdyno tune --workload web --goal \"p99_pause<10ms, rss<+5%\" --python 3.12\n",
    .options = tune_options,
    .option_count = COUNT_OF(tune_options),
};

static bool copy(char *field, size_t length, const char *text, struct error *error)
{
    int n = snprintf(field, length, "%s", text != NULL ? text : "");
    return ((size_t)n < length && strchr(field, '\n') == NULL) ||
           error_set(error, "%.60s…: too long, or of several lines", text);
}

static bool read_workload(struct tune_request *self, const struct arguments *arguments,
                          struct error *error)
{
    const char *workload = arguments_text(arguments, "workload");
    const char *trace = arguments_text(arguments, "trace");
    if ((workload == NULL) == (trace == NULL)) {
        return error_set(error, "either --workload or --trace is wanted");
    }
    self->trace = trace != NULL;
    if (trace == NULL) {
        return copy(self->workload, sizeof self->workload, workload, error);
    }
    snprintf(self->workload, sizeof self->workload, "replay:file=");
    return spec_escape(trace, self->workload, sizeof self->workload) ||
           error_set(error, "trace: the path is too long");
}

static bool read_request(struct tune_request *self, const struct arguments *arguments,
                         struct error *error)
{
    const struct options *options = &arguments->options;
    const char *goal = arguments_text(arguments, "goal");
    const char *python = arguments_text(arguments, "python");
    *self = (struct tune_request){
        .minimise = tune_metric_find(options_text(options, "minimise")),
        .batch = options_on(options, "batch"),
        .quick = options_on(options, "quick"),
        .time_ns = options_number(options, "time"),
        .seed = options_number(options, "seed"),
    };
    return read_workload(self, arguments, error) &&
           copy(self->goal, sizeof self->goal, goal != NULL ? goal : "rss<+5%", error) &&
           copy(self->python, sizeof self->python, python != NULL ? python : "3.11", error) &&
           copy(self->allocators, sizeof self->allocators, arguments_text(arguments, "allocator"),
                error);
}

static bool start(const struct arguments *arguments, const struct tune_request *request,
                  struct journal *journal, struct error *error)
{
    const char *out = arguments_text(arguments, "out");
    char folder[JOURNAL_DEFAULT_MAX], path[JOURNAL_PATH_MAX + 32];
    journal_default_folder("tune", folder);
    if (!journal_create(journal, out != NULL ? out : folder, error)) {
        return false;
    }
    if (!tune_request_store(request, journal_path(journal, "tune.request", path), error)) {
        journal_close(journal);
        return false;
    }
    return true;
}

/* Nothing but --quiet goes with --resume: the search is the same one. */
static bool read_resumed(struct tune_request *self, const struct arguments *arguments,
                         struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    for (size_t i = 0; i < COUNT_OF(tune_options); i++) {
        const char *name = tune_options[i].name;
        bool given = arguments->text[i] != NULL || arguments->options.value[i].changed;
        if (given && strcmp(name, "resume") != 0 && strcmp(name, "quiet") != 0) {
            return error_set(error, "--resume goes on with a search and takes no --%s", name);
        }
    }
    snprintf(path, sizeof path, "%.1000s/tune.request", arguments_text(arguments, "resume"));
    return tune_request_load(self, path, error);
}

/* What would be searched if there were time: label, distance from the default, cell. */
static int list(const struct tune *tune)
{
    const struct search *search = &tune->search;
    for (size_t i = 0; i < search->level[search->levels - 1]; i++) {
        const struct setting *setting = &tune->settings.setting[i];
        char line[CELL_LINE_MAX];
        printf("%s\t%u\t%s seed=%s\n", setting->label, setting->distance,
               setting_cell(&tune->settings, setting, tune->request.workload, line, sizeof line),
               tune->seed);
    }
    return EXIT_OK;
}

static int run(struct tune *tune, const struct tune_session *session)
{
    struct error error;
    enum search_verdict verdict;
    if (!tune_run(tune, session, &verdict, &error)) {
        fprintf(stderr,
                "heapdyno tune: %s\nwhat was measured is kept; go on with: heapdyno tune "
                "--resume %s\n",
                error.text, session->journal->folder);
        return EXIT_BAD_RUN;
    }
    fprintf(stderr, "records in %s\n", session->journal->folder);
    return verdict == SEARCH_NAMED || verdict == SEARCH_NOTHING ? EXIT_OK : EXIT_BAD_RUN;
}

/* From a watch alone: forecasts, each with what it rests on. */
static int forecast(const char *run)
{
    struct error error;
    struct watched *cell = calloc(WATCHED_CELLS_MAX, sizeof *cell);
    CHECK(cell != NULL);
    size_t count = watched_read(run, WATCHED_ALL, cell, &error);
    if (count > 0) {
        watched_print(cell, count, run, stdout);
    }
    free(cell);
    return count > 0 ? EXIT_OK : usage_error(&usage, "%s", error.text);
}

int cmd_tune(int argc, char **argv)
{
    struct arguments arguments;
    struct error error;
    struct journal journal;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (arguments_text(&arguments, "watch") != NULL) {
        return arguments_text(&arguments, "workload") == NULL &&
                       arguments_text(&arguments, "trace") == NULL
                   ? forecast(arguments_text(&arguments, "watch"))
                   : usage_error(&usage, "--watch takes no --workload and no --trace");
    }
    const char *resume = arguments_text(&arguments, "resume");
    struct tune_request *request = calloc(1, sizeof *request);
    struct tune *tune = calloc(1, sizeof *tune);
    CHECK(request != NULL && tune != NULL);
    if (!(resume != NULL ? read_resumed : read_request)(request, &arguments, &error) ||
        !tune_check(tune, request, &error)) {
        status = usage_error(&usage, "%s", error.text);
    } else if (options_on(&arguments.options, "list")) {
        status = list(tune);
        tune_close(tune);
    } else {
        bool open = resume != NULL ? journal_resume(&journal, resume, &error)
                                   : start(&arguments, request, &journal, &error);
        if (open) {
            status = run(tune, &(struct tune_session){&journal, resume != NULL,
                                                      options_on(&arguments.options, "quiet")});
            journal_close(&journal);
        } else {
            status = usage_error(&usage, "%s", error.text);
        }
        tune_close(tune);
    }
    free(request);
    free(tune);
    return status;
}
