/* The options that choose cells; see matrix_options.h. */
#include "bench/command/matrix_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cell/environ.h"

struct matrix matrix_of_arguments(const struct arguments *arguments)
{
    return (struct matrix){
        .allocator = arguments_text(arguments, "allocator"),
        .raw = arguments_text(arguments, "raw"),
        .collector = arguments_text(arguments, "collector"),
        .threshold = arguments_text(arguments, "threshold"),
        .workload = arguments_text(arguments, "workload"),
        .program = arguments_text(arguments, "program"),
        .seed = arguments_text(arguments, "seed"),
        .rate = arguments_text(arguments, "rate"),
        .plugin = arguments_text(arguments, "plugin"),
    };
}

bool matrix_given(const struct matrix *matrix)
{
    return matrix->allocator != NULL || matrix->raw != NULL || matrix->collector != NULL ||
           matrix->threshold != NULL || matrix->workload != NULL || matrix->program != NULL ||
           matrix->seed != NULL || matrix->rate != NULL || matrix->plugin != NULL;
}

/* The name of the allocator in a shared object, asked of a child: loading it runs foreign code,
 * which may crash or hang. */
static bool ask_plugin_name(const char *path, char *name, size_t length, struct error *error)
{
    struct environment none = {0};
    static const struct process_limits limits = {.time_ns = UINT64_C(10000000000)};
    char program[] = "/proc/self/exe", child[] = "child", describe[] = "--describe";
    char copy[CELL_PATH_MAX], output[16384];
    char *argv[] = {program, child, describe, copy, NULL};
    struct environ_block *environ_block = calloc(1, sizeof *environ_block);
    struct process_result *result = calloc(1, sizeof *result);
    bool ok = environ_block != NULL && result != NULL && environ_build(&none, 0, environ_block);
    if (strlen(path) >= sizeof copy) {
        ok = error_set(error, "plugin: the path is longer than %d bytes", CELL_PATH_MAX - 1);
    }
    snprintf(copy, sizeof copy, "%s", path);
    if (ok) {
        struct process process = {argv, environ_block->entry, limits, output, sizeof output};
        ok = process_run(&process, result, error);
    }
    if (ok && (result->end != PROCESS_EXITED || result->status != 0)) {
        ok = error_set(error, "plugin %.120s: %s%.300s", path,
                       result->end == PROCESS_TIMEOUT    ? "loading it took more than 10 s "
                       : result->end == PROCESS_SIGNALED ? "loading it crashed "
                                                         : "",
                       result->errors);
    }
    if (ok) {
        snprintf(name, length, "%.*s", (int)strcspn(output, "\t\n"), output);
    }
    free(environ_block);
    free(result);
    return ok;
}

bool matrix_add(struct plan *plan, const struct matrix *matrix, struct error *error)
{
    struct matrix full = *matrix;
    char name[SPEC_NAME_LENGTH];
    if (matrix->workload == NULL && matrix->program == NULL) {
        return error_set(error, "a plan, or --workload or --program, is wanted");
    }
    if (matrix->plugin != NULL && matrix->allocator == NULL) {
        if (!ask_plugin_name(matrix->plugin, name, sizeof name, error)) {
            return false;
        }
        full.allocator = name;
    }
    return plan_add_matrix(plan, &full, error);
}
