/* ast: syntax trees of modules, built, visited and dropped. A node is a small object with a dict of
 * its own, as ast.AST is; statements hang in lists. Short lives, no cycles unless asked for (parent
 * links, as linters add them). */
#include "workloads/common.h"

enum ast_kind {
    AST_MODULE,
    AST_FUNCTION,
    AST_ASSIGN,
    AST_IF,
    AST_RETURN,
    AST_EXPR,
    AST_BINOP,
    AST_CALL,
    AST_ATTRIBUTE,
    AST_NAME,
    AST_CONSTANT,
    AST_LOAD, /* contexts and operators: one shared instance each */
    AST_ADD,
    AST_KINDS
};

static const char *const ast_class_names[AST_KINDS] = {
    "Module", "FunctionDef", "Assign", "If",       "Return", "Expr", "BinOp",
    "Call",   "Attribute",   "Name",   "Constant", "Load",   "Add",
};

enum ast_name {
    NAME_BODY,
    NAME_NAME,
    NAME_ARGS,
    NAME_TARGETS,
    NAME_VALUE,
    NAME_TEST,
    NAME_ORELSE,
    NAME_LEFT,
    NAME_OP,
    NAME_RIGHT,
    NAME_FUNC,
    NAME_ATTR,
    NAME_ID,
    NAME_CTX,
    NAME_LINENO,
    NAME_COL,
    NAME_END_LINENO,
    NAME_END_COL,
    NAME_PARENT,
    AST_NAMES
};

static const char *const ast_names[AST_NAMES] = {
    "body",   "name",       "args",       "targets",        "value", "test", "orelse",
    "left",   "op",         "right",      "func",           "attr",  "id",   "ctx",
    "lineno", "col_offset", "end_lineno", "end_col_offset", "parent"};

enum { AST_IDENTIFIERS = 64, AST_EXPRESSION_DEPTH = 4, AST_BLOCK_DEPTH = 4 };

struct ast {
    struct job *job;
    struct runtime *runtime;
    struct class *class[AST_KINDS];
    struct object *identifiers; /* tuple of interned strings */
    struct object *load, *add;
    uint64_t left; /* nodes that the module may still get */
    uint64_t line;
    bool parents;          /* this module gets parent links */
    struct object *window; /* list of the modules alive */
};

static struct object *ast_dict(struct object *node)
{
    return instance_slot(node, 0);
}

static bool ast_set(struct ast *self, struct object *node, enum ast_name name, struct object *value)
{
    return dict_put(self->runtime, ast_dict(node), job_name(self->job, name), value);
}

static bool ast_give(struct ast *self, struct object *node, enum ast_name name,
                     struct object *value)
{
    return dict_give(self->runtime, ast_dict(node), job_name(self->job, name), value);
}

static bool ast_give_int(struct ast *self, struct object *node, enum ast_name name, uint64_t value)
{
    return ast_give(self, node, name, int_new(self->runtime, (int64_t)value));
}

/* A node with its position; held by the job until ast_done. NULL: no memory. */
static struct object *ast_node(struct ast *self, enum ast_kind kind)
{
    struct object *node = job_hold(self->job, instance_new(self->runtime, self->class[kind]));
    if (node == NULL || !slot_give(self->runtime, node, 0, dict_new(self->runtime))) {
        return NULL;
    }
    self->left -= self->left > 0;
    if (kind == AST_MODULE) {
        return node;
    }
    uint64_t column = job_below(self->job, 80);
    return ast_give_int(self, node, NAME_LINENO, self->line) &&
                   ast_give_int(self, node, NAME_COL, column) &&
                   ast_give_int(self, node, NAME_END_LINENO, self->line) &&
                   ast_give_int(self, node, NAME_END_COL, column + 9)
               ? node
               : NULL;
}

/* Hand a finished node over to its parent's field, or to the list in it. */
static bool ast_done(struct ast *self, struct object *parent, enum ast_name name)
{
    struct object *node = job_unhold(self->job);
    struct object *field = dict_get(ast_dict(parent), job_name(self->job, name));
    bool ok = (!self->parents || ast_set(self, node, NAME_PARENT, parent));
    ok = ok && (field != NULL && list_is(field) ? list_append(self->runtime, field, node)
                                                : ast_set(self, parent, name, node));
    decref(self->runtime, node);
    return ok;
}

static struct object *ast_identifier(struct ast *self)
{
    return tuple_get(self->identifiers, (int64_t)job_below(self->job, AST_IDENTIFIERS));
}

static bool ast_give_list(struct ast *self, struct object *node, enum ast_name name)
{
    return ast_give(self, node, name, list_new(self->runtime, 0));
}

