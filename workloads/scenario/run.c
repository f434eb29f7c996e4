/* Files in, messages out: see run.h. */
#include "workloads/scenario/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All bytes of a stream, in memory that the caller frees; NULL with errno. */
static char *read_all(FILE *stream, size_t *length)
{
    char *text = NULL;
    size_t capacity = 0;
    *length = 0;
    do {
        if (*length == capacity) {
            capacity = capacity == 0 ? 1 << 16 : capacity * 2;
            char *larger = realloc(text, capacity);
            if (larger == NULL) {
                free(text);
                return NULL;
            }
            text = larger;
        }
        *length += fread(text + *length, 1, capacity - *length, stream);
    } while (!feof(stream) && !ferror(stream));
    if (ferror(stream)) {
        free(text);
        return NULL;
    }
    return text;
}

static char *read_file(const char *path, size_t *length)
{
    if (strcmp(path, "-") == 0) {
        return read_all(stdin, length);
    }
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return NULL;
    }
    char *text = read_all(stream, length);
    int why = errno;
    fclose(stream);
    errno = why;
    return text;
}

static int say(const char *path, const struct scenario_error *error)
{
    if (error->line == 0) {
        fprintf(stderr, "%s: %s\n", path, error->error.text);
        return SCENARIO_EXIT_FAILED;
    }
    fprintf(stderr, "%s:%u: %s\n", path, error->line, error->error.text);
    return SCENARIO_EXIT_USAGE;
}

int scenario_load(const char *path, struct scenario_program *out)
{
    size_t length;
    char *text = read_file(path, &length);
    if (text == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return SCENARIO_EXIT_USAGE;
    }
    struct scenario_error error;
    bool ok = scenario_parse(out, text, length, &error);
    free(text);
    return ok ? SCENARIO_EXIT_OK : say(path, &error);
}

int scenario_execute(struct scenario_machine *machine, const char *path)
{
    struct scenario_error error;
    enum scenario_result result = machine_run(machine, &error);
    fflush(machine->out);
    if (result == SCENARIO_OK) {
        return SCENARIO_EXIT_OK;
    }
    say(path, &error);
    return result == SCENARIO_NO_MEMORY ? SCENARIO_EXIT_FAILED : SCENARIO_EXIT_USAGE;
}
