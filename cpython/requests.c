/* The log of requests: see requests.h. Memory of the harness, from malloc. */
#include "cpython/requests.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

void request_log_free(struct request_log *self)
{
    free(self->record);
    address_map_free(&self->blocks);
    *self = (struct request_log){.live = 0};
}

void request_log_start(struct request_log *self)
{
    address_map_clear(&self->blocks);
    self->count = 0;
    self->next = 0;
    self->recording = true;
}

static uint32_t block_born(struct request_log *self, const void *block)
{
    if (block == NULL) {
        return 0;
    }
    address_map_set(&self->blocks, block, ++self->next);
    return self->next;
}

static struct request_record *add(struct request_log *self)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? 256 : self->capacity * 2;
        self->record = reallocarray(self->record, self->capacity, sizeof *self->record);
        CHECK(self->record != NULL);
    }
    return &self->record[self->count++];
}

static void record(struct request_log *self, const struct request *request)
{
    bool release = request->kind == REQUEST_RELEASE;
    struct request_record made = {
        .domain = (uint8_t)request->domain,
        .kind = (uint8_t)request->kind,
        .size = release ? 0 : request->size,
    };
    if (release) {
        made.ordinal = address_map_take(&self->blocks, request->p);
    } else if (request->kind != REQUEST_RESIZE) {
        made.ordinal = block_born(self, request->p);
    } else if (request->p == NULL) {
        made.old = 0; /* failed: the old block stands */
    } else {
        /* A resized block is a new one, wherever it stands: in place or moved is the allocator's
         * business, not the stream's. */
        made.old = request->old_p == NULL ? 0 : address_map_take(&self->blocks, request->old_p);
        made.ordinal = block_born(self, request->p);
    }
    *add(self) = made;
}

void request_log_hear(struct request_log *self, const struct request *request)
{
    if (request->kind == REQUEST_RELEASE) {
        self->live -= request->p != NULL;
    } else {
        self->live +=
            request->p != NULL && !(request->kind == REQUEST_RESIZE && request->old_p != NULL);
    }
    if (self->recording && !(request->kind == REQUEST_RELEASE && request->p == NULL)) {
        record(self, request);
    }
}

void request_log_forget_last(struct request_log *self)
{
    CHECK(self->count > 0 && self->record[self->count - 1].kind == REQUEST_ALLOC);
    self->count--;
    self->next--;
}

static bool equal(const struct request_record *left, const struct request_record *right)
{
    return left->domain == right->domain && left->kind == right->kind &&
           left->ordinal == right->ordinal && left->old == right->old && left->size == right->size;
}

int64_t request_logs_compare(const struct request_log *left, const struct request_log *right)
{
    size_t shorter = left->count < right->count ? left->count : right->count;
    for (size_t i = 0; i < shorter; i++) {
        if (!equal(&left->record[i], &right->record[i])) {
            return (int64_t)i;
        }
    }
    return left->count == right->count ? -1 : (int64_t)shorter;
}

char *request_record_print(const struct request_record *self, char *buffer, size_t length)
{
    static const char *const kinds[] = {"malloc", "calloc", "realloc", "free"};
    const char *domain = self->domain == REQUEST_DOMAIN_OBJ ? "obj" : "mem";
    if (self->kind == REQUEST_RELEASE) {
        snprintf(buffer, length, "%s free #%u", domain, self->ordinal);
    } else if (self->kind == REQUEST_RESIZE) {
        snprintf(buffer, length, "%s realloc #%u to %llu = #%u", domain, self->old,
                 (unsigned long long)self->size, self->ordinal);
    } else {
        snprintf(buffer, length, "%s %s %llu = #%u", domain, kinds[self->kind],
                 (unsigned long long)self->size, self->ordinal);
    }
    return buffer;
}
