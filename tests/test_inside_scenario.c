/* Looking inside scenarios, whose objects, references and graphs one can count by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/inside/inside.h"

struct looked {
    struct inside_request request;
    struct inside inside;
    int status;
    char *text; /* what was printed, or the error */
    char *dot;  /* the graph; NULL: none */
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    if (file == NULL) {
        free(text);
        return NULL;
    }
    assert_true(fread(text, 1, (1 << 16) - 1, file) < (1 << 16) - 1);
    fclose(file);
    return text;
}

static void look(struct looked *self, const char *scenario, struct inside_request request)
{
    char path[] = "/tmp/test_inside_XXXXXX", dot[64];
    static struct cell cell;
    struct error error = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, scenario, strlen(scenario)), strlen(scenario));
    close(fd);
    snprintf(dot, sizeof dot, "%s.dot", path);
    *self = (struct looked){.request = request};
    self->request.dot = request.graph.around != NULL ? dot : NULL;
    self->request.top = 100;
    assert_true(cell_parse("workload=null", NULL, &cell, &error));
    inside_open(&self->inside, &self->request);
    self->status = inside_scenario(&self->inside, path, &cell);
    size_t length;
    FILE *out = open_memstream(&self->text, &length);
    assert_non_null(out);
    if (self->status == 0 && !inside_print(&self->inside, "it", out, &error)) {
        self->status = 2;
        fprintf(out, "error: %s\n", error.text);
    }
    fclose(out);
    self->dot = read_file(dot);
    unlink(path);
    unlink(dot);
}

static void looked_free(struct looked *self)
{
    inside_close(&self->inside);
    free(self->text);
    free(self->dot);
}

static const struct inside_request at_end = {
    .at = "end", .since = "start", .graph = {.depth = 2, .width = 8, .direction = GRAPH_BOTH}};

/* Two lists that hold each other, one of which holds a third that a name has. */
static const char knot[] = "list kept\nlist a kept\nlist b a\nappend a b\ndrop a\ndrop b\n";

static void test_the_graph_of_a_garbage_cycle(void **state)
{
    (void)state;
    struct looked looked;
    struct inside_request request = at_end;
    request.graph.around = "garbage";
    request.graph.depth = 1;
    look(&looked, knot, request);
    assert_int_equal(looked.status, 0);
    assert_int_equal(looked.inside.at.garbage, 2);
    assert_int_equal(looked.inside.drawn.objects, 3);
    assert_int_equal(looked.inside.drawn.references, 3);
    static const char *const lines[] = {
        "n0 [label=\"list 0 items\\nrefcount 2, gc_refs 1\\ngeneration 0\"];",
        "o0_1 [label=\"kept\", shape=plaintext];",
        "n1 [label=\"list 2 items\\nrefcount 1, gc_refs 0\\ngeneration 0\", "
        "fillcolor=\"#f6c9c4\", style=filled, penwidth=2.5];",
        "n2 [label=\"list 1 items\\nrefcount 1, gc_refs 0\\ngeneration 0\", "
        "fillcolor=\"#f6c9c4\", style=filled, penwidth=2.5];",
        "n1 -> n2 [label=\"[1]\", color=\"#b3261e\"];",
        "n2 -> n1 [label=\"[0]\", color=\"#b3261e\"];",
        "n1 -> n0 [label=\"[0]\"];",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        if (strstr(looked.dot, lines[i]) == NULL) {
            fail_msg("\"%s\" is not in\n%s", lines[i], looked.dot);
        }
    }
    looked_free(&looked);
}

static void test_graphs_around_names_and_types(void **state)
{
    (void)state;
    static const char scenario[] = "dict d\nobject o\nattr o x3 d\nput d 7 o\nput d 8 o\n"
                                   "repeat 20\nlist x d\nappend d_all x\nend\n";
    char text[256];
    snprintf(text, sizeof text, "list d_all\n%s", scenario);
    struct looked looked;
    struct inside_request request = at_end;
    request.graph.around = "o";
    request.graph.depth = 1;
    look(&looked, text, request);
    assert_int_equal(looked.status, 0);
    assert_non_null(strstr(looked.dot, "[label=\".x3\"]"));
    assert_non_null(strstr(looked.dot, "[label=\"[7], 2 times\"]"));
    assert_non_null(strstr(looked.dot, "label=\"o\", shape=plaintext"));
    assert_int_equal(looked.inside.drawn.objects, 2);
    assert_int_equal(looked.inside.drawn.references, 3);
    looked_free(&looked);

    request.graph.around = "dict#1"; /* 21 refer to it: 8 are drawn, the others counted */
    request.graph.direction = GRAPH_IN;
    look(&looked, text, request);
    assert_int_equal(looked.status, 0);
    assert_non_null(strstr(looked.dot, "[label=\"13 more\", shape=plaintext]"));
    assert_int_equal(looked.inside.drawn.objects, 9);
    looked_free(&looked);

    request.graph.around = "list#2";
    request.graph.direction = GRAPH_OUT;
    request.graph.depth = 0;
    look(&looked, text, request);
    assert_int_equal(looked.inside.drawn.objects, 1);
    looked_free(&looked);
}

