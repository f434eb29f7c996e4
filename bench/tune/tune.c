/* From a request to an answer; see tune.h. */
#include "bench/tune/tune.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/cell/cell.h"
#include "bench/tune/tune_plot.h"
#include "bench/tune/tune_print.h"
#include "workloads/replay.h"

enum { CONFIRM = 12, CONFIRM_LEAST = 5, CONFIRM_MOST = 30 };

/* A trace is looked for here, so that one that is not there is no failed run. */
static bool check_trace(const struct tune *self, struct error *error)
{
    char path[4096];
    struct option rows[OPTIONS_MAX];
    struct options options;
    char line[CELL_LINE_MAX];
    struct cell *cell = malloc(sizeof *cell);
    CHECK(cell != NULL);
    snprintf(line, sizeof line, "workload=%s", self->request.workload);
    bool ok = cell_parse(line, NULL, cell, error);
    if (ok) {
        cell_workload(cell, rows, &options);
        ok = replay_find(options_text(&options, "file"), path, sizeof path, error) &&
             (access(path, R_OK) == 0 || error_set(error, "%.400s: %s", path, strerror(errno)));
    }
    free(cell);
    return ok;
}

static bool check_goals(struct tune *self, struct error *error)
{
    if (!goals_parse(self->request.goal, &self->goals, error)) {
        return false;
    }
    if (self->request.trace && tune_metrics[self->request.minimise].of_pauses) {
        return error_set(error, "minimise %s: a trace has no graph, so it has no pauses",
                         tune_metrics[self->request.minimise].name);
    }
    return !self->request.trace || goals_check_trace(&self->goals, error);
}

static bool make_settings(struct tune *self, struct error *error)
{
    const char *allocators = self->request.allocators;
    struct settings_wanted wanted = {
        .python = python_find(self->request.python, error),
        .allocators = allocators[0] != '\0' ? allocators : NULL,
        .collection = !self->request.trace,
    };
    return wanted.python != NULL && settings_make(&wanted, &self->settings, error);
}

/* The cell of the default must read: the workload's name and options are checked here. */
static bool check_workload(const struct tune *self, struct error *error)
{
    char line[CELL_LINE_MAX];
    struct plan plan;
    plan_init(&plan);
    setting_cell(&self->settings, &self->settings.setting[0], self->request.workload, line,
                 sizeof line);
    bool ok = plan_add_item(&plan, line, RECORD_TIMED, 0, error);
    plan_free(&plan);
    return ok && (!self->request.trace || check_trace(self, error));
}

static void fill_search(struct tune *self)
{
    struct search *search = &self->search;
    const struct tune_request *request = &self->request;
    size_t count = self->settings.count;
    self->endless = calloc(count, sizeof *self->endless);
    self->distance = calloc(count, sizeof *self->distance);
    CHECK(self->endless != NULL && self->distance != NULL);
    for (size_t i = 0; i < count; i++) {
        self->endless[i] = self->settings.setting[i].off;
        self->distance[i] = self->settings.setting[i].distance;
    }
    *search = (struct search){
        .goals = &self->goals,
        .minimise = request->minimise,
        .batch = request->batch,
        .endless = self->endless,
        .distance = self->distance,
        .budget_s = (double)request->time_ns / 1e9,
        .confirm = request->quick ? CONFIRM_LEAST : CONFIRM,
        .confirm_least = CONFIRM_LEAST,
        .confirm_most = request->quick ? CONFIRM_LEAST : CONFIRM_MOST,
    };
    for (unsigned d = DISTANCE_QUICK; d <= (request->quick ? DISTANCE_QUICK : DISTANCE_MAX); d++) {
        search->level[search->levels++] = settings_within(&self->settings, d);
    }
}

bool tune_check(struct tune *self, const struct tune_request *request, struct error *error)
{
    *self = (struct tune){.request = *request};
    snprintf(self->seed, sizeof self->seed, "%" PRIu64, request->seed);
    if (!check_goals(self, error) || !make_settings(self, error)) {
        return false;
    }
    if (!check_workload(self, error)) {
        settings_free(&self->settings);
        return false;
    }
    fill_search(self);
    return true;
}

void tune_close(struct tune *self)
{
    settings_free(&self->settings);
    free(self->endless);
    free(self->distance);
}

static void note(void *self, const char *text)
{
    (void)self;
    fprintf(stderr, "%s\n", text);
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

/* A picture is a gift: without gnuplot the answer is the same. */
static void draw(const struct tune *self)
{
    struct error error;
    const char *folder = self->processes.journal->folder;
    char command[512];
    snprintf(command, sizeof command, "heapdyno tune %s%.200s --goal \"%.200s\" --python %s",
             self->request.trace ? "--trace " : "--workload ",
             self->request.workload + (self->request.trace ? strlen("replay:file=") : 0),
             self->request.goal, self->request.python);
    if (tune_plot(folder, self->request.workload, command, &error)) {
        fprintf(stderr, "plot: %s/plots/tune.svg\n", folder);
    } else {
        fprintf(stderr, "no plot: %s\n", error.text);
    }
}

static bool search_and_print(struct tune *self, enum search_verdict *verdict, struct error *error)
{
    struct tune_samples samples;
    struct search_result result;
    samples_open(&samples, self->settings.count);
    bool ok = search_run(&self->search, &samples, &result, error);
    if (ok) {
        struct tune_findings found = {
            .search = &self->search,
            .settings = &self->settings,
            .samples = &samples,
            .result = &result,
            .workload = self->request.workload,
            .estimated = self->request.trace,
        };
        tune_print(&found, stdout);
        *verdict = result.verdict;
        ok = write_tsv(&found, self->processes.journal, error);
        draw(self);
    }
    samples_close(&samples);
    return ok;
}

bool tune_run(struct tune *self, const struct tune_session *session, enum search_verdict *verdict,
              struct error *error)
{
    self->processes = (struct processes){.settings = &self->settings,
                                         .workload = self->request.workload,
                                         .seed = self->seed,
                                         .journal = session->journal,
                                         .quiet = session->quiet || !isatty(STDERR_FILENO)};
    self->search.measurer = processes_measurer(&self->processes);
    self->search.note = session->quiet ? NULL : note;
    if (!processes_open(&self->processes, session->resume, error)) {
        return false;
    }
    bool ok = search_and_print(self, verdict, error);
    processes_close(&self->processes);
    return ok;
}
