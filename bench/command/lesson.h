/* Lessons: what people are told about Python's memory, and what is so (docs/lessons/NN.md). A lesson
 * is Markdown: its title is the statement, the next line in ** ** the verdict, and its fenced blocks
 * can be run, so that the page and the program cannot say different things:
 *
 *   ```python           runs on CPython 3.11 (tests/lessons.sh); `python norun` only illustrates
 *   ```output python    what it prints there; `output python 3.13` where another version differs
 *   ```scenario         runs on the core; options of `heapdyno scenario` may follow
 *   ```cell             one line: arguments of `heapdyno cell`; then `show` and fields of its record
 *   ```output           what the block before it prints
 *   ```output measured  the same on one machine, once: shown beside, not compared */
#ifndef HEAPDYNO_BENCH_LESSON_H
#define HEAPDYNO_BENCH_LESSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
    LESSON_COUNT = 57,
    LESSON_LENGTH_MAX = 65536, /* bytes of a page */
    LESSON_PARTS_MAX = 64,
    LESSON_OUTPUT_MAX = 65536, /* bytes that a block may print */
};

enum lesson_kind { LESSON_TEXT, LESSON_CODE, LESSON_SCENARIO, LESSON_CELL, LESSON_OUTPUT };

struct lesson_part {
    enum lesson_kind kind;
    const char *info; /* what follows ``` and, of a block that runs, its word; "" for text */
    const char *text; /* whole lines */
};

/* About 66 KiB. The parts point into `page`. */
struct lesson {
    unsigned number;
    char *title, *verdict;
    size_t part_count;
    struct lesson_part part[LESSON_PARTS_MAX]; /* without title and verdict */
    char page[LESSON_LENGTH_MAX];
};

/* Find and read lesson `number` (1 … LESSON_COUNT) of a language: "en", "ko". */
bool lesson_load(unsigned number, const char *language, struct lesson *out, struct error *error);

/* Run a scenario or a cell in a process of its own. `output` receives what it prints, messages
 * last, in whole lines; they are a part of it, so a scenario may show an error. False when there is
 * nothing to compare: the process did not end by itself, or the cell went wrong. */
bool lesson_run(unsigned number, const struct lesson_part *part, char output[LESSON_OUTPUT_MAX],
                struct error *error);

#endif
