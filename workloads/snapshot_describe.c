/* What a snapshot holds, for people: `heapdyno snapshot --show`. */
#include <stdlib.h>

#include "base/units.h"
#include "workloads/snapshot.h"

enum { TYPES_SHOWN = 24 };

struct type_total {
    uint32_t type;
    uint64_t objects, tracked, bytes, references;
};

/* What the object takes of the heap: with its GC head, and the prefix of a managed dict. */
static uint64_t whole_bytes(const struct snapshot_file *file, const struct snapshot_object *object)
{
    bool prefix = (file->type[object->type].flags & SNAPSHOT_TYPE_PREFIX) != 0;
    return object->bytes + ((object->flags & SNAPSHOT_GC) != 0 ? 16 : 0) + (prefix ? 16 : 0);
}

static int by_bytes(const void *a, const void *b)
{
    const struct type_total *x = a, *y = b;
    int order = (x->bytes < y->bytes) - (x->bytes > y->bytes);
    return order != 0 ? order : (x->type > y->type) - (x->type < y->type);
}

/* [head.types], largest first; new, caller frees. NULL: no memory. */
static struct type_total *total_types(const struct snapshot_file *file, struct type_total *all)
{
    struct type_total *total = calloc(file->head.types + 1, sizeof *total);
    for (uint64_t i = 0; i < file->head.objects && total != NULL; i++) {
        const struct snapshot_object *object = &file->object[i];
        struct type_total *row = &total[object->type];
        row->type = object->type;
        struct type_total *const rows[] = {row, all};
        for (int k = 0; k < 2; k++) {
            rows[k]->objects++;
            rows[k]->tracked += (object->flags & SNAPSHOT_TRACKED) != 0;
            rows[k]->bytes += whole_bytes(file, object);
            rows[k]->references += object->count;
        }
    }
    if (total != NULL) {
        qsort(total, file->head.types, sizeof *total, by_bytes);
    }
    return total;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

static void print_head(const struct snapshot_file *file, const struct type_total *all, FILE *out)
{
    typedef unsigned long long number;
    const struct snapshot_head *head = &file->head;
    char bytes[32], ns[3][32];
    fprintf(out, "python     %llu.%llu.%llu\n", (number)(head->python >> 24),
            (number)(head->python >> 16 & 255), (number)(head->python >> 8 & 255));
    fprintf(out, "command    %s\ntaken      %s\n", file->text, snapshot_moment_text(head->moment));
    fprintf(out, "objects    %llu, %s in their own memory\n", (number)head->objects,
            units_format_size(all->bytes, bytes, sizeof bytes));
    fprintf(out, "tracked    %llu, %.1f %%\n", (number)file->tracked,
            100 * share(file->tracked, head->objects));
    fprintf(out, "references %llu, %.2f for each tracked object\n", (number)head->references,
            share(head->references, file->tracked));
    fprintf(out, "lists      %llu young, %llu middle, %llu old, %llu frozen\n",
            (number)head->listed[0], (number)head->listed[1], (number)head->listed[2],
            (number)head->listed[3]);
    if (head->collect_ns[1] == 0) {
        fputs("collect    not measured\n", out);
        return;
    }
    for (int i = 0; i < SNAPSHOT_TIMES; i++) {
        units_format_duration(head->collect_ns[i], ns[i], sizeof ns[i]);
    }
    fprintf(
        out,
        "collect    %s of CPU for gc.collect() there (%s … %s, 3 times); the first found %llu\n",
        ns[1], ns[0], ns[2], (number)head->collected);
}

static void print_types(const struct snapshot_file *file, const struct type_total *total, FILE *out)
{
    typedef unsigned long long number;
    uint64_t shown = file->head.types < TYPES_SHOWN ? file->head.types : TYPES_SHOWN;
    fprintf(out, "\n%10s %10s %8s %11s  %s\n", "objects", "bytes", "tracked", "references", "type");
    for (uint64_t i = 0; i < shown; i++) {
        const struct type_total *row = &total[i];
        char bytes[32];
        fprintf(out, "%10llu %10s %6.1f %% %11.2f  %s\n", (number)row->objects,
                units_format_size(row->bytes, bytes, sizeof bytes),
                100 * share(row->tracked, row->objects), share(row->references, row->objects),
                file->type[row->type].name);
    }
    if (shown < file->head.types) {
        fprintf(out, "and %llu types more\n", (number)(file->head.types - shown));
    }
}

bool snapshot_describe(const char *path, FILE *out, struct error *error)
{
    struct snapshot_file file;
    struct type_total all = {0};
    if (!snapshot_file_open(&file, path, error)) {
        return false;
    }
    struct type_total *total = total_types(&file, &all);
    if (total != NULL) {
        print_head(&file, &all, out);
        print_types(&file, total, out);
    }
    free(total);
    snapshot_file_close(&file);
    return total != NULL || error_set(error, "%s: no memory", path);
}
