/* Full collections beside a real CPython 3.11: the same graphs, our core in this process, theirs in
 * another, slices alternating, CPU time of each thread.
 *
 *   collect [N…]     numbers of objects; 100000 and 1000000 if none is given
 *
 * Prints for each shape the median ratio of paired slices (ours / theirs, lower is better) with its
 * 95 % interval, for graphs that are alive, alive beside one cycle of garbage (so that no collection
 * can stop early), and garbage. Not good at: differences under 5 %, which machines like this do not
 * resolve. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "allocators/wrapper.h"
#include "base/check.h"
#include "bench/peers/shapes.h"
#include "bench/report/stats.h"
#include "collector/collector.h"
#include "collector/gc.h"

enum { ROUNDS_MAX = 32 };

/* Our side: pymalloc under cp311, automatic collection off. */
struct ours {
    struct heap raw, heap;
    struct runtime *runtime;
    struct shapes shapes;
};

struct peer {
    FILE *to, *from;
    pid_t pid;
};

static struct heap heap_of(const char *text, struct heap raw)
{
    struct spec spec;
    struct error error;
    struct heap heap;
    if (!spec_parse(text, strlen(text), &spec, &error) ||
        !heap_open(&spec, NULL, raw, &heap, &error)) {
        fprintf(stderr, "collect: %s\n", error.text);
        exit(1);
    }
    return heap;
}

static void ours_open(struct ours *self)
{
    struct spec spec;
    struct options options;
    struct error error;
    const struct collector *collector = collector_find("cp311");
    self->raw = heap_of("malloc", (struct heap){0});
    self->heap = heap_of("pymalloc", self->raw);
    CHECK(spec_parse("cp311:gc=off", strlen("cp311:gc=off"), &spec, &error));
    CHECK(
        spec_options(&spec.part[0], collector->options, collector->option_count, &options, &error));
    struct runtime_config config = {.heap = {self->heap, self->heap, self->raw},
                                    .collector = collector,
                                    .collector_options = &options};
    if (!runtime_open(&config, &self->runtime, &error) ||
        !shapes_open(&self->shapes, self->runtime)) {
        fprintf(stderr, "collect: no memory\n");
        exit(1);
    }
}

static void ours_close(struct ours *self)
{
    shapes_close(&self->shapes);
    CHECK(runtime_close(self->runtime) == 0);
    heap_close(&self->heap);
    heap_close(&self->raw);
}

