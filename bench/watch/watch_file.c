/* Reading the file of a watched process; see watch_file.h. */
#include "bench/watch/watch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

/* Words of the file; heapdyno_watch.py has the same names. */
enum {
    W_MAGIC,
    W_VERSION,
    W_PID,
    W_PARENT,
    W_STARTED_UNIX_NS,
    W_NOW_NS,
    W_STOP,
    W_STATE,
    W_PAUSES,
    W_SAMPLES,
    W_OWN_NS,
    W_UNWATCHED_FORKS,
    W_THRESHOLD0,
    W_ENABLED = W_THRESHOLD0 + 3,
    W_FROZEN,
    W_THRESHOLD_CHANGES,
    W_MISSED,
    W_CPU_NS,
    W_TRACKED,
    W_TRACKED_PEAK, /* then those of enum watch_word */
    W_IDLE = 29,
    W_TRACKED_AT = 31,
    W_GENERATION = 32,
    GENERATION_WORDS = 8,
    W_TEXT = 64,
    TEXT_BYTES = 2048,
    W_BUCKETS = W_TEXT + TEXT_BYTES / 8,
    SUB_BUCKETS = 16,
    BUCKETS = 64 * SUB_BUCKETS,
    W_SAMPLE = W_BUCKETS + WATCH_GENERATIONS * BUCKETS,
    SAMPLE_WORDS = 10,
    W_PAUSE = W_SAMPLE + WATCH_SAMPLES_MAX * SAMPLE_WORDS,
    PAUSE_WORDS = 6,
    FILE_WORDS = W_PAUSE + WATCH_PAUSES_MAX * PAUSE_WORDS,
};

#define MAGIC UINT64_C(0x0A68637461776468) /* "hdwatch\n" */
enum { VERSION = 1 };

/* The middle of one of the writer's buckets, sixteen to each power of two. */
static uint64_t bucket_middle(size_t index)
{
    if (index < SUB_BUCKETS) {
        return index;
    }
    size_t shift = index / SUB_BUCKETS - 1;
    uint64_t low = (uint64_t)(SUB_BUCKETS + index % SUB_BUCKETS) << shift;
    return low + ((UINT64_C(1) << shift) - 1) / 2;
}

static bool read_generation(const uint64_t *words, size_t g, struct watch_generation *out,
                            struct error *error)
{
    const uint64_t *own = words + W_GENERATION + g * GENERATION_WORDS;
    const uint64_t *bucket = words + W_BUCKETS + g * BUCKETS;
    *out =
        (struct watch_generation){own[0], own[1], own[2], own[5], {.sum = own[3], .max = own[4]}};
    for (size_t i = 0; i < (60 - 3) * SUB_BUCKETS; i++) {
        out->pause_ns.count += bucket[i];
        out->pause_ns.bucket[histogram_index(bucket_middle(i))] += bucket[i];
    }
    /* A process that died while it wrote may be one ahead. */
    if (out->collections - out->pause_ns.count > 1 || out->empty > out->collections) {
        return error_set(error,
                         "generation %zu has %" PRIu64 " collections, %" PRIu64
                         " pauses and %" PRIu64 " empty ones",
                         g, out->collections, out->pause_ns.count, out->empty);
    }
    return true;
}

/* `count` places of `width` words that begin at word `at`; NULL: the file is shorter. */
static uint64_t *read_places(int fd, size_t at, size_t count, size_t width)
{
    size_t size = count * width * sizeof(uint64_t);
    uint64_t *words = malloc(size > 0 ? size : 1);
    CHECK(words != NULL);
    if (pread(fd, words, size, (off_t)(at * sizeof *words)) != (ssize_t)size) {
        free(words);
        return NULL;
    }
    return words;
}

static bool read_samples(int fd, struct watch_file *out)
{
    uint64_t *words = read_places(fd, W_SAMPLE, out->sample_count, SAMPLE_WORDS);
    for (size_t i = 0; words != NULL && i < out->sample_count; i++) {
        const uint64_t *own = words + i * SAMPLE_WORDS;
        out->sample[i] = (struct watch_sample){own[0], own[1], own[2], own[3]};
    }
    free(words);
    return words != NULL;
}

static bool read_pauses(int fd, struct watch_file *out, struct error *error)
{
    uint64_t *words = read_places(fd, W_PAUSE, out->pause_count, PAUSE_WORDS);
    bool ok = words != NULL || error_set(error, "it was cut while it was read");
    for (size_t i = 0; ok && i < out->pause_count; i++) {
        const uint64_t *own = words + i * PAUSE_WORDS;
        out->pause[i] = (struct watch_pause){own[0], own[1], own[2], own[3], own[4], own[5]};
        ok = own[2] < WATCH_GENERATIONS ||
             error_set(error, "pause %zu is of generation %" PRIu64, i, own[2]);
    }
    free(words);
    return ok;
}

