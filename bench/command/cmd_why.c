/* heapdyno why: what a metric means, its unit, and the test behind it. */
#include <stdio.h>

#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/record/metric.h"

static const struct usage usage = {
    .command = "why",
    .operands = "METRIC",
    .about =
        "A field of the record, or a figure derived of them; `heapdyno list metrics` has all.\n"
        "    heapdyno why rss_bytes_peak\n",
    .operand_min = 1,
    .operand_max = 1,
};

int cmd_why(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const struct metric_row *metric = metric_find(arguments.operand[0]);
    if (metric == NULL) {
        return usage_error(&usage, "no metric '%.64s'; `heapdyno list metrics` has all",
                           arguments.operand[0]);
    }
    printf("%s\n  %s\n  unit: %s\n  in:   %s\n", arguments.operand[0], metric->meaning,
           metric->unit, metric->found);
    printf("  test: %s\n", metric->test[0] != '\0' ? metric->test : "none: it is read as it is");
    return EXIT_OK;
}
