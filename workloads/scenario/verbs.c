/* The table of verbs: one row a verb with its operands, one row an operand with its range. Parser,
 * printer and generator read it; machine.c has what each verb does. */
#include <string.h>

#include "base/check.h"
#include "workloads/scenario/scenario.h"

static const struct scenario_verb_row verb_rows[VERB_COUNT] = {
    [VERB_LIST] = {"list", NULL, {OPERAND_BIND, OPERAND_ITEMS}},
    [VERB_TUPLE] = {"tuple", NULL, {OPERAND_BIND, OPERAND_ITEMS}},
    [VERB_DICT] = {"dict", NULL, {OPERAND_BIND}},
    [VERB_OBJECT] = {"object", NULL, {OPERAND_BIND}},
    [VERB_SLOTS] = {"slots", NULL, {OPERAND_BIND}},
    [VERB_FINAL] = {"final", NULL, {OPERAND_BIND, OPERAND_LABEL}},
    [VERB_PHOENIX] = {"phoenix", NULL, {OPERAND_BIND, OPERAND_LABEL}},
    [VERB_FLOAT] = {"float", NULL, {OPERAND_BIND}},
    [VERB_INT] = {"int", NULL, {OPERAND_BIND, OPERAND_VALUE}},
    [VERB_STR] = {"str", NULL, {OPERAND_BIND, OPERAND_LENGTH}},
    [VERB_ALIAS] = {"alias", NULL, {OPERAND_BIND, OPERAND_ITEM}},
    [VERB_DROP] = {"drop", NULL, {OPERAND_BIND}},
    [VERB_APPEND] = {"append", NULL, {OPERAND_NAME, OPERAND_ITEM}},
    [VERB_SET] = {"set", NULL, {OPERAND_NAME, OPERAND_INDEX, OPERAND_ITEM}},
    [VERB_POP] = {"pop", NULL, {OPERAND_NAME}},
    [VERB_PUT] = {"put", NULL, {OPERAND_NAME, OPERAND_KEY, OPERAND_ITEM}},
    [VERB_REMOVE] = {"remove", NULL, {OPERAND_NAME, OPERAND_KEY}},
    [VERB_ATTR] = {"attr", NULL, {OPERAND_NAME, OPERAND_ATTRIBUTE, OPERAND_ITEM}},
    [VERB_UNATTR] = {"unattr", NULL, {OPERAND_NAME, OPERAND_ATTRIBUTE}},
    [VERB_SLOT] = {"slot", NULL, {OPERAND_NAME, OPERAND_SLOT, OPERAND_ITEM}},
    [VERB_LINK] = {"link", NULL, {OPERAND_NAME, OPERAND_ITEM}},
    [VERB_WEAKREF] = {"weakref", NULL, {OPERAND_BIND, OPERAND_NAME, OPERAND_LABEL_OPTIONAL}},
    [VERB_COLLECT] = {"collect", NULL, {OPERAND_GENERATION_OPTIONAL}},
    [VERB_ENABLE] = {"enable", NULL, {OPERAND_NONE}},
    [VERB_DISABLE] = {"disable", NULL, {OPERAND_NONE}},
    [VERB_THRESHOLD] = {"threshold", NULL, {OPERAND_LIMIT, OPERAND_LIMIT, OPERAND_LIMIT}},
    [VERB_FREEZE] = {"freeze", NULL, {OPERAND_NONE}},
    [VERB_UNFREEZE] = {"unfreeze", NULL, {OPERAND_NONE}},
    [VERB_SAVEALL] = {"saveall", NULL, {OPERAND_SWITCH}},
    [VERB_REPEAT] = {"repeat", NULL, {OPERAND_TIMES}},
    [VERB_END] = {"end", NULL, {OPERAND_NONE}},
    [VERB_INTERN] = {"intern", NULL, {OPERAND_BIND, OPERAND_TEXT}},
    [VERB_REMEMBER] = {"remember", NULL, {OPERAND_LABEL, OPERAND_NAME}},
    [VERB_WEAKDICT] = {"weakdict", NULL, {OPERAND_BIND}},
    [VERB_WEAKPUT] = {"weakput", NULL, {OPERAND_NAME, OPERAND_KEY, OPERAND_NAME}},
    [VERB_EXIT] = {"exit", NULL, {OPERAND_NONE}},
    [VERB_SHOW_COUNT] = {"show", "count", {OPERAND_NONE}},
    [VERB_SHOW_THRESHOLD] = {"show", "threshold", {OPERAND_NONE}},
    [VERB_SHOW_ENABLED] = {"show", "enabled", {OPERAND_NONE}},
    [VERB_SHOW_STATS] = {"show", "stats", {OPERAND_NONE}},
    [VERB_SHOW_SIZES] = {"show", "sizes", {OPERAND_NONE}},
    [VERB_SHOW_LONG_LIVED] = {"show", "long_lived", {OPERAND_NONE}},
    [VERB_SHOW_FREELISTS] = {"show", "freelists", {OPERAND_NONE}},
    [VERB_SHOW_BLOCKS] = {"show", "blocks", {OPERAND_NONE}},
    [VERB_SHOW_REFCOUNT] = {"show", "refcount", {OPERAND_ITEM}},
    [VERB_SHOW_TRACKED] = {"show", "tracked", {OPERAND_ITEM}},
    [VERB_SHOW_ALIVE] = {"show", "alive", {OPERAND_NAME}},
    [VERB_SHOW_SAME] = {"show", "same", {OPERAND_ITEM, OPERAND_ITEM}},
    [VERB_SHOW_EVENTS] = {"show", "events", {OPERAND_NONE}},
    [VERB_SHOW_GARBAGE] = {"show", "garbage", {OPERAND_NONE}},
    [VERB_SHOW_REUSED] = {"show", "reused", {OPERAND_LABEL, OPERAND_NAME}},
    [VERB_SHOW_SIZE] = {"show", "size", {OPERAND_NAME}},
    [VERB_SHOW_GENERATION] = {"show", "generation", {OPERAND_NAME}},
    [VERB_SHOW_WEAKLEN] = {"show", "weaklen", {OPERAND_NAME}},
};

