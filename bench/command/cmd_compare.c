/* heapdyno compare A B: what differs between two runs, and whether B is worse. */
#include "bench/command/command.h"
#include "bench/command/judge_command.h"

static const struct judge_command compare = {
    .usage =
        {
            .command = "compare",
            .operands = "A B",
            .about =
                "Pairs the cells of two runs and shows each figure over all cells, and the cells\n"
                "that differ. Judges and exits as gate does.\n",
            .options = judge_options,
            .option_count = JUDGE_OPTIONS,
            .operand_min = 2,
            .operand_max = 2,
        },
    .whole = false,
};

int cmd_compare(int argc, char **argv)
{
    return judge_command(&compare, argc, argv);
}
