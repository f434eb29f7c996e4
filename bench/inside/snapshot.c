/* Adding blocks up by site and type, and objects by type; see snapshot.h. */
#include "bench/inside/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "collector/objects/blocks.h"

enum { LABEL_LENGTH = 160 };

/* Giving blocks their types. */
struct marking {
    struct live *live;
    struct names *names;
    uint64_t bytes; /* of the blocks met */
};

static void mark(void *argument, const struct owned_block *owned)
{
    struct marking *self = argument;
    struct live_block *block = live_find(self->live, owned->p);
    if (block == NULL || block->type != 0) {
        return; /* in no heap, or shared with an object that was met before */
    }
    char label[LABEL_LENGTH];
    if (strcmp(owned->part, "free") == 0) {
        snprintf(label, sizeof label, "%s (free)", owned->type);
    } else {
        snprintf(label, sizeof label, "%s%s%s", owned->type, owned->part[0] == '\0' ? "" : " ",
                 owned->part);
    }
    block->type = names_of(self->names, label);
    self->bytes += block->bytes;
}

static uint32_t type_unknown(struct names *names, const struct live_block *block)
{
    static const char *const domains[] = {"obj", "mem", "raw"};
    char label[LABEL_LENGTH];
    const char *domain = block->domain < COUNT_OF(domains) ? domains[block->domain] : "?";
    if (block->bytes <= 512) {
        snprintf(label, sizeof label, "%s block, %" PRIu64 " bytes", domain, block->bytes);
    } else {
        snprintf(label, sizeof label, "%s block, over 512", domain);
    }
    return names_of(names, label);
}

static int by_type(const void *a, const void *b)
{
    const struct type_row *left = a, *right = b;
    return (left->type > right->type) - (left->type < right->type);
}

/* One row for each type, in the order of their numbers. */
static void add_types(struct snapshot *self, const struct census *census, struct marking *marking)
{
    struct type_row *rows = calloc(census->count + 1, sizeof *rows);
    CHECK(rows != NULL);
    for (size_t i = 0; i < census->count; i++) {
        const struct census_object *seen = &census->object[i];
        marking->bytes = 0;
        object_each_block(seen->object, mark, marking);
        rows[i] = (struct type_row){
            .type = names_of(marking->names, seen->object->type->name),
            .objects = 1,
            .tracked = seen->generation != CENSUS_UNTRACKED,
            .garbage = seen->garbage,
            .bytes = marking->bytes,
        };
        self->tracked += rows[i].tracked;
        self->garbage += rows[i].garbage;
    }
    self->objects = census->count;
    qsort(rows, census->count, sizeof *rows, by_type);
    size_t count = 0;
    for (size_t i = 0; i < census->count; i++) {
        if (count == 0 || rows[count - 1].type != rows[i].type) {
            rows[count++] = rows[i];
            continue;
        }
        struct type_row *row = &rows[count - 1];
        row->objects += rows[i].objects;
        row->tracked += rows[i].tracked;
        row->garbage += rows[i].garbage;
        row->bytes += rows[i].bytes;
    }
    self->type = rows;
    self->type_count = count;
}

static int by_site(const void *a, const void *b)
{
    const struct site_row *left = a, *right = b;
    if (left->type != right->type) {
        return left->type < right->type ? -1 : 1;
    }
    return (left->site > right->site) - (left->site < right->site);
}

static void add_sites(struct snapshot *self, const struct live *live, struct names *names)
{
    struct site_row *rows = calloc(live->blocks + 1, sizeof *rows);
    CHECK(rows != NULL);
    size_t filled = 0, count = 0;
    for (size_t i = 0; i < live->top; i++) {
        const struct live_block *block = &live->block[i];
        if (block->p != NULL) {
            uint32_t type = block->type != 0 ? block->type : type_unknown(names, block);
            rows[filled++] = (struct site_row){block->site, type, 1, block->bytes};
        }
    }
    CHECK(filled == live->blocks);
    qsort(rows, filled, sizeof *rows, by_site);
    for (size_t i = 0; i < filled; i++) {
        if (count > 0 && by_site(&rows[count - 1], &rows[i]) == 0) {
            rows[count - 1].blocks++;
            rows[count - 1].bytes += rows[i].bytes;
        } else {
            rows[count++] = rows[i];
        }
    }
    self->site = rows;
    self->site_count = count;
}

void snapshot_take(struct snapshot *self, struct live *live, const struct census *census,
                   struct names *names)
{
    struct marking marking = {live, names, 0};
    *self = (struct snapshot){.taken = true, .blocks = live->blocks, .bytes = live->bytes};
    for (size_t i = 0; i < live->top; i++) {
        live->block[i].type = 0;
    }
    freelists_each_block(census->runtime, mark, &marking);
    add_types(self, census, &marking);
    for (size_t i = 0; i < census->count; i++) {
        class_each_block(census->object[i].object->type, mark, &marking);
    }
    for (size_t i = 0; i < census->types; i++) {
        class_each_block(census->type[i], mark, &marking);
    }
    add_sites(self, live, names);
}

void snapshot_free(struct snapshot *self)
{
    free(self->site);
    free(self->type);
    *self = (struct snapshot){.taken = false};
}

/* Both sides are sorted: one walk over both. */
struct site_pair *snapshot_sites(const struct snapshot *before, const struct snapshot *now,
                                 size_t *count)
{
    struct site_pair *pairs = calloc(before->site_count + now->site_count + 1, sizeof *pairs);
    CHECK(pairs != NULL);
    size_t a = 0, b = 0;
    for (*count = 0; a < before->site_count || b < now->site_count; ++*count) {
        struct site_pair *pair = &pairs[*count];
        int order = a == before->site_count ? 1
                    : b == now->site_count  ? -1
                                            : by_site(&before->site[a], &now->site[b]);
        if (order >= 0) {
            pair->now = now->site[b++];
        } else {
            pair->now =
                (struct site_row){.site = before->site[a].site, .type = before->site[a].type};
        }
        pair->blocks = (int64_t)pair->now.blocks;
        pair->bytes = (int64_t)pair->now.bytes;
        if (order <= 0) {
            pair->blocks -= (int64_t)before->site[a].blocks;
            pair->bytes -= (int64_t)before->site[a++].bytes;
        }
    }
    return pairs;
}

struct type_pair *snapshot_types(const struct snapshot *before, const struct snapshot *now,
                                 size_t *count)
{
    struct type_pair *pairs = calloc(before->type_count + now->type_count + 1, sizeof *pairs);
    CHECK(pairs != NULL);
    size_t a = 0, b = 0;
    for (*count = 0; a < before->type_count || b < now->type_count; ++*count) {
        struct type_pair *pair = &pairs[*count];
        int order = a == before->type_count ? 1
                    : b == now->type_count  ? -1
                                            : by_type(&before->type[a], &now->type[b]);
        if (order >= 0) {
            pair->now = now->type[b++];
        } else {
            pair->now = (struct type_row){.type = before->type[a].type};
        }
        pair->objects = (int64_t)pair->now.objects;
        pair->bytes = (int64_t)pair->now.bytes;
        if (order <= 0) {
            pair->objects -= (int64_t)before->type[a].objects;
            pair->bytes -= (int64_t)before->type[a++].bytes;
        }
    }
    return pairs;
}
