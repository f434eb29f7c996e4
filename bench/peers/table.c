/* The rows of `make peers`; see table.h. Goals are those that the project has set itself. */
#include "bench/peers/table.h"

#include "base/check.h"

#define CASES(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

CASES(patterns, "pair/16", "pair/64", "pair/512", "burst/64", "fifo/64", "random/1000",
      "random/100000");
CASES(traces, "replay/compile", "replay/json", "replay/web");
CASES(depth_16, "16");
CASES(depth_18, "18");
CASES(depth_quick, "8");
CASES(counts, "count/same");

/* One group: patterns or traces of `target` beside another. */
#define ALLOCATOR(target, other, theirs_, list, goal_, mean_)                                      \
    {                                                                                              \
        target ", " #list, other, "ours " target " %s", theirs_, list, list, goal_, false, mean_   \
    }
#define TREES(title_, other, ours_, theirs_, depth, goal_)                                         \
    {                                                                                              \
        title_, other, ours_, theirs_, depth, depth_quick, goal_, false, 0                         \
    }
#define LIBRARY(other)                                                                             \
    ALLOCATOR("pool", other, "ours " other " %s", patterns, 0, 0.6),                               \
        ALLOCATOR("pool", other, "ours " other " %s", traces, 1.0, 0.85)

#define BINARY(node, gc) "ours pool binary_trees:depth=%s,node=" node " cp311:" gc
#define GCBENCH(gc) "ours pool gcbench:depth=%s,array=500k cp311:" gc
#define OFF "threshold=off"
#define ON "threshold=700/10/10"

const struct peers_group peers_groups[] = {
    ALLOCATOR("pymalloc", "python3.11", "python %s", patterns, 1.0, 1.0),
    ALLOCATOR("pymalloc", "python3.11", "python %s", traces, 1.0, 1.0),
    LIBRARY("jemalloc"),
    LIBRARY("mimalloc"),
    LIBRARY("tcmalloc"),
    LIBRARY("malloc"),
    LIBRARY("pymalloc"),
    {"pymalloc, peak RSS", "python3.11", "ours pymalloc %s", "python %s", traces, traces, 1.02,
     true, 0},
    {"pool, peak RSS", "pymalloc", "ours pool %s", "ours pymalloc %s", traces, traces, 1.05, true,
     0},
    TREES("binary trees, tuples, gc off", "python3.11", BINARY("tuples", OFF),
          "python binary_trees %s tuples off", depth_16, 0.6),
    TREES("binary trees, slots, gc off", "python3.11", BINARY("slots", OFF),
          "python binary_trees %s slots off", depth_16, 0.6),
    TREES("binary trees, tuples, 700/10/10", "python3.11", BINARY("tuples", ON),
          "python binary_trees %s tuples on", depth_16, 0.5),
    TREES("binary trees, slots, 700/10/10", "python3.11", BINARY("slots", ON),
          "python binary_trees %s slots on", depth_16, 0.5),
    TREES("binary trees, gc off", "boehm", BINARY("tuples", OFF), "boehm binary_trees %s", depth_18,
          0.7),
    TREES("binary trees, gc off", "counted C", BINARY("tuples", OFF), "counted binary_trees %s",
          depth_18, 1.5),
    TREES("binary trees, 700/10/10", "boehm", BINARY("tuples", ON), "boehm binary_trees %s",
          depth_18, 0),
    TREES("binary trees, 700/10/10", "counted C", BINARY("tuples", ON), "counted binary_trees %s",
          depth_18, 0),
    TREES("GCBench, gc off", "boehm", GCBENCH(OFF), "boehm gcbench %s", depth_16, 0.7),
    TREES("GCBench, gc off", "counted C", GCBENCH(OFF), "counted gcbench %s", depth_16, 1.5),
    TREES("GCBench, 700/10/10", "boehm", GCBENCH(ON), "boehm gcbench %s", depth_16, 0),
    TREES("GCBench, 700/10/10", "counted C", GCBENCH(ON), "counted gcbench %s", depth_16, 0),
    TREES("binary trees, 700/10/10", "lua", BINARY("tuples", ON), "lua binary_trees %s", depth_16,
          0),
    TREES("binary trees, 700/10/10", "php", BINARY("tuples", ON), "php binary_trees %s", depth_16,
          0),
    {"incref and decref", "C floor", "ours pymalloc %s", "ours pymalloc count/floor", counts,
     counts, 1.2, false, 0},
};
const size_t peers_group_count = COUNT_OF(peers_groups);
