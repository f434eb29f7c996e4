/* What a run says, in plain sentences. Computed from the records alone; where an interval includes
 * "no difference", or there are too few processes for one, the sentence says "cannot tell". */
#ifndef HEAPDYNO_BENCH_REPORT_WORDS_H
#define HEAPDYNO_BENCH_REPORT_WORDS_H

#include "bench/report/report_data.h"

enum { WORDS_SENTENCES = 3, WORDS_SETTINGS = 3 };

struct report_words {
    char *sentence[WORDS_SENTENCES]; /* fastest allocator; leanest; what never collecting does */
    char *setting[WORDS_SETTINGS]; /* Instagram's question, one sentence per setting; NULL: none */
};

void report_words(const struct report *report, struct report_words *out);
void report_words_close(struct report_words *self);

#endif
