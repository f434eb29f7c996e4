/* The generator: see lockstep_generate.h. Operands are chosen by the kinds that the names hold, so
 * that most operations take place. */
#include "cpython/lockstep_generate.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "collector/freelist.h"

static const char *const profile_names[PROFILES] = {"lists",      "dicts", "cycles", "weak",
                                                    "thresholds", "large", "all"};

/* Weight of each verb in each profile, in the order of enum lockstep_profile. */
static const struct weights {
    enum scenario_verb verb;
    uint8_t weight[PROFILES];
} weights[] = {
    /*               lists dicts cycles weak thresholds large all */
    {VERB_LIST, {30, 8, 16, 4, 16, 6, 10}},    {VERB_TUPLE, {30, 8, 12, 4, 12, 8, 10}},
    {VERB_DICT, {0, 24, 10, 2, 8, 4, 8}},      {VERB_OBJECT, {0, 24, 10, 10, 8, 2, 8}},
    {VERB_SLOTS, {0, 6, 16, 2, 10, 2, 6}},     {VERB_FINAL, {0, 0, 4, 24, 4, 0, 6}},
    {VERB_PHOENIX, {0, 0, 2, 10, 2, 0, 3}},    {VERB_FLOAT, {12, 4, 2, 1, 4, 4, 4}},
    {VERB_INT, {6, 4, 2, 1, 2, 4, 3}},         {VERB_STR, {6, 4, 2, 1, 2, 8, 3}},
    {VERB_ALIAS, {12, 8, 8, 8, 6, 4, 8}},      {VERB_DROP, {16, 12, 20, 20, 14, 8, 14}},
    {VERB_APPEND, {40, 8, 24, 6, 16, 60, 16}}, {VERB_SET, {12, 2, 8, 2, 4, 6, 5}},
    {VERB_POP, {16, 2, 4, 4, 4, 20, 6}},       {VERB_PUT, {0, 40, 12, 4, 8, 30, 12}},
    {VERB_REMOVE, {0, 16, 4, 1, 2, 8, 5}},     {VERB_ATTR, {0, 40, 12, 8, 8, 6, 12}},
    {VERB_UNATTR, {0, 12, 4, 1, 2, 2, 4}},     {VERB_SLOT, {0, 8, 24, 2, 8, 2, 8}},
    {VERB_LINK, {0, 0, 6, 20, 4, 0, 6}},       {VERB_WEAKREF, {0, 0, 4, 40, 6, 0, 10}},
    {VERB_COLLECT, {3, 4, 5, 4, 6, 2, 4}},     {VERB_ENABLE, {1, 1, 1, 1, 3, 1, 1}},
    {VERB_DISABLE, {0, 0, 0, 0, 2, 0, 1}},     {VERB_THRESHOLD, {1, 1, 1, 1, 4, 1, 1}},
    {VERB_FREEZE, {0, 0, 0, 0, 3, 0, 1}},      {VERB_UNFREEZE, {0, 0, 0, 0, 3, 0, 1}},
    {VERB_SAVEALL, {0, 0, 1, 1, 2, 0, 1}},
};

const char *lockstep_profile_name(enum lockstep_profile profile)
{
    return profile_names[profile];
}

void generator_init(struct generator *self, struct scenario_program *program,
                    enum lockstep_profile profile, uint64_t seed, const uint8_t *bytes,
                    size_t count)
{
    char text[16];
    int64_t name;
    self->program = program;
    self->profile = profile;
    self->bytes = bytes;
    self->byte_count = count;
    self->byte_at = 0;
    self->queue_head = self->queue_count = 0;
    rng_seed(&self->rng, seed);
    memset(self->kind, KIND_UNBOUND, sizeof self->kind);
    self->kind[NAME_REBORN] = KIND_LIST;
    for (int i = 0; i < GENERATOR_NAMES; i++) {
        snprintf(text, sizeof text, "n%d", i);
        bool known = scenario_name(program, text, strlen(text), &name);
        CHECK(known && name == i + 1);
    }
}

