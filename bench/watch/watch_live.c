/* The processes of a watch while they run; see watch_live.h. */
#include "bench/watch/watch_live.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "bench/cell/memory.h"

enum { LIVE_MAX = 1024, ROLLUP_SHARE = 200 };
#define STEP_NS UINT64_C(1000000000)

/* Samples of any number of hours: when all places are taken every second one goes. */
struct series {
    size_t count, capacity;
    uint64_t step_ns, due_ns;
    struct watch_sample *sample;
};

struct process {
    char name[64]; /* of its file */
    pid_t pid;
    int statm;        /* of that very process; −1: it has ended, or there is no /proc */
    int pidfd;        /* instead of statm; −1: none */
    uint64_t from_ns; /* when it was found */
    uint64_t rollup_due_ns, pss_bytes, private_dirty_bytes;
    bool asked;      /* for what it held at a moment of somebody's choice */
    uint64_t cpu_ns; /* by then */
    struct series series;
};

struct watch_live {
    const char *folder;
    size_t count;
    struct process process[LIVE_MAX];
};

bool watch_folder_make(const char *run, const char *name, char *out, size_t length,
                       struct error *error)
{
    char here[PATH_MAX] = "";
    if (run[0] != '/' && getcwd(here, sizeof here) == NULL) {
        return error_set(error, "the working directory is gone");
    }
    int wrote = snprintf(out, length, "%s%s%s/%s", here, run[0] == '/' ? "" : "/", run, name);
    return (wrote > 0 && (size_t)wrote < length && mkdir(out, 0777) == 0 &&
            chmod(out, 01777) == 0) ||
           error_set(error, "%.200s: this folder cannot be made", out);
}

struct watch_live *watch_live_open(const char *folder)
{
    struct rlimit files; /* one descriptor a process */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    struct watch_live *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->folder = folder;
    return self;
}

static void release(struct process *self)
{
    if (self->statm >= 0) {
        close(self->statm);
    }
    if (self->pidfd >= 0) {
        close(self->pidfd);
    }
    self->statm = self->pidfd = -1;
}

static bool runs(const struct process *self)
{
    return self->statm >= 0 || self->pidfd >= 0;
}

void watch_live_close(struct watch_live *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->process[i].series.sample);
        release(&self->process[i]);
    }
    free(self);
}

