/* Forking workers, waiting for them, and what they read; see crew.h. */
#include "bench/cell/crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "collector/gc.h"

/* The table, and the barrier at which workers meet: in one shared mapping. */
struct crew_place {
    struct crew_table table;
    struct page_map *map; /* counting: of the parent's objects at the fork */
    pthread_barrier_t barrier;
};

enum { WORKER_UNPROBED = 2 }; /* exit status: the pages could not be watched */

/* One worker, in its own process. */
struct worker {
    struct crew_place *place;
    unsigned index;
    size_t steps;
    pid_t parent;
};

struct crew_table *crew_open(void)
{
    void *p = mmap(NULL, sizeof(struct crew_place), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* A step has ended: meet, so that all have done it; read; meet, so that none goes on meanwhile. */
static void worker_step(void *self_, const char *name)
{
    struct worker *self = self_;
    struct crew_table *table = &self->place->table;
    CHECK(self->steps < CREW_STEPS_MAX);
    struct crew_step *step = &table->member[self->index].step[self->steps];
    step->at_ns = clock_now_ns() - table->start_ns;
    step->pages = table->member[self->index].pages;
    pthread_barrier_wait(&self->place->barrier);
    uint64_t read_from_ns = clock_now_ns(), cpu_from_ns = clock_cpu_ns();
    memory_rollup(&step->rollup);
    if (self->index == 0) {
        snprintf(table->name[self->steps], CREW_NAME_LENGTH, "%s", name);
        table->parent[self->steps].at_ns = step->at_ns;
        memory_rollup_of(self->parent, &table->parent[self->steps].rollup);
        table->steps = self->steps + 1;
    }
    table->member[self->index].read_cpu_ns += clock_cpu_ns() - cpu_from_ns;
    self->steps++;
    pthread_barrier_wait(&self->place->barrier);
    if (self->index == 0) {
        table->read_ns += clock_now_ns() - read_from_ns;
    }
}

static void worker_operation(void *self)
{
    (void)self; /* counted by the workload; their times are the parent's business only */
}

/* What os.fork does in a child, then the work; ends the process. The parent's listeners would dirty
 * pages of their own. */
static _Noreturn void worker_main(struct crew_place *place, struct runtime *runtime,
                                  const struct crew *crew, unsigned index)
{
    struct worker self = {.place = place, .index = index, .parent = getppid()};
    struct crew_member *member = &place->table.member[index];
    struct meter meter = {.self = &self, .operation = worker_operation, .phase = worker_step};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    runtime->listeners.count = 0;
    if (place->map != NULL && !page_probe_start(place->map, &member->pages)) {
        _exit(WORKER_UNPROBED);
    }
    gc_at_fork(runtime);
    member->ok = crew->work(crew->self, index, &meter, &member->outcome);
    member->ended = true;
    _exit(member->ok ? 0 : 1);
}

/* The sentence about a worker that did not end well; false. */
static bool blame(const struct crew_table *table, unsigned index, int status, struct error *error)
{
    const struct crew_member *member = &table->member[index];
    if (WIFSIGNALED(status)) {
        return error_set(error, "worker %u was killed by signal %d (%s)", index + 1,
                         WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) == WORKER_UNPROBED) {
        return error_set(error, "worker %u: its pages cannot be watched", index + 1);
    }
    if (member->ended && !member->ok) {
        return error_set(error, "worker %u: out of memory", index + 1);
    }
    return error_set(error, "worker %u ended with status %d before its work was done", index + 1,
                     WEXITSTATUS(status));
}

static void kill_crew(const pid_t pid[], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (pid[i] > 0) {
            kill(pid[i], SIGKILL);
        }
    }
}

static uint64_t cpu_ns_of(const struct rusage *usage)
{
    const struct timeval *parts[] = {&usage->ru_utime, &usage->ru_stime};
    uint64_t ns = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        ns +=
            (uint64_t)parts[i]->tv_sec * UINT64_C(1000000000) + (uint64_t)parts[i]->tv_usec * 1000;
    }
    return ns;
}

/* Reap pid[count]; at the first that fails kill the others, which wait for it at the barrier. */
static bool reap(struct crew_table *table, pid_t pid[], unsigned count, struct error *error)
{
    bool ok = true;
    for (unsigned left = count; left > 0;) {
        int status;
        struct rusage usage;
        pid_t ended = wait4(-1, &status, 0, &usage);
        if (ended < 0 && errno != EINTR) {
            return error_set(error, "waiting for the workers: %s", strerror(errno));
        }
        for (unsigned i = 0; i < count; i++) {
            if (ended <= 0 || pid[i] != ended) {
                continue;
            }
            pid[i] = 0;
            left--;
            table->cpu_ns += cpu_ns_of(&usage) - table->member[i].read_cpu_ns;
            if (ok && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
                ok = blame(table, i, status, error);
                kill_crew(pid, count);
            }
        }
    }
    return ok;
}

