/* The rows of `make peers`; see table.h. Goals are those that the project has set itself. */
#include "bench/peers/table.h"

#include "base/check.h"

#define CASES(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

#define SHAPES(n) "lists " n, "ring " n, "instances " n, "tree " n
#define SHAPES_AGED(n) "lists/aged " n, "ring/aged " n, "instances/aged " n, "tree/aged " n
#define RANDOM(n) "random " n, "random/aged " n

CASES(patterns, "pair/16", "pair/64", "pair/512", "burst/64", "fifo/64", "random/1000",
      "random/100000");
CASES(traces, "replay/compile", "replay/json", "replay/web");
CASES(traces_quick, "replay/json");
CASES(peaks, "peak/compile", "peak/json", "peak/web");
CASES(peaks_quick, "peak/json");
CASES(blocks, "build/5000000");
CASES(blocks_quick, "build/100000");
CASES(depth_16, "16");
CASES(depth_18, "18");
CASES(depth_quick, "8");
CASES(requests, "8000");
CASES(requests_quick, "200");
CASES(counts, "count/same");
CASES(graphs_dirty, SHAPES("100000"), SHAPES_AGED("100000"), SHAPES("1000000"),
      SHAPES_AGED("1000000"));
CASES(random_dirty, RANDOM("100000"), RANDOM("1000000"));
CASES(graphs_alive, SHAPES("1000000"), SHAPES_AGED("1000000"));
CASES(random_alive, RANDOM("1000000"));
CASES(graphs_garbage, SHAPES("100000"), "random 100000", SHAPES("1000000"), "random 1000000");
/* Minutes by themselves, so they come last. */
CASES(large_dirty, SHAPES("5000000"));
CASES(large_garbage, SHAPES("5000000"), "random 5000000");
CASES(large_random, RANDOM("5000000"));
CASES(large_aged, SHAPES_AGED("5000000"));
CASES(none, NULL);
CASES(graphs_quick, "lists 1000", "instances/aged 1000", "tree/aged 1000");
CASES(random_quick, "random 1000");

#define OURS(target) "ours " target " %s"
/* One group: patterns of `target` beside another; traces, net of reading them. */
#define PATTERNS(target, other, theirs_, goal_, mean_)                                             \
    {                                                                                              \
        .title = target ", patterns", .peer = other, .ours = OURS(target), .theirs = theirs_,      \
        .cases = patterns, .cases_quick = patterns, .goal = goal_, .goal_mean = mean_              \
    }
#define TRACES(target, other, theirs_, goal_, mean_)                                               \
    {                                                                                              \
        .title = target ", traces", .peer = other, .ours = OURS(target), .theirs = theirs_,        \
        .cases = traces, .cases_quick = traces_quick, .measure = PEERS_WHOLE, .goal = goal_,       \
        .goal_mean = mean_, .base = OURS("inline-null")                                            \
    }
#define MEMORY(title_, other, ours_, theirs_, list, goal_)                                         \
    {                                                                                              \
        .title = title_, .peer = other, .ours = ours_, .theirs = theirs_, .cases = list,           \
        .cases_quick = list##_quick, .measure = PEERS_MEMORY, .goal = goal_                        \
    }
#define LIBRARY(other)                                                                             \
    PATTERNS("pool", other, OURS(other), 0, 0.6), TRACES("pool", other, OURS(other), 1.0, 0.85)
#define TREES(title_, other, ours_, theirs_, depth, goal_, ...)                                    \
    {                                                                                              \
        .title = title_, .peer = other, .ours = ours_, .theirs = theirs_, .cases = depth,          \
        .cases_quick = depth_quick, .measure = PEERS_WHOLE, .goal = goal_, __VA_ARGS__             \
    }
#define GRAPHS(kind, words, list, quick, goal_, ...)                                               \
    {                                                                                              \
        .title = "full collection, " words, .peer = "python3.11",                                  \
        .ours = "ours pymalloc graph " kind " %s", .theirs = "graph.py " kind " %s",               \
        .cases = list, .cases_quick = quick, .measure = PEERS_ONCE, .goal = goal_, __VA_ARGS__     \
    }

#define BINARY_OF(depth, node, gc) "ours pool binary_trees:depth=" depth ",node=" node " cp311:" gc
#define BINARY(node, gc) BINARY_OF("%s", node, gc)
#define GCBENCH_OF(depth, array, gc)                                                               \
    "ours pool gcbench:numbers=plain,depth=" depth ",array=" array " cp311:" gc
#define GCBENCH_BOXED "ours pool gcbench:depth=%s,array=500k cp311:" OFF
#define GCBENCH(gc) GCBENCH_OF("%s", "500k", gc)
#define OFF "threshold=off"
#define ON "threshold=700/10/10"
/* Whole programs are counted at a depth that callgrind can bear. */
#define BINARY_COUNTED(peer)                                                                       \
    .ours_counted = BINARY_OF("14", "tuples", OFF), .theirs_counted = peer " binary_trees 14"
#define GCBENCH_COUNTED(peer)                                                                      \
    .ours_counted = GCBENCH_OF("13", "62500", OFF), .theirs_counted = peer " gcbench 13"
#define RANDOM_COUNTED                                                                             \
    .ours_counted = "ours pymalloc graph dirty random 20000",                                      \
    .theirs_counted = "graph.py dirty random 20000"