/* A number in [0, n). Bytes are used as they come: a fuzzer learns what each does. */
static int64_t below(struct generator *self, int64_t n)
{
    if (self->bytes == NULL) {
        return (int64_t)rng_below(&self->rng, (uint64_t)n);
    }
    uint64_t value = 0;
    for (int64_t reach = 1; reach < n && self->byte_at < self->byte_count; reach *= 256) {
        value = value << 8 | self->bytes[self->byte_at++];
    }
    return (int64_t)(value % (uint64_t)n);
}

static bool chance(struct generator *self, int percent)
{
    return below(self, 100) < percent;
}

static int64_t any_name(struct generator *self)
{
    return 1 + below(self, GENERATOR_NAMES);
}

/* A name that holds `kind` (KIND_OTHER: anything), or any name when none does. */
static int64_t holder(struct generator *self, enum scenario_kind kind)
{
    int64_t start = below(self, GENERATOR_NAMES + 1);
    for (int64_t i = 0; i <= GENERATOR_NAMES; i++) {
        int64_t name = (start + i) % (GENERATOR_NAMES + 1);
        if (self->kind[name] == kind ||
            (kind == KIND_OTHER && name != NAME_REBORN && self->kind[name] != KIND_UNBOUND)) {
            return name;
        }
    }
    return any_name(self);
}

static int64_t item(struct generator *self)
{
    return chance(self, 15) ? ITEM_NONE : holder(self, KIND_OTHER);
}

static void items(struct generator *self, struct scenario_op *op)
{
    int64_t most = chance(self, 90) ? 4 : 23;
    op->item_count = (uint32_t)below(self, most);
    op->operand[1] = (int64_t)self->program->item_count;
    for (uint32_t i = 0; i < op->item_count; i++) {
        int64_t one = item(self);
        if (one != ITEM_NONE && self->kind[one] == KIND_UNBOUND) {
            one = ITEM_NONE;
        }
        bool added = scenario_add_item(self->program, one);
        CHECK(added);
    }
}

static enum scenario_kind kind_wanted(unsigned verb)
{
    switch (verb) {
    case VERB_APPEND:
    case VERB_SET:
    case VERB_POP:
        return KIND_LIST;
    case VERB_PUT:
    case VERB_REMOVE:
        return KIND_DICT;
    case VERB_ATTR:
    case VERB_UNATTR:
        return KIND_OBJECT;
    case VERB_SLOT:
        return KIND_SLOTS;
    case VERB_LINK:
        return KIND_FINAL;
    default:
        return KIND_OTHER;
    }
}

static int64_t weak_target(struct generator *self)
{
    return holder(self, chance(self, 60) ? KIND_FINAL : KIND_OBJECT);
}

/* Small numbers mostly, now and then any of the range. */
static int64_t number(struct generator *self, enum operand_kind kind)
{
    bool large = self->profile == PROFILE_LARGE;
    switch (kind) {
    case OPERAND_INDEX:
        return below(self, large ? 40 : 4);
    case OPERAND_KEY:
        return below(self, large ? 256 : 12);
    case OPERAND_LABEL:
        return below(self, SCENARIO_LABELS);
    case OPERAND_LABEL_OPTIONAL:
        return chance(self, 75) ? below(self, SCENARIO_LABELS) : LABEL_ABSENT;
    case OPERAND_VALUE:
        return chance(self, 50) ? below(self, 300) - 20 : below(self, 1 << 30);
    case OPERAND_LENGTH:
        return 2 + below(self, large ? 3000 : 40);
    case OPERAND_GENERATION_OPTIONAL:
        return below(self, 3);
    case OPERAND_LIMIT:
        return below(self, chance(self, 70) ? 30 : 1000);
    case OPERAND_SLOT:
        return below(self, SCENARIO_SLOTS);
    case OPERAND_ATTRIBUTE:
        return below(self, chance(self, 80) ? 5 : SCENARIO_ATTRIBUTES);
    default:
        return below(self, 2);
    }
}

