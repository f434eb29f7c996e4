/* Text to program: one pass over the lines, each checked against its row of the table of verbs.
 * Every error of form is found here, before anything runs; the first one ends the reading. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "workloads/scenario/scenario.h"

enum { WORDS_MAX = SCENARIO_LINE_MAX / 2 + 1, QUOTED_LENGTH = 64 };

struct word {
    const char *text;
    size_t length;
};

struct reader {
    struct scenario_program *program;
    struct scenario_error *error;
    uint32_t line;
    bool exited;                            /* only show may follow */
    unsigned depth;                         /* open repeats */
    uint32_t repeat[SCENARIO_REPEAT_DEPTH]; /* their operations */
    bool works[SCENARIO_REPEAT_DEPTH];      /* something other than repeat and end inside */
    size_t word_count;
    struct word word[WORDS_MAX];
};

/* A word as a message shows it: control bytes as \xNN, long ones cut. */
struct quoted {
    char text[QUOTED_LENGTH];
};

static struct quoted quote(const struct word *word)
{
    struct quoted out;
    size_t at = 0;
    size_t i = 0;
    for (; i < word->length && at + 8 < sizeof out.text; i++) {
        unsigned char c = (unsigned char)word->text[i];
        if (c >= ' ' && c < 127) {
            out.text[at++] = (char)c;
        } else {
            at += (size_t)snprintf(out.text + at, sizeof out.text - at, "\\x%02x", c);
        }
    }
    snprintf(out.text + at, sizeof out.text - at, "%s", i < word->length ? "..." : "");
    return out;
}

#define FAIL(reader, ...)                                                                          \
    ((reader)->error->line = (reader)->line, error_set(&(reader)->error->error, __VA_ARGS__))

static bool no_memory(struct reader *self)
{
    self->error->line = 0;
    return error_set(&self->error->error, "out of memory");
}

static bool is_name(const struct word *word, size_t max)
{
    if (word->length == 0 || word->length > max || word->text[0] < 'a' || word->text[0] > 'z') {
        return false;
    }
    for (size_t i = 1; i < word->length; i++) {
        char c = word->text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
            return false;
        }
    }
    return true;
}

static bool word_equals(const struct word *word, const char *text)
{
    return strlen(text) == word->length && memcmp(word->text, text, word->length) == 0;
}

static bool read_name(struct reader *self, const struct word *word, enum operand_kind kind,
                      int64_t *out)
{
    bool none = word_equals(word, "none");
    if (none && (kind == OPERAND_ITEM || kind == OPERAND_ITEMS)) {
        *out = ITEM_NONE;
        return true;
    }
    if (none || !is_name(word, SCENARIO_NAME_MAX)) {
        return FAIL(self, "'%s' is not a name ([a-z][a-z0-9_]{0,31}, not none)", quote(word).text);
    }
    if (!scenario_name(self->program, word->text, word->length, out)) {
        return no_memory(self);
    }
    if (kind == OPERAND_BIND && *out == NAME_REBORN) {
        return FAIL(self, "reborn may be used, but neither rebound nor dropped");
    }
    return true;
}