static void test_what_cannot_be_drawn(void **state)
{
    (void)state;
    static const char *const around[][2] = {
        {"garbage", "nothing is garbage"},         {"unknown", "nothing here is called 'unknown'"},
        {"list#0", "comes a number from 1"},       {"list#x", "comes a number from 1"},
        {"list#3", "there are only 2 objects of"},
    };
    for (size_t i = 0; i < COUNT_OF(around); i++) {
        struct looked looked;
        struct inside_request request = at_end;
        request.graph.around = around[i][0];
        look(&looked, "list a\nlist b a\n", request);
        assert_int_equal(looked.status, 2);
        assert_null(looked.dot); /* no half of a file stays */
        if (strstr(looked.text, around[i][1]) == NULL) {
            fail_msg("\"%s\" does not say \"%s\"", looked.text, around[i][1]);
        }
        looked_free(&looked);
    }
}

static const struct site_row *row_of(const struct looked *looked, const char *type,
                                     const char *site)
{
    const struct snapshot *at = &looked->inside.at;
    for (size_t i = 0; i < at->site_count; i++) {
        if (strcmp(names_text(&looked->inside.types, at->site[i].type), type) == 0 &&
            strcmp(names_text(&looked->inside.sites, at->site[i].site), site) == 0) {
            return &at->site[i];
        }
    }
    fail_msg("no %s of %s", type, site);
    return NULL;
}

/* The bytes of CPython 3.11: list 56, its items 8 each in steps, a float 24, an instance 56. */
static void test_sites_are_lines(void **state)
{
    (void)state;
    struct looked looked;
    look(&looked,
         "list all\nrepeat 10\nobject o\nappend all o\nfloat f\nappend all f\nend\n"
         "list gone\ndrop gone\n",
         at_end);
    const struct site_row *row = row_of(&looked, "Plain", "line 3: object o");
    assert_int_equal(row->blocks, 10);
    assert_int_equal(row->bytes, 10 * 64);
    row = row_of(&looked, "float", "line 5: float f");
    assert_int_equal(row->blocks, 10);
    assert_int_equal(row->bytes, 10 * 32);
    row = row_of(&looked, "list items", "line 4: append all o");
    assert_int_equal(row->blocks, 1);
    assert_int_equal(row->bytes, 24 * 8); /* grown to 4, 8, 16 and 24 places */
    row = row_of(&looked, "list (free)", "line 8: list gone");
    assert_int_equal(row->blocks, 1);
    assert_int_equal(row->bytes, 64);
    looked_free(&looked);

    /* A head from the free list: no request, and yet line 3 made the object. */
    look(&looked, "list gone\ndrop gone\nlist again\nalias same again\n", at_end);
    row = row_of(&looked, "list", "line 3: list again");
    assert_int_equal(row->blocks, 1);
    looked_free(&looked);
}

static int64_t grown(const struct looked *looked, const char *type)
{
    size_t count;
    int64_t objects = 0;
    struct type_pair *pairs = snapshot_types(&looked->inside.since, &looked->inside.at, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names_text(&looked->inside.types, pairs[i].now.type), type) == 0) {
            objects = pairs[i].objects;
        }
    }
    free(pairs);
    return objects;
}

/* The recipe: cycles that nobody holds are no leak, what a cache keeps is one. */
static void test_leaks(void **state)
{
    (void)state;
    static const char scenario[] = "dict cache\nlist one\nappend one one\ndrop one\n"
                                   "repeat 1000\nlist x\nappend x x\nend\ndrop x\n"
                                   "repeat 30\nslots s\nlist x s\nput cache 3 x\nend\n"
                                   "list many\nrepeat 40\nslots s\nappend many s\nend\n";
    struct looked looked;
    struct inside_request request = at_end;
    request.since = "1"; /* the line with the cache */
    request.growth = true;
    look(&looked, scenario, request);
    int64_t with_cycles = grown(&looked, "list");
    assert_true(with_cycles > 100);
    looked_free(&looked);

    request.leaks = true;
    look(&looked, scenario, request);
    assert_int_equal(grown(&looked, "list"), 2);   /* x, and many */
    assert_int_equal(grown(&looked, "Slots"), 41); /* of the last x too */
    assert_int_equal(grown(&looked, "dict"), 0);
    assert_int_equal(looked.inside.at.garbage, 0);
    assert_int_equal(looked.inside.collected[0], 0);
    assert_true(looked.inside.collected[1] > 100);
    assert_non_null(strstr(looked.text, "        +41"));
    looked_free(&looked);
}

