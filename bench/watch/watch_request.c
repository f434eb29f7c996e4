/* Asking a watched process; see watch_request.h. The process is found by the file that it has
 * mapped: whoever may read its maps may ask it, and no number in the file is trusted to be its own.
 * One asker at a time: it holds a lock on the file while it waits, so one that was killed leaves
 * none behind, and what it asked for runs out. */
#include "bench/watch/watch_request.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/units.h"
#include "bench/watch/watch_file.h"

enum { STEP_MS = 20, LOOK_STEPS = 10, READ_TIMES = 10 };

/* Words of heapdyno_watch.py and heapdyno_snapshot.py. */
enum answer {
    ANSWER_WRITTEN,
    ANSWER_NOT_NOW, /* a signal came in the middle of a collection, whose end will do */
    ANSWER_BUSY,
    ANSWER_LATE,
    ANSWER_ALONE, /* heapdyno_snapshot.py is not beside the watcher */
    ANSWER_NO_RECORDER,
    ANSWER_FAILED,
    ANSWER_ERRNO = 1000,
};

struct asked {
    const struct watch_request *request;
    struct watch_file *file; /* as it was at first */
    char path[PATH_MAX + 64], snapshot[PATH_MAX];
    int fd, folder;
    uint64_t number;
};

static uint64_t word_of(int fd, enum watch_word word)
{
    uint64_t value = 0;
    return pread(fd, &value, sizeof value, word * (off_t)sizeof value) == sizeof value ? value : 0;
}

static bool put_word(int fd, enum watch_word word, uint64_t value)
{
    return pwrite(fd, &value, sizeof value, word * (off_t)sizeof value) == sizeof value;
}

/* Finding -------------------------------------------------------------------------------------- */

/* The watch file that the process has mapped, as we reach it, into path[PATH_MAX + 64].
 *   returns  1: found, 0: none, −1: the maps cannot be read (errno says why) */
static int find_mapped(uint64_t pid, char *path)
{
    enum { LINE = PATH_MAX + 128, SUFFIX = 6 };
    char line[LINE];
    snprintf(line, sizeof line, "/proc/%" PRIu64 "/maps", pid);
    FILE *maps = fopen(line, "re");
    int found = maps == NULL ? -1 : 0;
    errno = maps == NULL ? errno : 0;
    while (found == 0 && fgets(line, sizeof line, maps) != NULL) {
        char *name = strchr(line, '/');
        size_t length = name == NULL ? 0 : strcspn(name, "\n");
        if (length > SUFFIX && memcmp(name + length - SUFFIX, ".watch", SUFFIX) == 0) {
            snprintf(path, PATH_MAX + 64, "/proc/%" PRIu64 "/root%.*s", pid, (int)length, name);
            found = watch_file_pid(path) != 0;
        }
    }
    found = found == 0 && maps != NULL && ferror(maps) ? -1 : found;
    if (maps != NULL) {
        int why = errno;
        fclose(maps);
        errno = why;
    }
    return found;
}

static bool find(struct asked *self, struct error *error)
{
    uint64_t pid = self->request->pid;
    int found = find_mapped(pid, self->path);
    if (found > 0) {
        return true;
    }
    if (found == 0) {
        return error_set(error,
                         "process %" PRIu64 " is not watched: it must have been started by "
                         "`heapdyno watch`, or `import heapdyno_watch`",
                         pid);
    }
    if (errno == ENOENT || errno == ESRCH) {
        return error_set(error, "there is no process %" PRIu64, pid);
    }
    return error_set(error, "process %" PRIu64 " is not ours to ask (%s): do it as its user", pid,
                     strerror(errno));
}

static bool open_file(struct asked *self, struct error *error)
{
    char *slash = strrchr(self->path, '/');
    int wrote = snprintf(self->snapshot, sizeof self->snapshot, "%.*s.snapshot",
                         (int)(strlen(slash + 1) - strlen(".watch")), slash + 1);
    CHECK(wrote > 0 && (size_t)wrote < sizeof self->snapshot);
    self->fd = open(self->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *slash = '\0';
    self->folder = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *slash = '/';
    if (self->fd < 0 || self->folder < 0) {
        return error_set(error, "process %" PRIu64 " is not ours to ask (%s): do it as its user",
                         self->request->pid, strerror(errno));
    }
    if (flock(self->fd, LOCK_EX | LOCK_NB) != 0) {
        return error_set(error, "somebody else has asked process %" PRIu64 " and still waits",
                         self->request->pid);
    }
    bool read = false; /* it may be written to at this moment */
    for (int i = 0; i < READ_TIMES && !read; i++) {
        read = watch_file_read(self->path, self->file, error);
    }
    if (!read) {
        return false;
    }
    return word_of(self->fd, WATCH_ASKED) != 0 ||
           error_set(error,
                     "process %" PRIu64 " is watched by an older heapdyno: it cannot be asked",
                     self->request->pid);
}

/* Asking --------------------------------------------------------------------------------------- */

/* Whether the kernel knows of a handler: without one a signal may be the end of the process. */
static bool is_caught(uint64_t pid, uint64_t number)
{
    char path[64], line[256];
    uint64_t caught = 0;
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/status", pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "SigCgt: %" SCNx64, &caught);
    }
    if (status != NULL) {
        fclose(status);
    }
    return number > 0 && number <= 64 && (caught >> (number - 1) & 1) != 0;
}

