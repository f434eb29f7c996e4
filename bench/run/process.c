/* A program in a process group of its own; see process.h. */
#include "bench/run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/cell/memory.h"

enum {
    SAMPLE_NS = 2000000,         /* one statm read is 1.3 us: less than 0.1 % of a core */
    WAKE_LONGEST_MS = 10,        /* between looks at limits, whatever the sample interval */
    MEMBERS_EVERY_NS = 20000000, /* looking for forked workers takes a directory read */
    MEMBERS_MAX = 64,
};

/* One process that is watched. */
struct member {
    pid_t pid;
    int statm;
};

struct watch {
    const struct process *process;
    struct process_result *out;
    pid_t pid;
    int stdout_fd, stderr_fd;
    uint64_t start_ns, next_sample_ns, interval_ns, next_members_ns;
    size_t member_count;
    struct member member[MEMBERS_MAX];
};

static void add_member(struct watch *self, pid_t pid)
{
    char path[64];
    for (size_t i = 0; i < self->member_count; i++) {
        if (self->member[i].pid == pid) {
            return;
        }
    }
    if (self->member_count == MEMBERS_MAX) {
        return;
    }
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        self->member[self->member_count++] = (struct member){pid, fd};
    }
}

/* Children of the known members, and so, call by call, of those. */
static void find_members(struct watch *self)
{
    size_t known = self->member_count;
    for (size_t i = 0; i < known; i++) {
        char path[96], text[4096];
        int pid = self->member[i].pid;
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
        if (memory_read_file(path, text, sizeof text) <= 0) {
            continue;
        }
        char *end = text;
        for (long child; (child = strtol(end, &end, 10)) > 0;) {
            add_member(self, (pid_t)child);
        }
    }
}

static uint64_t group_rss(const struct watch *self)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < self->member_count; i++) {
        sum += memory_statm(self->member[i].statm);
    }
    return sum;
}

static void keep_sample(struct watch *self, uint64_t at_ns, uint64_t rss)
{
    struct process_result *out = self->out;
    if (out->sample_count == PROCESS_SAMPLES) {
        for (size_t i = 0; i < PROCESS_SAMPLES / 2; i++) {
            out->sample[i] = out->sample[2 * i];
        }
        out->sample_count = PROCESS_SAMPLES / 2;
        self->interval_ns *= 2;
    }
    out->sample[out->sample_count++] = (struct process_sample){at_ns, rss};
}

/* Sample if it is time; false when a limit is passed. */
static bool within_limits(struct watch *self)
{
    const struct process_limits *limits = &self->process->limits;
    uint64_t now_ns = clock_now_ns(), at_ns = now_ns - self->start_ns;
    if (limits->time_ns != 0 && at_ns > limits->time_ns) {
        self->out->end = PROCESS_TIMEOUT;
        return false;
    }
    if (now_ns >= self->next_members_ns) {
        find_members(self);
        self->next_members_ns = now_ns + MEMBERS_EVERY_NS;
    }
    if (now_ns < self->next_sample_ns) {
        return true;
    }
    uint64_t rss = group_rss(self);
    if (rss > 0) {
        keep_sample(self, at_ns, rss);
    }
    self->next_sample_ns = now_ns + self->interval_ns;
    self->out->rss_peak = rss > self->out->rss_peak ? rss : self->out->rss_peak;
    if (limits->rss_bytes != 0 && rss > limits->rss_bytes) {
        self->out->end = PROCESS_MEMORY;
        return false;
    }
    return true;
}

static void take_output(struct watch *self, const char *bytes, size_t n)
{
    struct process_result *out = self->out;
    size_t left = self->process->output_size - 1 - out->output_length;
    if (n > left) {
        n = left;
        out->output_cut = true;
    }
    memcpy(self->process->output + out->output_length, bytes, n);
    out->output_length += n;
    self->process->output[out->output_length] = '\0';
}

/* Keep the end: the last words of a crash are what matters. */
static void take_errors(struct watch *self, const char *bytes, size_t n)
{
    char *tail = self->out->errors;
    size_t used = strlen(tail), room = sizeof self->out->errors - 1;
    if (n > room) {
        bytes += n - room;
        n = room;
    }
    size_t drop = used + n > room ? used + n - room : 0;
    memmove(tail, tail + drop, used - drop);
    memcpy(tail + used - drop, bytes, n);
    tail[used - drop + n] = '\0';
}

