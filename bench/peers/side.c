/* Starting the sides of a comparison and asking them; see side.h. */
#include "bench/peers/side.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocators/wrapper.h"
#include "base/check.h"
#include "bench/micro/case.h"

enum { WORDS_MAX = 24, COMMAND_MAX = 512 };

static const char python_code[] = "import sys; sys.path.insert(0, sys.argv[1]); "
                                  "import heapdyno_peer; heapdyno_peer.run(*sys.argv[2:])";

/* A command cut into words, with what stands before them. */
struct words {
    char text[COMMAND_MAX], program[COMMAND_MAX], counts[COMMAND_MAX];
    char *word[WORDS_MAX];
    size_t count;
    const char *target; /* the allocator, if it is a program of ours */
};

static void words_add(struct words *self, const char *word)
{
    CHECK(self->count + 1 < WORDS_MAX);
    self->word[self->count++] = (char *)(uintptr_t)word;
    self->word[self->count] = NULL;
}

static void words_add_all(struct words *self, const char *const *word)
{
    while (*word != NULL) {
        words_add(self, *word++);
    }
}

static void words_callgrind(struct words *self, const char *counts)
{
    static const char *const words[] = {"valgrind", "-q", "--tool=callgrind", "--combine-dumps=yes",
                                        NULL};
    snprintf(self->counts, sizeof self->counts, "--callgrind-out-file=%s", counts);
    words_add_all(self, words);
    words_add(self, self->counts);
}

/* The program that goes by `name`, with what it needs before its own words. */
static void words_program(struct words *self, const char *name, const char *folder)
{
    const char *python = getenv("PYTHON3") != NULL ? getenv("PYTHON3") : "/usr/bin/python3.11";
    const char *const module[] = {python, "-ISc", python_code, folder, NULL};
    const char *const graph[] = {python, "-BIS", "bench/peers/graph.py", folder, NULL};
    const char *const web[] = {python, "-BIS", "bench/peers/web.py", folder, NULL};
    const char *const lua[] = {"lua5.4", "bench/peers/trees.lua", NULL};
    const char *const php[] = {"php", "-n", "bench/peers/trees.php", NULL};
    snprintf(self->program, sizeof self->program, "%s/%s", folder, name);
    const char *const own[] = {self->program, NULL};
    words_add_all(self, strcmp(name, "python") == 0     ? module
                        : strcmp(name, "graph.py") == 0 ? graph
                        : strcmp(name, "web.py") == 0   ? web
                        : strcmp(name, "lua") == 0      ? lua
                        : strcmp(name, "php") == 0      ? php
                                                        : own);
}

static void words_make(struct words *self, const char *command, const char *folder,
                       const char *counts)
{
    char *rest;
    CHECK(strlen(command) < sizeof self->text);
    snprintf(self->text, sizeof self->text, "%s", command);
    self->count = 0;
    if (counts != NULL) {
        words_callgrind(self, counts);
    }
    char *name = strtok_r(self->text, " ", &rest);
    CHECK(name != NULL);
    words_program(self, name, folder);
    size_t own = self->count;
    for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
        words_add(self, word);
    }
    self->target = strcmp(name, "ours") == 0 && self->count > own ? self->word[own] : NULL;
}

/* What the side must find in its environment: our allocators read theirs at start-up, and what is
 * counted takes the C library's plain code paths on every processor. */
static void set_environment(const struct words *words)
{
    struct environment environment = {0};
    struct spec spec;
    if (words->target != NULL && spec_parse(words->target, strlen(words->target), &spec, NULL) &&
        allocator_find(spec.part[0].name)) {
        heap_environment(&spec, NULL, &environment);
    }
    if (words->counts[0] != '\0' && MICRO_TUNABLES[0] != '\0') {
        environment_set(&environment, "GLIBC_TUNABLES", MICRO_TUNABLES);
    }
    for (size_t i = 0; i < environment.count; i++) {
        setenv(environment.variable[i].name, environment.variable[i].value, 1);
    }
    setenv("HEAPDYNO_TRACES", "workloads/traces", 0);
    setenv("PYTHONHASHSEED", "0", 1);
    setenv("GC_MARKERS", "1", 1);
}

__attribute__((noreturn)) static void become(const struct words *words, int in, int out)
{
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
        closefrom(STDERR_FILENO + 1);
        set_environment(words);
        execvp(words->word[0], words->word);
    }
    printf("skip %s is not here\n", words->word[0]);
    fflush(stdout);
    _exit(0);
}

static bool side_refuse(struct side *self, const char *reason)
{
    snprintf(self->reason, sizeof self->reason, "%s", reason);
    self->reason[strcspn(self->reason, "\n")] = '\0';
    side_close(self);
    return false;
}

void side_start(struct side *self, const char *command, const char *folder, const char *counts)
{
    struct words words = {0};
    int down[2], up[2];
    *self = (struct side){.count = 1};
    words_make(&words, command, folder, counts);
    CHECK(pipe(down) == 0 && pipe(up) == 0);
    fflush(NULL);
    self->pid = fork();
    CHECK(self->pid >= 0);
    if (self->pid == 0) {
        become(&words, down[0], up[1]);
    }
    close(down[0]);
    close(up[1]);
    self->to = fdopen(down[1], "w");
    self->from = fdopen(up[0], "r");
    CHECK(self->to != NULL && self->from != NULL);
}

bool side_ready(struct side *self)
{
    char line[256];
    if (fgets(line, sizeof line, self->from) == NULL) {
        return side_refuse(self, "it ended before it was ready");
    }
    if (strncmp(line, "skip ", 5) == 0) {
        self->skipped = true;
        return side_refuse(self, line + 5);
    }
    return sscanf(line, "ready %" SCNu64 " %" SCNu64 " %63[^\n]", &self->items, &self->batch,
                  self->note) >= 2 ||
           side_refuse(self, "it did not say that it was ready");
}

void side_pin(const struct side *self, const cpu_set_t *cores)
{
    /* One that has died is told by its next slice. */
    CHECK(sched_setaffinity(self->pid, sizeof *cores, cores) == 0 || errno == ESRCH);
}

double side_slice(struct side *self)
{
    char line[64];
    fprintf(self->to, "%" PRIu64 "\n", self->count);
    fflush(self->to);
    if (fgets(line, sizeof line, self->from) == NULL) {
        return -1;
    }
    return strtod(line, NULL) / ((double)self->count * (double)self->items);
}

double side_calibrate(struct side *self, double ns)
{
    self->count = self->batch;
    for (;;) {
        double spent = side_slice(self) * (double)self->count * (double)self->items;
        if (spent < 0 || spent >= ns * 0.7) {
            return spent;
        }
        self->count *= 2;
    }
}

/* A line of the process's status, in bytes; negative: not told. */
static double status_bytes(pid_t pid, const char *name)
{
    char line[256];
    double bytes = -1;
    snprintf(line, sizeof line, "/proc/%d/status", (int)pid);
    FILE *file = fopen(line, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            bytes = strtod(line + strlen(name), NULL) * 1024;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes;
}

double side_memory(struct side *self)
{
    double before = status_bytes(self->pid, "RssAnon:");
    self->count = self->batch;
    if (before < 0 || side_slice(self) < 0) {
        return -1;
    }
    return status_bytes(self->pid, "RssAnon:") - before;
}

void side_close(struct side *self)
{
    if (self->to != NULL) {
        fclose(self->to);
        fclose(self->from);
        waitpid(self->pid, NULL, 0);
        self->to = self->from = NULL;
    }
}
