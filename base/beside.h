/* Finding a file that belongs to the program, wherever the program was built or installed: in the
 * folder that an environment variable names, or beside the program and in the folders above it. */
#ifndef HEAPDYNO_BASE_BESIDE_H
#define HEAPDYNO_BASE_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

/* Write the path of `file` to path[length].
 *   variable  environment variable that names the folder; where it is set nothing else is tried
 *   places    folders below the program's own and the five above it, ended by NULL
 * False when no place has a readable `file`. */
bool beside_find(const char *variable, const char *const *places, const char *file, char *path,
                 size_t length);

#endif