static const struct operand_range ranges[OPERAND_KINDS] = {
    [OPERAND_INDEX] = {"index", -(INT64_C(1) << 62), INT64_C(1) << 62, false},
    [OPERAND_KEY] = {"key", 0, 255, false},
    [OPERAND_LABEL] = {"label", 0, SCENARIO_LABELS - 1, false},
    [OPERAND_LABEL_OPTIONAL] = {"label", 0, SCENARIO_LABELS - 1, true},
    [OPERAND_VALUE] = {"value", -(INT64_C(1) << 30) + 1, (INT64_C(1) << 30) - 1, false},
    [OPERAND_LENGTH] = {"length", 2, INT64_C(1) << 30, false},
    [OPERAND_GENERATION_OPTIONAL] = {"generation", 0, 2, true},
    [OPERAND_LIMIT] = {"threshold", 0, INT32_MAX, false},
    [OPERAND_SLOT] = {"slot", 0, SCENARIO_SLOTS - 1, false},
    [OPERAND_TIMES] = {"number of turns", 0, 1000000000, false},
};

const struct scenario_verb_row *scenario_verb_row(unsigned verb)
{
    CHECK(verb < VERB_COUNT);
    return &verb_rows[verb];
}

static bool word_is(const char *word, const char *text, size_t length)
{
    return strlen(word) == length && memcmp(word, text, length) == 0;
}

unsigned scenario_verb_find(const char *name, size_t length, const char *what, size_t what_length)
{
    for (unsigned verb = 0; verb < VERB_COUNT; verb++) {
        const struct scenario_verb_row *row = &verb_rows[verb];
        if (word_is(row->name, name, length) &&
            (row->what == NULL || word_is(row->what, what, what_length))) {
            return verb;
        }
    }
    return VERB_COUNT;
}

bool scenario_is_show(unsigned verb)
{
    return verb >= VERB_SHOW_COUNT && verb < VERB_COUNT;
}

const struct operand_range *scenario_operand_range(enum operand_kind kind)
{
    return ranges[kind].what == NULL ? NULL : &ranges[kind];
}
