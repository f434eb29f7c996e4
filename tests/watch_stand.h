/* A watched process's file in memory, as heapdyno_watch.py lays it out: for the test of its reader
 * and the fuzz target. */
#ifndef HEAPDYNO_TESTS_WATCH_STAND_H
#define HEAPDYNO_TESTS_WATCH_STAND_H

#include <string.h>

#include "bench/watch/watch_file.h"

/* The words that a whole file needs, and where its parts begin. */
enum {
    WORD_MAGIC,
    WORD_VERSION,
    WORD_PID,
    WORD_STATE = 7,
    WORD_PAUSES,
    WORD_SAMPLES,
    WORD_GENERATION0 = 32,
    WORD_TEXT = 64,
    WORD_BUCKET = 320,
    WORD_SAMPLE = WORD_BUCKET + 3 * 1024,
    WORD_PAUSE = WORD_SAMPLE + WATCH_SAMPLES_MAX * 10,
    WORDS = WORD_PAUSE + WATCH_PAUSES_MAX * 6,
    WATCH_BYTES = WORDS * 8,
};

/* Into words that are zero: two pauses of 100 ns in generation 0, one sample. */
static inline void watch_template(uint64_t *words)
{
    static const char text[] = "3.12.1\n\nmalloc\n\napp.py\npython app.py\n";
    words[WORD_MAGIC] = UINT64_C(0x0A68637461776468);
    words[WORD_VERSION] = 1;
    words[WORD_PID] = 42;
    words[WORD_STATE] = WATCH_ENDED;
    words[WORD_PAUSES] = 2;
    words[WORD_SAMPLES] = 1;
    words[WORD_GENERATION0] = 2;
    words[WORD_GENERATION0 + 3] = 200;
    words[WORD_GENERATION0 + 4] = 100;
    words[WORD_BUCKET + 3 * 16 + 9] = 2; /* 100 = 0b1100100: 16 + 9 in units of 4 */
    words[WORD_PAUSE] = 1000;
    words[WORD_PAUSE + 1] = 100;
    words[WORD_SAMPLE + 1] = 4096;
    memcpy(words + WORD_TEXT, text, sizeof text);
}

#endif
