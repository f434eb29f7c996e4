/* Progress of a run; see progress.h. */
#include "bench/run/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

void progress_start(struct progress *self, size_t done, size_t total, bool quiet)
{
    *self = (struct progress){.terminal = isatty(STDERR_FILENO) == 1,
                              .quiet = quiet,
                              .done = done,
                              .total = total,
                              .start_ns = clock_now_ns()};
}

static void clear_line(const struct progress *self)
{
    if (self->terminal) {
        fputs("\r\033[K", stderr);
    }
}

static void print_left(const struct progress *self)
{
    char text[32];
    if (self->measured == 0) {
        fputs("      ", stderr);
        return;
    }
    uint64_t each_ns = (clock_now_ns() - self->start_ns) / self->measured;
    fprintf(stderr, "%s left",
            units_format_duration(each_ns * (self->total - self->done), text, sizeof text));
}

void progress_begin(const struct progress *self, const char *line)
{
    if (self->quiet || !self->terminal) {
        return;
    }
    clear_line(self);
    fprintf(stderr, "[%zu/%zu] ", self->done + 1, self->total);
    print_left(self);
    fprintf(stderr, "  %.100s", line);
    fflush(stderr);
}

void progress_end(struct progress *self, const char *line, enum verdict verdict, const char *reason)
{
    self->done++;
    self->measured++;
    if (self->quiet) {
        return;
    }
    if (self->terminal && verdict == VERDICT_OK && self->done < self->total) {
        return; /* the next line overwrites this one */
    }
    clear_line(self);
    if (self->terminal && verdict == VERDICT_OK) {
        return;
    }
    fprintf(stderr, "[%zu/%zu] %-9s %s%s%s\n", self->done, self->total, verdict_name(verdict), line,
            reason[0] != '\0' ? ": " : "", reason);
}

void progress_note(const struct progress *self, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    clear_line(self);
    fputs("heapdyno run: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}
