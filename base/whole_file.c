/* Writing a file whole; see whole_file.h. */
#include "base/whole_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool whole_file_open(struct whole_file *self, const char *path, struct error *error)
{
    struct stat status;
    if (strlen(path) >= sizeof self->path) {
        return error_set(error, "%.80s…: the path is too long", path);
    }
    snprintf(self->path, sizeof self->path, "%s", path);
    self->in_place = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
    if (self->in_place) {
        snprintf(self->part, sizeof self->part, "%s", path);
    } else {
        snprintf(self->part, sizeof self->part, "%s.%d.part", path, (int)getpid());
    }
    self->out = fopen(self->part, "we");
    return self->out != NULL || error_set(error, "%s: %s", path, strerror(errno));
}

bool whole_file_close(struct whole_file *self, bool keep, struct error *error)
{
    bool written = ferror(self->out) == 0 && fflush(self->out) == 0;
    int why = errno;
    if (fclose(self->out) != 0 && written) {
        written = false;
        why = errno;
    }
    if (written && keep && !self->in_place && rename(self->part, self->path) != 0) {
        written = false;
        why = errno;
    }
    if (!(written && keep) && !self->in_place) {
        unlink(self->part);
    }
    if (keep && !written) {
        return error_set(error, "%s: %s", self->path, strerror(why));
    }
    return written && keep;
}