static bool is_known(const struct watch_live *self, const char *name)
{
    for (size_t i = self->count; i-- > 0;) {
        if (strcmp(self->process[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add(struct watch_live *self, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", self->folder, name);
    uint64_t pid = watch_file_pid(path);
    if (pid == 0) {
        return; /* not ready: the next look finds it */
    }
    struct process *process = &self->process[self->count++];
    *process = (struct process){
        .pid = (pid_t)pid, .pidfd = -1, .from_ns = clock_now_ns(), .series.step_ns = STEP_NS};
    snprintf(process->name, sizeof process->name, "%s", name);
    snprintf(path, sizeof path, "/proc/%llu/statm", (unsigned long long)pid);
    process->statm = open(path, O_RDONLY | O_CLOEXEC);
    if (process->statm < 0) {
        process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    }
}

static void scan(struct watch_live *self)
{
    DIR *folder = opendir(self->folder);
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && self->count < LIVE_MAX;) {
        size_t length = strlen(entry->d_name);
        if (length > 6 && length < sizeof self->process[0].name &&
            strcmp(entry->d_name + length - 6, ".watch") == 0 && !is_known(self, entry->d_name)) {
            add(self, entry->d_name);
        }
    }
    closedir(folder);
}

static void read_rollup(struct process *self, uint64_t now_ns)
{
    struct memory_rollup rollup;
    if (memory_rollup_of(self->pid, &rollup)) {
        self->pss_bytes = rollup.pss;
        self->private_dirty_bytes = rollup.private_dirty;
    }
    uint64_t cost_ns = clock_now_ns() - now_ns;
    self->rollup_due_ns = now_ns + (cost_ns * ROLLUP_SHARE > STEP_NS ? cost_ns * ROLLUP_SHARE : 0);
}

static void append(struct series *self, struct watch_sample sample)
{
    if (self->count == WATCH_SAMPLES_MAX) {
        for (size_t i = 0; i < WATCH_SAMPLES_MAX / 2; i++) {
            self->sample[i] = self->sample[2 * i];
        }
        self->count = WATCH_SAMPLES_MAX / 2;
        self->step_ns *= 2;
    }
    if (self->count == self->capacity) {
        self->capacity = self->capacity > 0 ? self->capacity * 2 : 8;
        self->sample = reallocarray(self->sample, self->capacity, sizeof *self->sample);
        CHECK(self->sample != NULL);
    }
    self->sample[self->count++] = sample;
}

/* A process of which nothing but its end can be known. */
static void look_for_end(struct process *self)
{
    struct pollfd end = {.fd = self->pidfd, .events = POLLIN};
    if (poll(&end, 1, 0) > 0) {
        release(self);
    }
}

static void sample(struct process *self, uint64_t now_ns)
{
    uint64_t rss_bytes = memory_statm(self->statm);
    if (rss_bytes == 0) {
        release(self);
        return;
    }
    if (now_ns < self->series.due_ns || self->asked) {
        return;
    }
    if (now_ns >= self->rollup_due_ns) {
        read_rollup(self, now_ns);
    }
    append(&self->series, (struct watch_sample){now_ns - self->from_ns, rss_bytes, self->pss_bytes,
                                                self->private_dirty_bytes});
    self->series.due_ns = now_ns + self->series.step_ns;
}

void watch_live_step(struct watch_live *self)
{
    scan(self);
    uint64_t now_ns = clock_now_ns();
    for (size_t i = 0; i < self->count; i++) {
        if (self->process[i].statm >= 0) {
            sample(&self->process[i], now_ns);
        } else if (self->process[i].pidfd >= 0) {
            look_for_end(&self->process[i]);
        }
    }
}

static uint64_t cpu_ns_of(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    return clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &time) == 0
               ? (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec
               : 0;
}

void watch_live_memory(struct watch_live *self, struct watch_memory *out)
{
    *out = (struct watch_memory){0};
    for (size_t i = 0; i < self->count; i++) {
        self->process[i].rollup_due_ns = self->process[i].series.due_ns = 0;
        self->process[i].asked = false;
    }
    watch_live_step(self);
    for (size_t i = 0; i < self->count; i++) {
        const struct process *process = &self->process[i];
        if (process->statm >= 0) {
            self->process[i].asked = true;
            self->process[i].cpu_ns = cpu_ns_of(process->pid);
            out->processes++;
            out->rss_bytes += process->series.sample[process->series.count - 1].rss_bytes;
            out->pss_bytes += process->pss_bytes;
            out->private_dirty_bytes += process->private_dirty_bytes;
        }
    }
}

size_t watch_live_running(const struct watch_live *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        count += runs(&self->process[i]);
    }
    return count;
}

bool watch_live_ended(const struct watch_live *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->process[i].name, name) == 0) {
            return !runs(&self->process[i]);
        }
    }
    return false;
}

void watch_live_stop(struct watch_live *self)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/stopped", self->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) {
        close(fd);
    }
    scan(self);
    for (size_t i = 0; i < self->count; i++) {
        snprintf(path, sizeof path, "%s/%s", self->folder, self->process[i].name);
        watch_file_stop(path);
    }
}

/* Behind the first that the process took itself, before anybody could find it. */
static void copy_samples(const struct series *series, struct watch_file *out)
{
    size_t own = out->sample_count > 0 && series->count < WATCH_SAMPLES_MAX;
    if (series->count == 0) {
        return;
    }
    memcpy(out->sample + own, series->sample, series->count * sizeof *series->sample);
    out->sample_count = own + series->count;
    uint64_t last_ns = series->sample[series->count - 1].at_ns;
    out->watched_ns = last_ns > out->watched_ns ? last_ns : out->watched_ns;
}

/* Whether what was seen from outside says more than what the process wrote itself, which leaves the
 * count of its pages to us unless it is short. */
static bool tells_more(const struct series *series, const struct watch_file *file)
{
    return series->count > file->sample_count ||
           (series->count > 0 && file->sample_count > 0 &&
            series->sample[series->count - 1].pss_bytes > 0 &&
            file->sample[file->sample_count - 1].pss_bytes == 0);
}

void watch_live_samples(const struct watch_live *self, const char *name, struct watch_file *out)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct process *process = &self->process[i];
        if (strcmp(process->name, name) == 0) {
            out->cpu_ns = process->cpu_ns > out->cpu_ns ? process->cpu_ns : out->cpu_ns;
            if (process->asked || tells_more(&process->series, out)) {
                copy_samples(&process->series, out);
            }
        }
    }
}