static struct scenario_op make(struct generator *self, unsigned verb)
{
    const struct scenario_verb_row *row = scenario_verb_row(verb);
    struct scenario_op op = {.verb = (uint8_t)verb};
    for (int i = 0; row->operand[i] != OPERAND_NONE; i++) {
        switch (row->operand[i]) {
        case OPERAND_BIND:
            op.operand[i] = verb == VERB_DROP ? holder(self, KIND_OTHER) : any_name(self);
            break;
        case OPERAND_NAME:
            op.operand[i] =
                verb == VERB_WEAKREF ? weak_target(self) : holder(self, kind_wanted(verb));
            break;
        case OPERAND_ITEM:
            op.operand[i] = item(self);
            break;
        case OPERAND_ITEMS:
            items(self, &op);
            break;
        default:
            op.operand[i] = number(self, row->operand[i]);
        }
    }
    return op;
}

static unsigned choose_verb(struct generator *self)
{
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(weights); i++) {
        sum += weights[i].weight[self->profile];
    }
    int64_t at = below(self, sum);
    size_t row = 0;
    while (at >= weights[row].weight[self->profile]) {
        at -= weights[row++].weight[self->profile];
    }
    return weights[row].verb;
}

static void put(struct generator *self, unsigned verb, int64_t first, int64_t second, int64_t third)
{
    if (self->queue_count < GENERATOR_QUEUE) {
        self->queue[self->queue_count++] =
            (struct scenario_op){.verb = (uint8_t)verb, .operand = {first, second, third}};
    }
}

/* `verb` NAME ITEM, for list and tuple. */
static void put_items(struct generator *self, unsigned verb, int64_t name, int64_t one)
{
    size_t at = self->program->item_count;
    bool added = scenario_add_item(self->program, one);
    CHECK(added);
    if (self->queue_count < GENERATOR_QUEUE) {
        self->queue[self->queue_count++] = (struct scenario_op){
            .verb = (uint8_t)verb, .item_count = 1, .operand = {name, (int64_t)at}};
    }
}

/* A new container around what `name` holds. */
static void wrap(struct generator *self, int64_t name, int64_t spare)
{
    switch (below(self, self->profile == PROFILE_LISTS ? 2 : 6)) {
    case 0:
        put_items(self, VERB_LIST, name, name);
        return;
    case 1:
        put_items(self, VERB_TUPLE, name, name);
        return;
    case 2:
        put(self, VERB_DICT, spare, 0, 0);
        put(self, VERB_PUT, spare, 1, name);
        break;
    case 3:
        put(self, VERB_OBJECT, spare, 0, 0);
        put(self, VERB_ATTR, spare, 0, name);
        break;
    case 4:
        put(self, VERB_SLOTS, spare, 0, 0);
        put(self, VERB_SLOT, spare, 1, name);
        break;
    default:
        put(self, VERB_FINAL, spare, below(self, SCENARIO_LABELS), 0);
        put(self, VERB_LINK, spare, name, 0);
    }
    put(self, VERB_ALIAS, name, spare, 0);
}

static void burst_chain(struct generator *self, int64_t name, int64_t spare)
{
    put(self, VERB_LIST, name, (int64_t)self->program->item_count, 0);
    for (int64_t depth = 30 + below(self, 130); depth > 0; depth--) {
        wrap(self, name, spare);
    }
    put(self, VERB_ALIAS, spare, ITEM_NONE, 0);
    put(self, VERB_DROP, name, 0, 0);
}

static void burst_hoard(struct generator *self, int64_t name, int64_t spare)
{
    static const enum scenario_verb births[] = {VERB_LIST,  VERB_TUPLE,  VERB_DICT,
                                                VERB_FLOAT, VERB_OBJECT, VERB_SLOTS};
    unsigned verb = births[below(self, self->profile == PROFILE_LISTS ? 2 : 6)];
    put(self, VERB_LIST, name, (int64_t)self->program->item_count, 0);
    int64_t hoard = 60 + below(self, 60);
    if (verb == VERB_TUPLE && chance(self, 10)) {
        hoard = FREELIST_TUPLE_MAX - 50 + below(self, 100);
    }
    for (; hoard > 0; hoard--) {
        if (verb == VERB_TUPLE) {
            put_items(self, verb, spare, ITEM_NONE);
        } else {
            put(self, verb, spare, (int64_t)self->program->item_count, 0);
        }
        if (verb == VERB_OBJECT) {
            put(self, VERB_ATTR, spare, below(self, SCENARIO_ATTRIBUTES), name);
        }
        put(self, VERB_APPEND, name, spare, 0);
    }
    put(self, VERB_ALIAS, spare, ITEM_NONE, 0);
    put(self, VERB_DROP, name, 0, 0);
}