/* Read what is there; false at the end of the stream. */
static bool drain(struct watch *self, int fd)
{
    char bytes[8192];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        if (n == 0) {
            return false;
        }
        if (fd == self->stdout_fd) {
            take_output(self, bytes, (size_t)n);
        } else {
            for (ssize_t i = 0; i < n; i++) {
                bytes[i] = bytes[i] == '\0' ? ' ' : bytes[i];
            }
            take_errors(self, bytes, (size_t)n);
        }
    }
}

/* Whether it has ended; it stays unreaped, so that its group's number is not given away. */
static bool has_ended(const struct watch *self)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == self->pid;
}

static void watch_until_end(struct watch *self)
{
    struct pollfd fds[2] = {{self->stdout_fd, POLLIN, 0}, {self->stderr_fd, POLLIN, 0}};
    while (!has_ended(self)) {
        if (!within_limits(self)) {
            return;
        }
        uint64_t wake_ms = self->interval_ns / 1000000;
        poll(fds, 2, (int)(wake_ms < WAKE_LONGEST_MS ? wake_ms : WAKE_LONGEST_MS));
        for (int i = 0; i < 2; i++) {
            if (fds[i].revents != 0 && !drain(self, fds[i].fd)) {
                fds[i].fd = -1; /* poll skips it */
            }
        }
    }
}

/* In the child, between fork and exec. */
static void become(const struct process *process, const int out[2], const int errors[2],
                   pid_t parent)
{
    int null = open("/dev/null", O_RDONLY);
    struct rlimit no_core = {0, 0};
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(127);
    }
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGPIPE, SIG_DFL);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0 &&
        dup2(errors[1], STDERR_FILENO) >= 0) {
        execve(process->argv[0], process->argv, process->environment);
    }
    dprintf(STDERR_FILENO, "%s: %s\n", process->argv[0], strerror(errno));
    _exit(127);
}

static bool start(const struct process *process, struct watch *self, struct error *error)
{
    int out[2], errors[2];
    if (pipe2(out, O_CLOEXEC) != 0) {
        return error_set(error, "pipe: %s", strerror(errno));
    }
    if (pipe2(errors, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return error_set(error, "pipe: %s", strerror(errno));
    }
    pid_t parent = getpid();
    self->pid = fork();
    if (self->pid == 0) {
        become(process, out, errors, parent);
    }
    int why = errno;
    close(out[1]);
    close(errors[1]);
    self->stdout_fd = out[0];
    self->stderr_fd = errors[0];
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    if (self->pid < 0) {
        close(out[0]);
        close(errors[0]);
        return error_set(error, "fork: %s", strerror(why));
    }
    setpgid(self->pid, self->pid); /* whoever is first */
    return true;
}

static void finish(struct watch *self)
{
    int status = 0;
    kill(-self->pid, SIGKILL);
    kill(self->pid, SIGKILL); /* it may not have got its group yet */
    while (waitpid(self->pid, &status, 0) < 0 && errno == EINTR) {
    }
    self->out->elapsed_ns = clock_now_ns() - self->start_ns;
    if (self->out->end == PROCESS_EXITED && WIFSIGNALED(status)) {
        self->out->end = PROCESS_SIGNALED;
    }
    self->out->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    drain(self, self->stdout_fd);
    drain(self, self->stderr_fd);
    close(self->stdout_fd);
    close(self->stderr_fd);
    for (size_t i = 0; i < self->member_count; i++) {
        close(self->member[i].statm);
    }
}

bool process_run(const struct process *process, struct process_result *out, struct error *error)
{
    struct watch watch = {.process = process, .out = out, .interval_ns = SAMPLE_NS};
    memset(out, 0, sizeof *out);
    process->output[0] = '\0';
    out->started_unix_ms = clock_read_ns(CLOCK_REALTIME) / 1000000;
    watch.start_ns = clock_now_ns();
    watch.next_members_ns = watch.start_ns + MEMBERS_EVERY_NS;
    if (!start(process, &watch, error)) {
        return false;
    }
    add_member(&watch, watch.pid);
    watch_until_end(&watch);
    finish(&watch);
    return true;
}
