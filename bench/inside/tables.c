/* What was found, as text; see inside.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/inside/inside.h"

enum { NUMBER_LENGTH = 32 };

/* 1234567 as 1,234,567; with a sign in front where it is a difference. */
static const char *grouped(int64_t value, bool sign, char text[NUMBER_LENGTH])
{
    char digits[NUMBER_LENGTH];
    uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    int length = snprintf(digits, sizeof digits, "%" PRIu64, size);
    char *at = text;
    if (value < 0 || (sign && value > 0)) {
        *at++ = value < 0 ? '-' : '+';
    }
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *at++ = ',';
        }
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

static void print_number(FILE *out, int width, int64_t value, bool sign)
{
    char text[NUMBER_LENGTH];
    fprintf(out, "%*s", width, grouped(value, sign, text));
}

static void print_head(const struct inside *self, const struct snapshot *snapshot, const char *what,
                       const char *moment, FILE *out)
{
    char text[5][NUMBER_LENGTH];
    bool number = moment[0] >= '0' && moment[0] <= '9';
    const char *counts = !number ? "" : self->machine != NULL ? "line " : "operation ";
    fprintf(out, "%s at %s%s: %s bytes in %s blocks; %s objects, %s tracked, %s of them garbage\n",
            what, counts, moment, grouped((int64_t)snapshot->bytes, false, text[0]),
            grouped((int64_t)snapshot->blocks, false, text[1]),
            grouped((int64_t)snapshot->objects, false, text[2]),
            grouped((int64_t)snapshot->tracked, false, text[3]),
            grouped((int64_t)snapshot->garbage, false, text[4]));
}

static void print_rest(FILE *out, size_t count, size_t shown)
{
    if (count > shown) {
        fprintf(out, "%zu more rows (--top)\n", count - shown);
    }
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

/* Largest first; those of one size by their numbers, so that the order does not depend on chance. */
static int larger(int64_t a, int64_t b, uint64_t tie_a, uint64_t tie_b)
{
    if (a != b) {
        return a > b ? -1 : 1;
    }
    return (tie_a > tie_b) - (tie_a < tie_b);
}

static uint64_t site_tie(const struct site_row *row)
{
    return (uint64_t)row->type << 32 | row->site;
}

static int by_bytes(const void *a, const void *b)
{
    const struct site_pair *left = a, *right = b;
    return larger((int64_t)left->now.bytes, (int64_t)right->now.bytes, site_tie(&left->now),
                  site_tie(&right->now));
}

static int by_bytes_grown(const void *a, const void *b)
{
    const struct site_pair *left = a, *right = b;
    return larger(magnitude(left->bytes), magnitude(right->bytes), site_tie(&left->now),
                  site_tie(&right->now));
}

static int by_objects(const void *a, const void *b)
{
    const struct type_pair *left = a, *right = b;
    return larger((int64_t)left->now.objects, (int64_t)right->now.objects, left->now.type,
                  right->now.type);
}

static int by_objects_grown(const void *a, const void *b)
{
    const struct type_pair *left = a, *right = b;
    return larger(left->objects, right->objects, left->now.type, right->now.type);
}

/* Rows that did not change have nothing to say in a difference. */
static size_t drop_same_sites(struct site_pair *pairs, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].blocks != 0 || pairs[i].bytes != 0) {
            pairs[kept++] = pairs[i];
        }
    }
    return kept;
}

static size_t drop_same_types(struct type_pair *pairs, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].objects != 0 || pairs[i].bytes != 0) {
            pairs[kept++] = pairs[i];
        }
    }
    return kept;
}

static void print_site(const struct inside *self, const struct site_pair *pair, bool grown,
                       FILE *out)
{
    const struct site_row *row = &pair->now;
    print_number(out, 13, (int64_t)row->bytes, false);
    if (grown) {
        print_number(out, 13, pair->bytes, true);
    }
    print_number(out, 11, (int64_t)row->blocks, false);
    if (grown) {
        print_number(out, 11, pair->blocks, true);
    }
    print_number(out, 9, row->blocks == 0 ? 0 : (int64_t)(row->bytes / row->blocks), false);
    fprintf(out, "  %-22s  %s\n", names_text(&self->types, row->type),
            row->site == 0 ? "start" : names_text(&self->sites, row->site));
}

