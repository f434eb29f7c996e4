/* peers FOLDER FILE.tsv [quick]: our allocators and our core beside their peers, row by row of table.h.
 *
 * Both sides of a row are processes that are started anew for every round; inside a round they take
 * turns, a slice of about a millisecond each (one whole program where that is longer), and who
 * begins changes. A round gives the median of its pairs' ratios; the interval is over rounds, as a
 * process is the unit that address layout and start-up differ by. CPU time of the process.
 * Prints tables; FILE.tsv gets one line a row. Not good at: differences
 * under 5 %. */
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/peers/side.h"
#include "bench/peers/table.h"
#include "bench/report/stats.h"

enum { ROUNDS = 5, ROUNDS_QUICK = 3, PAIRS = 80, PAIRS_QUICK = 3 };

struct run {
    const char *folder;
    bool quick;
    FILE *tsv;
    size_t rows, skipped, missed, failed;
};

/* What is known of one row after its rounds. */
struct row {
    const struct peers_group *group;
    const char *name;
    double goal;
    double ours[ROUNDS], theirs[ROUNDS], ratio[ROUNDS];
    size_t rounds;
};

static double median_of(const double *value, size_t n)
{
    return stats_median((struct sample){.value = value, .n = n});
}

/* Pairs in a round: two seconds' worth, at most PAIRS. */
static size_t pairs_for(const struct run *run, double pair_ns)
{
    double fit = 2e9 / pair_ns;
    size_t most = run->quick ? PAIRS_QUICK : PAIRS;
    return fit < 1 ? 1 : fit < (double)most ? (size_t)fit : most;
}

/* Take turns; false: one of them went away. */
static bool round_run(const struct run *run, struct row *row, struct side *ours,
                      struct side *theirs)
{
    double slice = run->quick ? 1e5 : 1e6;
    double own[PAIRS], other[PAIRS], ratio[PAIRS];
    double first = side_calibrate(ours, slice), second = side_calibrate(theirs, slice);
    if (first < 0 || second < 0) {
        return false;
    }
    size_t pairs = pairs_for(run, first + second);
    for (size_t i = 0; i < pairs / 4; i++) { /* until blocks lie where they will */
        side_slice(ours);
        side_slice(theirs);
    }
    for (size_t i = 0; i < pairs; i++) {
        bool before = (i + row->rounds) % 2 == 0;
        double a = side_slice(before ? ours : theirs);
        double b = side_slice(before ? theirs : ours);
        own[i] = before ? a : b;
        other[i] = before ? b : a;
        if (own[i] <= 0 || other[i] <= 0) {
            return false;
        }
        ratio[i] = own[i] / other[i];
    }
    row->ours[row->rounds] = median_of(own, pairs);
    row->theirs[row->rounds] = median_of(other, pairs);
    row->ratio[row->rounds++] = median_of(ratio, pairs);
    return true;
}

/* The verdict is on the interval: where it holds the goal, the machine could not tell. */
static const char *verdict_of(struct interval ratio, double goal)
{
    if (goal == 0) {
        return "-";
    }
    return ratio.hi <= goal ? "met" : ratio.lo > goal ? "MISSED" : "unclear";
}

static void row_print(struct run *run, const struct row *row)
{
    struct interval ratio =
        stats_median_interval((struct sample){.value = row->ratio, .n = row->rounds}, 1);
    double ours = median_of(row->ours, row->rounds), theirs = median_of(row->theirs, row->rounds);
    const char *verdict = verdict_of(ratio, row->goal);
    char goal[16] = "-";
    if (row->goal > 0) {
        snprintf(goal, sizeof goal, "%.2f", row->goal);
    }
    run->rows++;
    run->missed += strcmp(verdict, "MISSED") == 0;
    printf("  %-16s %12.4g %12.4g   %6.3f  %6.3f to %-6.3f  %5s  %s\n", row->name, ours, theirs,
           ratio.mid, ratio.lo, ratio.hi, goal, verdict);
    fflush(stdout);
    fprintf(run->tsv, "%s\t%s\t%s\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%s\t%s\n", row->group->title,
            row->group->peer, row->name, ours, theirs, ratio.mid, ratio.lo, ratio.hi, goal,
            verdict);
}

static void row_end(struct run *run, const struct row *row, const struct side *side)
{
    const char *word = side->skipped ? "skipped" : "FAILED";
    const char *why = side->reason[0] != '\0' ? side->reason : "it went away";
    run->rows++;
    (*(side->skipped ? &run->skipped : &run->failed))++;
    printf("  %-16s %s: %s\n", row->name, word, why);
    fprintf(run->tsv, "%s\t%s\t%s\t\t\t\t\t\t\t%s: %s\n", row->group->title, row->group->peer,
            row->name, word, why);
}

