/* The verbs that work on objects: one function each, found by its number. Names and kinds are
 * checked here; what a verb means on a heap is the backend's business, so both sides of a
 * comparison run this very code. */

#include "base/check.h"
#include "workloads/scenario/machine.h"

typedef enum scenario_result verb_f(struct scenario_machine *self, const struct scenario_op *op,
                                    struct error *error);

const char *scenario_kind_name(enum scenario_kind kind)
{
    static const char *const names[KIND_COUNT] = {
        "none",  "list", "tuple", "dict",    "object",   "slots", "final or phoenix",
        "float", "int",  "str",   "weakref", "weakdict", "other",
    };
    return names[kind];
}

const char *machine_item_name(const struct scenario_machine *self, int64_t item)
{
    return item == ITEM_NONE ? "none" : self->program->name[item].text;
}

struct scenario_object *machine_item(struct scenario_machine *self, int64_t item,
                                     struct error *error)
{
    if (item == ITEM_NONE) {
        return BACKEND(self, none);
    }
    struct scenario_object *object = self->place[item].object;
    if (object == NULL) {
        error_set(error, "unknown name %s", machine_item_name(self, item));
    }
    return object;
}

struct scenario_object *machine_object(struct scenario_machine *self, int64_t name,
                                       enum scenario_kind kind, struct error *error)
{
    struct scenario_object *object = machine_item(self, name, error);
    if (object != NULL && BACKEND(self, kind, object) != kind) {
        error_set(error, "%s is of the wrong kind: not a %s", machine_item_name(self, name),
                  scenario_kind_name(kind));
        return NULL;
    }
    return object;
}

/* Let a name hold `object`, whose reference is taken over; what it held is released last. */
static enum scenario_result bind(struct scenario_machine *self, int64_t name,
                                 struct scenario_object *object)
{
    if (object == NULL) {
        return SCENARIO_NO_MEMORY;
    }
    struct scenario_place *place = &self->place[name];
    struct scenario_object *old = place->object;
    place->object = object;
    if (place->born == 0) {
        place->born = ++self->births;
    }
    if (old != NULL) {
        BACKEND(self, release, old);
    }
    return SCENARIO_OK;
}

static enum scenario_result result_of(enum scenario_outcome outcome)
{
    return outcome == HEAP_DONE ? SCENARIO_OK : SCENARIO_NO_MEMORY;
}

/* The object of a name that can be referred to weakly. */
static struct scenario_object *weak_target(struct scenario_machine *self, int64_t name,
                                           struct error *error)
{
    struct scenario_object *target = machine_item(self, name, error);
    if (target == NULL) {
        return NULL;
    }
    enum scenario_kind kind = BACKEND(self, kind, target);
    if (kind != KIND_OBJECT && kind != KIND_FINAL) {
        error_set(error, "%s is of the wrong kind: no weak references to a %s",
                  machine_item_name(self, name), scenario_kind_name(kind));
        return NULL;
    }
    return target;
}

/* All ITEMS of an operation as objects; true when each name holds something. */
static bool check_items(struct scenario_machine *self, const struct scenario_op *op,
                        struct error *error)
{
    for (uint32_t i = 0; i < op->item_count; i++) {
        if (machine_item(self, self->program->item[op->operand[1] + i], error) == NULL) {
            return false;
        }
    }
    return true;
}

static enum scenario_result run_list(struct scenario_machine *self, const struct scenario_op *op,
                                     struct error *error)
{
    if (!check_items(self, op, error)) {
        return SCENARIO_ERROR;
    }
    struct scenario_object *list = BACKEND(self, new_list);
    if (list == NULL) {
        return SCENARIO_NO_MEMORY;
    }
    for (uint32_t i = 0; i < op->item_count; i++) {
        struct scenario_object *item =
            machine_item(self, self->program->item[op->operand[1] + i], error);
        /* The birth of the list may have run a finalizer, but no name lets go of its object. */
        if (BACKEND(self, list_append, list, item) != HEAP_DONE) {
            BACKEND(self, release, list);
            return SCENARIO_NO_MEMORY;
        }
    }
    return bind(self, op->operand[0], list);
}

static enum scenario_result run_tuple(struct scenario_machine *self, const struct scenario_op *op,
                                      struct error *error)
{
    struct scenario_object *items[SCENARIO_LINE_MAX / 2];
    CHECK(op->item_count <= COUNT_OF(items));
    if (!check_items(self, op, error)) {
        return SCENARIO_ERROR;
    }
    for (uint32_t i = 0; i < op->item_count; i++) {
        items[i] = machine_item(self, self->program->item[op->operand[1] + i], error);
    }
    return bind(self, op->operand[0], BACKEND(self, new_tuple, items, op->item_count));
}

