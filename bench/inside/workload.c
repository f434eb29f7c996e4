/* Listening to a workload, or a replay: a child that counts, with somebody who looks on. The site of
 * a request is the phase that is under way and the function of the workload that is at work. A
 * workload that would fork does its workers' work itself. */
#include <stdio.h>
#include <string.h>

#include "bench/inside/inside.h"

/* Phases end with their names: the one under way is known only for those that every workload has. */
static const char *phase_under_way(const struct inside *self)
{
    static const char *const follows[][2] = {
        {"", "setup"}, {"setup", "run"}, {"run", "drop"}, {"drop", "free"}};
    for (size_t i = 0; i < sizeof follows / sizeof follows[0]; i++) {
        if (strcmp(self->phase, follows[i][0]) == 0) {
            return follows[i][1];
        }
    }
    return "later";
}

static void hear(void *self_, const struct request *request)
{
    struct inside *self = self_;
    uint32_t site = 0;
    bool birth = request->p != NULL && request->kind != REQUEST_RELEASE && request->old_p == NULL;
    if (birth) {
        char text[PHASE_NAME_LENGTH + CALLER_NAME_LENGTH];
        const struct caller *caller = callers_find(&self->callers);
        const char *phase = self->runtime == NULL ? "start" : phase_under_way(self);
        snprintf(text, sizeof text, "%s%s%s", phase, caller != NULL ? " " : "",
                 caller != NULL ? caller->name : "");
        site = names_of(&self->sites, text);
    }
    live_hear(&self->live, request, site);
}

static void operation(void *self_)
{
    struct inside *self = self_;
    if (self->meter.operation != NULL) {
        self->meter.operation(self->meter.self);
    }
    inside_moment(self, "", ++self->operations);
}

static void phase(void *self_, const char *name)
{
    struct inside *self = self_;
    if (self->meter.phase != NULL) {
        self->meter.phase(self->meter.self, name);
    }
    snprintf(self->phase, sizeof self->phase, "%s", name);
    size_t at = strlen(self->phases);
    snprintf(self->phases + at, sizeof self->phases - at, "%s%s", at > 0 ? " " : "", name);
    inside_moment(self, name, 0);
}

static struct meter watched(void *self_, struct runtime *runtime, struct meter meter)
{
    struct inside *self = self_;
    self->meter = meter;
    inside_hear_roots(self, runtime);
    inside_moment(self, "start", 0);
    return (struct meter){.self = self, .operation = operation, .phase = phase}; /* no forks */
}

void inside_watch(struct inside *self, struct child *child)
{
    struct option rows[OPTIONS_MAX];
    struct options options;
    const struct workload *workload = cell_workload(&child->cell, rows, &options);
    callers_open(&self->callers, (const void *)(uintptr_t)workload->run);
    self->watch = (struct child_watch){self, {self, hear}, watched};
    child->counting = true;
    child->watch = &self->watch;
}
