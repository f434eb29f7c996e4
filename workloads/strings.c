/* strings: words of a text, made, interned and counted. Word frequencies follow Zipf's law, so that
 * a few words are found again at once and most of the vocabulary is seen rarely. Leaves only: the
 * collector sees one dict, the allocator sees everything. */
#include "workloads/common.h"

enum { STRINGS_LINE = 20 };

struct strings {
    struct job *job;
    struct runtime *runtime;
    struct zipf zipf;
    struct object *counts; /* dict: word → int */
    uint64_t min, max;     /* letters */
    bool intern;
};

/* counts[word] += 1 */
static bool strings_count(struct strings *self, struct object *word)
{
    struct object *old = dict_get(self->counts, word);
    int64_t count = old == NULL ? 0 : int_value(old);
    job_fold(self->job, (uint64_t)count);
    return dict_give(self->runtime, self->counts, word, int_new(self->runtime, count + 1));
}

/* Split a line: each word is a new string, also when an equal one is known. */
static bool strings_line(struct strings *self)
{
    for (int i = 0; i < STRINGS_LINE; i++) {
        uint64_t rank = zipf_next(self->job, &self->zipf);
        uint64_t length = self->min + rank * UINT64_C(2654435761) % (self->max - self->min + 1);
        struct object *word = job_text(self->job, rank, (int64_t)length);
        bool ok = word != NULL && (!self->intern || str_intern(self->runtime, &word)) &&
                  strings_count(self, word);
        xdecref(self->runtime, word);
        if (!ok) {
            return false;
        }
    }
    job_operation(self->job);
    return true;
}

static bool strings_body(struct job *job)
{
    uint64_t words = job_live_count(job, "words", (struct job_scale){100, 100000, 1000000});
    uint64_t lines = job_count(job, "lines", (struct job_scale){15, 20000, 250000});
    uint64_t min = options_number(job->options, "min");
    uint64_t max = options_number(job->options, "max");
    struct strings self = {.job = job,
                           .runtime = job->runtime,
                           .min = min < max ? min : max,
                           .max = min < max ? max : min,
                           .intern = options_on(job->options, "intern")};
    self.counts = job_root(job, dict_new(job->runtime));
    if (self.counts == NULL ||
        !zipf_make(job, words, options_real(job->options, "skew"), &self.zipf) ||
        !job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < lines; i++) {
        if (!strings_line(&self)) {
            return false;
        }
    }
    job_fold(job, (uint64_t)dict_length(self.counts));
    return true;
}

JOB_RUN(strings_run, strings_body)

static const struct option strings_options[] = {
    {"words", OPTION_COUNT, NULL, 1, 100000000, NULL, "vocabulary; by size 100 | 100k | 1m"},
    {"lines", OPTION_COUNT, NULL, 1, 1000000000, NULL,
     "operations of 20 words; by size 15 | 20k | 250k"},
    {"min", OPTION_COUNT, "8", 1, 4096, NULL, "letters of the shortest word"},
    {"max", OPTION_COUNT, "64", 1, 4096, NULL, "letters of the longest word"},
    {"skew", OPTION_REAL, "1.1", 0, 10, NULL, "exponent of Zipf's law; 0: all words alike"},
    {"intern", OPTION_BOOL, "on", 0, 0, NULL, "intern each word before it is counted"},
};

const struct workload workload_strings = {
    .name = "strings",
    .summary = "words made, interned and counted; frequencies follow Zipf's law",
    .stands_for =
        "Symbol tables of compilers, log parsers, word counts: strings of 8 to 64 bytes.\n"
        "Zipf's exponent of natural text and of identifiers is near 1.1.\n"
        "Most strings die at once, because an equal one is already interned.",
    .operation_unit = "line",
    .options = strings_options,
    .option_count = COUNT_OF(strings_options),
    .run = strings_run,
};
