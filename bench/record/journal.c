/* The folder of a run; see journal.h. */
#include "bench/record/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool run_name_legal(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    return length > 0 && length <= RUN_NAME_MAX && name[length] == '\0' && name[0] != '.' &&
           name[0] != '-';
}

const char *journal_path(const struct journal *self, const char *name,
                         char path[JOURNAL_PATH_MAX + 32])
{
    snprintf(path, JOURNAL_PATH_MAX + 32, "%s/%s", self->folder, name);
    return path;
}

void journal_default_folder(const char *what, char folder[JOURNAL_DEFAULT_MAX])
{
    time_t now = time(NULL);
    struct tm local;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    for (int again = 1; again < 100; again++) { /* others of the same second */
        int wrote = snprintf(folder, JOURNAL_DEFAULT_MAX, "results/%.60s%s%s",
                             what != NULL ? what : "", what != NULL ? "-" : "", stamp);
        if (again > 1) {
            snprintf(folder + wrote, JOURNAL_DEFAULT_MAX - (size_t)wrote, "-%d", again);
        }
        if (access(folder, F_OK) != 0) {
            return;
        }
    }
}

static bool name_folder(struct journal *self, const char *folder, struct error *error)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') {
        length--;
    }
    if (length == 0 || length >= sizeof self->folder) {
        return error_set(error, "'%.80s' is no folder for a run", folder);
    }
    snprintf(self->folder, sizeof self->folder, "%.*s", (int)length, folder);
    const char *slash = strrchr(self->folder, '/');
    const char *name = slash != NULL ? slash + 1 : self->folder;
    if (!run_name_legal(name)) {
        return error_set(error,
                         "'%.80s' is no name for a run: small letters, digits, '.', '_' and '-', "
                         "at most %d, beginning with a letter or a digit",
                         name, RUN_NAME_MAX);
    }
    snprintf(self->run, sizeof self->run, "%.64s", name);
    snprintf(self->raw, sizeof self->raw, "%s/raw", self->folder);
    return true;
}

/* Make a folder and those above it. */
static bool make_folders(const char *path, struct error *error)
{
    char part[JOURNAL_PATH_MAX + 8];
    for (size_t at = 1;; at++) {
        if (path[at] != '/' && path[at] != '\0') {
            continue;
        }
        snprintf(part, sizeof part, "%.*s", (int)at, path);
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            return error_set(error, "%s: %s", part, strerror(errno));
        }
        if (path[at] == '\0') {
            return true;
        }
    }
}

static bool open_records(struct journal *self, int flags, struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    journal_path(self, "cells.jsonl", path);
    self->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | flags, 0666);
    if (self->fd < 0) {
        return errno == EEXIST
                   ? error_set(error, "%s holds records already; --resume %s goes on with them",
                               self->folder, self->folder)
                   : error_set(error, "%s: %s", path, strerror(errno));
    }
    if (flock(self->fd, LOCK_EX | LOCK_NB) != 0) {
        close(self->fd);
        self->fd = -1;
        return error_set(error, "%s: another run is writing there", self->folder);
    }
    return true;
}

bool journal_create(struct journal *self, const char *folder, struct error *error)
{
    self->fd = -1;
    return name_folder(self, folder, error) && make_folders(self->folder, error) &&
           make_folders(self->raw, error) && open_records(self, O_CREAT | O_EXCL, error);
}

/* Cut the file behind its last newline. */
static bool drop_cut_line(int fd)
{
    off_t end = lseek(fd, 0, SEEK_END), keep = end;
    char bytes[4096];
    while (keep > 0) {
        off_t from = keep > (off_t)sizeof bytes ? keep - (off_t)sizeof bytes : 0;
        ssize_t n = pread(fd, bytes, (size_t)(keep - from), from);
        if (n != (ssize_t)(keep - from)) {
            return false;
        }
        const char *newline = memrchr(bytes, '\n', (size_t)n);
        if (newline != NULL) {
            keep = from + (newline - bytes) + 1;
            break;
        }
        keep = from;
    }
    return end >= 0 && (keep == end || ftruncate(fd, keep) == 0);
}

bool journal_resume(struct journal *self, const char *folder, struct error *error)
{
    self->fd = -1;
    if (!name_folder(self, folder, error) || !open_records(self, 0, error)) {
        return false;
    }
    if (!make_folders(self->raw, error)) {
        journal_close(self);
        return false;
    }
    if (!drop_cut_line(self->fd)) {
        error_set(error, "%s/cells.jsonl: %s", self->folder, strerror(errno));
        journal_close(self);
        return false;
    }
    return true;
}

void journal_close(struct journal *self)
{
    if (self->fd >= 0) {
        close(self->fd);
        self->fd = -1;
    }
}

bool journal_append(struct journal *self, const char *line, struct error *error)
{
    size_t length = strlen(line);
    off_t before = lseek(self->fd, 0, SEEK_END);
    ssize_t n = write(self->fd, line, length);
    if (n == (ssize_t)length) {
        return true;
    }
    int why = n < 0 ? errno : ENOSPC;
    if (before >= 0 && ftruncate(self->fd, before) != 0) {
        why = errno;
    }
    return error_set(error, "%s/cells.jsonl: %s", self->folder, strerror(why));
}
