/* What any opened heap can be asked besides memory, safe where the allocator does not offer it; and
 * the environment that allocators are started with. */
#include "allocators/allocator.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

void heap_trim(const struct heap *heap)
{
    if (heap->methods->trim != NULL) {
        heap->methods->trim(heap->self);
    }
}

void heap_stats(const struct heap *heap, struct heap_stats *out)
{
    *out = (struct heap_stats){
        .live_bytes = HEAP_UNKNOWN,
        .live_blocks = HEAP_UNKNOWN,
        .mapped_bytes = HEAP_UNKNOWN,
        .arenas = HEAP_UNKNOWN,
        .arenas_highwater = HEAP_UNKNOWN,
        .arenas_total = HEAP_UNKNOWN,
        .pools = HEAP_UNKNOWN,
        .requests = HEAP_UNKNOWN,
        .requests_refused = HEAP_UNKNOWN,
    };
    if (heap->methods->stats != NULL) {
        heap->methods->stats(heap->self, out);
    }
}

const char *heap_check(const struct heap *heap)
{
    return heap->methods->check != NULL ? heap->methods->check(heap->self) : NULL;
}

void heap_close(struct heap *heap)
{
    heap->methods->close(heap->self);
    *heap = (struct heap){0};
}

void environment_set(struct environment *self, const char *name, const char *value)
{
    size_t i = 0;
    while (i < self->count && strcmp(self->variable[i].name, name) != 0) {
        i++;
    }
    if (i == self->count) {
        CHECK(self->count < ENVIRONMENT_MAX);
        CHECK(strlen(name) < sizeof(self->variable[i].name));
        memcpy(self->variable[i].name, name, strlen(name) + 1);
        self->variable[i].value[0] = '\0';
        self->count++;
    }
    char *text = self->variable[i].value;
    size_t used = strcmp(name, "GLIBC_TUNABLES") == 0 ? strlen(text) : 0;
    size_t left = sizeof(self->variable[i].value) - used;
    int written = snprintf(text + used, left, "%s%s", used > 0 ? ":" : "", value);
    CHECK(written >= 0 && (size_t)written < left);
}
