/* Finding what belongs to the program; see beside.h. Linux only: /proc/self/exe. */
#include "base/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BESIDE_PATH = 4096, BESIDE_FOLDERS = 6 };

static bool try_folder(const char *folder, const char *place, const char *file, char *path,
                       size_t length)
{
    int wrote = snprintf(path, length, "%s/%s/%s", folder, place, file);
    return wrote > 0 && (size_t)wrote < length && access(path, R_OK) == 0;
}

bool beside_find(const char *variable, const char *const *places, const char *file, char *path,
                 size_t length)
{
    const char *given = getenv(variable);
    if (given != NULL) {
        return try_folder(given, ".", file, path, length);
    }
    char folder[BESIDE_PATH];
    ssize_t got = readlink("/proc/self/exe", folder, sizeof folder - 1);
    folder[got > 0 ? got : 0] = '\0';
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
