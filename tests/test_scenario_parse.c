/* Reading scenarios: good form reads and prints back, bad form gives its line and reason, and no
 * bytes whatever break the reader. SEED= replays the random part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rng.h"
#include "workloads/scenario/scenario.h"

enum { MUTATIONS = 1000000, LONG_LINE = 1000000, DEEP = 100000, BASE_MAX = 4096 };

static const char good[] =
    "list a none\ntuple t a none a # comment\ndict d\nobject o\nslots s\nfinal f 255\n"
    "phoenix p 0\nfloat g\nint i -1073741823\nstr q 1073741824\nalias b none\ndrop b\n"
    "append a a\nset a 0 none\npop a\nput d 255 a\nremove d 0\nattr o x19 a\nunattr o x0\n"
    "slot s 3 a\nlink f a\nweakref w f\nweakref v f 7\ncollect\ncollect 0\nenable\ndisable\n"
    "threshold 0 2147483647 10\nfreeze\nunfreeze\nsaveall on\nsaveall off\n"
    "repeat 1000000000\nrepeat 0\nend\nend\nintern n abc\nremember 3 a\nweakdict z\n"
    "weakput z 1 o\nshow count\nshow threshold\nshow enabled\nshow stats\nshow sizes\n"
    "show long_lived\nshow freelists\nshow blocks\nshow refcount none\nshow tracked a\n"
    "show alive w\nshow same a none\nshow events\nshow garbage\nshow reused 3 a\nshow size a\n"
    "show generation a\nshow weaklen z\nexit\nshow count\n";

static char *print_program(const struct scenario_program *program)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    for (size_t i = 0; i < program->op_count; i++) {
        char line[2 * SCENARIO_LINE_MAX];
        scenario_print(program, &program->op[i], line, sizeof line);
        fprintf(stream, "%s\n", line);
    }
    fclose(stream);
    return text;
}

/* Whether text[length] is of good form; if so, what it prints reads again and prints the same. */
static bool read_and_print(const char *text, size_t length, struct scenario_error *error)
{
    struct scenario_program program;
    scenario_init(&program);
    bool ok = scenario_parse(&program, text, length, error);
    if (ok) {
        struct scenario_program again;
        struct scenario_error none;
        char *first = print_program(&program);
        scenario_init(&again);
        assert_true(scenario_parse(&again, first, strlen(first), &none));
        char *second = print_program(&again);
        assert_string_equal(first, second);
        assert_int_equal(program.op_count, again.op_count);
        free(first);
        free(second);
        scenario_free(&again);
    }
    scenario_free(&program);
    return ok;
}

static void test_parse_prints_back_every_verb(void **state)
{
    (void)state;
    struct scenario_error error;
    bool seen[VERB_COUNT] = {false};
    struct scenario_program program;
    assert_true(read_and_print(good, strlen(good), &error));
    scenario_init(&program);
    assert_true(scenario_parse(&program, good, strlen(good), &error));
    for (size_t i = 0; i < program.op_count; i++) {
        seen[program.op[i].verb] = true;
    }
    for (unsigned verb = 0; verb < VERB_COUNT; verb++) {
        if (!seen[verb]) {
            fail_msg("this test leaves out verb %u", verb);
        }
    }
    scenario_free(&program);
}

/* Expect the first error at `line` with `part` in its message. */
static void expect_error(const char *text, size_t length, uint32_t line, const char *part)
{
    struct scenario_error error = {.line = 0};
    assert_false(read_and_print(text, length, &error));
    assert_int_equal(error.line, line);
    if (strstr(error.error.text, part) == NULL) {
        fail_msg("'%s' does not say '%s'", error.error.text, part);
    }
}