static void print_sites(const struct inside *self, FILE *out)
{
    size_t count;
    bool grown = self->since.taken;
    struct site_pair *pairs = snapshot_sites(&self->since, &self->at, &count);
    count = grown ? drop_same_sites(pairs, count) : count;
    qsort(pairs, count, sizeof *pairs, grown ? by_bytes_grown : by_bytes);
    if (grown) {
        fprintf(out, "\n%13s%13s%11s%11s%9s  %-22s  %s\n", "bytes", "grew", "blocks", "grew",
                "average", "type", "site");
    } else {
        fprintf(out, "\n%13s%11s%9s  %-22s  %s\n", "bytes", "blocks", "average", "type", "site");
    }
    size_t shown = count < self->request->top ? count : self->request->top;
    for (size_t i = 0; i < shown; i++) {
        print_site(self, &pairs[i], grown, out);
    }
    print_rest(out, count, shown);
    free(pairs);
}

static void print_types(const struct inside *self, FILE *out)
{
    size_t count;
    bool grown = self->since.taken;
    struct type_pair *pairs = snapshot_types(&self->since, &self->at, &count);
    count = grown ? drop_same_types(pairs, count) : count;
    qsort(pairs, count, sizeof *pairs, grown ? by_objects_grown : by_objects);
    if (grown) {
        fprintf(out, "\n%11s%11s%13s%13s%11s  %s\n", "objects", "grew", "bytes", "grew", "garbage",
                "type");
    } else {
        fprintf(out, "\n%11s%11s%13s%11s  %s\n", "objects", "tracked", "bytes", "garbage", "type");
    }
    size_t shown = count < self->request->top ? count : self->request->top;
    for (size_t i = 0; i < shown; i++) {
        const struct type_row *row = &pairs[i].now;
        print_number(out, 11, (int64_t)row->objects, false);
        print_number(out, 11, grown ? pairs[i].objects : (int64_t)row->tracked, grown);
        print_number(out, 13, (int64_t)row->bytes, false);
        if (grown) {
            print_number(out, 13, pairs[i].bytes, true);
        }
        print_number(out, 11, (int64_t)row->garbage, false);
        fprintf(out, "  %s\n", names_text(&self->types, row->type));
    }
    print_rest(out, count, shown);
    free(pairs);
}

static bool never(const struct inside *self, const char *moment, struct error *error)
{
    return error_set(error, "the moment '%.40s' never came%s%.200s", moment,
                     self->phases[0] != '\0' ? "; phases that ended: " : "", self->phases);
}

bool inside_print(const struct inside *self, const char *what, FILE *out, struct error *error)
{
    const struct inside_request *request = self->request;
    if ((request->growth || request->leaks) && !self->since.taken) {
        return never(self, request->since, error);
    }
    if (!self->at.taken) {
        return never(self, request->at, error);
    }
    if (self->since.taken) {
        print_head(self, &self->since, what, request->since, out);
    }
    print_head(self, &self->at, what, request->at, out);
    if (request->leaks) {
        fprintf(out, "collected before each: %" PRIu64 " and %" PRIu64 " objects\n",
                self->collected[0], self->collected[1]);
    }
    /* A replayed trace has blocks only: all that can be said of it is said by site. */
    bool objects = self->at.objects > 0 || self->since.objects > 0;
    bool types = request->types || self->since.taken;
    if (types && objects) {
        print_types(self, out);
    }
    if (request->sites || (types && !objects && self->at.blocks > 0)) {
        print_sites(self, out);
    }
    if (request->dot != NULL && self->error.text[0] == '\0') {
        fprintf(out, "\n%s: %zu objects and %zu references around %s\n", request->dot,
                self->drawn.objects, self->drawn.references, self->drawn.centre);
    }
    *error = self->error;
    return error->text[0] == '\0';
}