/* Callbacks on one target; now and then their references are trash by the time that it dies, and
 * the allocation of the callbacks' tuple may collect them. */
static void burst_callbacks(struct generator *self, int64_t name, int64_t spare)
{
    put(self, VERB_FINAL, name, below(self, SCENARIO_LABELS), 0);
    put(self, VERB_LIST, spare, (int64_t)self->program->item_count, 0);
    int64_t held = 1 + (name + below(self, GENERATOR_NAMES - 2) + 1) % GENERATOR_NAMES;
    for (int64_t count = 1 + below(self, 14); count > 0; count--) {
        put(self, VERB_WEAKREF, held, name, below(self, SCENARIO_LABELS));
        put(self, VERB_APPEND, spare, held, 0);
    }
    if (chance(self, 30)) {
        put(self, VERB_ALIAS, held, ITEM_NONE, 0);
        put(self, VERB_APPEND, spare, spare, 0);
        put(self, VERB_DROP, spare, 0, 0);
        for (int64_t count = below(self, 6); count > 0; count--) {
            put(self, VERB_SLOTS, held, 0, 0);
        }
    }
    put(self, VERB_DROP, name, 0, 0);
}

static void burst(struct generator *self)
{
    int64_t name = any_name(self);
    int64_t spare = 1 + name % GENERATOR_NAMES;
    bool weak = self->profile == PROFILE_WEAK || self->profile == PROFILE_ALL;
    self->queue_head = self->queue_count = 0;
    if (weak && chance(self, 50)) {
        burst_callbacks(self, name, spare);
    } else if (chance(self, 50)) {
        burst_chain(self, name, spare);
    } else {
        burst_hoard(self, name, spare);
    }
}

bool generator_next(struct generator *self)
{
    if (self->bytes != NULL && self->byte_at == self->byte_count) {
        return false;
    }
    if (self->queue_head == self->queue_count && below(self, 400) == 1) {
        burst(self);
    }
    struct scenario_op op = self->queue_head < self->queue_count ? self->queue[self->queue_head++]
                                                                 : make(self, choose_verb(self));
    op.line = (uint32_t)self->program->op_count + 1;
    bool added = scenario_add(self->program, &op);
    CHECK(added);
    return true;
}

void generator_applied(struct generator *self)
{
    static const uint8_t born[] = {
        [VERB_LIST] = KIND_LIST,     [VERB_TUPLE] = KIND_TUPLE,     [VERB_DICT] = KIND_DICT,
        [VERB_OBJECT] = KIND_OBJECT, [VERB_SLOTS] = KIND_SLOTS,     [VERB_FINAL] = KIND_FINAL,
        [VERB_PHOENIX] = KIND_FINAL, [VERB_FLOAT] = KIND_FLOAT,     [VERB_INT] = KIND_INT,
        [VERB_STR] = KIND_STR,       [VERB_WEAKREF] = KIND_WEAKREF,
    };
    const struct scenario_op *op = &self->program->op[self->program->op_count - 1];
    if (op->verb == VERB_DROP) {
        self->kind[op->operand[0]] = KIND_UNBOUND;
    } else if (op->verb == VERB_ALIAS) {
        self->kind[op->operand[0]] =
            op->operand[1] == ITEM_NONE ? KIND_NONE : self->kind[op->operand[1]];
    } else if (op->verb < COUNT_OF(born) && born[op->verb] != 0) {
        self->kind[op->operand[0]] = born[op->verb];
    }
}
