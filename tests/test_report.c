/* Escaping, figures and tables of the report. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

static void assert_written(void (*put)(FILE *, const char *), const char *text, const char *wanted)
{
    char *got = NULL;
    size_t length;
    FILE *out = open_memstream(&got, &length);
    put(out, text);
    fclose(out);
    assert_string_equal(got, wanted);
    free(got);
}

static void test_escaping(void **state)
{
    (void)state;
    assert_written(text_html, "<a b=\"c\">&'\n\x01", "&lt;a b=&quot;c&quot;&gt;&amp;&#39;  ");
    assert_written(text_html, "naïve · ×2", "naïve · ×2");
    assert_written(text_tsv, "a\tb\nc\"d", "a b c'd");
    assert_written(text_gnuplot, "it's `date` @x \n\\n", "'it''s `date` @x  \\n'");
    assert_written(text_terminal, "a\033[31mb\n", "a?[31mb?");
}

static void test_file_names(void **state)
{
    (void)state;
    static const char *const good[] = {"run-1", "2026.11.21_a", "A"};
    static const char *const bad[] = {"", ".", "..", "../x", "a/b", ".hidden", "a b", "a\n", "ä"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(text_is_file_name(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(text_is_file_name(bad[i]));
    }
    char longest[256];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(text_is_file_name(longest));
}

static void test_figures(void **state)
{
    (void)state;
    static const struct {
        double value;
        enum figure_form form;
        const char *text;
    } rows[] = {
        {1536.0, FIGURE_BYTES, "1.50 KiB"},  {2.5e6, FIGURE_NS, "2.50 ms"},
        {123456.0, FIGURE_RATE, "123 k/s"},  {7.0, FIGURE_RATE, "7 /s"},
        {0.1234, FIGURE_PERCENT, "12 %"},    {0.0123, FIGURE_PERCENT, "1.2 %"},
        {0.877, FIGURE_CHANGE, "−12 %"},     {1.05, FIGURE_CHANGE, "+5.0 %"},
        {1.0, FIGURE_CHANGE, "+0.0 %"},      {1.234, FIGURE_RATIO, "1.23"},
        {0.00012, FIGURE_PERCENT, "0.01 %"}, {NAN, FIGURE_BYTES, "–"},
        {INFINITY, FIGURE_RATIO, "–"},
    };
    char buffer[FIGURE_LENGTH];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(figure(rows[i].value, rows[i].form, buffer), rows[i].text);
    }
}

static void test_thresholds(void **state)
{
    (void)state;
    double value = -1.0;
    assert_true(report_threshold("cp311:freeze=never,threshold=700/10/10", &value));
    assert_true(value == 700.0);
    assert_true(report_threshold("cp311:threshold=off", &value));
    assert_true(value == 0.0);
    assert_false(report_threshold("none", &value));
    assert_false(report_threshold("", &value));
    assert_false(report_threshold(":::", &value));
}

static void put_table(FILE *out, const char *html)
{
    static const char *const headings[] = {"workload", "allocator", "figure"};
    struct table table;
    table_open(&table, "t", "Title", 2, headings, COUNT_OF(headings));
    static const char *const cells[] = {"web", "a<b", "web", "größer", "null", "a"};
    for (size_t i = 0; i < COUNT_OF(cells); i += 2) {
        table_text(&table, cells[i]);
        table_text(&table, cells[i + 1]);
        table_interval(&table, (struct interval){1.0 + (double)i, 0.5, 9.0, i == 0}, FIGURE_RATIO);
    }
    (html[0] != '\0' ? table_html : table_print)(&table, out);
    table_close(&table);
}

static void test_tables_align_and_escape(void **state)
{
    (void)state;
    assert_written(put_table, "",
                   "\nTitle\n"
                   "workload  allocator             figure\n"
                   "web       a<b        1.00 [0.50, 9.00]\n"
                   "          größer                  3.00\n"
                   "\n"
                   "null      a                       5.00\n");
    char *got = NULL;
    size_t length;
    FILE *out = open_memstream(&got, &length);
    put_table(out, "html");
    fclose(out);
    assert_non_null(strstr(got, "<td class=\"text\">a&lt;b</td><td>1.00 [0.50, 9.00]</td>"));
    assert_non_null(strstr(got, "<td class=\"text again\">web</td>"));
    free(got);
}

static void test_no_such_run(void **state)
{
    (void)state;
    struct report report;
    struct error error;
    assert_false(report_open("/nonexistent/run", false, &report, &error));
    assert_non_null(strstr(error.text, "/nonexistent/run"));
    assert_false(report_open("", false, &report, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_tables_align_and_escape),
        cmocka_unit_test(test_no_such_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
