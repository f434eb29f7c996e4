/* Running cases for callgrind; see instructions.h. */
#include "bench/micro/instructions.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/micro/callgrind.h"

/* Nothing but the run between the two requests. */
static void count(const struct micro_case *self, void *state, uint64_t operations, uint64_t items)
{
    char label[128];
    snprintf(label, sizeof label, "%s %" PRIu64 " %" PRIu64, self->name, operations, items);
    CALLGRIND_ZERO_STATS;
    self->functions->run(state, operations);
    CALLGRIND_DUMP_STATS_AT(label);
}

static int run_case(void *world, const struct micro_case *self)
{
    uint64_t items = 1;
    struct error error = {"no reason given"};
    void *state = self->functions->open(world, self, &items, &error);
    if (state == NULL) {
        fprintf(stderr, "instructions: %s: %s\n", self->name, error.text);
        return 1;
    }
    self->functions->run(state, self->length);
    count(self, state, self->length, items);
    count(self, state, 2 * self->length, items);
    self->functions->close(state);
    return 0;
}

static bool is_wanted(const struct micro_case *self, char **patterns, bool quick)
{
    bool wanted = *patterns == NULL;
    for (; *patterns != NULL; patterns++) {
        wanted = wanted || micro_case_matches(self, *patterns);
    }
    return wanted && !(quick && self->slow);
}

int instructions_run(void *world, const struct micro_cases *cases, char **patterns, bool quick)
{
    int failed = 0;
    if (!have_callgrind) {
        printf("this program was built without valgrind's headers\n");
        return 77;
    }
    for (size_t i = 0; i < cases->count; i++) {
        int status = 1;
        if (!is_wanted(&cases->at[i], patterns, quick)) {
            continue;
        }
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            _exit(run_case(world, &cases->at[i]));
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "instructions: %s failed (status %d)\n", cases->at[i].name, status);
            failed = 1;
        }
    }
    return failed;
}
