/* What goes into a child and what comes out: the line, the record. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "allocators/plugin.h"
#include "bench/cell/child.h"

bool child_read(struct child *self, const char *line, struct error *error)
{
    char path[CELL_PATH_MAX];
    if (!cell_plugin_path(line, path, error)) {
        return false;
    }
    if (path[0] != '\0') {
        self->plugin = allocator_plugin_load(path, error);
        if (self->plugin == NULL) {
            child_end(self, CHILD_SKIPPED, "%.390s", error->text);
            return true;
        }
        if (allocator_find(self->plugin->name) != NULL) {
            return error_set(error, "%s names its allocator %s, as a built-in one", path,
                             self->plugin->name);
        }
    }
    return cell_parse(line, self->plugin, &self->cell, error);
}

static bool write_line(int fd, struct json *json)
{
    if (json->full || json->length + 1 >= json->capacity) {
        return false;
    }
    json->buffer[json->length++] = '\n';
    for (size_t at = 0; at < json->length;) {
        ssize_t n = write(fd, json->buffer + at, json->length - at);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool child_write(struct child *self, int fd, const char *raw)
{
    struct error error;
    struct json json;
    json_start(&json, self->json, sizeof self->json);
    if (raw != NULL && self->verdict == CHILD_OK && !child_write_raw(self, raw, &error)) {
        fprintf(stderr, "heapdyno child: %s\n", error.text); /* a plot less, the record stays */
    }
    child_print(self, &json);
    if (!write_line(fd, &json)) {
        fprintf(stderr, "heapdyno child: the record cannot be written: %s\n", strerror(errno));
        return false;
    }
    return true;
}
