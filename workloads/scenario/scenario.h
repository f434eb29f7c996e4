/* Scenarios: heap programs, one operation a line, that heapdyno and CPython 3.11 both run.
 *
 * Text becomes a program here: verbs and operands are checked against one table (verbs.c), so that
 * every error of form is found before anything runs. machine.h runs programs. */
#ifndef HEAPDYNO_WORKLOADS_SCENARIO_SCENARIO_H
#define HEAPDYNO_WORKLOADS_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    SCENARIO_LINE_MAX = 4096, /* bytes, without the newline */
    SCENARIO_NAME_MAX = 32,
    SCENARIO_TEXT_MAX = 32,
    SCENARIO_REPEAT_DEPTH = 8,
    SCENARIO_OPERANDS = 3,
    SCENARIO_LABELS = 256,
    SCENARIO_ATTRIBUTES = 20,
    SCENARIO_SLOTS = 4,
};

enum scenario_verb {
    VERB_LIST,
    VERB_TUPLE,
    VERB_DICT,
    VERB_OBJECT,
    VERB_SLOTS,
    VERB_FINAL,
    VERB_PHOENIX,
    VERB_FLOAT,
    VERB_INT,
    VERB_STR,
    VERB_ALIAS,
    VERB_DROP,
    VERB_APPEND,
    VERB_SET,
    VERB_POP,
    VERB_PUT,
    VERB_REMOVE,
    VERB_ATTR,
    VERB_UNATTR,
    VERB_SLOT,
    VERB_LINK,
    VERB_WEAKREF,
    VERB_COLLECT,
    VERB_ENABLE,
    VERB_DISABLE,
    VERB_THRESHOLD,
    VERB_FREEZE,
    VERB_UNFREEZE,
    VERB_SAVEALL,
    VERB_REPEAT,
    VERB_END,
    VERB_INTERN,
    VERB_REMEMBER,
    VERB_WEAKDICT,
    VERB_WEAKPUT,
    VERB_EXIT,
    VERB_SHOW_COUNT, /* the first show */
    VERB_SHOW_THRESHOLD,
    VERB_SHOW_ENABLED,
    VERB_SHOW_STATS,
    VERB_SHOW_SIZES,
    VERB_SHOW_LONG_LIVED,
    VERB_SHOW_FREELISTS,
    VERB_SHOW_BLOCKS,
    VERB_SHOW_REFCOUNT,
    VERB_SHOW_TRACKED,
    VERB_SHOW_ALIVE,
    VERB_SHOW_SAME,
    VERB_SHOW_EVENTS,
    VERB_SHOW_GARBAGE,
    VERB_SHOW_REUSED,
    VERB_SHOW_SIZE,
    VERB_SHOW_GENERATION,
    VERB_SHOW_WEAKLEN,
    VERB_COUNT
};

/* What may stand at one place of a line. */
enum operand_kind {
    OPERAND_NONE, /* no more */
    OPERAND_BIND, /* a NAME that will hold the result: any but reborn */
    OPERAND_NAME,
    OPERAND_ITEM,  /* a NAME, or none */
    OPERAND_ITEMS, /* the rest of the line */
    OPERAND_INDEX,
    OPERAND_KEY,
    OPERAND_LABEL,
    OPERAND_LABEL_OPTIONAL,
    OPERAND_VALUE,
    OPERAND_LENGTH,
    OPERAND_GENERATION_OPTIONAL,
    OPERAND_LIMIT, /* a threshold */
    OPERAND_SLOT,
    OPERAND_TIMES,
    OPERAND_ATTRIBUTE,
    OPERAND_SWITCH, /* on | off */
    OPERAND_TEXT,
    OPERAND_KINDS
};

/* One row of the table of verbs. */
struct scenario_verb_row {
    const char *name;
    const char *what; /* second word of a show, else NULL */
    uint8_t operand[SCENARIO_OPERANDS + 1];
};

/* Names are indices into a program's table. */
enum { ITEM_NONE = -1, NAME_REBORN = 0, LABEL_ABSENT = -1 };

/* One line. operand[i] is a name's index, a number, the index of a text, or (ITEMS) the index of
 * the first of `item_count` words in program.items. In a repeat operand[1] is the index of its end,
 * in an end operand[0] is the index of its repeat. */
struct scenario_op {
    uint8_t verb;
    uint32_t line; /* from 1 */
    uint32_t item_count;
    int64_t operand[SCENARIO_OPERANDS];
};

struct scenario_name {
    char text[SCENARIO_NAME_MAX + 1];
};

struct scenario_program {
    size_t op_count, op_capacity;
    struct scenario_op *op;
    size_t name_count, name_capacity;
    struct scenario_name *name; /* [NAME_REBORN] is "reborn" */
    size_t item_count, item_capacity;
    int32_t *item;
    size_t text_count, text_capacity;
    struct scenario_name *text;
    uint32_t *index; /* names by hash, index_size places, 0: empty, else name + 1 */
    size_t index_size;
    bool uses_weakdict; /* some oracles must prepare for it */
    bool uses_intern;
};

/* An error of form or of the heap: where, and what. line 0: no memory for the program itself. */
struct scenario_error {
    uint32_t line;
    struct error error;
};

/* Make an empty program; scenario_free gives back what it came to hold. */
void scenario_init(struct scenario_program *self);
void scenario_free(struct scenario_program *self);

/* Read text[length] into an empty `self`; false with the first error of form. */
bool scenario_parse(struct scenario_program *self, const char *text, size_t length,
                    struct scenario_error *error);

/* The index of a name, new or known, in *out; false: no memory. The first call also makes reborn.
 */
bool scenario_name(struct scenario_program *self, const char *text, size_t length, int64_t *out);
/* Add an operation, items appended to program.items before; false: no memory. */
bool scenario_add(struct scenario_program *self, const struct scenario_op *op);
bool scenario_add_item(struct scenario_program *self, int64_t item);
/* Keep a text; its index in *out. */
bool scenario_add_text(struct scenario_program *self, const char *text, size_t length,
                       int64_t *out);

/* Where a run stands: the operations in the order in which they are run, repeats turned. A body that
 * does nothing is not turned at all. All zero: at the start. */
struct scenario_cursor {
    size_t at;
    unsigned depth;
    int64_t turns[SCENARIO_REPEAT_DEPTH]; /* left in each open repeat */
};

/* The next operation, never repeat or end; NULL: the program is over. */
const struct scenario_op *scenario_next(const struct scenario_program *self,
                                        struct scenario_cursor *cursor);

/* Write one operation as a line without its newline; returns the length as snprintf does. */
size_t scenario_print(const struct scenario_program *self, const struct scenario_op *op,
                      char *buffer, size_t length);

/* The row of a verb, and the verb of a row's words (VERB_COUNT: unknown). */
const struct scenario_verb_row *scenario_verb_row(unsigned verb);
unsigned scenario_verb_find(const char *name, size_t length, const char *what, size_t what_length);
/* Whether `name` is a verb at all: tells an unknown verb from an unknown show. */
bool scenario_is_show(unsigned verb);

/* The range of an operand that is a number; what people call it. */
struct operand_range {
    const char *what;
    int64_t min, max;
    bool optional;
};
const struct operand_range *scenario_operand_range(enum operand_kind kind); /* NULL: no number */

#endif
