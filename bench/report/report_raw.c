/* Reading raw files; see report_raw.h. */
#include "bench/report/report_raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static void append(struct report_raw *self, double x, double y)
{
    if ((self->count & (self->count - 1)) == 0) { /* room is the next power of two */
        size_t room = self->count > 0 ? self->count * 2 : 1;
        self->x = reallocarray(self->x, room, sizeof *self->x);
        self->y = reallocarray(self->y, room, sizeof *self->y);
        CHECK(self->x != NULL && self->y != NULL);
    }
    self->x[self->count] = x;
    self->y[self->count++] = y;
}

/* Lines of a file whose first line begins with `header`; a line that is no pair of numbers (the
 * last one of a process that was killed) ends it. */
static void read_file(const struct report *report, const char *raw, const char *suffix,
                      const char *header, struct report_raw *out)
{
    char *path = NULL, line[256];
    CHECK(asprintf(&path, "%s/raw/%s%s", report->folder, raw, suffix) > 0);
    FILE *in = fopen(path, "re");
    free(path);
    if (in == NULL) {
        return;
    }
    double x, y;
    if (fgets(line, sizeof line, in) != NULL && strncmp(line, header, strlen(header)) == 0) {
        while (fgets(line, sizeof line, in) != NULL && sscanf(line, "%lf\t%lf", &x, &y) == 2) {
            append(out, x, y);
        }
    }
    fclose(in);
}

bool report_raw_pauses(const struct report *report, const struct report_group *group,
                       struct report_raw *out)
{
    *out = (struct report_raw){0};
    for (size_t i = 0; group != NULL && i < group->raws_trusted; i++) {
        read_file(report, group->raw[i], ".pauses.tsv", "t_ns\tdur_ns", out);
    }
    return out->count > 0;
}

bool report_raw_rss(const struct report *report, const struct report_group *group,
                    struct report_raw *out)
{
    *out = (struct report_raw){0};
    for (size_t i = 0; group != NULL && i < group->raws && out->count == 0; i++) {
        read_file(report, group->raw[i], ".rss.tsv", "t_ns\trss_bytes", out);
    }
    return out->count > 0;
}

struct point {
    double x, y;
};

static int compare_points(const void *a_, const void *b_)
{
    const struct point *a = a_, *b = b_;
    return a->x != b->x ? (a->x > b->x) - (a->x < b->x) : (a->y > b->y) - (a->y < b->y);
}

/* By x, and by y where those are equal. */
static void sort(struct report_raw *self)
{
    struct point *point = calloc(self->count + 1, sizeof *point);
    CHECK(point != NULL);
    for (size_t i = 0; i < self->count; i++) {
        point[i] = (struct point){self->x[i], self->y[i]};
    }
    qsort(point, self->count, sizeof *point, compare_points);
    for (size_t i = 0; i < self->count; i++) {
        self->x[i] = point[i].x;
        self->y[i] = point[i].y;
    }
    free(point);
}

bool report_raw_mmu(const struct report *report, const struct report_group *group, size_t *n,
                    struct report_raw *out)
{
    *out = (struct report_raw){0};
    *n = 0;
    for (size_t i = 0; group != NULL && i < group->raws_trusted; i++) {
        size_t before = out->count;
        read_file(report, group->raw[i], ".mmu.tsv", "window_ns\tmmu", out);
        *n += out->count > before;
    }
    sort(out);
    size_t kept = 0, all = out->count;
    for (size_t i = 0, same = 0; i < all; i += same) {
        for (same = 1; i + same < all && out->x[i + same] == out->x[i];) {
            same++;
        }
        if (same == *n) {
            out->x[kept] = out->x[i];
            out->y[kept++] = out->y[i];
        }
    }
    out->count = kept;
    return kept > 0;
}

bool report_raw_latency(const struct report *report, const struct report_group *group, bool metered,
                        struct report_raw *out)
{
    *out = (struct report_raw){0};
    for (size_t i = 0; group != NULL && i < group->raws_trusted; i++) {
        read_file(report, group->raw[i], metered ? ".metered.tsv" : ".latency.tsv",
                  "ns\toperations", out);
    }
    sort(out);
    return out->count > 0;
}

void report_raw_close(struct report_raw *self)
{
    free(self->x);
    free(self->y);
    *self = (struct report_raw){0};
}
