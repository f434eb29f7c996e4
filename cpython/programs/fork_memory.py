"""The workload `fork` in Python: a catalogue is loaded, and what a forked child comes to own of it is
read from /proc/self/smaps_rollup after one action. Prints NAME and MiB, one a line, and the heap's RSS.

    python3.11 cpython/programs/fork_memory.py [OBJECTS]
"""
import gc
import os
import random
import sys


class Product:
    def __init__(self, id):
        self.id = 1000 + id
        self.name = chr(97 + id % 26) * random.randrange(16, 64)
        self.price = id % 1000 / 4
        self.tags = ["id", "name"]


def rollup(field):
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024


def load(count):
    catalogue = []
    for id in range(count):
        catalogue.append(Product(id))
        if random.random() < 0.1:
            cycle = []
            cycle.append(cycle)
            del cycle
    return catalogue


def read(product):
    """A count up and down on the object, its attributes, and what its list holds."""
    product.id, product.name, product.price
    for tag in product.tags:
        pass


DRAWS = 5  # of objects to read; a page holds many, so one draw says little


def read_some(catalogue, share, seed):
    random.seed(seed)
    for i in range(len(catalogue)):  # `for product in catalogue` would count on every one
        if random.random() < share:
            read(catalogue[i])


def read_first(catalogue, share):
    for i in range(int(len(catalogue) * share)):
        read(catalogue[i])


def in_child(action):
    """Private-dirty MiB that `action` adds in a child."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            start = rollup("Private_Dirty")
            action()
            os.write(into, b"%.2f" % (rollup("Private_Dirty") - start))
        finally:
            os._exit(0)
    os.close(into)
    text = os.read(out, 64).decode()
    os.close(out)
    os.waitpid(pid, 0)
    return text


def faults(end):
    """MiB of page faults of a child that ends so."""
    pid = os.fork()
    if pid == 0:
        end(0)
    return os.wait4(pid, 0)[2].ru_minflt * 4096 / 2**20


def main():
    global catalogue  # so that the end of the interpreter frees it with the module
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300000
    random.seed(1)
    base = rollup("Rss")
    catalogue = load(count)
    print(f"heap\t{rollup('Rss') - base:.2f}")
    print(f"collect\t{in_child(gc.collect)}")
    for share in 0.003, 0.01, 0.03, 0.1:
        draws = [in_child(lambda: read_some(catalogue, share, seed)) for seed in range(DRAWS)]
        print(f"read-{share}\t{sum(map(float, draws)) / DRAWS:.2f}")
    print(f"read-first-0.1\t{in_child(lambda: read_first(catalogue, 0.1))}")
    print(f"read-all\t{in_child(lambda: read_first(catalogue, 1))}")
    print(f"drop\t{in_child(catalogue.clear)}")
    sys.stdout.flush()
    gc.disable()
    exit_off = faults(sys.exit)
    gc.enable()
    gc.freeze()
    print(f"frozen-collect\t{in_child(gc.collect)}")
    print(f"exit-off\t{exit_off - faults(sys.exit):.2f}")  # less the interpreter's own


main()
