/* Advice: the lines that turn a setting into a real Python program's. */
#ifndef HEAPDYNO_BENCH_TUNE_ADVICE_H
#define HEAPDYNO_BENCH_TUNE_ADVICE_H

#include <stdio.h>

#include "bench/tune/setting.h"

/* Print the lines to paste.
 *   version  of the allocator as the records have it: "5.3.0 (/lib/…/libjemalloc.so.2)"; the file
 *            is what LD_PRELOAD names */
void advice_print(FILE *out, const struct settings *settings, const struct setting *setting,
                  const char *version);

/* Print the command that tries the setting on the program itself: what is measured here is a
 * workload. */
void advice_verify(FILE *out, const struct settings *settings, const struct setting *setting);

#endif
