/* The blocks that are alive; see live.h. */
#include "bench/inside/live.h"

#include <stdlib.h>

#include "base/check.h"

enum { LIVE_MIN = 4096 };

static uint64_t rounded(size_t size)
{
    return ((uint64_t)size + HEAP_ALIGNMENT - 1) / HEAP_ALIGNMENT * HEAP_ALIGNMENT;
}

static uint32_t place_take(struct live *self)
{
    uint32_t number = self->unused;
    if (number != 0) {
        self->unused = self->block[number - 1].site;
        return number;
    }
    if (self->top == self->capacity) {
        self->capacity = self->capacity == 0 ? LIVE_MIN : 2 * self->capacity;
        self->block = reallocarray(self->block, self->capacity, sizeof *self->block);
        CHECK(self->block != NULL && self->capacity < UINT32_MAX);
    }
    return (uint32_t)++self->top;
}

static void born(struct live *self, const struct request *request, uint32_t site)
{
    uint32_t number = place_take(self);
    self->block[number - 1] = (struct live_block){
        .p = request->p,
        .bytes = rounded(request->size),
        .site = site,
        .domain = (uint32_t)request->domain,
    };
    address_map_set(&self->index, request->p, number);
    self->blocks++;
    self->bytes += rounded(request->size);
}

/* Returns the site of the block that was there. */
static uint32_t died(struct live *self, const void *p)
{
    uint32_t number = address_map_take(&self->index, p);
    CHECK(number != 0);
    struct live_block *block = &self->block[number - 1];
    uint32_t site = block->site;
    self->blocks--;
    self->bytes -= block->bytes;
    *block = (struct live_block){.site = self->unused};
    self->unused = number;
    return site;
}

void live_hear(struct live *self, const struct request *request, uint32_t site)
{
    if (request->p == NULL) {
        return; /* refused, or nothing was released */
    }
    if (request->kind == REQUEST_RELEASE) {
        died(self, request->p);
    } else if (request->kind == REQUEST_RESIZE && request->old_p != NULL) {
        born(self, request, died(self, request->old_p));
    } else {
        born(self, request, site);
    }
}

struct live_block *live_find(const struct live *self, const void *p)
{
    uint32_t number = address_map_get(&self->index, p);
    return number == 0 ? NULL : &self->block[number - 1];
}

void live_free(struct live *self)
{
    address_map_free(&self->index);
    free(self->block);
    *self = (struct live){.top = 0};
}
