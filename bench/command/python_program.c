/* Running somebody's Python program; see python_program.h. */
#include "bench/command/python_program.h"

#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/beside.h"
#include "base/check.h"

enum { STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

bool python_path_prepend(const char *file)
{
    static const char *const places[] = {"recorder", "lib/heapdyno/recorder", NULL};
    char folder[PATH_MAX], *joined = NULL;
    if (!beside_find("HEAPDYNO_RECORDER", places, file, folder, sizeof folder)) {
        return false;
    }
    *strrchr(folder, '/') = '\0';
    const char *path = getenv("PYTHONPATH");
    if (path != NULL && path[0] != '\0') {
        CHECK(asprintf(&joined, "%s:%s", folder, path) > 0);
    }
    setenv("PYTHONPATH", joined != NULL ? joined : folder, 1);
    free(joined);
    CHECK(asprintf(&joined, "%s/heapdyno_uwsgi.py", folder) > 0);
    setenv("UWSGI_IMPORT", joined, 0); /* the user's own, if there is one, stays */
    free(joined);
    return true;
}

bool python_program_start(struct python_program *self, char **argv, struct error *error)
{
    static const int passed[] = {SIGCHLD, SIGINT,  SIGQUIT, SIGTERM,
                                 SIGHUP,  SIGUSR1, SIGUSR2, SIGWINCH};
    extern char **environ;
    *self = (struct python_program){.status = STATUS_NOT_FOUND};
    sigemptyset(&self->signals);
    for (size_t i = 0; i < COUNT_OF(passed); i++) {
        sigaddset(&self->signals, passed[i]);
    }
    sigprocmask(SIG_BLOCK, &self->signals, &self->before);
    signal(SIGCHLD, SIG_DFL); /* an ignored one, inherited, would never come */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &self->before);
    int failed = posix_spawnp(&self->pid, argv[0], NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    self->ended = failed != 0;
    return failed == 0 || error_set(error, "%s: %s", argv[0], strerror(failed));
}

static void look_for_end(struct python_program *self)
{
    int status = 0;
    if (!self->ended && waitpid(self->pid, &status, WNOHANG) == self->pid) {
        self->ended = true;
        self->status = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
    }
}

int python_program_wait(struct python_program *self, int timeout_ms, int kept)
{
    look_for_end(self);
    if (self->ended && timeout_ms < 0) {
        return 0;
    }
    struct timespec time = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    int number = sigtimedwait(&self->signals, NULL, timeout_ms < 0 ? NULL : &time);
    if (number > 0 && number == kept) {
        return number;
    }
    bool ours = number == SIGCHLD || number == SIGINT || number == SIGQUIT;
    if (number > 0 && !ours && !self->ended) {
        kill(self->pid, number);
    }
    look_for_end(self);
    return 0;
}

void python_program_close(struct python_program *self)
{
    sigprocmask(SIG_SETMASK, &self->before, NULL);
}
