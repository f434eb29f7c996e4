"""The peer of graph.c: builds a shape in this interpreter and times full collections of it.

    graph.py FOLDER-OF-PROGRAMS alive|dirty|garbage SHAPE N

alive: nothing is garbage; dirty: beside one cycle of garbage, so that no collection can end early;
garbage: the shape itself, built anew each time and held by nothing but a cycle. What the interpreter
itself holds is frozen out before.
"""

import gc
import sys
import time

try:
    sys.path[:0] = [sys.argv[0].rpartition("/")[0], sys.argv[1]]
    import heapdyno_peer
    import shapes
except ImportError as error:
    print("skip", error)
    sys.exit()


def make_cycle(*held):
    cycle = list(held)
    cycle.append(cycle)


def collect():
    start = time.thread_time_ns()
    gc.collect()
    return time.thread_time_ns() - start


def run(kind, shape, n, times):
    spent = 0
    for _ in range(times):
        if kind != "alive":
            make_cycle(*([shapes.build(shape, n)] if kind == "garbage" else []))
        spent += collect()
    return spent


def main(kind, shape, n):
    gc.disable()
    gc.collect()
    gc.freeze()
    root = None if kind == "garbage" else shapes.build(shape, n)
    gc.collect()  # the first puts the list in its lasting order
    heapdyno_peer.serve(lambda times: run(kind, shape, n, times), n)
    del root


main(*sys.argv[2:4], int(sys.argv[4]))