/* The births without operands that could be wrong. */
static struct scenario_object *birth(struct scenario_machine *self, const struct scenario_op *op)
{
    switch (op->verb) {
    case VERB_DICT:
        return BACKEND(self, new_dict);
    case VERB_OBJECT:
        return BACKEND(self, new_instance, KIND_OBJECT);
    case VERB_SLOTS:
        return BACKEND(self, new_instance, KIND_SLOTS);
    case VERB_FINAL:
    case VERB_PHOENIX:
        return BACKEND(self, new_final, (int)op->operand[1], op->verb == VERB_PHOENIX);
    case VERB_FLOAT:
        return BACKEND(self, new_float);
    case VERB_INT:
        return BACKEND(self, new_int, op->operand[1]);
    case VERB_STR:
        return BACKEND(self, new_str, op->operand[1]);
    case VERB_INTERN:
        return BACKEND(self, new_interned, self->program->text[op->operand[1]].text);
    case VERB_WEAKDICT:
        return BACKEND(self, new_weakdict);
    default:
        UNREACHABLE("not a verb that makes an object");
    }
}

static enum scenario_result run_birth(struct scenario_machine *self, const struct scenario_op *op,
                                      struct error *error)
{
    (void)error;
    return bind(self, op->operand[0], birth(self, op));
}

static enum scenario_result run_weakref(struct scenario_machine *self, const struct scenario_op *op,
                                        struct error *error)
{
    struct scenario_object *target = weak_target(self, op->operand[1], error);
    if (target == NULL) {
        return SCENARIO_ERROR;
    }
    return bind(self, op->operand[0], BACKEND(self, new_weakref, target, (int)op->operand[2]));
}

static enum scenario_result run_alias(struct scenario_machine *self, const struct scenario_op *op,
                                      struct error *error)
{
    struct scenario_object *object = machine_item(self, op->operand[1], error);
    if (object == NULL) {
        return SCENARIO_ERROR;
    }
    BACKEND(self, take, object);
    return bind(self, op->operand[0], object);
}

static enum scenario_result run_drop(struct scenario_machine *self, const struct scenario_op *op,
                                     struct error *error)
{
    struct scenario_object *object = machine_item(self, op->operand[0], error);
    if (object == NULL) {
        return SCENARIO_ERROR;
    }
    self->place[op->operand[0]].object = NULL;
    BACKEND(self, release, object);
    return SCENARIO_OK;
}

static enum scenario_result run_append(struct scenario_machine *self, const struct scenario_op *op,
                                       struct error *error)
{
    struct scenario_object *list = machine_object(self, op->operand[0], KIND_LIST, error);
    struct scenario_object *item = list == NULL ? NULL : machine_item(self, op->operand[1], error);
    return item == NULL ? SCENARIO_ERROR : result_of(BACKEND(self, list_append, list, item));
}

static enum scenario_result run_set(struct scenario_machine *self, const struct scenario_op *op,
                                    struct error *error)
{
    struct scenario_object *list = machine_object(self, op->operand[0], KIND_LIST, error);
    struct scenario_object *item = list == NULL ? NULL : machine_item(self, op->operand[2], error);
    if (item == NULL) {
        return SCENARIO_ERROR;
    }
    int64_t length = BACKEND(self, length, list);
    if (op->operand[1] < 0 || op->operand[1] >= length) {
        error_set(error, "index %lld is out of range: %s has %lld items", (long long)op->operand[1],
                  machine_item_name(self, op->operand[0]), (long long)length);
        return SCENARIO_ERROR;
    }
    BACKEND(self, list_set, list, op->operand[1], item);
    return SCENARIO_OK;
}

static enum scenario_result run_pop(struct scenario_machine *self, const struct scenario_op *op,
                                    struct error *error)
{
    struct scenario_object *list = machine_object(self, op->operand[0], KIND_LIST, error);
    if (list == NULL) {
        return SCENARIO_ERROR;
    }
    if (BACKEND(self, length, list) == 0) {
        error_set(error, "pop of an empty list: %s", machine_item_name(self, op->operand[0]));
        return SCENARIO_ERROR;
    }
    return result_of(BACKEND(self, list_pop, list));
}

static enum scenario_result run_put(struct scenario_machine *self, const struct scenario_op *op,
                                    struct error *error)
{
    struct scenario_object *dict = machine_object(self, op->operand[0], KIND_DICT, error);
    struct scenario_object *item = dict == NULL ? NULL : machine_item(self, op->operand[2], error);
    return item == NULL ? SCENARIO_ERROR
                        : result_of(BACKEND(self, dict_put, dict, op->operand[1], item));
}

