/* heapdyno list: everything that can be named in a cell, with its options, from the tables that also
 * drive the parser. With --man the same as a part of the manual page. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/cell/cell.h"
#include "bench/command/command.h"
#include "bench/experiment/experiment.h"
#include "bench/record/metric.h"
#include "bench/report/plots.h"

static const struct option list_options[] = {
    {.name = "man",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "as sections of a manual page (troff)"},
};

static const struct usage usage = {
    .command = "list",
    .operands = "[allocators | wrappers | collectors | workloads | programs | experiments | plots "
                "| metrics | "
                "commands]",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .operand_max = 1,
};

/* Text of troff: a dot or quote at the start of a line and every backslash are escaped. */
static void print_troff(const char *text)
{
    if (text[0] == '.' || text[0] == '\'') {
        fputs("\\&", stdout);
    }
    for (; *text != '\0'; text++) {
        fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){*text, '\0'}, stdout);
    }
}

static void print_option(const struct option *row, bool man)
{
    char range[192], text[768];
    snprintf(text, sizeof text, "%s%s%s", row->name, row->fallback != NULL ? "=" : "",
             row->fallback != NULL ? row->fallback : "");
    if (!man) {
        printf("      %-26s %s (%s)\n", text, row->help, option_range(row, range, sizeof range));
        return;
    }
    fputs(".br\n\\fI", stdout);
    print_troff(text);
    fputs("\\fR: ", stdout);
    snprintf(text, sizeof text, "%s (%s)", row->help, option_range(row, range, sizeof range));
    print_troff(text);
    putchar('\n');
}

struct entry {
    const char *name, *summary, *unavailable;
    const struct option *options;
    size_t option_count;
};

static void print_entry(const struct entry *entry, bool man)
{
    if (man) {
        printf(".TP\n.B %s\n", entry->name);
        print_troff(entry->summary);
        putchar('\n');
    } else {
        printf("  %-14s %s\n", entry->name, entry->summary);
        if (entry->unavailable != NULL) {
            printf("      not available here: %s\n", entry->unavailable);
        }
    }
    for (size_t i = 0; i < entry->option_count; i++) {
        print_option(&entry->options[i], man);
    }
}

static void list_allocators(bool man)
{
    for (size_t i = 0; i < allocator_count(); i++) {
        const struct allocator *allocator = allocator_at(i);
        struct entry entry = {allocator->name, allocator->summary,
                              allocator->unavailable != NULL ? allocator->unavailable() : NULL,
                              allocator->options, allocator->option_count};
        print_entry(&entry, man);
    }
}

static void list_wrappers(bool man)
{
    for (size_t i = 0; i < wrapper_count(); i++) {
        const struct wrapper *wrapper = wrapper_at(i);
        struct entry entry = {wrapper->name, wrapper->summary, NULL, wrapper->options,
                              wrapper->option_count};
        print_entry(&entry, man);
    }
}

static void list_collectors(bool man)
{
    for (size_t i = 0; i < collector_count(); i++) {
        const struct collector *collector = collector_at(i);
        struct entry entry = {collector->name, collector->summary, NULL, collector->options,
                              collector->option_count};
        print_entry(&entry, man);
    }
}

static void list_workloads(bool man)
{
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        struct option storage[OPTIONS_MAX];
        struct entry entry = {workload->name, workload->summary, NULL, NULL, 0};
        entry.options = workload_options(workload, storage, &entry.option_count);
        print_entry(&entry, man);
    }
}

static void list_programs(bool man)
{
    for (size_t i = 0; i < program_count(); i++) {
        const struct program *program = program_at(i);
        struct entry entry = {program->name, program->summary, NULL, program->options,
                              program->option_count};
        print_entry(&entry, man);
    }
    struct entry own = {"PATH", "a program of your own", NULL, NULL, 0};
    own.options = program_own_options(&own.option_count);
    print_entry(&own, man);
}

static void list_metrics(bool man)
{
    for (size_t i = 0; i < metric_count() && !man; i++) {
        const struct metric_row *metric = metric_at(i);
        printf("  %-22s %-9s %-13s %s\n", metric->name, metric->unit, metric->found,
               metric->meaning);
    }
}

static void list_plots(bool man)
{
    for (size_t i = 0; i < plot_count() && !man; i++) {
        const struct plot *plot = plot_at(i);
        printf("  %-14s %s: %s\n", plot->name, plot->title, plot->about);
    }
}

static void list_experiments(bool man)
{
    for (size_t i = 0; i < experiment_count() && !man; i++) {
        const struct experiment *experiment = experiment_at(i);
        printf("  %-16s %s\n  %16s %s\n", experiment->name, experiment->question, "",
               experiment->varies);
    }
}

static void list_commands(bool man)
{
    for (unsigned i = 0; command_at(i) != NULL && !man; i++) {
        printf("  %-14s %s\n", command_at(i)->name, command_at(i)->help);
    }
}

static const struct {
    const char *name;
    void (*print)(bool man);
} sections[] = {
    {"allocators", list_allocators}, {"wrappers", list_wrappers}, {"collectors", list_collectors},
    {"workloads", list_workloads},   {"programs", list_programs}, {"experiments", list_experiments},
    {"plots", list_plots},           {"metrics", list_metrics},   {"commands", list_commands},
};

int cmd_list(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    bool man = options_on(&arguments.options, "man"), found = false;
    const char *only = arguments.operand_count > 0 ? arguments.operand[0] : NULL;
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        if (only != NULL && strcmp(only, sections[i].name) != 0) {
            continue;
        }
        found = true;
        if (man && i < 5) {
            printf(".SS %s\n", sections[i].name);
        } else if (!man && only == NULL) {
            printf("%s%s\n", i > 0 ? "\n" : "", sections[i].name);
        }
        sections[i].print(man);
    }
    return found ? EXIT_OK : usage_error(&usage, "'%.64s' is not %s", only, usage.operands);
}
