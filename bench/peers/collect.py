"""The peer of collect.c: builds shapes in this interpreter and times its collections.

Reads lines `build SHAPE N`, `drop`, `collect TIMES`, `dirty TIMES` (a cycle of garbage before each
collection); answers each with nanoseconds of CPU time spent
collecting (0 for the others). What the interpreter itself holds is frozen out before.
"""

import gc
import sys
import time

sys.path.insert(0, sys.argv[1])
import shapes

gc.disable()
gc.collect()
gc.freeze()
root = None
for line in sys.stdin:
    word, *rest = line.split()
    spent = 0
    if word == "build":
        root = getattr(shapes, rest[0])(int(rest[1]))
    elif word == "drop":
        root = None
    elif word in ("collect", "dirty"):
        for _ in range(int(rest[0])):
            if word == "dirty":
                cycle = []
                cycle.append(cycle)
                del cycle
            start = time.thread_time_ns()
            gc.collect()
            spent += time.thread_time_ns() - start
    print(spent, flush=True)
