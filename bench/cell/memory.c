/* Memory of a process as the kernel counts it; see memory.h and proc(5). */
#include "bench/cell/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *memory_map(size_t size)
{
    void *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

long memory_read_file(const char *path, char *buffer, size_t length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t at = 0;
    for (ssize_t n = 1; at + 1 < length && n > 0; at += n > 0 ? (size_t)n : 0) {
        n = read(fd, buffer + at, length - 1 - at);
    }
    buffer[at] = '\0';
    close(fd);
    return (long)at;
}

uint64_t memory_statm(int fd)
{
    char text[128];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0) {
        return 0;
    }
    text[n] = '\0';
    char *second;
    strtoull(text, &second, 10);
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t memory_rss(void)
{
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    uint64_t rss = memory_statm(fd);
    close(fd);
    return rss;
}

/* The number of kB behind `name` at a line start of text; 0 if it is not there. */
static uint64_t field_kb(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0) {
            return strtoull(line + length, NULL, 10) * 1024;
        }
        if (*line == '\0') {
            break;
        }
    }
    return 0;
}

uint64_t memory_peak(void)
{
    char text[4096];
    return memory_read_file("/proc/self/status", text, sizeof text) > 0 ? field_kb(text, "VmHWM:")
                                                                        : 0;
}

void memory_forget_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t ignored = write(fd, "5", 1); /* proc(5): resets VmHWM; 2 us */
        (void)ignored;
        close(fd);
    }
}

bool memory_rollup_of(pid_t pid, struct memory_rollup *out)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    if (memory_read_file(path, text, sizeof text) <= 0) {
        return false;
    }
    *out = (struct memory_rollup){
        .rss = field_kb(text, "Rss:"),
        .anonymous = field_kb(text, "Anonymous:"),
        .pss = field_kb(text, "Pss:"),
        .private_dirty = field_kb(text, "Private_Dirty:"),
        .shared = field_kb(text, "Shared_Clean:") + field_kb(text, "Shared_Dirty:"),
    };
    return true;
}

bool memory_rollup(struct memory_rollup *out)
{
    return memory_rollup_of(getpid(), out);
}

/* The counter that a mapping's pages go to, by the header line of smaps. */
static uint64_t *region_of(struct memory_regions *out, const char *permissions, const char *path)
{
    if (strcmp(path, "[heap]") == 0) {
        return &out->heap;
    }
    if (strncmp(path, "[stack", 6) == 0) {
        return &out->stack;
    }
    if (path[0] == '\0' || strncmp(path, "[anon", 5) == 0) {
        return &out->mmap;
    }
    if (path[0] == '/') {
        return permissions[2] == 'x'   ? &out->text
               : permissions[1] == 'w' ? &out->data
                                       : &out->other;
    }
    return &out->other;
}

static void region_line(struct memory_regions *out, const char *line, uint64_t **current)
{
    char permissions[8], path[64] = "";
    unsigned long long from, to;
    if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %63s", &from, &to, permissions, path) >= 3) {
        *current = region_of(out, permissions, path);
    } else if (*current != NULL && strncmp(line, "Rss:", 4) == 0) {
        **current += strtoull(line + 4, NULL, 10) * 1024;
    }
}

bool memory_regions(struct memory_regions *out)
{
    *out = (struct memory_regions){0};
    int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    char text[16384];
    size_t kept = 0;
    uint64_t *current = NULL;
    for (ssize_t n; (n = read(fd, text + kept, sizeof text - 1 - kept)) > 0;) {
        kept += (size_t)n;
        text[kept] = '\0';
        char *line = text;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            region_line(out, line, &current);
        }
        kept = strlen(line);
        memmove(text, line, kept);
    }
    close(fd);
    return true;
}
