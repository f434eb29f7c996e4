/* What the kernel says of the process of a cell, from the start of its load to the end. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/cell/child.h"
#include "bench/cell/memory.h"

static uint64_t timeval_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_usec * 1000;
}

static uint64_t read_wait_ns(void)
{
    char text[128], *second;
    if (memory_read_file("/proc/self/schedstat", text, sizeof text) <= 0) {
        return 0;
    }
    strtoull(text, &second, 10);
    return strtoull(second, NULL, 10);
}

static uint64_t read_migrations(void)
{
    char text[8192];
    if (memory_read_file("/proc/self/sched", text, sizeof text) <= 0) {
        return 0;
    }
    const char *line = strstr(text, "nr_migrations"), *colon = line ? strchr(line, ':') : NULL;
    return colon != NULL ? strtoull(colon + 1, NULL, 10) : 0;
}

static uint64_t cpu_ns(const struct rusage *usage)
{
    return timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime);
}

void child_usage_begin(struct child *self)
{
    struct child_usage *usage = &self->usage;
    usage->migrations = read_migrations();
    getrusage(RUSAGE_CHILDREN, &usage->children);
    getrusage(RUSAGE_SELF, &usage->own);
    usage->start_ns = clock_now_ns(); /* the readings of wait_ns lie inside: it is a part */
    usage->wait_ns = read_wait_ns();
}

void child_usage_end(struct child *self)
{
    const struct child_usage *before = &self->usage;
    struct rusage after, children;
    self->wait_ns = read_wait_ns() - before->wait_ns;
    self->wall_ns = clock_now_ns() - before->start_ns;
    getrusage(RUSAGE_SELF, &after);
    getrusage(RUSAGE_CHILDREN, &children);
    self->migrations = read_migrations() - before->migrations;
    self->user_ns = timeval_ns(after.ru_utime) - timeval_ns(before->own.ru_utime);
    self->system_ns = timeval_ns(after.ru_stime) - timeval_ns(before->own.ru_stime);
    self->children_cpu_ns = cpu_ns(&children) - cpu_ns(&before->children);
    self->faults_minor = (uint64_t)(after.ru_minflt - before->own.ru_minflt);
    self->faults_major = (uint64_t)(after.ru_majflt - before->own.ru_majflt);
    self->switches_involuntary = (uint64_t)(after.ru_nivcsw - before->own.ru_nivcsw);
}
