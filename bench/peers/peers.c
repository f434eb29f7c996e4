/* peers FOLDER FILE.tsv [quick] [TITLE…]: our allocators and our core beside their peers, row by row
 * of table.h; given titles, or parts of some, only those groups. After MINUTES (environment) no row
 * begins. Prints tables; FILE.tsv gets one line a row. How a row is measured: row.c. Not good at:
 * differences under 5 %. */
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "bench/peers/row.h"

struct run {
    struct row_plan plan;
    FILE *tsv;
    time_t end; /* no row begins later */
    struct counts counts;
    size_t rows, skipped, missed, failed;
};

static void print_title(const struct peers_group *group)
{
    static const char *const unit[] = {"ns an item", "ns an operation", "ns an item", "bytes"};
    printf("\n%s / %s%s, %s\n  %-26s %12s %12s  %6s %-17s  %6s  %5s  %s\n", group->title,
           group->peer, group->base != NULL ? ", net of reading" : "", unit[group->measure], "",
           "ours", "theirs", "ratio", "interval", "instr.", "goal", "verdict");
}

static void row_print(struct run *run, const struct row *row)
{
    struct row_result result = row_result(row);
    char goal[16] = "-", instructions[16] = "-";
    if (row->goal > 0) {
        snprintf(goal, sizeof goal, "%.2f", row->goal);
    }
    if (row->instructions > 0) {
        snprintf(instructions, sizeof instructions, "%.3f", row->instructions);
    }
    run->rows++;
    run->missed += strcmp(result.verdict, "MISSED") == 0;
    printf("  %-26s %12.4g %12.4g  %6.3f %6.3f to %-6.3f   %6s  %5s  %s%s\n", row->name,
           result.ours, result.theirs, result.ratio.mid, result.ratio.lo, result.ratio.hi,
           instructions, goal, result.verdict, result.by_instructions ? " (instructions)" : "");
    fflush(stdout);
    fprintf(run->tsv, "%s\t%s\t%s\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%s\t%s\t%s\n", row->group->title,
            row->group->peer, row->name, result.ours, result.theirs, result.ratio.mid,
            result.ratio.lo, result.ratio.hi, instructions, goal, result.verdict);
}

static void row_end(struct run *run, const struct row *row)
{
    const char *word = row->skipped ? "skipped" : "FAILED";
    run->rows++;
    (*(row->skipped ? &run->skipped : &run->failed))++;
    printf("  %-26s %s: %s\n", row->name, word, row->reason);
    fprintf(run->tsv, "%s\t%s\t%s\t\t\t\t\t\t\t\t%s: %s\n", row->group->title, row->group->peer,
            row->name, word, row->reason);
}

/* The mean of a group is taken sample by sample, then treated as a row: sums of logarithms. */
static void mean_add(struct row *mean, const struct row *row)
{
    mean->samples = row->samples;
    for (size_t i = 0; i < row->samples; i++) {
        mean->ours[i] += log(row->ours[i]);
        mean->theirs[i] += log(row->theirs[i]);
        mean->ratio[i] += log(row->ratio[i]);
    }
    mean->instructions += log(row->instructions); /* not a number where one is not counted */
}

static void mean_end(struct row *mean, size_t rows)
{
    for (size_t i = 0; i < mean->samples; i++) {
        mean->ours[i] = exp(mean->ours[i] / (double)rows);
        mean->theirs[i] = exp(mean->theirs[i] / (double)rows);
        mean->ratio[i] = exp(mean->ratio[i] / (double)rows);
    }
    mean->instructions = exp(mean->instructions / (double)rows);
}

static void group_run(struct run *run, const struct peers_group *group)
{
    const char *const *cases = run->plan.quick ? group->cases_quick : group->cases;
    struct row mean = {.group = group, .name = "geometric mean", .goal = group->goal_mean};
    size_t measured = 0;
    if (cases[0] == NULL) {
        return;
    }
    print_title(group);
    for (size_t i = 0; cases[i] != NULL; i++) {
        struct row row = {.group = group, .name = cases[i], .goal = group->goal};
        if (time(NULL) > run->end) {
            row.skipped = true;
            snprintf(row.reason, sizeof row.reason, "no time is left (MINUTES)");
            row_end(run, &row);
            continue;
        }
        if (!row_measure(&row, &run->plan)) {
            row_end(run, &row);
            continue;
        }
        if (!run->plan.quick) {
            row_count(&row, &run->counts);
        }
        row_print(run, &row);
        mean_add(&mean, &row);
        measured++;
    }
    if (group->goal_mean > 0 && measured > 0) {
        mean_end(&mean, measured);
        row_print(run, &mean);
    }
}

/* Both sides on one core, the last we may use: they take turns there and share its caches. */
static cpu_set_t choose_core(void)
{
    cpu_set_t all, one;
    size_t core = CPU_SETSIZE - 1;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    while (!CPU_ISSET(core, &all)) {
        core--;
    }
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return one;
}

/* No words, or one of them is a part of the title. */
static bool is_wanted(const struct peers_group *group, char **words)
{
    bool wanted = *words == NULL;
    for (; *words != NULL; words++) {
        wanted = wanted || strstr(group->title, *words) != NULL;
    }
    return wanted;
}

int main(int argc, char **argv)
{
    bool quick = argc > 3 && strcmp(argv[3], "quick") == 0;
    if (argc < 3) {
        fprintf(stderr, "usage: peers FOLDER-OF-PROGRAMS FILE.tsv [quick] [PART-OF-A-TITLE…]\n");
        return 2;
    }
    const char *minutes = getenv("MINUTES");
    struct run run = {.plan = {.folder = argv[1], .quick = quick, .core = choose_core()},
                      .tsv = fopen(argv[2], "w"),
                      .end = time(NULL) + 60 * (minutes != NULL ? atoi(minutes) : 24 * 60),
                      .counts = {.folder = argv[1]}};
    if (run.tsv == NULL) {
        fprintf(stderr, "peers: %s cannot be written\n", argv[2]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    fprintf(run.tsv,
            "what\tpeer\tcase\tours\ttheirs\tratio\tlo\thi\tinstructions\tgoal\tverdict\n");
    printf("ours / theirs, CPU time or resident memory, medians of pairs, 95 %% interval%s\n",
           quick ? " (a short run: its figures say nothing)" : "");
    for (size_t i = 0; i < peers_group_count; i++) {
        if (is_wanted(&peers_groups[i], argv + 3 + quick)) {
            group_run(&run, &peers_groups[i]);
        }
    }
    printf("\n%zu rows, %zu missed, %zu skipped, %zu failed\n", run.rows, run.missed, run.skipped,
           run.failed);
    return fclose(run.tsv) == 0 && run.failed == 0 ? 0 : 1;
}
