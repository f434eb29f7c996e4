/* Reading a lesson: the parts of a good page, what is wrong with a bad one, and pages damaged at
 * random, which must be refused or read but never crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/command/lesson.h"

static const char good[] = "# 7. A title\n\n**so, but not always**\n\nFirst text.\n\n"
                           "```python\nprint(1)\n```\n```output python\n1\n```\n"
                           "Between.\n\n```scenario --leaks\nlist x\nshow count\n```\n"
                           "```output\ncount 1 0 0\n```\nLast.\n";

struct shelf {
    char folder[32], path[64];
    struct lesson lesson;
    struct error error;
};

static int open_shelf(void **state)
{
    struct shelf *self = calloc(1, sizeof *self);
    snprintf(self->folder, sizeof self->folder, "/tmp/heapdyno-XXXXXX");
    if (mkdtemp(self->folder) == NULL) {
        return -1;
    }
    snprintf(self->path, sizeof self->path, "%s/07.md", self->folder);
    *state = self;
    return setenv("HEAPDYNO_LESSONS", self->folder, 1);
}

static int close_shelf(void **state)
{
    struct shelf *self = *state;
    unlink(self->path);
    rmdir(self->folder);
    free(self);
    return unsetenv("HEAPDYNO_LESSONS");
}

static bool load(struct shelf *self, const char *page, size_t length)
{
    FILE *file = fopen(self->path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(page, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return lesson_load(7, "en", &self->lesson, &self->error);
}

static void expect_part(const struct lesson *lesson, size_t at, enum lesson_kind kind,
                        const char *info, const char *text)
{
    assert_true(at < lesson->part_count);
    assert_int_equal(lesson->part[at].kind, kind);
    assert_string_equal(lesson->part[at].info, info);
    assert_string_equal(lesson->part[at].text, text);
}

static void reads_the_parts_of_a_page(void **state)
{
    struct shelf *self = *state;
    const struct lesson *lesson = &self->lesson;
    assert_true(load(self, good, sizeof good - 1));
    assert_string_equal(lesson->title, "A title");
    assert_string_equal(lesson->verdict, "so, but not always");
    assert_int_equal(lesson->part_count, 7);
    expect_part(lesson, 0, LESSON_TEXT, "", "\nFirst text.\n");
    expect_part(lesson, 1, LESSON_CODE, "python", "print(1)");
    expect_part(lesson, 2, LESSON_OUTPUT, "python", "1");
    expect_part(lesson, 3, LESSON_TEXT, "", "Between.\n");
    expect_part(lesson, 4, LESSON_SCENARIO, "--leaks", "list x\nshow count");
    expect_part(lesson, 5, LESSON_OUTPUT, "", "count 1 0 0");
    expect_part(lesson, 6, LESSON_TEXT, "", "Last.\n");
}

static void reads_empty_blocks(void **state)
{
    struct shelf *self = *state;
    const char page[] = "# 7. t\n**so**\n```cell\n```\n```output\n```\n";
    assert_true(load(self, page, sizeof page - 1));
    assert_int_equal(self->lesson.part_count, 2);
    expect_part(&self->lesson, 0, LESSON_CELL, "", "");
    expect_part(&self->lesson, 1, LESSON_OUTPUT, "", "");
}

static void a_block_may_follow_the_verdict_or_be_blank(void **state)
{
    struct shelf *self = *state;
    const char page[] = "# 7. t\n\n**so**\n\n```python\nx\n```\n```scenario\n\n```\nend";
    assert_true(load(self, page, sizeof page - 1));
    assert_int_equal(self->lesson.part_count, 4);
    expect_part(&self->lesson, 0, LESSON_TEXT, "", "");
    expect_part(&self->lesson, 1, LESSON_CODE, "python", "x");
    expect_part(&self->lesson, 2, LESSON_SCENARIO, "", "");
    expect_part(&self->lesson, 3, LESSON_TEXT, "", "end");
}

static void refuses_bad_pages(void **state)
{
    struct shelf *self = *state;
    static const struct {
        const char *page, *message;
    } bad[] = {
        {"", "does not start"},
        {"# 8. Another\n**so**\n", "does not start"},
        {"# 7. t\n", "no verdict"},
        {"# 7. t\n\n****\n", "no verdict"},
        {"# 7. t\n\n**so\n", "no verdict"},
        {"# 7. t\n**so**\n```scenario\nlist x\n", "not closed"},
        {"# 7. t\n**so**\n```scenario", "not closed"},
        {"# 7. t\n**so**\n```\n``\n", "not closed"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(load(self, bad[i].page, strlen(bad[i].page)));
        assert_non_null(strstr(self->error.text, bad[i].message));
    }
    assert_false(load(self, "# 7. t\n**so\0**\n", 15));
    assert_non_null(strstr(self->error.text, "NUL"));
}

static void refuses_what_is_too_much(void **state)
{
    struct shelf *self = *state;
    char *page = malloc(LESSON_LENGTH_MAX + 1);
    size_t at = (size_t)sprintf(page, "# 7. t\n**so**\n");
    for (int i = 0; i <= LESSON_PARTS_MAX; i++) {
        at += (size_t)sprintf(page + at, "```\n```\n");
    }
    assert_false(load(self, page, at));
    assert_non_null(strstr(self->error.text, "too many blocks"));
    memset(page + at, 'x', LESSON_LENGTH_MAX - at);
    assert_false(load(self, page, LESSON_LENGTH_MAX));
    assert_non_null(strstr(self->error.text, "too long"));
    free(page);
}

static void refuses_a_page_that_is_not_there(void **state)
{
    struct shelf *self = *state;
    unlink(self->path);
    assert_false(lesson_load(7, "en", &self->lesson, &self->error));
    assert_non_null(strstr(self->error.text, "07.md"));
    assert_false(lesson_load(7, "ko", &self->lesson, &self->error));
    assert_non_null(strstr(self->error.text, "ko/07.md"));
}

static void survives_damage(void **state)
{
    struct shelf *self = *state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 7;
    struct rng rng;
    rng_seed(&rng, seed);
    printf("SEED=%llu\n", (unsigned long long)seed);
    unsigned refused = 0;
    for (int turn = 0; turn < 2000; turn++) {
        char page[sizeof good];
        memcpy(page, good, sizeof good);
        for (uint64_t n = rng_below(&rng, 4) + 1; n > 0; n--) {
            page[rng_below(&rng, sizeof good - 1)] = "\n`*# x7"[rng_below(&rng, 7)];
        }
        refused += !load(self, page, (size_t)rng_below(&rng, sizeof good));
    }
    assert_true(refused > 0 && refused < 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_the_parts_of_a_page, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(reads_empty_blocks, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(a_block_may_follow_the_verdict_or_be_blank, open_shelf,
                                        close_shelf),
        cmocka_unit_test_setup_teardown(refuses_bad_pages, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(refuses_what_is_too_much, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(refuses_a_page_that_is_not_there, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(survives_damage, open_shelf, close_shelf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