static void test_parse_says_line_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        const char *part;
    } cases[] = {
        {"list a\r\n", 1, "'a\\x0d' is not a name"},
        {"list a\n\nfrob\n", 3, "unknown verb 'frob'"},
        {"show nothing", 1, "unknown request"},
        {"show", 1, "wrong number of words"},
        {"append a", 1, "wrong number of words"},
        {"int a 99999999999999999999999999", 1, "out of range"},
        {"set a -99999999999999999999999999 b c", 1, "wrong number of words"},
        {"int a 0x10", 1, "not an integer"},
        {"int a +1", 1, "not an integer"},
        {"list none", 1, "not a name"},
        {"list reborn", 1, "reborn"},
        {"end", 1, "end without repeat"},
        {"repeat 1\nrepeat 1\nend\n", 1, "repeat without end"},
        {"repeat 1\n  repeat 1\n", 2, "repeat without end"},
        {"exit\nlist a", 2, "only show"},
        {"attr o x20 a", 1, "attribute"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_error(cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].part);
    }
    expect_error("list a\nlist\0b\n", 14, 2, "NUL");
    expect_error("# \0\n", 4, 1, "NUL");
}

static void test_parse_bounds_lines_and_nesting(void **state)
{
    (void)state;
    struct scenario_error error;
    char *text = malloc(LONG_LINE + 1);
    memset(text, 'a', LONG_LINE);
    expect_error(text, LONG_LINE, 1, "4096 bytes");
    memset(text, ' ', LONG_LINE);
    expect_error(text, LONG_LINE, 1, "4096 bytes");
    assert_true(read_and_print(text, SCENARIO_LINE_MAX, &error));
    expect_error(text, SCENARIO_LINE_MAX + 1, 1, "4096 bytes");
    free(text);
    static const char repeat[] = "repeat 2\n";
    size_t each = strlen(repeat);
    text = malloc(DEEP * each);
    for (size_t i = 0; i < DEEP; i++) {
        memcpy(text + i * each, repeat, each);
    }
    expect_error(text, DEEP * each, SCENARIO_REPEAT_DEPTH + 1, "8 deep");
    free(text);
}

/* One change to a text: a byte, a piece left out, a piece twice, or a cut. */
static size_t mutate(struct rng *rng, char *text, size_t length)
{
    static const char alphabet[] = "abx019 -#\n\t\r\0_\x80nonelistrepeat end";
    if (length == 0) {
        return 0;
    }
    size_t at = (size_t)rng_below(rng, length + 1);
    size_t piece = (size_t)rng_below(rng, 12);
    switch (rng_below(rng, 4)) {
    case 0:
        text[at < length ? at : length - 1] = alphabet[rng_below(rng, sizeof alphabet - 1)];
        return length;
    case 1:
        piece = piece < length - at ? piece : length - at;
        memmove(text + at, text + at + piece, length - at - piece);
        return length - piece;
    case 2:
        piece = piece < length - at ? piece : length - at;
        if (length + piece >= BASE_MAX) {
            return length;
        }
        memmove(text + at + piece, text + at, length - at);
        return length + piece;
    default:
        return rng_below(rng, 50) == 0 ? at + (at == 0) : length;
    }
}

static void test_parse_survives_random_changes(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20231;
    struct rng rng;
    uint64_t good_ones = 0;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    rng_seed(&rng, seed);
    for (int i = 0; i < MUTATIONS; i++) {
        char text[BASE_MAX];
        struct scenario_error error;
        size_t start = (size_t)rng_below(&rng, strlen(good) - 200);
        size_t length = 100 + (size_t)rng_below(&rng, 100);
        while (start > 0 && good[start - 1] != '\n') {
            start--;
        }
        memcpy(text, good + start, length);
        for (uint64_t changes = rng_below(&rng, 4); changes > 0; changes--) {
            length = mutate(&rng, text, length);
        }
        char *exact = malloc(length + (length == 0)); /* so that a read past the end is caught */
        memcpy(exact, text, length);
        bool ok = read_and_print(exact, length, &error);
        free(exact);
        good_ones += ok;
        assert_true(ok || (error.line > 0 && error.error.text[0] != '\0'));
    }
    print_message("%llu of %d of good form\n", (unsigned long long)good_ones, MUTATIONS);
    assert_true(good_ones > 100 && good_ones < MUTATIONS - 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_prints_back_every_verb),
        cmocka_unit_test(test_parse_says_line_and_reason),
        cmocka_unit_test(test_parse_bounds_lines_and_nesting),
        cmocka_unit_test(test_parse_survives_random_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