/* A random graph over few names, with collection off: names are dropped on the way. */
static void random_scenario(struct rng *rng, char *text, size_t length)
{
    static const char *const makes[] = {"list", "dict", "object", "slots"};
    unsigned kind[10];
    size_t at = (size_t)snprintf(text, length, "disable\nlist all\n");
    for (unsigned i = 0; i < 10; i++) {
        kind[i] = (unsigned)rng_below(rng, 4);
        at += (size_t)snprintf(text + at, length - at, "%s n%u\n", makes[kind[i]], i);
    }
    for (unsigned i = 0; i < 60; i++) {
        unsigned a = (unsigned)rng_below(rng, 10), b = (unsigned)rng_below(rng, 10);
        unsigned k = (unsigned)rng_below(rng, 4);
        switch (rng_below(rng, 5) == 0 ? 4 : kind[a]) {
        case 0:
            at += (size_t)snprintf(text + at, length - at, "append n%u n%u\n", a, b);
            break;
        case 1:
            at += (size_t)snprintf(text + at, length - at, "put n%u %u n%u\n", a, k, b);
            break;
        case 2:
            at += (size_t)snprintf(text + at, length - at, "attr n%u x%u n%u\n", a, k, b);
            break;
        case 3:
            at += (size_t)snprintf(text + at, length - at, "slot n%u %u n%u\n", a, k, b);
            break;
        default: /* the old one lives on in whatever holds it */
            kind[a] = (unsigned)rng_below(rng, 4);
            at += (size_t)snprintf(text + at, length - at, "tuple t n%u\nappend all t\n%s n%u\n", b,
                                   makes[kind[a]], a);
            break;
        }
    }
    at += (size_t)snprintf(text + at, length - at, "append all all\ndrop t\ndrop all\n");
    for (unsigned i = 0; i < 10; i += 2) {
        at += (size_t)snprintf(text + at, length - at, "drop n%u\n", i);
    }
}

/* What the walk from outside calls garbage is what a collection then collects. */
static void test_garbage_of_random_graphs(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1, garbage = 0;
    struct rng rng;
    printf("SEED=%llu\n", (unsigned long long)seed);
    rng_seed(&rng, seed);
    for (int i = 0; i < 200; i++) {
        char text[8192];
        random_scenario(&rng, text, sizeof text);
        struct looked plain, collected;
        struct inside_request request = at_end;
        look(&plain, text, request);
        request.leaks = true;
        look(&collected, text, request);
        assert_int_equal(plain.status, 0);
        assert_int_equal(collected.inside.collected[1], plain.inside.at.garbage);
        assert_int_equal(collected.inside.at.garbage, 0);
        garbage += plain.inside.at.garbage;
        looked_free(&plain);
        looked_free(&collected);
    }
    assert_true(garbage > 500);
}

static void test_scenarios_that_fail(void **state)
{
    (void)state;
    struct looked looked;
    look(&looked, "list a\npop a\n", at_end); /* an error of the heap */
    assert_int_equal(looked.status, 2);
    assert_int_equal(looked.inside.live.blocks, 0);
    looked_free(&looked);
    look(&looked, "lisst a\n", at_end); /* of form */
    assert_int_equal(looked.status, 2);
    looked_free(&looked);
    look(&looked, "", at_end); /* nothing: names of the start only */
    assert_int_equal(looked.status, 0);
    assert_int_equal(looked.inside.at.tracked, 0);
    looked_free(&looked);
    struct inside_request request = at_end;
    request.at = "9";
    look(&looked, "list a\n", request);
    assert_int_equal(looked.status, 2);
    assert_non_null(strstr(looked.text, "'9' never came"));
    looked_free(&looked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_graph_of_a_garbage_cycle),
        cmocka_unit_test(test_graphs_around_names_and_types),
        cmocka_unit_test(test_what_cannot_be_drawn),
        cmocka_unit_test(test_sites_are_lines),
        cmocka_unit_test(test_leaks),
        cmocka_unit_test(test_garbage_of_random_graphs),
        cmocka_unit_test(test_scenarios_that_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