static bool init_barrier(struct crew_place *place, unsigned workers)
{
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    int failed = pthread_barrier_init(&place->barrier, &attributes, workers);
    pthread_barrierattr_destroy(&attributes);
    return failed == 0;
}

/* Fork all workers. False: one could not be had, and none is left. */
static bool fork_crew(struct crew_place *place, struct runtime *runtime, const struct crew *crew,
                      pid_t pid[], struct error *error)
{
    for (unsigned i = 0; i < crew->workers; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            worker_main(place, runtime, crew, i);
        }
        if (pid[i] < 0) {
            struct error ignored;
            error_set(error, "worker %u cannot be forked: %s", i + 1, strerror(errno));
            kill_crew(pid, i);
            reap(&place->table, pid, i, &ignored);
            return false;
        }
    }
    return true;
}

bool crew_run(struct crew_table *table, struct runtime *runtime, const struct crew *crew,
              struct outcome *outcome, struct error *error)
{
    struct crew_place *place = (struct crew_place *)(void *)table;
    bool counting = table->counting;
    uint64_t forked = table->forked, cpu_ns = table->cpu_ns;
    pid_t pid[CREW_WORKERS_MAX] = {0};
    CHECK(crew->workers >= 1 && crew->workers <= CREW_WORKERS_MAX);
    memset(place, 0, sizeof *place);
    table->counting = counting;
    table->forked = forked + crew->workers;
    table->cpu_ns = cpu_ns;
    table->workers = crew->workers;
    if (!init_barrier(place, crew->workers)) {
        return error_set(error, "no barrier for %u workers", crew->workers);
    }
    if (table->counting && (place->map = page_map_open(runtime)) == NULL) {
        return error_set(error, "no map of the pages");
    }
    table->start_ns = clock_now_ns();
    bool ok = fork_crew(place, runtime, crew, pid, error) && reap(table, pid, crew->workers, error);
    for (unsigned i = 0; i < crew->workers && ok; i++) {
        outcome[i] = table->member[i].outcome;
    }
    if (place->map != NULL) {
        page_map_close(place->map);
    }
    return ok;
}

/* What the probe saw; nothing where it did not see all. */
static void print_pages(const struct page_figures *pages, struct json *json)
{
    uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
    if (!pages->cut) {
        json_u64(json, "bytes_by_counts", pages->pages[PAGE_BY_COUNTS] * page_size);
        json_u64(json, "bytes_by_collector", pages->pages[PAGE_BY_COLLECTOR] * page_size);
        json_u64(json, "bytes_by_allocation", pages->pages[PAGE_BY_ALLOCATION] * page_size);
    }
}

static void print_step(const struct crew_table *table, const struct crew_step *step,
                       unsigned worker, struct json *json)
{
    size_t index =
        (size_t)(worker == 0 ? step - table->parent : step - table->member[worker - 1].step);
    json_open(json, NULL, '{');
    json_u64(json, "worker", worker);
    json_text(json, "step", table->name[index]);
    if (!table->counting) {
        json_u64(json, "at_ns", step->at_ns);
    }
    json_u64(json, "rss_bytes", step->rollup.rss);
    json_u64(json, "pss_bytes", step->rollup.pss);
    json_u64(json, "private_dirty_bytes", step->rollup.private_dirty);
    json_u64(json, "shared_bytes", step->rollup.shared);
    if (table->counting && worker > 0) {
        print_pages(&step->pages, json);
    }
    json_close(json, '}');
}

void crew_print(const struct crew_table *table, struct json *json)
{
    if (table->workers == 0) {
        return;
    }
    json_u64(json, "workers_forked", table->forked);
    if (!table->counting) {
        json_u64(json, "workers_cpu_ns", table->cpu_ns);
    }
    json_open(json, "workers", '[');
    for (size_t i = 0; i < table->steps; i++) {
        print_step(table, &table->parent[i], 0, json);
        for (unsigned w = 0; w < table->workers; w++) {
            print_step(table, &table->member[w].step[i], w + 1, json);
        }
    }
    json_close(json, ']');
}
