/* The recorder's file. Each write puts a chunk where the end was, and a new end behind it, in one
 * system call: whatever kills the process, the file is a whole trace up to the last chunk. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cpython/recorder.h"

enum { FILE_NAMES = 1000 };

/* Open the first free name. Nothing that is there is overwritten. */
static int file_open(struct recorder_file *self)
{
    for (int i = self->child ? 1 : 0; i < FILE_NAMES; i++) {
        const char *form = i == 0 ? "%s" : i == 1 ? "%s.%d" : "%s.%d.%d";
        int wrote =
            snprintf(self->opened, sizeof(self->opened), form, self->path, (int)getpid(), i);
        if (wrote < 0 || (size_t)wrote >= sizeof(self->opened)) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(self->opened, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

static bool file_write(struct recorder_file *self, const uint8_t *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t wrote = pwrite(self->fd, bytes + done, length - done, (off_t)(self->offset + done));
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

static void file_complain(const struct recorder_file *self, const char *what)
{
    int code = errno;
    fprintf(stderr, "heapdyno: recording of process %d stopped: %s %s: %s\n", (int)getpid(), what,
            self->opened[0] != '\0' ? self->opened : self->path, strerror(code));
}

/* Magic and head. The events that wait stay where they are. */
static bool file_begin(struct recorder *self)
{
    struct recorder_file *file = &self->file;
    file->fd = file_open(file);
    if (file->fd < 0) {
        file_complain(file, "cannot create");
        return false;
    }
    uint8_t head[TRACE_MAGIC_BYTES + TRACE_CHUNK_HEADER_BYTES + RECORDER_PATH + TRACE_EVENT_MAX];
    memcpy(head, TRACE_MAGIC, TRACE_MAGIC_BYTES);
    char python[64];
    snprintf(python, sizeof(python), "%.*s", (int)strcspn(Py_GetVersion(), " "), Py_GetVersion());
    struct trace_encoder *encoder = &self->encoder;
    uint8_t *buffer = encoder->buffer;
    size_t waiting = encoder->length;
    encoder->buffer = head + TRACE_MAGIC_BYTES;
    encoder->length = TRACE_CHUNK_HEADER_BYTES;
    trace_put_head(encoder, python, file->command, &file->head);
    size_t length = TRACE_MAGIC_BYTES + trace_chunk_seal(encoder, TRACE_CHUNK_HEAD);
    encoder->buffer = buffer;
    encoder->length = waiting;
    file->offset = 0;
    if (!file_write(file, head, length)) {
        file_complain(file, "cannot write");
        unlink(file->opened);
        return false;
    }
    file->offset = length;
    return true;
}

/* The disk is full, or gone: put the end back behind what was written before. */
static void file_retreat(struct recorder *self)
{
    struct recorder_file *file = &self->file;
    file_complain(file, "cannot write");
    self->encoder.totals = file->written;
    self->encoder.sequence--;
    self->encoder.length = TRACE_CHUNK_HEADER_BYTES;
    uint8_t tail[TRACE_TAIL_MAX];
    size_t length = trace_tail_seal(&self->encoder, TRACE_WRITE_FAILED, tail);
    if (ftruncate(file->fd, (off_t)file->offset) == 0) {
        file_write(file, tail, length);
    }
}

bool recorder_file_flush(struct recorder *self, enum trace_reason reason)
{
    struct recorder_file *file = &self->file;
    if (file->fd < 0 && !file_begin(self)) {
        return false;
    }
    struct trace_totals totals = self->encoder.totals;
    size_t length = trace_chunk_seal(&self->encoder, TRACE_CHUNK_DATA);
    size_t tail = trace_tail_seal(&self->encoder, reason, self->buffer + length);
    if (!file_write(file, self->buffer, length + tail)) {
        file_retreat(self);
        return false;
    }
    file->offset += length;
    file->written = totals;
    self->flush_ns = recorder_now_ns();
    trace_put_time(&self->encoder, self->flush_ns - self->start_ns);
    return true;
}

void recorder_file_close(struct recorder *self)
{
    if (self->file.fd >= 0) {
        close(self->file.fd);
    }
    self->file.fd = -1;
}
