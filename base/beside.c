/* Finding what belongs to the program; see beside.h. Linux only: /proc/self/exe, and where there is no
 * /proc the path by which the program was started. */
#include "base/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { BESIDE_PATH = 4096, BESIDE_FOLDERS = 6 };

static bool try_folder(const char *folder, const char *place, const char *file, char *path,
                       size_t length)
{
    int wrote = snprintf(path, length, "%s/%s/%s", folder, place, file);
    return wrote > 0 && (size_t)wrote < length && access(path, R_OK) == 0;
}

/* The path of the program, all links followed; "" where it cannot be known. */
static void find_program(char path[BESIDE_PATH])
{
    ssize_t got = readlink("/proc/self/exe", path, BESIDE_PATH - 1);
    path[got > 0 ? got : 0] = '\0';
    const char *started = (const char *)getauxval(AT_EXECFN);
    char *real = got <= 0 && started != NULL ? realpath(started, NULL) : NULL;
    if (real != NULL && strlen(real) < BESIDE_PATH) {
        memcpy(path, real, strlen(real) + 1);
    }
    free(real);
}

bool beside_find(const char *variable, const char *const *places, const char *file, char *path,
                 size_t length)
{
    const char *given = getenv(variable);
    if (given != NULL) {
        return try_folder(given, ".", file, path, length);
    }
    char folder[BESIDE_PATH];
    find_program(folder);
    for (int i = 0; i < BESIDE_FOLDERS; i++) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL) {
            return false;
        }
        *slash = '\0';
        for (size_t k = 0; places[k] != NULL; k++) {
            if (try_folder(folder, places[k], file, path, length)) {
                return true;
            }
        }
    }
    return false;
}
