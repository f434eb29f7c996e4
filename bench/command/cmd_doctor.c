/* heapdyno doctor: is this machine fit to measure on? Each line is a finding and what to do. */
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocators/allocator.h"
#include "base/units.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/run/machine.h"
#include "bench/run/noise.h"
#include "bench/run/pilot.h"
#include "bench/cell/memory.h"

static const struct usage usage = {
    .command = "doctor",
    .operands = "",
    .about = "Takes a few seconds. Exit status 0 when nothing speaks against measuring times here, "
             "else 1;\n"
             "counts (requests, collections, free lists) can be taken on any machine.\n",
};

enum { SPIN_NS = 500000000, GAPS_GOOD = 20, LOAD_PERCENT_GOOD = 25, SAME_REPS = 20 };

/* A few milliseconds of work, and how well the same twice over should be told apart. */
#define SAME_CELL "allocator=malloc collector=cp311 workload=web:size=tiny,requests=2000"
#define NOISE_GOAL 0.03
#define NOISE_GOOD 0.10

struct finding {
    unsigned bad;
};

__attribute__((format(printf, 3, 4))) static void find(struct finding *self, bool good,
                                                       const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs(good ? "  ok    " : "  WARN  ", stdout);
    vprintf(format, list);
    putchar('\n');
    va_end(list);
    self->bad += !good;
}

/* Half a second of reading the clock: gaps are times in which something else ran here. */
static void check_gaps(struct finding *self)
{
    struct gaps gaps = gaps_read(SPIN_NS);
    char text[32];
    find(self, gaps.count <= GAPS_GOOD,
         "%llu interruptions over 100 us in half a second, the longest %s%s",
         (unsigned long long)gaps.count, units_format_duration(gaps.longest_ns, text, sizeof text),
         gaps.count <= GAPS_GOOD ? "" : ": stop other programs, or take more repetitions");
}

static void check_load(struct finding *self, const struct machine *machine)
{
    struct noise noise;
    noise_read(0, &noise);
    double percent = 100.0 * noise.load / (double)(machine->cores > 0 ? machine->cores : 1);
    bool good = percent <= LOAD_PERCENT_GOOD;
    find(self, good, "load %.2f on %llu cores%s", noise.load, (unsigned long long)machine->cores,
         good ? "" : ": times will be untrusted while it lasts");
}

static void check_governor(struct finding *self)
{
    char text[64];
    long n = memory_read_file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text,
                              sizeof text);
    if (n <= 0) {
        find(self, true, "no frequency scaling to be seen");
        return;
    }
    text[strcspn(text, "\n")] = '\0';
    bool good = strcmp(text, "performance") == 0;
    find(self, good, "frequency governor %s%s", text, good ? "" : ": set it to performance");
}

static void check_environment(struct finding *self, const struct machine *machine)
{
    find(self, strcmp(machine->build, "opt") == 0, "this program is an %s build%s", machine->build,
         strcmp(machine->build, "opt") == 0 ? "" : ": its times are no times");
    find(self, strcmp(machine->thp, "always") != 0, "transparent huge pages: %s%s", machine->thp,
         strcmp(machine->thp, "always") != 0
             ? ""
             : ": RSS depends on luck; set madvise while measuring");
    find(self, access("/proc/self/schedstat", R_OK) == 0, "waiting for a core %s",
         access("/proc/self/schedstat", R_OK) == 0 ? "can be seen"
                                                   : "cannot be seen (no /proc/self/schedstat)");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

/* The same cell again and again, as a run would measure it, in a folder that goes away. */
static bool measure_same(struct precisions *out, struct plan *plan, struct error *error)
{
    char folder[] = "/tmp/heapdyno-doctor-XXXXXX";
    struct precision_goal goal = {"run_ns", NOISE_GOAL, PLAN_REPS_MAX};
    struct pilot pilot = {folder, SAME_REPS, true};
    plan_init(plan);
    plan->no_raw = true;
    bool ok = plan_add_line(plan, SAME_CELL, 1, false, error);
    if (ok && mkdtemp(folder) == NULL) {
        ok = error_set(error, "%s: %s", folder, strerror(errno));
    } else if (ok) {
        ok = pilot_precisions(&pilot, plan, &goal, out, error);
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    return ok;
}

static void check_noise_floor(struct finding *self)
{
    struct precisions precisions = {0};
    struct plan plan;
    struct error error;
    if (!measure_same(&precisions, &plan, &error)) {
        find(self, false, "a pilot could not be measured: %s", error.text);
        plan_free(&plan);
        return;
    }
    const struct precision *cell = &precisions.cell[0];
    bool known = isfinite(cell->half_width);
    find(self, cell->n >= SAME_REPS * 3 / 4, "%zu of %d processes of one cell were undisturbed%s",
         cell->n, SAME_REPS, cell->n >= SAME_REPS * 3 / 4 ? "" : ": stop other programs");
    find(self, known && cell->half_width <= NOISE_GOOD,
         known ? "differences under %.2g %% cannot be seen here with %zu processes of each"
               : "too few for a noise floor",
         cell->half_width * 100.0, cell->n);
    if (known && cell->half_width > NOISE_GOAL) {
        printf("        about %zu would show %g %%: heapdyno run --half-width %g%%\n", cell->needed,
               NOISE_GOAL * 100.0, NOISE_GOAL * 100.0);
    }
    precisions_close(&precisions);
    plan_free(&plan);
}

/* One that is missing is skipped in every run: no fault of the machine. */
static void list_allocators(void)
{
    for (size_t i = 0; i < allocator_count(); i++) {
        const struct allocator *allocator = allocator_at(i);
        const char *why = allocator->unavailable != NULL ? allocator->unavailable() : NULL;
        printf("  %s allocator %s%s%s\n", why == NULL ? "ok   " : "none ", allocator->name,
               why != NULL ? ": " : "", why != NULL ? why : "");
    }
}

int cmd_doctor(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    struct finding finding = {0};
    struct machine machine;
    machine_read(&machine);
    printf("%s, %s, %s, %s\n", machine.host, machine.kernel, machine.cpu, machine.libc);
    check_environment(&finding, &machine);
    check_governor(&finding);
    check_load(&finding, &machine);
    check_gaps(&finding);
    check_noise_floor(&finding);
    list_allocators();
    if (finding.bad == 0) {
        puts("fit to measure on");
    } else {
        printf("%u warnings: trust counts, doubt times\n", finding.bad);
    }
    return finding.bad == 0 ? EXIT_OK : EXIT_BAD_RUN;
}
