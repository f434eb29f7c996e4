/* Events of a trace: what each says, and whether it may say so. */
#include <string.h>

#include "base/check.h"
#include "workloads/trace_read.h"

/* What is wrong with an event, or NULL. */
typedef const char *reader_take_f(struct trace_reader *self, struct trace_cursor *cursor,
                                  struct trace_event *event);

static const char *reader_take_alloc(struct trace_reader *self, struct trace_event *event,
                                     uint64_t size, unsigned flags)
{
    event->kind = TRACE_ALLOC;
    event->domain = (flags & TRACE_CLASS_MEM) != 0 ? TRACE_MEM : TRACE_OBJ;
    event->gc = (flags & TRACE_CLASS_GC) != 0;
    event->zeroed = (flags & TRACE_CLASS_ZEROED) != 0;
    event->size = size;
    event->block = self->next_block++;
    self->counted.allocations[event->domain]++;
    self->counted.gc_allocations += event->gc;
    return NULL;
}

static const char *reader_take_alloc_class(struct trace_reader *self, struct trace_event *event,
                                           unsigned slot)
{
    uint64_t class = self->class_table[slot];
    if (class == 0) {
        return "a class of allocation that was not introduced";
    }
    return reader_take_alloc(self, event, (class - 1) >> 3, (class - 1) & 7);
}

static const char *reader_take_alloc_new(struct trace_reader *self, struct trace_cursor *cursor,
                                         struct trace_event *event, unsigned flags)
{
    uint64_t size = trace_take_number(cursor);
    if (cursor->bad || size > INT64_MAX >> 3) {
        return "a size that no process has";
    }
    /* One more than the class: 0 stands for nothing yet. */
    self->class_table[trace_class_slot(size, flags)] = (size << 3 | flags) + 1;
    return reader_take_alloc(self, event, size, flags);
}

/* `back` allocations before the last one, which must exist. */
static const char *reader_block_back(const struct trace_reader *self, uint64_t back,
                                     uint64_t *block)
{
    if (back >= self->next_block) {
        return "a block before the first one";
    }
    *block = self->next_block - 1 - back;
    return NULL;
}

static const char *reader_take_free(struct trace_reader *self, struct trace_event *event,
                                    bool beside, uint64_t distance)
{
    event->kind = TRACE_FREE;
    if (beside) {
        event->block = self->last_freed + (uint64_t)trace_unzigzag(distance);
        if (event->block >= self->next_block) {
            return "a block that was not allocated";
        }
    } else {
        const char *wrong = reader_block_back(self, distance, &event->block);
        if (wrong != NULL) {
            return wrong;
        }
    }
    self->last_freed = event->block;
    self->counted.frees++;
    return NULL;
}

/* The short forms, from TRACE_FREE_FAR on. */
static const char *reader_take_short(struct trace_reader *self, struct trace_cursor *cursor,
                                     struct trace_event *event, unsigned byte)
{
    if (byte >= TRACE_FREE_NEAR) {
        return reader_take_free(self, event, byte >= TRACE_FREE_BESIDE_1, byte & 31);
    }
    if (byte >= TRACE_ALLOC_CLASS) {
        return reader_take_alloc_class(self, event, byte & 63);
    }
    if (byte >= TRACE_RESERVED) {
        return "a reserved byte";
    }
    if (byte >= TRACE_ALLOC_NEW) {
        return reader_take_alloc_new(self, cursor, event, byte & 7);
    }
    bool beside = byte >= TRACE_FREE_BESIDE;
    unsigned bits = beside ? 4 : 5;
    uint64_t rest = trace_take_number(cursor);
    if (cursor->bad || rest > UINT64_MAX >> 8) {
        return "a distance that is no number";
    }
    return reader_take_free(self, event, beside,
                            (rest << bits | (byte & ((1U << bits) - 1))) + TRACE_NEAR);
}

static const char *reader_take_resize(struct trace_reader *self, struct trace_cursor *cursor,
                                      struct trace_event *event)
{
    uint64_t number[2];
    event->kind = TRACE_RESIZE;
    if (!trace_take_numbers(cursor, number, 2) || number[1] > INT64_MAX) {
        return "a damaged resize";
    }
    event->size = number[1];
    self->counted.resizes++;
    return reader_block_back(self, number[0], &event->block);
}

static const char *reader_take_free_old(struct trace_reader *self, struct trace_cursor *cursor,
                                        struct trace_event *event)
{
    uint64_t number;
    event->kind = TRACE_FREE_OLD;
    if (!trace_take_numbers(cursor, &number, 1) || number > 3) {
        return "a damaged free of an older block";
    }
    event->domain = (number & 1) != 0 ? TRACE_MEM : TRACE_OBJ;
    event->counted = (number & 2) != 0;
    self->counted.old_frees++;
    return NULL;
}

