/* Snapshots of any kind read and, if that works, loaded, collected and let go: for the test and the
 * fuzz target. */
#ifndef HEAPDYNO_TESTS_SNAPSHOT_STAND_H
#define HEAPDYNO_TESTS_SNAPSHOT_STAND_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/workload_stand.h"
#include "workloads/snapshot.h"
#include "workloads/snapshot_encode.h"

enum { STAND_BYTES_MAX = 1 << 20 }; /* larger heaps are read and not loaded */

static inline uint64_t snapshot_heap_bytes(const struct snapshot_file *file)
{
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < file->head.objects; i++) {
        bytes += file->object[i].bytes + 8 * (uint64_t)file->object[i].count +
                 file->type[file->object[i].type].basic_bytes % STAND_BYTES_MAX;
        if (file->type[file->object[i].type].basic_bytes > STAND_BYTES_MAX) {
            return UINT64_MAX;
        }
    }
    return bytes;
}

/* Load bytes[length] through a file of memory. */
static inline struct stand_result load_snapshot(const uint8_t *bytes, size_t length)
{
    char options[64];
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    snprintf(options, sizeof options, "size=tiny,file=/proc/self/fd/%d", fd);
    struct stand_cell cell = {"pymalloc", false, "cp311", workload_find("heap"), options, 1,
                              {0},        NULL,  NULL};
    struct stand_result result;
    CHECK(stand_run(&cell, &result) && result.opened);
    close(fd);
    return result;
}

/* False with the reason when it is refused; CHECKs everything else. */
static inline bool try_snapshot(const uint8_t *bytes, size_t length, struct error *error)
{
    struct snapshot_file file;
    error->text[0] = '\0';
    if (!snapshot_file_read(&file, bytes, length, "F", error)) {
        CHECK(strncmp(error->text, "F: ", 3) == 0);
        return false;
    }
    if (snapshot_heap_bytes(&file) <= STAND_BYTES_MAX) {
        struct stand_result result = load_snapshot(bytes, length);
        CHECK(result.outcome.ok || result.outcome.error.text[0] != '\0');
        if (result.check != NULL || result.alive != 0 || result.live_blocks != 0) {
            fprintf(stderr, "left: %s, %llu tracked, %llu blocks\n",
                    result.check != NULL ? result.check : "sound", (unsigned long long)result.alive,
                    (unsigned long long)result.live_blocks);
        }
        CHECK(result.check == NULL && result.alive == 0 && result.live_blocks == 0);
    }
    snapshot_file_close(&file);
    return true;
}

#endif
