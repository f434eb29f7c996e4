/* A request as a file: one NAME, tab, VALUE a line; see tune.h. Written by us, but read with care:
 * a folder may have been edited. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tune/tune.h"

static const char head[] = "heapdyno-tune\t1";

bool tune_request_store(const struct tune_request *self, const char *path, struct error *error)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return error_set(error, "%.400s: %s", path, strerror(errno));
    }
    fprintf(file, "%s\nworkload\t%s\ngoal\t%s\nallocators\t%s\npython\t%s\nminimise\t%s\n", head,
            self->workload, self->goal, self->allocators, self->python,
            tune_metrics[self->minimise].name);
    fprintf(file, "trace\t%d\nbatch\t%d\nquick\t%d\ntime\t%" PRIu64 "\nseed\t%" PRIu64 "\n",
            self->trace, self->batch, self->quick, self->time_ns, self->seed);
    bool written = ferror(file) == 0;
    return ((fclose(file) == 0) && written) ||
           error_set(error, "%.400s: %s", path, strerror(errno));
}

static bool take_text(char *field, size_t length, const char *value)
{
    int n = snprintf(field, length, "%s", value);
    return n >= 0 && (size_t)n < length;
}

static bool take_flag(bool *field, const char *value)
{
    *field = strcmp(value, "1") == 0;
    return *field || strcmp(value, "0") == 0;
}

static bool take_number(uint64_t *field, const char *value)
{
    char *end;
    errno = 0;
    *field = strtoull(value, &end, 10);
    return errno == 0 && end != value && *end == '\0';
}

static bool take_minimise(enum tune_metric *field, const char *value)
{
    *field = tune_metric_find(value);
    return *field != TUNE_METRICS;
}

static bool take(struct tune_request *self, const char *name, const char *value)
{
    return strcmp(name, "workload") == 0 ? take_text(self->workload, sizeof self->workload, value)
           : strcmp(name, "goal") == 0   ? take_text(self->goal, sizeof self->goal, value)
           : strcmp(name, "allocators") == 0
               ? take_text(self->allocators, sizeof self->allocators, value)
           : strcmp(name, "python") == 0   ? take_text(self->python, sizeof self->python, value)
           : strcmp(name, "minimise") == 0 ? take_minimise(&self->minimise, value)
           : strcmp(name, "trace") == 0    ? take_flag(&self->trace, value)
           : strcmp(name, "batch") == 0    ? take_flag(&self->batch, value)
           : strcmp(name, "quick") == 0    ? take_flag(&self->quick, value)
           : strcmp(name, "time") == 0     ? take_number(&self->time_ns, value)
           : strcmp(name, "seed") == 0     ? take_number(&self->seed, value)
                                           : false;
}

bool tune_request_load(struct tune_request *self, const char *path, struct error *error)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    bool ok = true;
    *self = (struct tune_request){0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, "%.400s: %s", path, strerror(errno));
    }
    while (ok && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (number++ == 0) {
            ok = strcmp(line, head) == 0;
        } else if (tab != NULL) {
            *tab = '\0';
            ok = take(self, line, tab + 1);
        } else {
            ok = false;
        }
    }
    free(line);
    fclose(file);
    ok = ok && self->workload[0] != '\0' && self->python[0] != '\0' && self->time_ns > 0;
    return ok ||
           error_set(error, "%.400s: line %zu is not of a search of this version", path, number);
}
