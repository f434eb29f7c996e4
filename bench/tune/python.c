/* Versions of Python; see python.h. */
#include "bench/tune/python.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

/* From 3.12 on a collection is requested by an allocation and runs at the next safe point. */
static const struct python pythons[] = {
    {"3.8", "Python 3.8", "cp311", {700, 10, 10}, false},
    {"3.9", "Python 3.9", "cp311", {700, 10, 10}, false},
    {"3.10", "Python 3.10", "cp311", {700, 10, 10}, false},
    {"3.11", "Python 3.11", "cp311", {700, 10, 10}, false},
    {"3.12", "Python 3.12", "cp313:version=3.12", {700, 10, 10}, false},
    {"3.13", "Python 3.13", "cp313:version=3.13", {2000, 10, 10}, true},
    {"3.14", "Python 3.14.5 and later", "cp313:version=3.13", {2000, 10, 10}, true},
    {"3.15", "Python 3.15", "cp313:version=3.13", {2000, 10, 10}, true},
};

static bool is_incremental(const char *name)
{
    return strncmp(name, "3.14.", 5) == 0 && name[5] >= '0' && name[5] <= '4' && name[6] == '\0';
}

const struct python *python_find(const char *name, struct error *error)
{
    char known[96] = "";
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(pythons); i++) {
        if (strcmp(pythons[i].name, name) == 0) {
            return &pythons[i];
        }
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i == 0 ? "" : ", ",
                               pythons[i].name);
    }
    if (is_incremental(name)) {
        error_set(error,
                  "python %s: 3.14.0 to 3.14.4 have an incremental collector, which is not "
                  "here; 3.14 stands for 3.14.5 and later",
                  name);
    } else if (name[0] != '\0' && name[strlen(name) - 1] == 't') {
        error_set(error,
                  "python %.20s: the free-threaded builds have a collector of their own, "
                  "which is not here; there are %s",
                  name, known);
    } else {
        error_set(error, "python %.20s: there are %s", name, known);
    }
    return NULL;
}
