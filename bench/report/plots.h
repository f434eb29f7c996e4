/* Plots of a run: C writes the data (TSV) and a short script, gnuplot draws SVG and PNG by
 * plots/NAME.gp. Each script can be run again by hand. Nothing here measures or decides. */
#ifndef HEAPDYNO_BENCH_PLOTS_H
#define HEAPDYNO_BENCH_PLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "bench/report/report_data.h"

/* What a plot tells its script, beside the data. Labels are borrowed. */
struct plot_page {
    FILE *tsv;
    struct report_names series, rows, facets;
    const char *palette; /* allocators | ramp | list */
    const char *x_label;
    unsigned height;     /* pixels at WIDTH = PLOT_WIDTH, head and foot included */
    bool log;            /* the axis of values is logarithmic */
    const char *command; /* that makes it; NULL: heapdyno report RUN */
    char set[512];       /* further lines of the script, each ended by a newline */
    char note[256];      /* what is shown, n, interval */
    char why[256];       /* why there is nothing to draw */
};

enum { PLOT_WIDTH = 720, PLOT_HEAD_FOOT = 170, PLOT_ROW = 26, PLOT_FACET = 214 };

struct plot {
    const char *name;   /* of the script in plots/, and of the files written */
    const char *script; /* that draws it, in plots/; NULL: of its own name */
    const char *table;  /* the table that says the same */
    const char *title;
    const char *about; /* how to read it: one sentence */
    /* Write data; false, with page->why, when the run holds none. */
    bool (*build)(const struct report *report, struct plot_page *page);
};

size_t plot_count(void);
const struct plot *plot_at(size_t index);

enum plot_state { PLOT_DRAWN, PLOT_LEFT_OUT, PLOT_FAILED };

struct plot_outcome {
    enum plot_state state;
    struct error why; /* when not drawn */
};

/* Draw every plot into FOLDER/plots/. outcome[plot_count()]. False, with a message, when none can be
 * drawn at all: no gnuplot, no scripts, no folder. */
bool plots_draw(const struct report *report, struct plot_outcome *outcome, struct error *error);

/* Draw one plot into FOLDER/plots/; `command` made it (NULL: heapdyno report RUN). */
void plot_draw(const struct report *report, const struct plot *plot, const char *command,
               struct plot_outcome *out);

/* FOLDER/plots/ is there or made, and gnuplot can be run. */
bool plots_ready(const struct report *report, struct error *error);

/* For the builders. */
bool plot_left_out(struct plot_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* End one block of data; an empty one gets a line of NaN, so that blocks keep their index. */
void plot_block(struct plot_page *page, size_t lines);
/* "n = 3 processes", "n = 2 to 5 processes" over the groups of the reference collector. */
void plot_note_n(const struct report *report, enum metric metric, struct plot_page *page,
                 const char *text);
/* Height of a page with facets in columns, as plots/style.gp lays them out. */
unsigned plot_facets_height(size_t facets);

static inline double plot_mib(double bytes)
{
    return bytes / (1024.0 * 1024.0);
}

bool plot_throughput(const struct report *report, struct plot_page *page);
bool plot_memory(const struct report *report, struct plot_page *page);
bool plot_release(const struct report *report, struct plot_page *page);
bool plot_rss(const struct report *report, struct plot_page *page);
bool plot_pauses(const struct report *report, struct plot_page *page);
bool plot_mmu(const struct report *report, struct plot_page *page);
bool plot_latency(const struct report *report, struct plot_page *page);
bool plot_thresholds(const struct report *report, struct plot_page *page);
bool plot_settings(const struct report *report, struct plot_page *page);
bool plot_generations(const struct report *report, struct plot_page *page);
bool plot_freelists(const struct report *report, struct plot_page *page);
bool plot_regions(const struct report *report, struct plot_page *page);

#endif
