/* The raw files of a child; see child.h. Columns: docs/record.md. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/cell/child.h"

static void put_pauses(const struct child *self, FILE *file)
{
    fputs("t_ns\tdur_ns\tgeneration\texamined\tcollected\n", file);
    for (size_t i = 0; i < self->probes.pause_count; i++) {
        const struct pause *pause = &self->probes.pause[i];
        char examined[24] = "-"; /* CPython does not say */
        if (!self->cell.real) {
            snprintf(examined, sizeof examined, "%llu", (unsigned long long)pause->examined);
        }
        fprintf(file, "%llu\t%llu\t%d\t%s\t%llu\n", (unsigned long long)pause->at_ns,
                (unsigned long long)pause->length_ns, pause->generation, examined,
                (unsigned long long)pause->collected);
    }
}

static void put_mmu(const struct child *self, FILE *file)
{
    struct mmu_log log = probes_mmu_log(&self->probes);
    struct mmu_point point[MMU_POINTS_MAX];
    size_t count = mmu_curve(&log, point, NULL);
    fputs("window_ns\tmmu\tbmu\n", file);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%llu\t%.6f\t%.6f\n", (unsigned long long)point[i].window_ns, point[i].mmu,
                point[i].bmu);
    }
}

static void put_histogram(const struct histogram *histogram, FILE *file)
{
    fputs("ns\toperations\n", file);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->bucket[i] > 0) {
            fprintf(file, "%llu\t%llu\n", (unsigned long long)histogram_value(histogram, i),
                    (unsigned long long)histogram->bucket[i]);
        }
    }
}

static void put_latency(const struct child *self, FILE *file)
{
    put_histogram(&self->probes.latency_ns, file);
}

static void put_blocks(const struct child *self, FILE *file)
{
    fputs("operations\tt_ns\trss_bytes\tfound\n", file);
    for (size_t i = 0; i < self->probes.blocks.count; i++) {
        const struct block *block = &self->probes.blocks.block[i];
        fprintf(file, "%llu\t%llu\t%llu\t%llu\n", (unsigned long long)block->operations,
                (unsigned long long)block->at_ns, (unsigned long long)block->rss_bytes,
                (unsigned long long)block->found);
    }
}

static void put_metered(const struct child *self, FILE *file)
{
    put_histogram(&self->probes.metered_ns, file);
}

static bool has_pauses(const struct child *self)
{
    return self->probes.pause_count > 0;
}

static bool has_latency(const struct child *self)
{
    return self->probes.latency_ns.count > 0;
}

static bool has_metered(const struct child *self)
{
    return self->probes.metered_ns.count > 0;
}

static bool has_blocks(const struct child *self)
{
    return !self->cell.real; /* nobody hears the operations of a program */
}

/* A small file takes a page of a disk: one that would say nothing is not written. */
static const struct {
    const char *suffix;
    void (*put)(const struct child *self, FILE *file);
    bool (*has)(const struct child *self); /* NULL: written all the same */
} files[] = {{"pauses", put_pauses, NULL},
             {"mmu", put_mmu, has_pauses},
             {"latency", put_latency, has_latency},
             {"metered", put_metered, has_metered},
             {"blocks", put_blocks, has_blocks}};

bool child_write_raw(const struct child *self, const char *stem, struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[4096];
        if (files[i].has != NULL && !files[i].has(self)) {
            continue;
        }
        snprintf(path, sizeof path, "%s.%s.tsv", stem, files[i].suffix);
        FILE *file = fopen(path, "we");
        bool written = file != NULL;
        if (written) {
            files[i].put(self, file);
            written = ferror(file) == 0;
            written = fclose(file) == 0 && written;
        }
        if (!written) {
            return error_set(error, "%s cannot be written: %s", path, strerror(errno));
        }
    }
    return true;
}
