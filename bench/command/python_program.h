/* Running somebody's Python program with something of ours in it. The program is not changed: a
 * folder in front of PYTHONPATH holds a sitecustomize.py (cpython/python_start) that starts what
 * the environment names, and then the real sitecustomize. */
#ifndef HEAPDYNO_BENCH_PYTHON_PROGRAM_H
#define HEAPDYNO_BENCH_PYTHON_PROGRAM_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Put the folder that holds `file`, which sitecustomize.py starts, in front of PYTHONPATH: that of
 * $HEAPDYNO_RECORDER, or the one beside the program; uwsgi, which forks in C, is told to import
 * heapdyno_uwsgi.py of it. False when `file` is nowhere. */
bool python_path_prepend(const char *file);

/* A program that runs. Signals sent to us are passed on to it; INT and QUIT of a terminal reach
 * both anyway. */
struct python_program {
    pid_t pid;
    sigset_t signals, before;
    bool ended;
    int status; /* as a shell gives it: 127 could not be started, 128 + signal */
};

/* Start argv[0]. False with the reason; status is then 127. */
bool python_program_start(struct python_program *self, char **argv, struct error *error);

/* Wait until a signal comes, at most timeout_ms (negative: without end), and pass it on.
 *   kept     a signal that is ours and not passed on; 0: none
 *   returns  the signal, if it was that one, else 0; look at `ended` */
int python_program_wait(struct python_program *self, int timeout_ms, int kept);

/* Give the signals back. The program, if it still runs, goes on. */
void python_program_close(struct python_program *self);

#endif