static bool ast_name_node(struct ast *self, struct object *parent, enum ast_name field)
{
    struct object *node = ast_node(self, AST_NAME);
    return node != NULL && ast_set(self, node, NAME_ID, ast_identifier(self)) &&
           ast_set(self, node, NAME_CTX, self->load) && ast_done(self, parent, field);
}

static bool ast_constant(struct ast *self, struct object *parent, enum ast_name field)
{
    struct object *node = ast_node(self, AST_CONSTANT);
    uint64_t number = job_below(self->job, 4000);
    struct object *value = node == NULL      ? NULL
                           : number % 3 == 0 ? int_new(self->runtime, (int64_t)number)
                                             : job_text(self->job, number, (int64_t)number % 40);
    return value != NULL && ast_give(self, node, NAME_VALUE, value) &&
           ast_done(self, parent, field);
}

static bool ast_expression(struct ast *self, struct object *parent, enum ast_name field,
                           uint64_t depth)
{
    uint64_t kind = depth == 0 ? job_below(self->job, 5) : job_below(self->job, 10);
    if (kind < 3) {
        return ast_name_node(self, parent, field);
    }
    if (kind < 5) {
        return ast_constant(self, parent, field);
    }
    if (kind < 6) {
        struct object *node = ast_node(self, AST_BINOP);
        return node != NULL && ast_expression(self, node, NAME_LEFT, depth - 1) &&
               ast_set(self, node, NAME_OP, self->add) &&
               ast_expression(self, node, NAME_RIGHT, depth - 1) && ast_done(self, parent, field);
    }
    if (kind < 8) {
        struct object *node = ast_node(self, AST_ATTRIBUTE);
        return node != NULL && ast_expression(self, node, NAME_VALUE, depth - 1) &&
               ast_set(self, node, NAME_ATTR, ast_identifier(self)) &&
               ast_set(self, node, NAME_CTX, self->load) && ast_done(self, parent, field);
    }
    struct object *node = ast_node(self, AST_CALL);
    bool ok = node != NULL && ast_expression(self, node, NAME_FUNC, depth - 1) &&
              ast_give_list(self, node, NAME_ARGS);
    for (uint64_t i = job_below(self->job, 3); i > 0 && ok; i--) {
        ok = ast_expression(self, node, NAME_ARGS, depth - 1);
    }
    return ok && ast_done(self, parent, field);
}

static bool ast_block(struct ast *self, struct object *parent, enum ast_name field, uint64_t depth);

/* A statement with one expression: Return or Expr. */
static bool ast_simple(struct ast *self, struct object *parent, enum ast_name field,
                       enum ast_kind kind)
{
    struct object *node = ast_node(self, kind);
    return node != NULL && ast_expression(self, node, NAME_VALUE, AST_EXPRESSION_DEPTH) &&
           ast_done(self, parent, field);
}

static bool ast_statement(struct ast *self, struct object *parent, enum ast_name field,
                          uint64_t depth)
{
    uint64_t kind = job_below(self->job, depth == 0 ? 7 : 10);
    self->line++;
    if (kind < 4) {
        struct object *node = ast_node(self, AST_ASSIGN);
        return node != NULL && ast_give_list(self, node, NAME_TARGETS) &&
               ast_name_node(self, node, NAME_TARGETS) &&
               ast_expression(self, node, NAME_VALUE, AST_EXPRESSION_DEPTH) &&
               ast_done(self, parent, field);
    }
    if (kind < 7) {
        return ast_simple(self, parent, field, kind < 6 ? AST_EXPR : AST_RETURN);
    }
    if (kind < 9) {
        struct object *node = ast_node(self, AST_IF);
        return node != NULL && ast_expression(self, node, NAME_TEST, AST_EXPRESSION_DEPTH - 2) &&
               ast_block(self, node, NAME_BODY, depth - 1) &&
               ast_give_list(self, node, NAME_ORELSE) && ast_done(self, parent, field);
    }
    struct object *node = ast_node(self, AST_FUNCTION);
    return node != NULL && ast_set(self, node, NAME_NAME, ast_identifier(self)) &&
           ast_give_list(self, node, NAME_ARGS) && ast_name_node(self, node, NAME_ARGS) &&
           ast_block(self, node, NAME_BODY, depth - 1) && ast_done(self, parent, field);
}

static bool ast_block(struct ast *self, struct object *parent, enum ast_name field, uint64_t depth)
{
    bool ok = ast_give_list(self, parent, field);
    for (uint64_t i = 1 + job_below(self->job, 6); i > 0 && ok && self->left > 0; i--) {
        ok = ast_statement(self, parent, field, depth);
    }
    return ok;
}