static bool read_series(int fd, const uint64_t *words, struct watch_file *out, struct error *error)
{
    if (words[W_PAUSES] > WATCH_PAUSES_MAX || words[W_SAMPLES] > WATCH_SAMPLES_MAX) {
        return error_set(error, "%" PRIu64 " pauses and %" PRIu64 " samples are more than it holds",
                         words[W_PAUSES], words[W_SAMPLES]);
    }
    out->pause_count = words[W_PAUSES];
    out->sample_count = words[W_SAMPLES];
    return (read_samples(fd, out) || error_set(error, "it was cut while it was read")) &&
           read_pauses(fd, out, error);
}

/* The next line of the text, as much as fits; the rest of it is skipped. */
static const char *take_line(const char *text, char *out, size_t length)
{
    size_t n = strcspn(text, "\n");
    snprintf(out, length, "%.*s", (int)n, text);
    return text + n + (text[n] == '\n');
}

static void read_text(const uint64_t *words, struct watch_file *out)
{
    char text[TEXT_BYTES];
    memcpy(text, words + W_TEXT, sizeof text);
    text[TEXT_BYTES - 1] = '\0';
    const char *rest = take_line(text, out->version, sizeof out->version);
    rest = take_line(rest, out->build, sizeof out->build);
    rest = take_line(rest, out->python_malloc, sizeof out->python_malloc);
    rest = take_line(rest, out->preload, sizeof out->preload);
    rest = take_line(rest, out->name, sizeof out->name);
    take_line(rest, out->command, sizeof out->command);
}

static bool read_header(const uint64_t *words, struct watch_file *out, struct error *error)
{
    if (words[W_MAGIC] != MAGIC) {
        return error_set(error, "it is no file of heapdyno_watch, or its process had not begun");
    }
    if (words[W_VERSION] != VERSION) {
        return error_set(error, "it is of version %" PRIu64 "; this program reads version %d",
                         words[W_VERSION], VERSION);
    }
    if (words[W_STATE] < WATCH_RUNNING || words[W_STATE] > WATCH_LOST) {
        return error_set(error, "its state is %" PRIu64, words[W_STATE]);
    }
    out->pid = words[W_PID];
    out->parent = words[W_PARENT];
    out->started_unix_ns = words[W_STARTED_UNIX_NS];
    out->watched_ns = words[W_NOW_NS];
    out->cpu_ns = words[W_CPU_NS];
    out->state = (enum watch_state)words[W_STATE];
    out->own_ns = words[W_OWN_NS];
    out->forks_unwatched = words[W_UNWATCHED_FORKS];
    memcpy(out->threshold, words + W_THRESHOLD0, sizeof out->threshold);
    out->threshold_changes = words[W_THRESHOLD_CHANGES];
    out->enabled = words[W_ENABLED] != 0;
    out->frozen = words[W_FROZEN];
    out->tracked = words[W_TRACKED];
    out->tracked_peak = words[W_TRACKED_PEAK];
    out->tracked_at_ns = words[W_TRACKED_AT];
    out->missed = words[W_MISSED];
    out->idle = words[W_IDLE];
    read_text(words, out);
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        if (!read_generation(words, g, &out->generation[g], error)) {
            return false;
        }
    }
    return true;
}

bool watch_file_read_open(int fd, struct watch_file *out, struct error *error)
{
    uint64_t words[W_SAMPLE];
    struct stat status;
    size_t size = FILE_WORDS * sizeof *words;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || (uint64_t)status.st_size != size ||
        pread(fd, words, sizeof words, 0) != (ssize_t)sizeof words) {
        return error_set(error, "it has not the %zu bytes of a whole file", size);
    }
    memset(out, 0, offsetof(struct watch_file, sample));
    return read_header(words, out, error) && read_series(fd, words, out, error);
}

bool watch_file_read(const char *path, struct watch_file *out, struct error *error)
{
    struct error why;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    bool ok = watch_file_read_open(fd, out, &why);
    close(fd);
    return ok || error_set(error, "%s: %s", path, why.text);
}

uint64_t watch_file_pid(const char *path)
{
    uint64_t words[W_PID + 1] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return 0;
    }
    bool ours = pread(fd, words, sizeof words, 0) == sizeof words && words[W_MAGIC] == MAGIC;
    close(fd);
    return ours ? words[W_PID] : 0;
}

void watch_file_stop(const char *path)
{
    const uint64_t yes = 1;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0) {
        ssize_t written = pwrite(fd, &yes, sizeof yes, W_STOP * sizeof yes);
        (void)written; /* a process that cannot be asked goes on writing what nobody reads */
        close(fd);
    }
}