/* Put the request into the file, then tell the process where it listens. */
static bool ask(struct asked *self, struct error *error)
{
    const struct watch_request *request = self->request;
    uint64_t now = clock_read_ns(CLOCK_REALTIME), wait = request->for_ns;
    self->number = now | 2;                    /* unlike 1, which says that nobody asked yet */
    unlinkat(self->folder, self->snapshot, 0); /* of one that did not wait for it */
    if (!put_word(self->fd, WATCH_ASKED_UNTIL, wait < UINT64_MAX - now ? now + wait : UINT64_MAX) ||
        !put_word(self->fd, WATCH_ASKED_COLLECT, request->collect) ||
        !put_word(self->fd, WATCH_ANSWER, ANSWER_NOT_NOW) ||
        !put_word(self->fd, WATCH_ASKED, self->number)) {
        return error_set(error, "%s: %s", self->path, strerror(errno));
    }
    uint64_t number = word_of(self->fd, WATCH_SIGNAL);
    if (is_caught(request->pid, number)) {
        kill((pid_t)request->pid, (int)number);
    }
    return true;
}

/* Waiting -------------------------------------------------------------------------------------- */

static bool is_answered(const struct asked *self)
{
    return word_of(self->fd, WATCH_ANSWERED) == self->number;
}

static bool still_there(const struct asked *self)
{
    char path[PATH_MAX + 64];
    return find_mapped(self->request->pid, path) > 0 && strcmp(path, self->path) == 0;
}

/* Why nobody answered in time. */
static bool too_long(const struct asked *self, struct error *error)
{
    char time[32];
    units_format_duration(self->request->for_ns, time, sizeof time);
    return error_set(
        error, "process %" PRIu64 " has not collected for %s: %s", self->request->pid, time,
        word_of(self->fd, WATCH_SIGNAL) != 0
            ? "nor did its main thread run Python code to see the signal; --for LONGER"
            : "--for LONGER; `heapdyno watch --snapshot-signal URG` makes it answer at once");
}

/* Until it is answered. A snapshot that was begun is waited for. False with the reason. */
static bool wait_for(struct asked *self, struct error *error)
{
    uint64_t end_ns = clock_now_ns() + self->request->for_ns;
    end_ns = end_ns < self->request->for_ns ? UINT64_MAX : end_ns;
    for (unsigned step = 0; !is_answered(self); step++) {
        if (step % LOOK_STEPS == 0 && !still_there(self)) {
            return is_answered(self) ||
                   error_set(error,
                             "process %" PRIu64 " has ended, runs another program or is watched no "
                             "longer",
                             self->request->pid);
        }
        if (clock_now_ns() >= end_ns && word_of(self->fd, WATCH_ANSWER) != ANSWER_BUSY) {
            return is_answered(self) || too_long(self, error);
        }
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    return true;
}

static bool take_reply(const struct asked *self, struct watch_reply *reply, struct error *error)
{
    uint64_t answer = word_of(self->fd, WATCH_ANSWER);
    const char *version = self->file->version;
    if (answer == ANSWER_WRITTEN) {
        reply->held_ns = word_of(self->fd, WATCH_ANSWER_NS);
        snprintf(reply->name, sizeof reply->name, "%s", self->file->name);
        reply->fd = openat(self->folder, self->snapshot, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        unlinkat(self->folder, self->snapshot, 0);
        return reply->fd >= 0 || error_set(error, "%s: %s", self->snapshot, strerror(errno));
    }
    if (answer == ANSWER_NO_RECORDER) {
        return error_set(error,
                         "no recorder for Python %s is beside its watcher: `make recorder "
                         "PYTHONS=/proc/%" PRIu64 "/exe` builds it where the headers are",
                         version, self->request->pid);
    }
    if (answer == ANSWER_ALONE) {
        return error_set(error, "its heapdyno_watch.py is alone: heapdyno_snapshot.py, "
                                "heapdyno_extension.py and the recorder (`make recorder`) belong "
                                "beside it");
    }
    if (answer > ANSWER_ERRNO && answer < ANSWER_ERRNO + 256) {
        return error_set(error, "process %" PRIu64 " could not write it: %s", self->request->pid,
                         strerror((int)(answer - ANSWER_ERRNO)));
    }
    return error_set(error, answer == ANSWER_LATE ? "it was asked too late"
                                                  : "it failed there (no memory?)");
}

enum watch_outcome watch_request(const struct watch_request *request, struct watch_reply *reply,
                                 struct error *error)
{
    enum watch_outcome outcome = WATCH_NOT_ASKED;
    struct asked self = {.request = request, .fd = -1, .folder = -1};
    self.file = calloc(1, sizeof *self.file);
    CHECK(self.file != NULL);
    if (find(&self, error) && open_file(&self, error) && ask(&self, error)) {
        bool replied = wait_for(&self, error) && take_reply(&self, reply, error);
        outcome = replied ? WATCH_REPLIED : WATCH_NO_REPLY;
    }
    if (outcome == WATCH_NO_REPLY) {
        put_word(self.fd, WATCH_ASKED_UNTIL, 0); /* taken back */
    }
    if (self.fd >= 0) {
        close(self.fd);
    }
    if (self.folder >= 0) {
        close(self.folder);
    }
    free(self.file);
    return outcome;
}
