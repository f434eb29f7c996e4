/* Running sides under callgrind; see counts.h. The first run warms up and is left out. */
#include "bench/peers/counts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/peers/side.h"

enum { SIDES = 4, RUNS = 2, BATCHES = 20 };

/* The totals of the second run in a file of callgrind's. */
static double second_total(const char *path)
{
    char line[256];
    double total = -1;
    int seen = 0;
    FILE *file = fopen(path, "r");
    while (file != NULL && seen < RUNS && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "totals: ", 8) == 0) {
            total = strtod(line + 8, NULL);
            seen++;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return seen == RUNS ? total : -1;
}

/* Cheap operations come in large batches: their rounds of one are not even; others run once. */
static bool run_twice(struct side *side)
{
    if (!side_ready(side)) {
        return false;
    }
    side->count = side->batch > 1 ? side->batch * BATCHES : 1;
    bool ok = side_slice(side) >= 0 && side_slice(side) >= 0;
    return ok;
}

static const struct counted *find(const struct counts *self, const char *command)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->at[i].command, command) == 0) {
            return &self->at[i];
        }
    }
    return NULL;
}

void counts_take(struct counts *self, const char *const commands[], size_t n)
{
    struct side side[SIDES];
    char path[SIDES][64];
    size_t first = self->count;
    CHECK(n <= SIDES);
    for (size_t i = 0; i < n; i++) {
        if (find(self, commands[i]) != NULL) {
            continue;
        }
        size_t k = self->count - first;
        CHECK(self->count < COUNTS_MAX);
        struct counted *one = &self->at[self->count++];
        *one = (struct counted){.instructions = -1};
        CHECK((size_t)snprintf(one->command, sizeof one->command, "%s", commands[i]) <
              sizeof one->command);
        snprintf(path[k], sizeof path[k], "/tmp/heapdyno-peers-%d-%zu", (int)getpid(), k);
        side_start(&side[k], one->command, self->folder, path[k]);
    }
    for (size_t k = 0; k < self->count - first; k++) {
        bool ran = run_twice(&side[k]);
        double items = (double)side[k].count * (double)side[k].items;
        side_close(&side[k]); /* callgrind writes the last of the file as it ends */
        double total = second_total(path[k]);
        self->at[first + k].instructions = ran && total >= 0 ? total / items : -1;
        unlink(path[k]);
    }
}

double counts_get(const struct counts *self, const char *command)
{
    const struct counted *one = find(self, command);
    return one != NULL ? one->instructions : -1;
}
