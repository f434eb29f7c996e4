/* Finding and describing traces, for the command line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workloads/replay.h"
#include "workloads/trace_program.h"

enum { FIND_PATH = 4096, FIND_PARENTS = 5 };

static bool find_try(const char *folder, const char *below, const char *name, char *path,
                     size_t length)
{
    int wrote = snprintf(path, length, "%s%s/%s.trace", folder, below, name);
    return wrote > 0 && (size_t)wrote < length && access(path, R_OK) == 0;
}

/* Beside the program, and in up to FIND_PARENTS folders above it. */
static bool find_beside_program(const char *name, char *path, size_t length)
{
    char folder[FIND_PATH];
    ssize_t got = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
    folder[got > 0 ? got : 0] = '\0';
    for (int i = 0; i < FIND_PARENTS; i++) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL) {
            return false;
        }
        *slash = '\0';
        if (find_try(folder, "/workloads/traces", name, path, length) ||
            find_try(folder, "/share/heapdyno/traces", name, path, length)) {
            return true;
        }
    }
    return false;
}

bool replay_find(const char *file, char *path, size_t length, struct error *error)
{
    const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    if (file[0] == '\0' || file[strspn(file, letters)] != '\0') {
        int wrote = snprintf(path, length, "%s", file);
        return (wrote > 0 && (size_t)wrote < length) ||
               error_set(error, "file=%s: no name of a trace", file);
    }
    const char *folder = getenv("HEAPDYNO_TRACES");
    if ((folder != NULL && find_try(folder, "", file, path, length)) ||
        find_beside_program(file, path, length)) {
        return true;
    }
    return error_set(error,
                     "file=%s: no such trace in $HEAPDYNO_TRACES, workloads/traces or "
                     "share/heapdyno/traces; a path has a / or a .",
                     file);
}

static void describe_requests(const struct trace_program *program, FILE *out)
{
    const struct trace_totals *totals = &program->totals;
    fprintf(out, "requests   obj %" PRIu64 "  mem %" PRIu64 "  resizes %" PRIu64 "  frees %" PRIu64,
            totals->allocations[TRACE_OBJ], totals->allocations[TRACE_MEM], totals->resizes,
            totals->frees);
    fprintf(out, "\nGC blocks  %" PRIu64 "\n", totals->gc_allocations);
    fprintf(out, "older      %" PRIu64 " frees and %" PRIu64 " resizes of blocks born before it\n",
            totals->old_frees, totals->old_resizes);
    fprintf(out, "alive      %" PRIu32 " blocks at most, %" PRIu64 " at the end\n",
            program->slot_count, program->live_blocks);
}

static void describe_collections(const struct trace_program *program, FILE *out)
{
    const struct trace_counts *counts = &program->counts;
    fprintf(out, "generation  recorded  of them gc.collect()  automatic, replayed  collected\n");
    for (int i = 0; i < TRACE_GENERATIONS; i++) {
        fprintf(out, "%10d  %8" PRIu64 "  %20" PRIu64 "  %19" PRIu64 "  %9" PRIu64 "\n", i,
                counts->recorded[i] + counts->requested[i], counts->requested[i],
                counts->expected[i], counts->collected[i]);
    }
    fprintf(out, "freed inside collections: %" PRIu64 " blocks\n", counts->frees_inside);
    fprintf(out,
            "differences %" PRIu64 " due but not recorded, %" PRIu64
            " recorded but not due; %" PRIu64 " corrections of the counts\n",
            counts->misses, counts->surprises, program->totals.corrections);
}

bool replay_describe(const char *path, FILE *out, struct error *error)
{
    struct trace_program program;
    if (!trace_program_load(&program, path, 0, error)) {
        return false;
    }
    const struct trace_gc_state *gc = &program.head.gc;
    fprintf(out, "python     %s\ncommand    %s\n", program.head.python, program.head.command);
    fprintf(out, "thresholds %" PRIu64 "/%" PRIu64 "/%" PRIu64 "%s\n", gc->threshold[0],
            gc->threshold[1], gc->threshold[2], gc->enabled != 0 ? "" : ", disabled");
    fprintf(out, "ended      %s\n", trace_reason_text(program.reason));
    describe_requests(&program, out);
    describe_collections(&program, out);
    trace_program_unload(&program);
    return true;
}
