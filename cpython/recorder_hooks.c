/* The wrapped allocators: the request goes to the allocator below, then into the trace. A free and
 * a resize are noted before the block is gone. */
#include "cpython/recorder.h"

/* Whether this request is recorded. */
static inline bool hook_listens(struct recorder *self)
{
    if (self->state != RECORDER_ON || self->toggle || --self->patience == 0) {
        recorder_look(self);
    }
    return self->state == RECORDER_ON;
}

static void hook_born(const struct recorder_hook *hook, void *p, size_t size, unsigned flags)
{
    struct recorder *self = hook->recorder;
    if (!recorder_room(self)) {
        return;
    }
    recorder_marks_settle(self, FREED_NONE);
    recorder_marks_correct(self);
    if (hook->domain == TRACE_MEM) {
        flags |= TRACE_CLASS_MEM;
    }
    self->pending = (struct recorder_pending){.p = p, .size = size, .flags = flags};
    if (!recorder_may_be_gc(&self->pending)) {
        return;
    }
    const uint64_t pattern[2] = {RECORDER_PATTERN, RECORDER_PATTERN};
    memcpy(p, pattern, sizeof(pattern));
    if (recorder_marks_near(&self->marks)) {
        recorder_marks_due(self);
    }
}

static void *hook_malloc(void *context, size_t size)
{
    const struct recorder_hook *hook = context;
    void *p = hook->inner.malloc(hook->inner.ctx, size);
    if (p != NULL && hook_listens(hook->recorder)) {
        hook_born(hook, p, size, 0);
    }
    return p;
}

static void *hook_calloc(void *context, size_t count, size_t size)
{
    const struct recorder_hook *hook = context;
    void *p = hook->inner.calloc(hook->inner.ctx, count, size);
    if (p != NULL && hook_listens(hook->recorder)) {
        hook_born(hook, p, count * size, TRACE_CLASS_ZEROED);
    }
    return p;
}

/* The block at `old`, now at p, was resized. */
static void hook_resized(const struct recorder_hook *hook, const void *old, void *p, size_t size)
{
    struct recorder *self = hook->recorder;
    table_word *found = table_find(&self->table, old);
    if (found == NULL || *found == 0) {
        table_put(&self->table, p, table_word_of(self->encoder.next_block, false));
        trace_put_resize_old(&self->encoder, hook->domain, size);
        return;
    }
    table_word word = *found;
    trace_put_resize(&self->encoder, table_ordinal(word), size);
    if (p != old) {
        *found = 0;
        table_put(&self->table, p, word);
    }
}

static void *hook_realloc(void *context, void *old, size_t size)
{
    const struct recorder_hook *hook = context;
    struct recorder *self = hook->recorder;
    if (old == NULL) {
        return hook_malloc(context, size);
    }
    bool listens = hook_listens(self) && recorder_room(self);
    if (listens) {
        recorder_marks_settle(self, FREED_NONE);
        recorder_marks_correct(self);
    }
    void *p = hook->inner.realloc(hook->inner.ctx, old, size);
    if (p != NULL && listens && self->state == RECORDER_ON) {
        hook_resized(hook, old, p, size);
    }
    return p;
}

static void hook_dies(const struct recorder_hook *hook, const void *p)
{
    struct recorder *self = hook->recorder;
    if (!recorder_room(self)) {
        return;
    }
    enum recorder_freed freed = FREED_UNKNOWN;
    table_word *found = table_find(&self->table, p);
    if (found != NULL && *found != 0) {
        freed = table_is_gc(*found) ? FREED_GC : FREED_PLAIN;
    }
    bool counted = recorder_marks_settle(self, freed);
    if (self->state != RECORDER_ON) {
        return;
    }
    if (found == NULL) {
        found = table_find(&self->table, p); /* it may have been the pending one */
    }
    if (found == NULL || *found == 0) {
        trace_put_free_old(&self->encoder, hook->domain, counted);
    } else {
        counted = table_is_gc(*found);
        trace_put_free(&self->encoder, table_ordinal(*found));
        *found = 0;
    }
    if (counted && self->marks.count[0] > 0) {
        self->marks.count[0]--;
    }
    recorder_marks_correct(self);
}

static void hook_free(void *context, void *p)
{
    const struct recorder_hook *hook = context;
    if (p != NULL && hook_listens(hook->recorder)) {
        hook_dies(hook, p);
    }
    hook->inner.free(hook->inner.ctx, p);
}

static const PyMemAllocatorDomain hook_domains[TRACE_DOMAINS] = {
    [TRACE_OBJ] = PYMEM_DOMAIN_OBJ,
    [TRACE_MEM] = PYMEM_DOMAIN_MEM,
};

void recorder_hooks_install(struct recorder *self)
{
    if (self->installed) {
        return;
    }
    for (int i = 0; i < TRACE_DOMAINS; i++) {
        struct recorder_hook *hook = &self->hook[i];
        hook->recorder = self;
        hook->domain = (enum trace_domain)i;
        PyMem_GetAllocator(hook_domains[i], &hook->inner);
        PyMemAllocatorEx ours = {hook, hook_malloc, hook_calloc, hook_realloc, hook_free};
        PyMem_SetAllocator(hook_domains[i], &ours);
    }
    self->installed = true;
}

void recorder_hooks_remove(struct recorder *self)
{
    if (!self->installed) {
        return;
    }
    for (int i = 0; i < TRACE_DOMAINS; i++) {
        PyMemAllocatorEx present;
        PyMem_GetAllocator(hook_domains[i], &present);
        if (present.ctx != &self->hook[i]) {
            return;
        }
    }
    for (int i = 0; i < TRACE_DOMAINS; i++) {
        PyMem_SetAllocator(hook_domains[i], &self->hook[i].inner);
    }
    self->installed = false;
}