const struct peers_group peers_groups[] = {
    PATTERNS("pymalloc", "python3.11", "python %s", 1.0, 1.0),
    TRACES("pymalloc", "python3.11", "python %s", 1.0, 1.0),
    LIBRARY("jemalloc"),
    LIBRARY("mimalloc"),
    LIBRARY("tcmalloc"),
    PATTERNS("pool", "malloc", OURS("malloc"), 0, 0),
    TRACES("pool", "malloc", OURS("malloc"), 1.0, 0.85),
    PATTERNS("pool", "pymalloc", OURS("pymalloc"), 0, 0),
    TRACES("pool", "pymalloc", OURS("pymalloc"), 1.0, 0.85),
    MEMORY("pymalloc, peak RSS", "python3.11", OURS("pymalloc"), "python %s", peaks, 1.02),
    MEMORY("pool, peak RSS", "pymalloc", OURS("pool"), OURS("pymalloc"), peaks, 1.05),
    MEMORY("pool, RSS after 5 M blocks are freed", "pymalloc", OURS("pool"), OURS("pymalloc"),
           blocks, 1.5),
    MEMORY("pool, RSS after 5 M blocks are freed", "python3.11", OURS("pool"), "python %s", blocks,
           1.5),
    TREES("binary trees, tuples, gc off", "python3.11", BINARY("tuples", OFF),
          "python binary_trees %s tuples off", depth_16, 0.6),
    TREES("binary trees, slots, gc off", "python3.11", BINARY("slots", OFF),
          "python binary_trees %s slots off", depth_16, 0.6),
    TREES("binary trees, tuples, 700/10/10", "python3.11", BINARY("tuples", ON),
          "python binary_trees %s tuples on", depth_16, 0.5),
    TREES("binary trees, slots, 700/10/10", "python3.11", BINARY("slots", ON),
          "python binary_trees %s slots on", depth_16, 0.5),
    TREES("binary trees, gc off", "boehm", BINARY("tuples", OFF), "boehm binary_trees %s", depth_18,
          0.7, BINARY_COUNTED("boehm")),
    TREES("binary trees, gc off", "counted C", BINARY("tuples", OFF), "counted binary_trees %s",
          depth_18, 1.5, BINARY_COUNTED("counted")),
    TREES("binary trees, 700/10/10", "boehm", BINARY("tuples", ON), "boehm binary_trees %s",
          depth_18, 0),
    TREES("binary trees, 700/10/10", "counted C", BINARY("tuples", ON), "counted binary_trees %s",
          depth_18, 0),
    TREES("GCBench, gc off", "boehm", GCBENCH(OFF), "boehm gcbench %s", depth_16, 0.7,
          GCBENCH_COUNTED("boehm")),
    TREES("GCBench, gc off", "counted C", GCBENCH(OFF), "counted gcbench %s", depth_16, 1.5,
          GCBENCH_COUNTED("counted")),
    TREES("GCBench, numbers boxed as in Python, gc off", "counted C", GCBENCH_BOXED,
          "counted gcbench %s", depth_16, 0),
    TREES("GCBench, 700/10/10", "boehm", GCBENCH(ON), "boehm gcbench %s", depth_16, 0),
    TREES("GCBench, 700/10/10", "counted C", GCBENCH(ON), "counted gcbench %s", depth_16, 0),
    TREES("binary trees, 700/10/10", "lua", BINARY("tuples", ON), "lua binary_trees %s", depth_16,
          0),
    TREES("binary trees, 700/10/10", "php", BINARY("tuples", ON), "php binary_trees %s", depth_16,
          0),
    {.title = "incref and decref",
     .peer = "C floor",
     .ours = OURS("pymalloc"),
     .theirs = "ours pymalloc count/floor",
     .cases = counts,
     .cases_quick = counts,
     .goal = 1.2},
    {.title = "collecting web at 700/10/10, an examined object",
     .peer = "python3.11",
     .ours = "ours pymalloc collections web:requests=%s cp311:" ON,
     .theirs = "web.py %s",
     .cases = requests,
     .cases_quick = requests_quick,
     .measure = PEERS_WHOLE,
     .goal = 0.6},
    GRAPHS("dirty", "beside a cycle of garbage", graphs_dirty, graphs_quick, 0.6),
    GRAPHS("dirty", "beside a cycle of garbage, random", random_dirty, random_quick, 0.7,
           RANDOM_COUNTED),
    GRAPHS("alive", "no garbage", graphs_alive, graphs_quick, 0.6),
    GRAPHS("alive", "no garbage, random", random_alive, random_quick, 0.7, RANDOM_COUNTED),
    GRAPHS("garbage", "all garbage", graphs_garbage, graphs_quick, 0.6),
    GRAPHS("dirty", "beside a cycle of garbage, 5 M", large_dirty, none, 0.6),
    GRAPHS("garbage", "all garbage, 5 M", large_garbage, none, 0.6),
    GRAPHS("dirty", "beside a cycle of garbage, random, 5 M", large_random, none, 0.7,
           RANDOM_COUNTED),
    GRAPHS("dirty", "beside a cycle of garbage, aged, 5 M", large_aged, none, 0.6),
};
const size_t peers_group_count = COUNT_OF(peers_groups);