/* Visit as NodeVisitor.generic_visit: every field, every item of a list; not the parents. */
static void ast_visit(struct ast *self, struct object *node)
{
    struct object *name, *value;
    for (int64_t at = 0; dict_next(ast_dict(node), &at, &name, &value);) {
        if (list_is(value)) {
            for (int64_t i = 0; i < list_length(value); i++) {
                ast_visit(self, list_get(value, i));
            }
        } else if (int_is(value)) {
            job_fold(self->job, (uint64_t)int_value(value));
        } else if (str_is(value)) {
            job_fold(self->job, (uint64_t)str_length(value));
        } else if (value != self->load && value != self->add &&
                   name != job_name(self->job, NAME_PARENT)) {
            ast_visit(self, value);
        }
    }
}

/* One file: build, visit, and drop the oldest. */
static bool ast_file(struct ast *self, uint64_t nodes, double cyclic)
{
    struct job *job = self->job;
    size_t mark = job_mark(job);
    self->left = nodes;
    self->line = 1;
    self->parents = cyclic > 0 && job_chance(job, cyclic);
    struct object *module = ast_node(self, AST_MODULE);
    if (module == NULL || !ast_give_list(self, module, NAME_BODY)) {
        return false;
    }
    while (self->left > 0) {
        if (!ast_statement(self, module, NAME_BODY, AST_BLOCK_DEPTH)) {
            return false;
        }
    }
    ast_visit(self, module);
    uint64_t kept = (uint64_t)list_length(self->window);
    list_set(self->runtime, self->window, (int64_t)(job->outcome->operations % kept), module);
    job_release(job, mark);
    job_operation(job);
    return true;
}

static bool ast_setup(struct ast *self)
{
    struct job *job = self->job;
    for (int kind = 0; kind < AST_KINDS; kind++) {
        self->class[kind] =
            job_class(job, &(struct class_spec){.name = ast_class_names[kind], .slots = 1});
        if (self->class[kind] == NULL) {
            return false;
        }
    }
    if (!job_names(job, ast_names, AST_NAMES)) {
        return false;
    }
    self->load = job_root(job, instance_new(self->runtime, self->class[AST_LOAD]));
    self->add = self->load == NULL
                    ? NULL
                    : job_root(job, instance_new(self->runtime, self->class[AST_ADD]));
    self->identifiers =
        self->add == NULL ? NULL : job_root(job, tuple_new(self->runtime, AST_IDENTIFIERS));
    for (int64_t i = 0; i < AST_IDENTIFIERS && self->identifiers != NULL; i++) {
        struct object *text = job_text(job, (uint64_t)i, 3 + i % 12);
        if (text == NULL || !str_intern(self->runtime, &text)) {
            xdecref(self->runtime, text);
            return false;
        }
        tuple_init_take(self->identifiers, i, text);
    }
    return self->identifiers != NULL && job_setup_done(job);
}

static bool ast_body(struct job *job)
{
    struct ast self = {.job = job, .runtime = job->runtime};
    uint64_t files = job_count(job, "files", (struct job_scale){2, 20, 25});
    uint64_t nodes = job_count(job, "nodes", (struct job_scale){40, 10000, 100000});
    self.window = job_window(job, job_live_count(job, "kept", (struct job_scale){1, 4, 10}));
    if (self.window == NULL || !ast_setup(&self)) {
        return false;
    }
    for (uint64_t i = 0; i < files; i++) {
        if (!ast_file(&self, nodes, job_cyclic(job, 0))) {
            return false;
        }
    }
    return true;
}

JOB_RUN(ast_run, ast_body)

static const struct option ast_options[] = {
    {"files", OPTION_COUNT, NULL, 1, 10000000, NULL, "modules; by size 2 | 20 | 25"},
    {"nodes", OPTION_COUNT, NULL, 1, 100000000, NULL, "nodes of a module; by size 40 | 10k | 100k"},
    {"kept", OPTION_COUNT, NULL, 1, 1000000, NULL, "modules alive at once; by size 1 | 4 | 10"},
};

const struct workload workload_ast = {
    .name = "ast",
    .summary = "syntax trees of modules: build, visit, drop",
    .stands_for =
        "mypy, black, linters, ast.parse over a library: a burst of nodes for each file.\n"
        "Calibrated against the trees of 60 standard-library files on CPython 3.11:\n"
        "3.4 references per tracked object, 49 % of them to tracked ones.",
    .operation_unit = "file",
    .options = ast_options,
    .option_count = COUNT_OF(ast_options),
    .run = ast_run,
};
