/* Texts by number; see names.h. */
#include "bench/inside/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { NAMES_MIN = 64 };

static uint32_t *place_of(const struct names *self, const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *at = text; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    size_t mask = 2 * self->capacity - 1;
    size_t at = (size_t)hash & mask;
    while (self->place[at] != 0 && strcmp(self->text[self->place[at] - 1], text) != 0) {
        at = (at + 1) & mask;
    }
    return &self->place[at];
}

static void grow(struct names *self)
{
    self->capacity = self->capacity == 0 ? NAMES_MIN : 2 * self->capacity;
    self->text = reallocarray(self->text, self->capacity, sizeof *self->text);
    free(self->place);
    self->place = calloc(2 * self->capacity, sizeof *self->place);
    CHECK(self->text != NULL && self->place != NULL);
    for (size_t i = 0; i < self->count; i++) {
        *place_of(self, self->text[i]) = (uint32_t)i + 1;
    }
}

uint32_t names_of(struct names *self, const char *text)
{
    if (self->count == self->capacity) {
        grow(self);
    }
    uint32_t *place = place_of(self, text);
    if (*place == 0) {
        self->text[self->count] = strdup(text);
        CHECK(self->text[self->count] != NULL);
        *place = (uint32_t)++self->count;
    }
    return *place;
}

const char *names_text(const struct names *self, uint32_t number)
{
    return number == 0 ? "" : self->text[number - 1];
}

void names_free(struct names *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->text[i]);
    }
    free(self->text);
    free(self->place);
    *self = (struct names){.count = 0};
}
