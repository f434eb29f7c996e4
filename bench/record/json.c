/* Writing JSON; see json.h. Source of the grammar: RFC 8259. */
#include "bench/record/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void append(struct json *self, const char *text, size_t length)
{
    if (self->full || self->length + length >= self->capacity) {
        self->full = true;
        return;
    }
    memcpy(self->buffer + self->length, text, length);
    self->length += length;
    self->buffer[self->length] = '\0';
}

/* Bytes of the UTF-8 sequence at `s` (RFC 3629), 0 if it is none. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) {
        return 1;
    }
    size_t n = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
               : s[0] >= 0xe0 && s[0] <= 0xef ? 3
               : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                              : 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool outside = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || outside ? 0 : n;
}

static void append_quoted(struct json *self, const char *text)
{
    append(self, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        char escape[8];
        size_t n = utf8_length(s);
        if (n == 0) {
            append(self, "\xef\xbf\xbd", 3);
            n = 1;
        } else if (*s == '"' || *s == '\\') {
            append(self, escape, (size_t)snprintf(escape, sizeof escape, "\\%c", *s));
        } else if (*s < ' ' || *s == 0x7f) {
            append(self, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *s));
        } else {
            append(self, (const char *)s, n);
        }
        s += n;
    }
    append(self, "\"", 1);
}

static void item(struct json *self, const char *name)
{
    if (self->comma) {
        append(self, ",", 1);
    }
    self->comma = true;
    if (name != NULL) {
        append_quoted(self, name);
        append(self, ":", 1);
    }
}

void json_start(struct json *self, char *buffer, size_t capacity)
{
    *self = (struct json){.buffer = buffer, .capacity = capacity};
    buffer[0] = '\0';
}

void json_open(struct json *self, const char *name, char bracket)
{
    item(self, name);
    append(self, &bracket, 1);
    self->comma = false;
}

void json_close(struct json *self, char bracket)
{
    append(self, &bracket, 1);
    self->comma = true;
}

void json_u64(struct json *self, const char *name, uint64_t value)
{
    char digits[24];
    item(self, name);
    append(self, digits,
           (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value));
}

void json_real(struct json *self, const char *name, double value)
{
    char digits[32];
    if (!isfinite(value)) {
        return;
    }
    item(self, name);
    append(self, digits, (size_t)snprintf(digits, sizeof digits, "%.9g", value));
}

void json_text(struct json *self, const char *name, const char *value)
{
    if (value != NULL) {
        item(self, name);
        append_quoted(self, value);
    }
}

void json_raw(struct json *self, const char *name, const char *value)
{
    item(self, name);
    append(self, value, strlen(value));
}
