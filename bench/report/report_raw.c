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

void report_raw_close(struct report_raw *self)
{
    free(self->x);
    free(self->y);
    *self = (struct report_raw){0};
}