/* Decimal digits after an optional minus; past 64 bits it stays at the end of the range. */
static bool read_integer(const struct word *word, int64_t *out)
{
    bool negative = word->length > 0 && word->text[0] == '-';
    uint64_t limit = negative ? (uint64_t)1 << 63 : INT64_MAX;
    uint64_t value = 0;
    size_t i = negative;
    if (i == word->length) {
        return false;
    }
    for (; i < word->length; i++) {
        unsigned digit = (unsigned)(unsigned char)word->text[i] - '0';
        if (digit > 9) {
            return false;
        }
        value = value > (limit - digit) / 10 ? limit : value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static bool read_number(struct reader *self, const struct word *word,
                        const struct operand_range *range, int64_t *out)
{
    if (!read_integer(word, out)) {
        return FAIL(self, "'%s' is not an integer (%s)", quote(word).text, range->what);
    }
    if (*out < range->min || *out > range->max) {
        return FAIL(self, "%s %s is out of range, legal is %lld to %lld", range->what,
                    quote(word).text, (long long)range->min, (long long)range->max);
    }
    return true;
}

static bool read_attribute(struct reader *self, const struct word *word, int64_t *out)
{
    struct word number = {word->text + 1, word->length - 1};
    bool plain = word->length >= 2 && word->length <= 3 && word->text[0] == 'x' &&
                 word->text[1] != '-' && !(word->length == 3 && word->text[1] == '0');
    if (!plain || !read_integer(&number, out) || *out >= SCENARIO_ATTRIBUTES) {
        return FAIL(self, "'%s' is not an attribute, legal is x0 to x%d", quote(word).text,
                    SCENARIO_ATTRIBUTES - 1);
    }
    return true;
}

static bool read_text(struct reader *self, const struct word *word, int64_t *out)
{
    bool letters = word->length <= SCENARIO_TEXT_MAX;
    for (size_t i = 0; letters && i < word->length; i++) {
        letters = word->text[i] >= 'a' && word->text[i] <= 'z';
    }
    if (!letters) {
        return FAIL(self, "'%s' is not a text of 1 to %d letters a to z", quote(word).text,
                    SCENARIO_TEXT_MAX);
    }
    return scenario_add_text(self->program, word->text, word->length, out) || no_memory(self);
}

static bool read_switch(struct reader *self, const struct word *word, int64_t *out)
{
    *out = word_equals(word, "on");
    return *out != 0 || word_equals(word, "off") ||
           FAIL(self, "'%s' is neither on nor off", quote(word).text);
}

static bool read_items(struct reader *self, size_t first, struct scenario_op *op, int64_t *out)
{
    *out = (int64_t)self->program->item_count;
    op->item_count = (uint32_t)(self->word_count - first);
    for (size_t i = first; i < self->word_count; i++) {
        int64_t item;
        if (!read_name(self, &self->word[i], OPERAND_ITEMS, &item)) {
            return false;
        }
        if (!scenario_add_item(self->program, item)) {
            return no_memory(self);
        }
    }
    return true;
}

static bool read_operand(struct reader *self, enum operand_kind kind, const struct word *word,
                         int64_t *out)
{
    const struct operand_range *range = scenario_operand_range(kind);
    if (range != NULL) {
        return read_number(self, word, range, out);
    }
    switch (kind) {
    case OPERAND_ATTRIBUTE:
        return read_attribute(self, word, out);
    case OPERAND_SWITCH:
        return read_switch(self, word, out);
    case OPERAND_TEXT:
        return read_text(self, word, out);
    default:
        return read_name(self, word, kind, out);
    }
}

/* Whether the line has as many words as its row asks for; `first` is its first operand. */
static bool check_words(struct reader *self, const struct scenario_verb_row *row, size_t first)
{
    size_t least = 0;
    size_t most = 0;
    for (; row->operand[most] != OPERAND_NONE; most++) {
        const struct operand_range *range = scenario_operand_range(row->operand[most]);
        if (row->operand[most] == OPERAND_ITEMS) {
            most = WORDS_MAX;
            break;
        }
        least += range == NULL || !range->optional;
    }
    size_t given = self->word_count - first;
    if (given >= least && given <= most) {
        return true;
    }
    const char *blank = row->what == NULL ? "" : " ";
    const char *what = row->what == NULL ? "" : row->what;
    if (most == WORDS_MAX || least != most) {
        return FAIL(self, "wrong number of words: %s%s%s takes %zu or more, %zu given", row->name,
                    blank, what, least, given);
    }
    return FAIL(self, "wrong number of words: %s%s%s takes %zu, %zu given", row->name, blank, what,
                least, given);
}

static bool open_repeat(struct reader *self)
{
    if (self->depth == SCENARIO_REPEAT_DEPTH) {
        return FAIL(self, "repeat nested more than %d deep", SCENARIO_REPEAT_DEPTH);
    }
    self->repeat[self->depth] = (uint32_t)self->program->op_count;
    self->works[self->depth] = false;
    self->depth++;
    return true;
}

static bool close_repeat(struct reader *self, struct scenario_op *end)
{
    if (self->depth == 0) {
        return FAIL(self, "end without repeat");
    }
    self->depth--;
    uint32_t first = self->repeat[self->depth];
    struct scenario_op *repeat = &self->program->op[first];
    repeat->operand[1] = (int64_t)self->program->op_count;
    repeat->operand[2] = self->works[self->depth];
    end->operand[0] = first;
    if (self->depth > 0 && self->works[self->depth] && repeat->operand[0] > 0) {
        self->works[self->depth - 1] = true;
    }
    return true;
}

/* What a verb means for the lines around it. */
static bool check_place(struct reader *self, struct scenario_op *op)
{
    if (self->exited && !scenario_is_show(op->verb)) {
        return FAIL(self, "only show may follow exit");
    }
    switch (op->verb) {
    case VERB_REPEAT:
        return open_repeat(self);
    case VERB_END:
        return close_repeat(self, op);
    case VERB_EXIT:
        if (self->depth > 0) {
            return FAIL(self, "exit inside repeat");
        }
        self->exited = true;
        break;
    default:
        break;
    }
    self->program->uses_weakdict |= op->verb == VERB_WEAKDICT;
    self->program->uses_intern |= op->verb == VERB_INTERN;
    if (self->depth > 0) {
        self->works[self->depth - 1] = true;
    }
    return true;
}

static bool unknown_verb(struct reader *self)
{
    if (word_equals(&self->word[0], "show")) {
        return self->word_count < 2
                   ? FAIL(self, "wrong number of words: show takes 1 or more, 0 given")
                   : FAIL(self, "unknown request 'show %s'", quote(&self->word[1]).text);
    }
    return FAIL(self, "unknown verb '%s'", quote(&self->word[0]).text);
}

static bool read_words(struct reader *self)
{
    static const struct word no_word = {"", 0};
    const struct word *what = self->word_count > 1 ? &self->word[1] : &no_word;
    unsigned verb =
        scenario_verb_find(self->word[0].text, self->word[0].length, what->text, what->length);
    if (verb == VERB_COUNT) {
        return unknown_verb(self);
    }
    const struct scenario_verb_row *row = scenario_verb_row(verb);
    size_t first = row->what == NULL ? 1 : 2;
    struct scenario_op op = {.verb = (uint8_t)verb, .line = self->line};
    if (!check_words(self, row, first)) {
        return false;
    }
    for (size_t i = 0; row->operand[i] != OPERAND_NONE; i++) {
        enum operand_kind kind = row->operand[i];
        op.operand[i] = kind == OPERAND_GENERATION_OPTIONAL ? 2 : LABEL_ABSENT;
        if (kind == OPERAND_ITEMS) {
            if (!read_items(self, first + i, &op, &op.operand[i])) {
                return false;
            }
        } else if (first + i < self->word_count &&
                   !read_operand(self, kind, &self->word[first + i], &op.operand[i])) {
            return false;
        }
    }
    if (!check_place(self, &op)) {
        return false;
    }
    return scenario_add(self->program, &op) || no_memory(self);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool read_line(struct reader *self, const char *text, size_t length)
{
    if (length > SCENARIO_LINE_MAX) {
        return FAIL(self, "line of more than %d bytes", SCENARIO_LINE_MAX);
    }
    if (memchr(text, '\0', length) != NULL) {
        return FAIL(self, "NUL byte");
    }
    const char *comment = memchr(text, '#', length);
    const char *stop = comment != NULL ? comment : text + length;
    self->word_count = 0;
    while (text < stop) {
        if (is_blank(*text)) {
            text++;
            continue;
        }
        struct word *word = &self->word[self->word_count++];
        word->text = text;
        while (text < stop && !is_blank(*text)) {
            text++;
        }
        word->length = (size_t)(text - word->text);
    }
    return self->word_count == 0 || read_words(self);
}

bool scenario_parse(struct scenario_program *self, const char *text, size_t length,
                    struct scenario_error *error)
{
    struct reader reader = {.program = self, .error = error};
    int64_t reborn;
    if (!scenario_name(self, "reborn", 6, &reborn)) {
        return no_memory(&reader);
    }
    const char *stop = text + length;
    while (text < stop) {
        const char *newline = memchr(text, '\n', (size_t)(stop - text));
        const char *end = newline != NULL ? newline : stop;
        reader.line++;
        if (!read_line(&reader, text, (size_t)(end - text))) {
            return false;
        }
        text = newline != NULL ? newline + 1 : stop;
    }
    if (reader.depth > 0) {
        reader.line = self->op[reader.repeat[reader.depth - 1]].line;
        return FAIL(&reader, "repeat without end");
    }
    return true;
}
