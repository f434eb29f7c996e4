/* The log of finalizers and callbacks: an array that grows by doubling, in the harness's memory. */
#include <stdlib.h>

#include "base/check.h"
#include "workloads/scenario/backend.h"

void scenario_log_add(struct scenario_log *self, enum scenario_event_kind kind, int label)
{
    if (self->count == self->capacity) {
        size_t wanted = self->capacity == 0 ? 64 : self->capacity * 2;
        struct scenario_event *larger = reallocarray(self->event, wanted, sizeof *larger);
        CHECK(larger != NULL); /* runs inside a finalizer: nobody to tell */
        self->event = larger;
        self->capacity = wanted;
    }
    self->event[self->count++] =
        (struct scenario_event){.kind = (uint8_t)kind, .label = (uint8_t)label};
}

void scenario_log_free(struct scenario_log *self)
{
    free(self->event);
    *self = (struct scenario_log){.count = 0};
}