static enum scenario_result run_remove(struct scenario_machine *self, const struct scenario_op *op,
                                       struct error *error)
{
    struct scenario_object *dict = machine_object(self, op->operand[0], KIND_DICT, error);
    if (dict == NULL) {
        return SCENARIO_ERROR;
    }
    enum scenario_outcome outcome = BACKEND(self, dict_remove, dict, op->operand[1]);
    if (outcome == HEAP_ABSENT) {
        error_set(error, "absent key %lld in %s", (long long)op->operand[1],
                  machine_item_name(self, op->operand[0]));
        return SCENARIO_ERROR;
    }
    return result_of(outcome);
}

static enum scenario_result run_attr(struct scenario_machine *self, const struct scenario_op *op,
                                     struct error *error)
{
    struct scenario_object *object = machine_object(self, op->operand[0], KIND_OBJECT, error);
    struct scenario_object *item =
        object == NULL ? NULL : machine_item(self, op->operand[2], error);
    return item == NULL ? SCENARIO_ERROR
                        : result_of(BACKEND(self, attr_set, object, (int)op->operand[1], item));
}

static enum scenario_result run_unattr(struct scenario_machine *self, const struct scenario_op *op,
                                       struct error *error)
{
    struct scenario_object *object = machine_object(self, op->operand[0], KIND_OBJECT, error);
    if (object == NULL) {
        return SCENARIO_ERROR;
    }
    enum scenario_outcome outcome = BACKEND(self, attr_remove, object, (int)op->operand[1]);
    if (outcome == HEAP_ABSENT) {
        error_set(error, "absent attribute x%lld in %s", (long long)op->operand[1],
                  machine_item_name(self, op->operand[0]));
        return SCENARIO_ERROR;
    }
    return result_of(outcome);
}

static enum scenario_result run_slot(struct scenario_machine *self, const struct scenario_op *op,
                                     struct error *error)
{
    struct scenario_object *object = machine_object(self, op->operand[0], KIND_SLOTS, error);
    struct scenario_object *item =
        object == NULL ? NULL : machine_item(self, op->operand[2], error);
    if (item == NULL) {
        return SCENARIO_ERROR;
    }
    BACKEND(self, slot_set, object, (int)op->operand[1], item);
    return SCENARIO_OK;
}

static enum scenario_result run_link(struct scenario_machine *self, const struct scenario_op *op,
                                     struct error *error)
{
    struct scenario_object *object = machine_object(self, op->operand[0], KIND_FINAL, error);
    struct scenario_object *item =
        object == NULL ? NULL : machine_item(self, op->operand[1], error);
    if (item == NULL) {
        return SCENARIO_ERROR;
    }
    BACKEND(self, link_set, object, item);
    return SCENARIO_OK;
}

static enum scenario_result run_weakput(struct scenario_machine *self, const struct scenario_op *op,
                                        struct error *error)
{
    struct scenario_object *weakdict = machine_object(self, op->operand[0], KIND_WEAKDICT, error);
    struct scenario_object *target =
        weakdict == NULL ? NULL : weak_target(self, op->operand[2], error);
    if (target == NULL) {
        return SCENARIO_ERROR;
    }
    return result_of(BACKEND(self, weakdict_put, weakdict, op->operand[1], target));
}

static enum scenario_result run_remember(struct scenario_machine *self,
                                         const struct scenario_op *op, struct error *error)
{
    struct scenario_object *object = machine_item(self, op->operand[1], error);
    if (object == NULL) {
        return SCENARIO_ERROR;
    }
    self->remembered[op->operand[0]] = object;
    return SCENARIO_OK;
}

static verb_f *const verbs[VERB_COUNT] = {
    [VERB_LIST] = run_list,       [VERB_TUPLE] = run_tuple,       [VERB_DICT] = run_birth,
    [VERB_OBJECT] = run_birth,    [VERB_SLOTS] = run_birth,       [VERB_FINAL] = run_birth,
    [VERB_PHOENIX] = run_birth,   [VERB_FLOAT] = run_birth,       [VERB_INT] = run_birth,
    [VERB_STR] = run_birth,       [VERB_INTERN] = run_birth,      [VERB_WEAKDICT] = run_birth,
    [VERB_ALIAS] = run_alias,     [VERB_DROP] = run_drop,         [VERB_APPEND] = run_append,
    [VERB_SET] = run_set,         [VERB_POP] = run_pop,           [VERB_PUT] = run_put,
    [VERB_REMOVE] = run_remove,   [VERB_ATTR] = run_attr,         [VERB_UNATTR] = run_unattr,
    [VERB_SLOT] = run_slot,       [VERB_LINK] = run_link,         [VERB_WEAKREF] = run_weakref,
    [VERB_WEAKPUT] = run_weakput, [VERB_REMEMBER] = run_remember,
};

enum scenario_result machine_verb(struct scenario_machine *self, const struct scenario_op *op,
                                  struct error *error)
{
    CHECK(op->verb < VERB_COUNT && verbs[op->verb] != NULL);
    return verbs[op->verb](self, op, error);
}
