"""A data loader with fork: samples are loaded once, two forked workers share them. Nobody writes, and
yet the shared pages go: a full collection writes to each object, and reading counts references.
`load.py SAMPLES collect|read [freeze]`."""
import gc
import os
import sys
import time


class Sample:
    __slots__ = ("path", "label", "boxes")

    def __init__(self, n):
        self.path = "/data/%08d.png" % n
        self.label = n % 1000
        self.boxes = [(n, n + 1, n + 2, n + 3)]


def read(samples):
    return sum(len(s.path) + s.label + len(s.boxes) for s in samples)


samples = [Sample(n) for n in range(int(sys.argv[1]))]
if sys.argv[3:] == ["freeze"]:
    gc.freeze()
for worker in range(2):
    if os.fork() == 0:
        if sys.argv[2] == "collect":
            gc.collect()
        else:
            read(samples)
        time.sleep(2)  # a worker lives on, and is looked at
        sys.exit()
for worker in range(2):
    os.wait()
