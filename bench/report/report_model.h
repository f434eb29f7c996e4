/* Our model beside the truth: real programs on CPython itself, and the replay of what each asked for, in
 * one run (program=NAME… beside workload=replay:file=NAME). A replay has no interpreter in its process,
 * so what it says of an allocator is the difference to the reference:
 *   predicted = (real on the reference + replay on the allocator - replay on the reference)
 *               / real on the reference */
#ifndef HEAPDYNO_BENCH_REPORT_MODEL_H
#define HEAPDYNO_BENCH_REPORT_MODEL_H

#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

enum { REPORT_PROGRAM_MAX = 64 };

/* One program on one allocator other than the reference. Groups are borrowed. */
struct report_model_row {
    char program[REPORT_PROGRAM_MAX]; /* name alone */
    const char *label;                /* with its options; borrowed */
    const struct report_group *real, *real_base, *replay, *replay_base;
};

/* All that a run has both sides of; *count rows, freed by the caller. */
struct report_model_row *report_model(const struct report *report, size_t *count);

/* Over the reference: what was measured, what the model says; and the latter over the former. */
struct interval report_model_real(const struct report_model_row *row, enum metric metric);
struct interval report_model_predicted(const struct report_model_row *row, enum metric metric);
struct interval report_model_error(const struct report_model_row *row, enum metric metric);

/* Peak memory and processor time of each row. */
void table_model(const struct report *report, struct table *out);

#endif
