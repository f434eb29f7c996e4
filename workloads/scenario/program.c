/* A program in memory: arrays that grow by doubling, and its names by hash (FNV-1a, open
 * addressing). The harness's own memory, from malloc: never a heap that is measured. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "workloads/scenario/scenario.h"

void scenario_init(struct scenario_program *self)
{
    *self = (struct scenario_program){.op_count = 0};
}

void scenario_free(struct scenario_program *self)
{
    free(self->op);
    free(self->name);
    free(self->item);
    free(self->text);
    free(self->index);
    scenario_init(self);
}

/* Room for one more element of `size` bytes; false: no memory. */
static bool grow(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *larger = reallocarray(*array, wanted, size);
    if (larger == NULL) {
        return false;
    }
    *array = larger;
    *capacity = wanted;
    return true;
}

bool scenario_add(struct scenario_program *self, const struct scenario_op *op)
{
    void *array = self->op;
    if (!grow(&array, self->op_count, &self->op_capacity, sizeof *op)) {
        return false;
    }
    self->op = array;
    self->op[self->op_count++] = *op;
    return true;
}

bool scenario_add_item(struct scenario_program *self, int64_t item)
{
    void *array = self->item;
    if (!grow(&array, self->item_count, &self->item_capacity, sizeof *self->item)) {
        return false;
    }
    self->item = array;
    self->item[self->item_count++] = (int32_t)item;
    return true;
}

bool scenario_add_text(struct scenario_program *self, const char *text, size_t length, int64_t *out)
{
    void *array = self->text;
    CHECK(length <= SCENARIO_TEXT_MAX);
    if (!grow(&array, self->text_count, &self->text_capacity, sizeof *self->text)) {
        return false;
    }
    self->text = array;
    memcpy(self->text[self->text_count].text, text, length);
    self->text[self->text_count].text[length] = '\0';
    *out = (int64_t)self->text_count++;
    return true;
}

static size_t name_hash(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ (hash >> 32));
}

/* The place of a name in the index: its own, or the empty one where it belongs. */
static uint32_t *index_place(const struct scenario_program *self, const char *text, size_t length)
{
    size_t mask = self->index_size - 1;
    for (size_t i = name_hash(text, length) & mask;; i = (i + 1) & mask) {
        uint32_t entry = self->index[i];
        if (entry == 0) {
            return &self->index[i];
        }
        const char *known = self->name[entry - 1].text;
        if (strlen(known) == length && memcmp(known, text, length) == 0) {
            return &self->index[i];
        }
    }
}

static bool index_grow(struct scenario_program *self)
{
    size_t size = self->index_size == 0 ? 64 : self->index_size * 2;
    uint32_t *larger = calloc(size, sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    free(self->index);
    self->index = larger;
    self->index_size = size;
    for (size_t i = 0; i < self->name_count; i++) {
        const char *text = self->name[i].text;
        *index_place(self, text, strlen(text)) = (uint32_t)i + 1;
    }
    return true;
}

static bool name_add(struct scenario_program *self, const char *text, size_t length, int64_t *out)
{
    void *array = self->name;
    if ((self->name_count * 2 >= self->index_size && !index_grow(self)) ||
        !grow(&array, self->name_count, &self->name_capacity, sizeof *self->name)) {
        return false;
    }
    self->name = array;
    uint32_t *place = index_place(self, text, length);
    if (*place == 0) {
        memcpy(self->name[self->name_count].text, text, length);
        self->name[self->name_count].text[length] = '\0';
        *place = (uint32_t)++self->name_count;
    }
    *out = (int64_t)*place - 1;
    return true;
}

bool scenario_name(struct scenario_program *self, const char *text, size_t length, int64_t *out)
{
    CHECK(length <= SCENARIO_NAME_MAX);
    int64_t reborn = NAME_REBORN;
    if (self->name_count == 0 && !name_add(self, "reborn", 6, &reborn)) {
        return false;
    }
    return name_add(self, text, length, out);
}

const struct scenario_op *scenario_next(const struct scenario_program *self,
                                        struct scenario_cursor *cursor)
{
    while (cursor->at < self->op_count) {
        const struct scenario_op *op = &self->op[cursor->at];
        if (op->verb == VERB_REPEAT) {
            bool turned = op->operand[0] > 0 && op->operand[2] != 0;
            if (turned) {
                cursor->turns[cursor->depth++] = op->operand[0];
            }
            cursor->at = turned ? cursor->at + 1 : (size_t)op->operand[1] + 1;
        } else if (op->verb == VERB_END) {
            bool again = --cursor->turns[cursor->depth - 1] > 0;
            cursor->depth -= !again;
            cursor->at = again ? (size_t)op->operand[0] + 1 : cursor->at + 1;
        } else {
            cursor->at++;
            return op;
        }
    }
    return NULL;
}
