/* The SPEC grammar; see spec.h. */
#include "base/spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

/* A position in text[length] that is read from left to right. */
struct cursor {
    const char *text;
    size_t length;
    size_t at;
};

static int peek(const struct cursor *cursor)
{
    return cursor->at < cursor->length ? (unsigned char)cursor->text[cursor->at] : -1;
}

static bool accept(struct cursor *cursor, int byte)
{
    if (peek(cursor) != byte) {
        return false;
    }
    cursor->at++;
    return true;
}

static bool is_name_byte(int byte, bool first)
{
    return (byte >= 'a' && byte <= 'z') ||
           (!first && (isdigit(byte) || byte == '_' || byte == '-'));
}

static bool read_name(struct cursor *cursor, char name[SPEC_NAME_LENGTH], struct error *error)
{
    size_t n = 0;
    while (peek(cursor) >= 0 && is_name_byte(peek(cursor), n == 0)) {
        if (n + 1 == SPEC_NAME_LENGTH) {
            return error_set(error, "a name is longer than %d bytes", SPEC_NAME_LENGTH - 1);
        }
        name[n++] = cursor->text[cursor->at++];
    }
    name[n] = '\0';
    return n > 0 || error_set(error, "a name [a-z][a-z0-9_-]* was expected at byte %zu of '%.*s'",
                              cursor->at + 1, (int)(cursor->length < 80 ? cursor->length : 80),
                              cursor->text);
}

static bool is_reserved(int byte)
{
    return byte <= ' ' || byte == 0x7f || strchr(",:+=%", byte) != NULL;
}

static bool read_escape(struct cursor *cursor, char *out)
{
    const char *at = cursor->text + cursor->at;
    if (cursor->length - cursor->at < 3 || !isxdigit((unsigned char)at[1]) ||
        !isxdigit((unsigned char)at[2])) {
        return false;
    }
    char digits[3] = {at[1], at[2], '\0'};
    *out = (char)strtol(digits, NULL, 16);
    cursor->at += 3;
    return *out != '\0';
}

static bool read_value(struct cursor *cursor, char value[OPTION_TEXT_LENGTH], struct error *error)
{
    size_t n = 0;
    for (int byte; (byte = peek(cursor)) >= 0 && byte != ',' && byte != '+';) {
        if (n + 1 == OPTION_TEXT_LENGTH) {
            return error_set(error, "a value is longer than %d bytes", OPTION_TEXT_LENGTH - 1);
        }
        if (byte == '%') {
            if (!read_escape(cursor, &value[n])) {
                return error_set(error,
                                 "%% at byte %zu is not followed by two hex digits, 01 to FF",
                                 cursor->at + 1);
            }
        } else if (is_reserved(byte)) {
            return error_set(error, "byte %zu (0x%02x) of a value must be written %%%02X",
                             cursor->at + 1, (unsigned)byte, (unsigned)byte);
        } else {
            value[n] = (char)byte;
            cursor->at++;
        }
        n++;
    }
    value[n] = '\0';
    return true;
}

static bool read_pairs(struct cursor *cursor, struct spec_part *part, struct error *error)
{
    do {
        if (part->pair_count == OPTIONS_MAX) {
            return error_set(error, "%s has more than %d options", part->name, OPTIONS_MAX);
        }
        struct spec_pair *pair = &part->pair[part->pair_count++];
        if (!read_name(cursor, pair->name, error)) {
            return false;
        }
        if (!accept(cursor, '=')) {
            return error_set(error, "option %s of %s has no =VALUE", pair->name, part->name);
        }
        if (!read_value(cursor, pair->value, error)) {
            return false;
        }
    } while (accept(cursor, ','));
    return true;
}

bool spec_parse(const char *text, size_t length, struct spec *out, struct error *error)
{
    struct cursor cursor = {text, length, 0};
    out->part_count = 0;
    do {
        if (out->part_count == SPEC_PARTS_MAX) {
            return error_set(error, "more than %d names joined by +", SPEC_PARTS_MAX);
        }
        struct spec_part *part = &out->part[out->part_count++];
        part->pair_count = 0;
        if (!read_name(&cursor, part->name, error)) {
            return false;
        }
        if (accept(&cursor, ':') && !read_pairs(&cursor, part, error)) {
            return false;
        }
    } while (accept(&cursor, '+'));
    if (cursor.at != length) {
        return error_set(error, "unexpected byte 0x%02x at position %zu of '%.*s'",
                         (unsigned)peek(&cursor), cursor.at + 1, (int)(length < 80 ? length : 80),
                         text);
    }
    return true;
}

bool spec_options(const struct spec_part *part, const struct option *table, size_t count,
                  struct options *out, struct error *error)
{
    options_default(out, table, count);
    for (size_t i = 0; i < part->pair_count; i++) {
        struct error inner;
        if (!options_set(out, part->pair[i].name, part->pair[i].value, &inner)) {
            return error_set(error, "%s: %.400s", part->name, inner.text);
        }
    }
    return true;
}

static bool append(char *buffer, size_t length, const char *text)
{
    size_t used = strlen(buffer), more = strlen(text);
    if (used + more >= length) {
        return false;
    }
    memcpy(buffer + used, text, more + 1);
    return true;
}

bool spec_escape(const char *text, char *buffer, size_t length)
{
    for (; *text != '\0'; text++) {
        char piece[4] = {*text, '\0'};
        if (is_reserved((unsigned char)*text)) {
            snprintf(piece, sizeof piece, "%%%02X", (unsigned char)*text);
        }
        if (!append(buffer, length, piece)) {
            return false;
        }
    }
    return true;
}

/* The rows to print, sorted by name; returns how many. */
static size_t sorted_rows(const struct options *options, enum spec_form form,
                          size_t index[OPTIONS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < options->count; i++) {
        const struct option_value *value = &options->value[i];
        if (!value->set || (form == SPEC_LABEL && !value->changed)) {
            continue;
        }
        size_t at = n++;
        for (; at > 0 && strcmp(options->table[index[at - 1]].name, options->table[i].name) > 0;
             at--) {
            index[at] = index[at - 1];
        }
        index[at] = i;
    }
    return n;
}

bool spec_print(const char *name, const struct options *options, enum spec_form form, char *buffer,
                size_t length)
{
    size_t index[OPTIONS_MAX];
    size_t n = sorted_rows(options, form, index);
    bool fits = append(buffer, length, name);
    for (size_t i = 0; i < n; i++) {
        fits = fits && append(buffer, length, i == 0 ? ":" : ",") &&
               append(buffer, length, options->table[index[i]].name) &&
               append(buffer, length, "=") &&
               spec_escape(options->value[index[i]].text, buffer, length);
    }
    return fits;
}