static double cpu_now(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void make_cycle(struct runtime *runtime)
{
    struct object *cycle = list_new(runtime, 0);
    CHECK(cycle != NULL && list_append(runtime, cycle, cycle));
    decref(runtime, cycle);
}

static double ours_collect(struct ours *self, int times, bool dirty)
{
    double spent = 0;
    for (int i = 0; i < times; i++) {
        if (dirty) {
            make_cycle(self->runtime);
        }
        double start = cpu_now();
        gc_collect(self->runtime, GENERATIONS - 1);
        spent += cpu_now() - start;
    }
    return spent;
}

/* Start the interpreter; false when there is none. */
static bool peer_open(struct peer *self, const char *python, const char *folder)
{
    int down[2], up[2];
    char script[4096];
    snprintf(script, sizeof(script), "%s/collect.py", folder);
    if (access(python, X_OK) != 0 || pipe(down) != 0 || pipe(up) != 0) {
        return false;
    }
    self->pid = fork();
    if (self->pid == 0) {
        dup2(down[0], STDIN_FILENO);
        dup2(up[1], STDOUT_FILENO);
        close(down[1]);
        close(up[0]);
        execl(python, python, "-B", "-I", "-S", script, folder, (char *)NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    self->to = fdopen(down[1], "w");
    self->from = fdopen(up[0], "r");
    return self->pid > 0 && self->to != NULL && self->from != NULL;
}

static double peer_ask(struct peer *self, const char *line)
{
    char answer[64];
    fprintf(self->to, "%s\n", line);
    fflush(self->to);
    if (fgets(answer, sizeof(answer), self->from) == NULL) {
        fprintf(stderr, "collect: the interpreter went away at \"%s\"\n", line);
        exit(1);
    }
    return strtod(answer, NULL);
}

static void peer_close(struct peer *self)
{
    fclose(self->to);
    fclose(self->from);
    waitpid(self->pid, NULL, 0);
}

enum kind { ALIVE, DIRTY, GARBAGE, KINDS };

static const char *const kind_names[KINDS] = {"alive", "alive+1", "garbage"};

struct row {
    const char *shape;
    enum kind kind;
    int64_t n;
    double goal;
    double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratio[ROUNDS_MAX]; /* ns an object */
    size_t rounds;
};

static void row_print(const struct row *row)
{
    struct interval ratio =
        stats_median_interval((struct sample){.value = row->ratio, .n = row->rounds}, 1);
    double ours = stats_median((struct sample){.value = row->ours, .n = row->rounds});
    double theirs = stats_median((struct sample){.value = row->theirs, .n = row->rounds});
    printf("%-10s %-8s %9lld %8.1f %8.1f   %5.2f  %.2f to %.2f   %.2f  %s\n", row->shape,
           kind_names[row->kind], (long long)row->n, ours, theirs, ratio.mid, ratio.lo, ratio.hi,
           row->goal, ratio.mid <= row->goal ? "met" : "MISSED");
    fflush(stdout);
}

/* A round of ours, then of theirs: what took how long, per object and collection. */
static void row_add(struct row *row, double ours, double theirs, int times)
{
    double per = (double)row->n * times;
    row->ours[row->rounds] = ours / per;
    row->theirs[row->rounds] = theirs / per;
    row->ratio[row->rounds++] = ours / theirs;
}

static void measure_alive(struct row *row, struct ours *ours, struct peer *peer)
{
    char build[128], collect[32];
    int times = row->n < 500000 ? 5 : 1;
    size_t rounds = row->n < 500000 ? 25 : 9;
    snprintf(build, sizeof(build), "build %s %lld", row->shape, (long long)row->n);
    snprintf(collect, sizeof(collect), "%s %d", row->kind == DIRTY ? "dirty" : "collect", times);
    struct object *root = shapes_build(&ours->shapes, row->shape, row->n);
    CHECK(root != NULL);
    peer_ask(peer, build);
    ours_collect(ours, 1, false); /* the first puts the list in its lasting order */
    peer_ask(peer, "collect 1");
    while (row->rounds < rounds) {
        double own = ours_collect(ours, times, row->kind == DIRTY);
        row_add(row, own, peer_ask(peer, collect), times);
    }
    decref(ours->runtime, root);
    peer_ask(peer, "drop");
}

static void measure_garbage(struct row *row, struct ours *ours, struct peer *peer)
{
    char build[128];
    size_t rounds = row->n < 500000 ? 15 : 5;
    snprintf(build, sizeof(build), "build %s %lld", row->shape, (long long)row->n);
    while (row->rounds < rounds) {
        decref(ours->runtime, shapes_build(&ours->shapes, row->shape, row->n));
        double own = ours_collect(ours, 1, false);
        peer_ask(peer, build);
        peer_ask(peer, "drop");
        row_add(row, own, peer_ask(peer, "collect 1"), 1);
    }
}

/* Each row has fresh heaps and a fresh interpreter: the history of one is not the next one's. */
static bool measure(struct row *row, const char *python, const char *folder)
{
    struct ours ours;
    struct peer peer;
    if (!peer_open(&peer, python, folder)) {
        return false;
    }
    ours_open(&ours);
    (row->kind == GARBAGE ? measure_garbage : measure_alive)(row, &ours, &peer);
    ours_close(&ours);
    peer_close(&peer);
    row_print(row);
    return true;
}

/* Lists and trees without their root die by their counts: no garbage of the collector's. */
static bool is_cyclic(const char *shape)
{
    return strcmp(shape, "lists") != 0 && strcmp(shape, "tree") != 0 && strcmp(shape, "aged") != 0;
}

static bool measure_all(int64_t n, const char *python, const char *folder)
{
    for (size_t i = 0; shapes_names[i] != NULL; i++) {
        enum kind kinds = is_cyclic(shapes_names[i]) ? KINDS : GARBAGE;
        for (enum kind kind = ALIVE; kind < kinds; kind++) {
            bool hard = strcmp(shapes_names[i], "random") == 0 && kind != GARBAGE;
            struct row row = {
                .shape = shapes_names[i], .kind = kind, .n = n, .goal = hard ? 0.7 : 0.6};
            if (!measure(&row, python, folder)) {
                return false;
            }
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *python = getenv("PYTHON3") != NULL ? getenv("PYTHON3") : "/usr/bin/python3";
    const char *folder = getenv("PEERS") != NULL ? getenv("PEERS") : "bench/peers";
    static const int64_t usual[] = {100000, 1000000};
    printf("full collection, ours / %s, CPU time, medians of paired slices\n", python);
    printf("%-10s %-8s %9s %8s %8s   %5s  %-14s %s\n", "shape", "", "objects", "ours ns",
           "their ns", "ratio", "95 % interval", "goal");
    for (int i = 0; i < (argc > 1 ? argc - 1 : (int)COUNT_OF(usual)); i++) {
        int64_t n = argc > 1 ? strtoll(argv[i + 1], NULL, 10) : usual[i];
        if (n < 2) {
            fprintf(stderr, "collect: %s is no number of objects from 2\n", argv[i + 1]);
            return 2;
        }
        if (!measure_all(n, python, folder)) {
            printf("skipped: no interpreter at %s\n", python);
            return 0;
        }
    }
    return 0;
}
