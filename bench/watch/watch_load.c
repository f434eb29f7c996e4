/* The user's own load on a watched program; see watch_load.h. */
#include "bench/watch/watch_load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

#define READY_LIMIT_NS UINT64_C(60000000000)

/* A shell in a group of its own, so that all of it can be ended. 0: it could not be started. */
static pid_t start_shell(const char *command, bool quiet)
{
    extern char **environ;
    char *const argv[] = {"/bin/sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid = 0;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (quiet) {
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&files, 1, 2);
    } else {
        posix_spawn_file_actions_adddup2(&files, 2, 1); /* stdout is the program's */
    }
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    int failed = posix_spawn(&pid, argv[0], &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed == 0 ? pid : 0;
}

static bool end(struct watch_load *self, const char *reason)
{
    self->stage = WATCH_LOAD_ENDED;
    self->reason = reason;
    return true;
}

static bool begin(struct watch_load *self)
{
    self->stage = WATCH_LOAD_RUNNING;
    self->pid = start_shell(self->command, false);
    return self->pid == 0 && end(self, "the load could not be started");
}

/* What runs has ended with that status. */
static bool go_on(struct watch_load *self, bool well)
{
    self->pid = 0;
    if (self->stage == WATCH_LOAD_RUNNING) {
        return end(self, well ? NULL : "the load failed");
    }
    return well && begin(self);
}

static bool look_before(struct watch_load *self)
{
    uint64_t waited_ns = clock_now_ns() - self->began_ns;
    if (self->ready == NULL) {
        return waited_ns >= self->warm_ns && begin(self);
    }
    if (waited_ns > READY_LIMIT_NS) {
        return end(self, "the program was not ready in time");
    }
    self->pid = start_shell(self->ready, true);
    return self->pid == 0 && end(self, "the command of --ready could not be started");
}

bool watch_load_step(struct watch_load *self)
{
    int status;
    if (self->command == NULL || self->stage == WATCH_LOAD_ENDED) {
        return self->command != NULL;
    }
    if (self->began_ns == 0) {
        self->began_ns = clock_now_ns();
    }
    if (self->pid == 0) {
        return look_before(self);
    }
    if (waitpid(self->pid, &status, WNOHANG) != self->pid) {
        return false;
    }
    return go_on(self, WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void watch_load_close(struct watch_load *self)
{
    if (self->pid > 0) {
        kill(-self->pid, SIGKILL);
        while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        self->pid = 0;
    }
}
