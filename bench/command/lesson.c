/* Reading a lesson; see lesson.h. The page is cut up in place. */
#include "bench/command/lesson.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/beside.h"
#include "base/check.h"

static bool read_page(unsigned number, const char *language, struct lesson *out,
                      struct error *error)
{
    static const char *const places[] = {"docs/lessons", "share/heapdyno/lessons", NULL};
    char file[64], path[4096];
    bool english = strcmp(language, "en") == 0;
    snprintf(file, sizeof file, "%.16s%s%02u.md", english ? "" : language, english ? "" : "/",
             number);
    if (!beside_find("HEAPDYNO_LESSONS", places, file, path, sizeof path)) {
        return error_set(error,
                         "%s is neither in $HEAPDYNO_LESSONS nor in docs/lessons or "
                         "share/heapdyno/lessons",
                         file);
    }
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    size_t length = fread(out->page, 1, sizeof out->page, in);
    bool bad = ferror(in) != 0;
    fclose(in);
    if (bad || length == sizeof out->page || memchr(out->page, '\0', length) != NULL) {
        return error_set(error, "%s: %s", path,
                         bad                          ? "cannot be read"
                         : length == sizeof out->page ? "too long for a lesson"
                                                      : "a NUL byte");
    }
    out->page[length] = '\0';
    return true;
}

/* Cut off the next line; its end becomes a NUL. NULL at the end of the page. */
static char *next_line(char **rest)
{
    char *line = *rest;
    if (*line == '\0') {
        return NULL;
    }
    char *end = strchr(line, '\n');
    *rest = end == NULL ? strchr(line, '\0') : end + 1;
    if (end != NULL) {
        *end = '\0';
    }
    return line;
}

static bool read_head(struct lesson *self, char **rest, struct error *error)
{
    char start[16];
    int length = snprintf(start, sizeof start, "# %u. ", self->number);
    char *line = next_line(rest);
    if (line == NULL || strncmp(line, start, (size_t)length) != 0) {
        return error_set(error, "lesson %u does not start with '%s'", self->number, start);
    }
    self->title = line + length;
    while ((line = next_line(rest)) != NULL && line[0] == '\0') {
    }
    size_t end = line != NULL ? strlen(line) : 0;
    if (end < 5 || strncmp(line, "**", 2) != 0 || strcmp(line + end - 2, "**") != 0) {
        return error_set(error, "lesson %u: no verdict in ** ** below its title", self->number);
    }
    line[end - 2] = '\0';
    self->verdict = line + 2;
    return true;
}

/* Which kind of block an info string starts, and where the rest of it begins. */
static enum lesson_kind read_info(const char **info)
{
    static const struct {
        const char *word;
        enum lesson_kind kind;
    } runs[] = {{"scenario", LESSON_SCENARIO}, {"cell", LESSON_CELL}, {"output", LESSON_OUTPUT}};
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        size_t length = strlen(runs[i].word);
        char after = '\0';
        if (strncmp(*info, runs[i].word, length) == 0) {
            after = (*info)[length];
            if (after == '\0' || after == ' ') {
                *info += length + (after == ' ');
                return runs[i].kind;
            }
        }
    }
    return LESSON_CODE;
}

static bool add_part(struct lesson *self, enum lesson_kind kind, const char *info, const char *text)
{
    if (self->part_count == LESSON_PARTS_MAX) {
        return false;
    }
    self->part[self->part_count++] = (struct lesson_part){kind, info, text};
    return true;
}

/* The next line that starts with a fence, given with the line's end before it; NULL if there is none.
 * *text ends before it, and becomes NULL when nothing stands before it. */
static char *cut_at_fence(char **text, const char *fence)
{
    size_t length = strlen(fence);
    if (strncmp(*text, fence + 1, length - 1) == 0) {
        char *found = *text;
        *text = NULL;
        return found;
    }
    char *found = strstr(*text, fence);
    if (found == NULL) {
        return NULL;
    }
    *found = '\0';
    return found + 1;
}

/* A block, whose opening fence is the next line. */
static bool read_block(struct lesson *self, char **rest, struct error *error)
{
    const char *info = next_line(rest) + 3;
    enum lesson_kind kind = read_info(&info);
    char *text = *rest, *end = cut_at_fence(&text, "\n```\n");
    if (end == NULL) {
        return error_set(error, "lesson %u: a block is not closed", self->number);
    }
    next_line(&end);
    *rest = end;
    return add_part(self, kind, info, text != NULL ? text : "") ||
           error_set(error, "lesson %u: too many blocks", self->number);
}

/* Blocks and the text between them. */
static bool read_parts(struct lesson *self, char *rest, struct error *error)
{
    while (*rest != '\0') {
        char *text = rest, *fence = cut_at_fence(&text, "\n```");
        if (text != NULL && !add_part(self, LESSON_TEXT, "", text)) {
            return error_set(error, "lesson %u: too many blocks", self->number);
        }
        if (fence == NULL) {
            return true;
        }
        rest = fence;
        if (!read_block(self, &rest, error)) {
            return false;
        }
    }
    return true;
}

bool lesson_load(unsigned number, const char *language, struct lesson *out, struct error *error)
{
    CHECK(number >= 1 && number <= LESSON_COUNT);
    out->number = number;
    out->part_count = 0;
    char *rest = out->page;
    return read_page(number, language, out, error) && read_head(out, &rest, error) &&
           read_parts(out, rest, error);
}
