/* Records of watched processes; see watch_record.h. */
#include "bench/watch/watch_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/record/store.h"
#include "bench/run/machine.h"

static void write_pauses(const struct watch_file *file, FILE *out)
{
    fputs("t_ns\tdur_ns\tgeneration\texamined\tcollected\n", out);
    for (size_t i = 0; i < file->pause_count; i++) {
        const struct watch_pause *pause = &file->pause[i];
        char examined[24] = "-";
        if (pause->candidates > 0) {
            snprintf(examined, sizeof examined, "%llu", (unsigned long long)pause->candidates);
        }
        fprintf(out, "%llu\t%llu\t%llu\t%s\t%llu\n", (unsigned long long)pause->at_ns,
                (unsigned long long)pause->length_ns, (unsigned long long)pause->generation,
                examined, (unsigned long long)pause->collected);
    }
}

static void write_samples(const struct watch_file *file, FILE *out)
{
    fputs("t_ns\trss_bytes\tpss_bytes\tprivate_dirty_bytes\n", out);
    for (size_t i = 0; i < file->sample_count; i++) {
        const struct watch_sample *sample = &file->sample[i];
        fprintf(out, "%llu\t%llu\t", (unsigned long long)sample->at_ns,
                (unsigned long long)sample->rss_bytes);
        if (sample->pss_bytes > 0) {
            fprintf(out, "%llu\t%llu\n", (unsigned long long)sample->pss_bytes,
                    (unsigned long long)sample->private_dirty_bytes);
        } else {
            fputs("-\t-\n", out);
        }
    }
}

static bool write_raw(const struct watch_file *file, const struct journal *journal,
                      const char *stem, const char *suffix,
                      void (*write)(const struct watch_file *, FILE *), struct error *error)
{
    char path[JOURNAL_PATH_MAX + 128];
    snprintf(path, sizeof path, "%s/%s%s", journal->raw, stem, suffix);
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return error_set(error, "%s cannot be written: %s", path, strerror(errno));
    }
    write(file, out);
    bool written = ferror(out) == 0;
    return (fclose(out) == 0 && written) ||
           error_set(error, "%s cannot be written: %s", path, strerror(errno));
}

static void judge(const struct watch_process *process, struct supervision *out)
{
    out->verdict = VERDICT_OK;
    if (process->file->state == WATCH_LOST) {
        out->verdict = VERDICT_FAILED;
        snprintf(out->reason, sizeof out->reason,
                 "the watcher met an error inside the process and stopped");
    } else if (process->signal != 0) {
        out->verdict = VERDICT_FAILED;
        snprintf(out->reason, sizeof out->reason, "killed by signal %d (%s)", process->signal,
                 strsignal(process->signal));
    }
    out->started_unix_ms = process->file->started_unix_ns / 1000000;
    out->elapsed_ns = process->file->watched_ns;
    snprintf(out->raw, sizeof out->raw, "%05llu", (unsigned long long)process->order);
}

/* Buffers of a record; too large for a stack. */
struct writer {
    struct machine machine;
    struct identity identity;
    struct supervision supervision;
    char half[RECORD_MAX / 2], line[RECORD_MAX];
};

bool watch_record(const struct watch_process *process, struct journal *journal, struct error *error)
{
    struct writer *self = calloc(1, sizeof *self);
    struct record_joiner *joiner = record_joiner_open();
    CHECK(self != NULL && joiner != NULL);
    machine_read(&self->machine);
    watch_identify(process, journal->run, &self->identity);
    judge(process, &self->supervision);
    watch_half(process, self->half, sizeof self->half);
    const char *stem = self->supervision.raw;
    size_t length = record_write(joiner, &self->identity, &self->machine, &self->supervision,
                                 self->half, self->line);
    CHECK(length > 0);
    bool ok = write_raw(process->file, journal, stem, ".pauses.tsv", write_pauses, error) &&
              write_raw(process->file, journal, stem, ".rss.tsv", write_samples, error) &&
              journal_append(journal, self->line, error);
    record_joiner_close(joiner);
    free(self);
    return ok;
}