/* The first replay of each process, which takes all the memory that there will be. */
static bool round_memory(struct row *row, struct side *ours, struct side *theirs)
{
    double own = side_peak(ours), other = side_peak(theirs);
    if (own <= 0 || other <= 0) {
        return false;
    }
    row->ours[row->rounds] = own;
    row->theirs[row->rounds] = other;
    row->ratio[row->rounds++] = own / other;
    return true;
}

static void fill_in(char *text, size_t length, const char *format, const char *name)
{
    const char *place = strstr(format, "%s");
    int n = place == NULL ? snprintf(text, length, "%s", format)
                          : snprintf(text, length, "%.*s%s%s", (int)(place - format), format, name,
                                     place + 2);
    CHECK(n > 0 && (size_t)n < length);
}

/* Measure a row; false: it was skipped or failed, which is printed. */
static bool row_run(struct run *run, struct row *row)
{
    char ours_text[256], theirs_text[256];
    fill_in(ours_text, sizeof ours_text, row->group->ours, row->name);
    fill_in(theirs_text, sizeof theirs_text, row->group->theirs, row->name);
    size_t rounds = run->quick ? ROUNDS_QUICK : ROUNDS;
    while (row->rounds < rounds) {
        struct side ours, theirs;
        if (!side_open(&ours, ours_text, run->folder)) {
            row_end(run, row, &ours);
            return false;
        }
        bool opened = side_open(&theirs, theirs_text, run->folder);
        bool ok = opened && (row->group->memory ? round_memory(row, &ours, &theirs)
                                                : round_run(run, row, &ours, &theirs));
        side_close(&ours);
        side_close(&theirs);
        if (!ok) {
            row_end(run, row, &theirs);
            return false;
        }
    }
    row_print(run, row);
    return true;
}

static void group_run(struct run *run, const struct peers_group *group)
{
    const char *const *cases = run->quick ? group->cases_quick : group->cases;
    struct row mean = {.group = group, .name = "geometric mean", .goal = group->goal_mean};
    size_t counted = 0;
    printf("\n%s / %s\n", group->title, group->peer);
    for (size_t i = 0; cases[i] != NULL; i++) {
        struct row row = {.group = group, .name = cases[i], .goal = group->goal};
        if (!row_run(run, &row)) {
            continue;
        }
        counted++;
        mean.rounds = row.rounds;
        for (size_t r = 0; r < row.rounds; r++) {
            mean.ours[r] += log(row.ours[r]);
            mean.theirs[r] += log(row.theirs[r]);
            mean.ratio[r] += log(row.ratio[r]);
        }
    }
    if (group->goal_mean > 0 && counted > 0) {
        for (size_t r = 0; r < mean.rounds; r++) {
            mean.ours[r] = exp(mean.ours[r] / (double)counted);
            mean.theirs[r] = exp(mean.theirs[r] / (double)counted);
            mean.ratio[r] = exp(mean.ratio[r] / (double)counted);
        }
        row_print(run, &mean);
    }
}

/* Both sides on one core, the last we may use: they take turns there and share its caches. */
static void stay_on_one_core(void)
{
    cpu_set_t set;
    size_t core = CPU_SETSIZE - 1;
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
    while (!CPU_ISSET(core, &set)) {
        core--;
    }
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 3 && !(argc == 4 && strcmp(argv[3], "quick") == 0)) {
        fprintf(stderr, "usage: peers FOLDER-OF-PROGRAMS FILE.tsv [quick]\n");
        return 2;
    }
    struct run run = {.folder = argv[1], .quick = argc == 4, .tsv = fopen(argv[2], "w")};
    if (run.tsv == NULL) {
        fprintf(stderr, "peers: %s cannot be written\n", argv[2]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    stay_on_one_core();
    fprintf(run.tsv, "what\tpeer\tcase\tours\ttheirs\tratio\tlo\thi\tgoal\tverdict\n");
    printf("ours / theirs, ns of CPU time an item (bytes of RSS), medians of paired slices, 95 %% "
           "interval%s\n",
           run.quick ? " (a short run: its figures say nothing)" : "");
    for (size_t i = 0; i < peers_group_count; i++) {
        group_run(&run, &peers_groups[i]);
    }
    printf("\n%zu rows, %zu missed, %zu skipped, %zu failed\n", run.rows, run.missed, run.skipped,
           run.failed);
    return fclose(run.tsv) == 0 && run.failed == 0 ? 0 : 1;
}
