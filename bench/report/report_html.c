/* One HTML file; see report_html.h. Everything that came out of a record passes text_html. Plots are
 * <img> of data URIs: their ids cannot collide, and no script inside them runs. */
#include "bench/report/report_html.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/whole_file.h"
#include "bench/report/report_tables.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n"
    ":root{color-scheme:light dark;--ink:#222;--soft:#666;--rule:#ddd;--paper:#fff;--wash:#f5f5f2;"
    "--good:#00766a;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e2e2e2;--soft:#a0a0a0;--rule:#3a3d42;"
    "--paper:#17191c;--wash:#202327;--good:#4cc2b2;--bad:#ff8a80}}\n"
    "body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 4rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}\n"
    "h2{font-size:1.15rem;margin:2.5rem 0 .25rem}\n"
    ".soft,.note,footer{color:var(--soft);font-size:.875rem}\np{margin:.4rem 0;max-width:46rem}\n"
    ".verdicts{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;list-style:none;margin:1rem 0;"
    "padding:.6rem .9rem;background:var(--wash);border-radius:.4rem}\n"
    ".verdicts b{font-variant-numeric:tabular-nums}.ok b{color:var(--good)}"
    ".bad b{color:var(--bad)}.none{color:var(--soft)}\n"
    ".answers{border-left:3px solid var(--good);padding-left:.9rem}\n"
    "figure{margin:.6rem 0;overflow-x:auto}figure img{display:block;width:100%;min-width:34rem;"
    "max-width:45rem;height:auto}\n"
    ".scroll{overflow:auto;max-height:28rem;margin:.6rem 0}\n"
    "table{border-collapse:collapse;font-size:.8125rem;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:600;padding:.2rem 0}\n"
    "th,td{padding:.12rem .6rem;text-align:right;white-space:nowrap}"
    "th.text,td.text{text-align:left}th:first-child,td:first-child{padding-left:0}\n"
    "th{position:sticky;top:0;background:var(--paper);font-weight:600;color:var(--soft);"
    "box-shadow:0 1px 0 var(--rule)}\n"
    "tr.group td{border-top:1px solid var(--rule)}td.again{color:transparent}\n"
    "code{font-size:.875em;overflow-wrap:anywhere}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}.scroll{max-height:none;"
    "overflow:visible}table{font-size:6.5pt}th,td{padding:.1rem .25rem}"
    "th{position:static}figure{break-inside:avoid}"
    "figure img{min-width:0}h2{break-after:avoid}}\n"
    "</style>\n";

/* Put into each plot, so that it follows the page: plots/style.gp's inks on dark paper. */
static const char dark[] =
    "<style>@media(prefers-color-scheme:dark){[fill=\"rgb(51,51,51)\"]{fill:#e2e2e2}"
    "[fill=\"rgb(118,118,118)\"]{fill:#a0a0a0}[stroke=\"rgb(221, 221, 221)\"],"
    "[stroke='rgb(221, 221, 221)']{stroke:#3a3d42}"
    "[stroke=\"rgb( 34,  34,  34)\"],[stroke='rgb( 34,  34,  34)']{stroke:#f0f0f0;color:#f0f0f0}"
    "[stroke=\"rgb( 63,   0, 125)\"],[stroke='rgb( 63,   0, 125)']{stroke:#c9b0ff;color:#c9b0ff}"
    "[stroke=\"rgb( 84,  39, 143)\"],[stroke='rgb( 84,  39, 143)']{stroke:#ab8df0;color:#ab8df0}"
    "[stroke=\"rgb(  8,  81, 156)\"],[stroke='rgb(  8,  81, 156)']{stroke:#6ea8e8;color:#6ea8e8}"
    "}</style>";

static void put_paragraph(FILE *out, const char *class, const char *text)
{
    fprintf(out, "<p%s%s%s>", class[0] != '\0' ? " class=\"" : "", class,
            class[0] != '\0' ? "\"" : "");
    text_html(out, text);
    fputs("</p>\n", out);
}

static void put_base64(FILE *out, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned word = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? (unsigned)bytes[i + 2] : 0);
        fputc(digits[word >> 18], out);
        fputc(digits[word >> 12 & 63], out);
        fputc(left > 1 ? digits[word >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[word & 63] : '=', out);
    }
}

/* The whole file, new, with the dark style behind its <svg …>; NULL if it cannot be read. */
static char *read_svg(const char *path, size_t *length)
{
    char *text = NULL, block[4096];
    FILE *in = fopen(path, "re");
    FILE *out = open_memstream(&text, length);
    CHECK(out != NULL);
    size_t got;
    bool styled = false;
    while (in != NULL && (got = fread(block, 1, sizeof block - 1, in)) > 0) {
        block[got] = '\0';
        char *tag = styled ? NULL : strstr(block, "<svg"), *end = tag ? strchr(tag, '>') : NULL;
        size_t before = end != NULL ? (size_t)(end - block) + 1 : got;
        fwrite(block, 1, before, out);
        if (end != NULL) {
            fputs(dark, out);
            styled = true;
        }
        fwrite(block + before, 1, got - before, out);
    }
    CHECK(fclose(out) == 0);
    if (in != NULL) {
        fclose(in);
    }
    return text;
}

