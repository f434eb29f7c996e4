/* libFuzzer target: any bytes are read as a scenario. What is of good form must print, read again
 * and print the same; what is not must give a line and a reason. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "workloads/scenario/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void read_back(const struct scenario_program *program, const struct scenario_op *op)
{
    char line[2 * SCENARIO_LINE_MAX];
    char again[2 * SCENARIO_LINE_MAX];
    struct scenario_program one;
    struct scenario_error error;
    size_t length = scenario_print(program, op, line, sizeof line);
    CHECK(length < sizeof line);
    scenario_init(&one);
    bool ok = scenario_parse(&one, line, length, &error);
    CHECK(ok && one.op_count == 1);
    scenario_print(&one, &one.op[0], again, sizeof again);
    CHECK(strcmp(line, again) == 0);
    scenario_free(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct scenario_program program;
    struct scenario_error error = {.line = 0};
    scenario_init(&program);
    if (scenario_parse(&program, (const char *)bytes, count, &error)) {
        for (size_t i = 0; i < program.op_count; i++) {
            if (program.op[i].verb != VERB_REPEAT && program.op[i].verb != VERB_END) {
                read_back(&program, &program.op[i]);
            }
        }
    } else {
        CHECK(error.line > 0 && error.error.text[0] != '\0');
    }
    scenario_free(&program);
    return 0;
}
