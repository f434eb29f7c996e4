/* Operations back to text: how --trace shows them and how lockstep prints a minimised difference.
 * The result reads again as the same operation. */
#include <stdarg.h>
#include <stdio.h>

#include "workloads/scenario/scenario.h"

/* A buffer that may be too short: `at` goes on counting. */
struct text {
    char *buffer;
    size_t length, at;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool room = self->at < self->length;
    int n = vsnprintf(room ? self->buffer + self->at : NULL, room ? self->length - self->at : 0,
                      format, arguments);
    va_end(arguments);
    self->at += n > 0 ? (size_t)n : 0;
}

static const char *item_text(const struct scenario_program *program, int64_t item)
{
    return item == ITEM_NONE ? "none" : program->name[item].text;
}

static void put_operand(struct text *out, const struct scenario_program *program,
                        const struct scenario_op *op, int i, enum operand_kind kind)
{
    int64_t value = op->operand[i];
    const struct operand_range *range = scenario_operand_range(kind);
    if (range != NULL) {
        if (!range->optional || value != LABEL_ABSENT) {
            put(out, " %lld", (long long)value);
        }
        return;
    }
    switch (kind) {
    case OPERAND_ITEMS:
        for (uint32_t k = 0; k < op->item_count; k++) {
            put(out, " %s", item_text(program, program->item[value + k]));
        }
        break;
    case OPERAND_ATTRIBUTE:
        put(out, " x%lld", (long long)value);
        break;
    case OPERAND_SWITCH:
        put(out, " %s", value ? "on" : "off");
        break;
    case OPERAND_TEXT:
        put(out, " %s", program->text[value].text);
        break;
    default:
        put(out, " %s", item_text(program, value));
        break;
    }
}

size_t scenario_print(const struct scenario_program *self, const struct scenario_op *op,
                      char *buffer, size_t length)
{
    const struct scenario_verb_row *row = scenario_verb_row(op->verb);
    struct text out = {buffer, length, 0};
    put(&out, "%s", row->name);
    if (row->what != NULL) {
        put(&out, " %s", row->what);
    }
    for (int i = 0; row->operand[i] != OPERAND_NONE; i++) {
        put_operand(&out, self, op, i, row->operand[i]);
    }
    return out.at;
}
