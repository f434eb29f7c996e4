/* Hearing a runtime's collections; see collections.h. Not good at: collections of a microsecond,
 * which the two looks at the clock would double. */
#include "bench/peers/collections.h"

#include <string.h>

#include "bench/peers/worker.h"

struct heard {
    const struct stand *stand;
    const struct workload *workload;
    const struct options *options;
    const char *collector;
    bool over; /* the phase run has ended: what follows is the harness's */
    uint64_t begun, spent, examined;
    uint64_t collections[GENERATIONS];
};

static void hear(void *opened, const struct event *event)
{
    struct heard *self = opened;
    if (self->over) {
        return;
    }
    if (event->kind == EVENT_GC_BEGIN) {
        self->begun = clock_cpu_ns();
    } else if (event->kind == EVENT_GC_END) {
        self->spent += clock_cpu_ns() - self->begun;
        self->examined += event->examined;
        self->collections[event->generation]++;
    }
}

static void phase(void *opened, const char *name)
{
    struct heard *self = opened;
    self->over = self->over || strcmp(name, "run") == 0;
}

/* One run of the workload, with an empty record of what was heard. */
static void run_once(struct heard *self)
{
    struct rng rng;
    struct outcome outcome = {0};
    const struct meter meter = {.self = self, .phase = phase};
    struct runtime *runtime = stand_runtime(self->stand, self->collector);
    self->over = false;
    self->spent = self->examined = 0;
    memset(self->collections, 0, sizeof self->collections);
    rng_seed(&rng, 1);
    CHECK(runtime_listen(runtime, (struct listener){self, hear}));
    self->workload->run(runtime, self->options, &rng, &meter, &outcome);
    CHECK(outcome.ok);
    CHECK(runtime_close(runtime) == 0);
}

static uint64_t spend(void *opened, uint64_t operations)
{
    struct heard *self = opened;
    uint64_t spent = 0;
    while (operations-- > 0) {
        run_once(self);
        spent += self->spent;
    }
    return spent;
}

int collections_serve(const struct stand *stand, const struct workload *workload,
                      const struct options *options, const char *collector)
{
    struct heard self = {
        .stand = stand, .workload = workload, .options = options, .collector = collector};
    char note[64];
    run_once(&self);
    snprintf(note, sizeof note, "%llu %llu %llu", (unsigned long long)self.collections[0],
             (unsigned long long)self.collections[1], (unsigned long long)self.collections[2]);
    return worker_serve(&(struct worker){
        .state = &self, .spend = spend, .items = self.examined, .batch = 1, .note = note});
}