static void put_image(FILE *out, const struct report *report, const struct plot *plot)
{
    char *path = NULL;
    size_t length = 0;
    CHECK(asprintf(&path, "%s/plots/%s.svg", report->folder, plot->name) > 0);
    char *svg = read_svg(path, &length);
    fputs("<figure><img alt=\"", out);
    text_html(out, plot->title);
    fputs("\" src=\"data:image/svg+xml;base64,", out);
    put_base64(out, (const unsigned char *)svg, length);
    fputs("\"></figure>\n", out);
    free(svg);
    free(path);
}

static void put_verdicts(FILE *out, const struct report *report)
{
    fputs("<ul class=\"verdicts\">", out);
    for (int i = 0; i < VERDICTS; i++) {
        const char *class = report->verdict[i] == 0 ? "none" : i == VERDICT_OK ? "ok" : "bad";
        fprintf(out, "<li class=\"%s\"><b>%zu</b> %s</li>", class, report->verdict[i],
                verdict_name((enum verdict)i));
    }
    fputs("</ul>\n", out);
    for (size_t i = 0; i < report->reasons; i++) {
        put_paragraph(out, "note", report->reason[i]);
    }
}

static void put_head(FILE *out, const struct report *report)
{
    char *line = NULL;
    fputs(head, out);
    fputs("<title>heapdyno: ", out);
    text_html(out, report->run);
    fputs("</title>\n</head>\n<body>\n<h1>", out);
    text_html(out, report->run);
    fputs("</h1>\n", out);
    CHECK(asprintf(&line, "%s, %zu cores, %s, build %s, %s, machine %s, host %s", report->cpu,
                   report->cores, report->kernel, report->build, report->compiler, report->machine,
                   report->host) > 0);
    put_paragraph(out, "soft", line);
    free(line);
    put_verdicts(out, report);
    if (report->untrusted) {
        put_paragraph(out, "note",
                      "Times of untrusted processes are included: differences may be noise.");
    }
}

static void put_words(FILE *out, const struct report_words *words)
{
    fputs("<section class=\"answers\">\n", out);
    for (int i = 0; i < WORDS_SENTENCES; i++) {
        put_paragraph(out, "", words->sentence[i]);
    }
    fputs("</section>\n", out);
}

static void put_table(FILE *out, const struct report *report, const char *name)
{
    struct table table;
    report_table_find(name)->build(report, &table);
    if (table_rows(&table) > 0) {
        table_html(&table, out);
    }
    table_close(&table);
}

/* Each table once: under the first plot that shows its figures. */
static bool is_first_of_table(size_t plot)
{
    for (size_t i = 0; i < plot; i++) {
        if (strcmp(plot_at(i)->table, plot_at(plot)->table) == 0) {
            return false;
        }
    }
    return true;
}

static void put_sections(FILE *out, const struct report *report, const struct report_words *words,
                         const struct plot_outcome *plots)
{
    for (size_t i = 0; i < plot_count(); i++) {
        const struct plot *plot = plot_at(i);
        bool drawn = plots != NULL && plots[i].state == PLOT_DRAWN;
        if (!drawn && !is_first_of_table(i)) {
            continue;
        }
        fputs("<h2>", out);
        text_html(out, plot->title);
        fputs("</h2>\n", out);
        for (int k = 0; strcmp(plot->name, "settings") == 0 && k < WORDS_SETTINGS; k++) {
            if (words->setting[k] != NULL) {
                put_paragraph(out, "", words->setting[k]);
            }
        }
        if (drawn) {
            put_paragraph(out, "soft", plot->about);
            put_image(out, report, plot);
        } else if (plots != NULL) {
            put_paragraph(out, "note", plots[i].why.text);
        }
        if (is_first_of_table(i)) {
            put_table(out, report, plot->table);
        }
    }
}

static bool has_plot(const char *table)
{
    size_t i = 0;
    while (i < plot_count() && strcmp(plot_at(i)->table, table) != 0) {
        i++;
    }
    return i < plot_count();
}

/* Tables that no plot stands above. */
static void put_rest(FILE *out, const struct report *report)
{
    fputs("<h2>More tables</h2>\n", out);
    for (size_t i = 0; report_table_at(i) != NULL; i++) {
        if (!has_plot(report_table_at(i)->name)) {
            put_table(out, report, report_table_at(i)->name);
        }
    }
}

static void put_foot(FILE *out, const struct report *report)
{
    char *command = report_command(report);
    fputs("<footer><p>Made by <code>", out);
    text_html(out, command);
    free(command);
    fputs(
        "</code> from cells.jsonl beside this file. Intervals: 95 %, expanded percentile bootstrap"
        " over processes, seeded; none below ",
        out);
    fprintf(out,
            "%d processes. What each figure means: docs/reading-a-report.md and docs/record.md."
            "</p></footer>\n</body>\n</html>\n",
            STATS_MIN);
}

bool report_html(const struct report *report, const struct report_words *words,
                 const struct plot_outcome *plots, const char *no_plots, struct error *error)
{
    struct whole_file file;
    char *path = NULL;
    CHECK(asprintf(&path, "%s/report.html", report->folder) > 0);
    bool written = whole_file_open(&file, path, error);
    if (written) {
        FILE *out = file.out;
        put_head(out, report);
        put_words(out, words);
        if (no_plots != NULL) {
            put_paragraph(out, "note", no_plots);
        }
        put_sections(out, report, words, plots);
        put_rest(out, report);
        put_foot(out, report);
        written = whole_file_close(&file, true, error);
    }
    free(path);
    return written;
}
