/* heapdyno gate A B: an exit status for a build server. */
#include "bench/command/command.h"
#include "bench/command/judge_command.h"

static const struct judge_command gate = {
    .usage =
        {
            .command = "gate",
            .operands = "A B",
            .about =
                "Judges run B against run A, the same cells of both: counts first, which are\n"
                "exact, then memory and times by intervals that hold together. The first line is\n"
                "the verdict. Exit status: 0 no regression, 1 regression, 2 cannot tell; wrong\n"
                "usage is 2 as well, with nothing on standard output.\n"
                "    heapdyno gate results/before results/after --max-regress 3%\n",
            .options = judge_options,
            .option_count = JUDGE_OPTIONS,
            .operand_min = 2,
            .operand_max = 2,
        },
    .whole = true,
};

int cmd_gate(int argc, char **argv)
{
    return judge_command(&gate, argc, argv);
}