static const char *reader_take_resize_old(struct trace_reader *self, struct trace_cursor *cursor,
                                          struct trace_event *event)
{
    uint64_t number[2];
    if (!trace_take_numbers(cursor, number, 2) || number[0] > 1 || number[1] > INT64_MAX) {
        return "a damaged resize of an older block";
    }
    event->kind = TRACE_ALLOC;
    event->old = true;
    event->domain = number[0] != 0 ? TRACE_MEM : TRACE_OBJ;
    event->size = number[1];
    event->block = self->next_block++;
    self->counted.resizes++;
    self->counted.old_resizes++;
    return NULL;
}

static const char *reader_take_begin(struct trace_reader *self, struct trace_cursor *cursor,
                                     struct trace_event *event)
{
    event->kind = TRACE_GC_STARTS;
    if (!trace_take_numbers(cursor, (uint64_t *)&event->begin,
                            sizeof(event->begin) / sizeof(uint64_t)) ||
        event->begin.generation >= TRACE_GENERATIONS) {
        return "a damaged start of a collection";
    }
    if (self->in_collection) {
        return "a collection inside a collection";
    }
    self->in_collection = true;
    self->generation = event->begin.generation;
    return NULL;
}

static const char *reader_take_end(struct trace_reader *self, struct trace_cursor *cursor,
                                   struct trace_event *event)
{
    event->kind = TRACE_GC_STOPS;
    if (!trace_take_numbers(cursor, (uint64_t *)&event->end,
                            sizeof(event->end) / sizeof(uint64_t)) ||
        event->end.generation >= TRACE_GENERATIONS) {
        return "a damaged end of a collection";
    }
    if (!self->in_collection || event->end.generation != self->generation) {
        return "the end of a collection that did not start";
    }
    self->in_collection = false;
    self->counted.collections[event->end.generation]++;
    return NULL;
}

static const char *reader_take_setting(struct trace_reader *self, struct trace_cursor *cursor,
                                       struct trace_event *event)
{
    (void)self;
    uint64_t number[1 + TRACE_GENERATIONS];
    event->kind = TRACE_SETTING;
    if (!trace_take_numbers(cursor, number, 1 + TRACE_GENERATIONS)) {
        return "damaged thresholds";
    }
    event->enabled = number[0] != 0;
    memcpy(event->number, number + 1, sizeof(event->number));
    return NULL;
}

static const char *reader_take_correction(struct trace_reader *self, struct trace_cursor *cursor,
                                          struct trace_event *event)
{
    event->kind = TRACE_CORRECTION;
    self->counted.corrections++;
    return trace_take_numbers(cursor, event->number, TRACE_GENERATIONS) ? NULL : "damaged counts";
}

static const char *reader_take_held(struct trace_reader *self, struct trace_cursor *cursor,
                                    struct trace_event *event)
{
    (void)self;
    event->kind = TRACE_HELD;
    return cursor->at == cursor->end && !cursor->bad ? NULL : "a damaged mark";
}

static const char *reader_take_time(struct trace_reader *self, struct trace_cursor *cursor,
                                    struct trace_event *event)
{
    (void)self;
    event->kind = TRACE_TIME;
    return trace_take_numbers(cursor, event->number, 1) ? NULL : "a damaged time";
}

static reader_take_f *const reader_tagged[] = {
    [TRACE_TAG_RESIZE] = reader_take_resize,
    [TRACE_TAG_FREE_OLD] = reader_take_free_old,
    [TRACE_TAG_RESIZE_OLD] = reader_take_resize_old,
    [TRACE_TAG_GC_BEGIN] = reader_take_begin,
    [TRACE_TAG_GC_END] = reader_take_end,
    [TRACE_TAG_SETTINGS] = reader_take_setting,
    [TRACE_TAG_COUNTS] = reader_take_correction,
    [TRACE_TAG_HELD] = reader_take_held,
    [TRACE_TAG_TIME] = reader_take_time,
};

enum trace_result trace_read_event(struct trace_reader *self, struct trace_event *event,
                                   struct error *error)
{
    struct trace_cursor *cursor = &self->chunks.cursor;
    while (cursor->at < cursor->end) {
        const uint8_t *start = cursor->at;
        const char *wrong = NULL;
        unsigned byte = trace_take_byte(cursor);
        *event = (struct trace_event){0};
        if (byte >= TRACE_FREE_FAR) {
            wrong = reader_take_short(self, cursor, event, byte);
        } else {
            struct trace_cursor part = trace_take_part(cursor);
            if (cursor->bad) {
                wrong = "a length that leaves the chunk";
            } else if (byte >= COUNT_OF(reader_tagged) || reader_tagged[byte] == NULL) {
                continue; /* written by a later version: skipped */
            } else {
                wrong = reader_tagged[byte](self, &part, event);
            }
        }
        if (wrong != NULL) {
            trace_chunks_bad(&self->chunks, start, wrong, error);
            return TRACE_BAD;
        }
        return TRACE_EVENT;
    }
    return TRACE_FINISHED;
}
