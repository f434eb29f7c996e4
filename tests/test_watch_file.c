/* The reader of a watched process's file: whatever stands in it, what is read makes sense or is
 * refused with a reason. The file is what a process of the user's wrote, perhaps while it died. */
#include "bench/watch/watch_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "tests/watch_stand.h"

struct stand {
    char path[64];
    int fd;
    uint64_t *words;
    struct watch_file file;
    struct error error;
};

static void fill(struct stand *self)
{
    assert_int_equal(ftruncate(self->fd, 0), 0);
    assert_int_equal(ftruncate(self->fd, WATCH_BYTES), 0);
    watch_template(self->words);
}

static int setup(void **state)
{
    struct stand *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    snprintf(self->path, sizeof self->path, "/tmp/watch-file-XXXXXX");
    self->fd = mkstemp(self->path);
    assert_true(self->fd >= 0);
    self->words = mmap(NULL, WATCH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
    assert_ptr_not_equal(self->words, MAP_FAILED);
    fill(self);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    struct stand *self = *state;
    munmap(self->words, WATCH_BYTES);
    close(self->fd);
    unlink(self->path);
    free(self);
    return 0;
}

static void test_whole_file(void **state)
{
    struct stand *self = *state;
    assert_true(watch_file_read(self->path, &self->file, &self->error));
    const struct watch_file *file = &self->file;
    assert_int_equal(file->pid, 42);
    assert_string_equal(file->version, "3.12.1");
    assert_string_equal(file->python_malloc, "malloc");
    assert_string_equal(file->name, "app.py");
    assert_string_equal(file->command, "python app.py");
    assert_int_equal(file->pause_count, 2);
    assert_int_equal(file->pause[0].length_ns, 100);
    assert_int_equal(file->sample[0].rss_bytes, 4096);
    const struct histogram *pauses = &file->generation[0].pause_ns;
    assert_int_equal(pauses->count, 2);
    assert_in_range(histogram_quantile(pauses, 500), 96, 100);
}

static void refused(struct stand *self, size_t word, uint64_t value, const char *why)
{
    fill(self);
    self->words[word] = value;
    assert_false(watch_file_read(self->path, &self->file, &self->error));
    assert_non_null(strstr(self->error.text, why));
}

static void test_refused(void **state)
{
    struct stand *self = *state;
    refused(self, WORD_MAGIC, 7, "no file of heapdyno_watch");
    refused(self, WORD_VERSION, 2, "version 2");
    refused(self, WORD_STATE, 9, "state is 9");
    refused(self, WORD_PAUSES, WATCH_PAUSES_MAX + 1, "more than it holds");
    refused(self, WORD_SAMPLES, UINT64_MAX, "more than it holds");
    refused(self, WORD_GENERATION0, 900, "900 collections");
    refused(self, WORD_PAUSE + 2, 3, "generation 3");
    fill(self);
    assert_int_equal(ftruncate(self->fd, WATCH_BYTES - 1), 0);
    assert_false(watch_file_read(self->path, &self->file, &self->error));
    assert_false(watch_file_read("/dev/null", &self->file, &self->error));
    assert_false(watch_file_read("/", &self->file, &self->error));
    assert_int_equal(watch_file_pid("/dev/null"), 0);
}

/* A few words or bytes at random, among those that mean something. */
static void test_altered(void **state)
{
    struct stand *self = *state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    struct rng rng;
    rng_seed(&rng, seed);
    printf("SEED=%llu\n", (unsigned long long)seed);
    size_t read = 0;
    for (int i = 0; i < 5000; i++) {
        if (i % 8 == 0) {
            fill(self);
        }
        size_t word = rng_below(&rng, 4) > 0 ? rng_below(&rng, WORD_SAMPLE)
                                             : WORD_PAUSE + rng_below(&rng, 12);
        self->words[word] = rng_next(&rng) >> rng_below(&rng, 64);
        bool ok = watch_file_read(self->path, &self->file, &self->error);
        read += ok;
        for (size_t p = 0; ok && p < self->file.pause_count; p++) {
            assert_in_range(self->file.pause[p].generation, 0, 2);
        }
        assert_true(!ok || strlen(self->file.name) < sizeof self->file.name);
    }
    assert_in_range(read, 100, 4900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_altered, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
