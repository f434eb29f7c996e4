/* Starting the interpreter; see interpreter.h. */
#include "bench/cell/interpreter.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beside.h"

bool interpreter_find(char *path, size_t length, struct error *error)
{
    static const char *const places[] = {".", "lib/heapdyno", NULL};
    return beside_find("HEAPDYNO_PYTHON", places, "heapdyno-python", path, length) ||
           error_set(error, "heapdyno-python is not beside this program: `make python` builds it "
                            "where libpython3.11-dev is installed");
}

/* What the loader would say, before it says it to nobody. */
static bool has_library(struct error *error)
{
    return dlopen("libpython3.11.so.1.0", RTLD_LAZY) != NULL ||
           error_set(error, "%.200s: `make setup` installs libpython3.11-dev, then `make python`",
                     dlerror());
}

/* What the program starts in its turn cannot load a shared object's allocator by its name. */
static bool set_heap(const struct child *child, enum cell_heap heap, const char *variable)
{
    char text[SPEC_TEXT_MAX];
    if (child->plugin != NULL) {
        return unsetenv(variable) == 0;
    }
    return cell_print_heap(&child->cell.heap[heap], child->plugin, SPEC_CANONICAL, text,
                           sizeof text) &&
           setenv(variable, text, 1) == 0;
}

static bool set_environment(const struct child *child, const char *line, int fd, const char *raw)
{
    char number[16];
    snprintf(number, sizeof number, "%d", fd);
    bool ok = set_heap(child, CELL_OBJ, INTERPRETER_ALLOCATOR) &&
              (!child->cell.apart || set_heap(child, CELL_MEM, INTERPRETER_MEM)) &&
              setenv(INTERPRETER_CELL, line, 1) == 0 && setenv(INTERPRETER_RECORD, number, 1) == 0;
    if (child->counting) {
        ok = ok && setenv(INTERPRETER_COUNTS, "1", 1) == 0;
    }
    if (raw != NULL) {
        ok = ok && setenv(INTERPRETER_RAW, raw, 1) == 0;
    }
    return ok;
}

void interpreter_run(struct child *child, const char *line, int fd, const char *raw)
{
    struct error error;
    struct program_command command;
    char path[PATH_MAX];
    char *argv[PROGRAM_ARGUMENTS_MAX + 2] = {path};
    if (!interpreter_find(path, sizeof path, &error) || !has_library(&error)) {
        child_end(child, CHILD_SKIPPED, "%.390s", error.text);
        return;
    }
    if (!program_command(&child->cell.program, &command, &error)) {
        child_end(child, CHILD_FAILED, "%.390s", error.text);
        return;
    }
    memcpy(&argv[1], command.argument, (command.count + 1) * sizeof *argv);
    if (set_environment(child, line, fd, raw)) {
        fcntl(fd, F_SETFD, 0); /* the interpreter closes it to what it starts */
        execv(path, argv);
    }
    child_end(child, CHILD_FAILED, "%s: %s", path, strerror(errno));
}
