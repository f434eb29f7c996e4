"""Heaps for docs/snapshots.md: build one and end, with it still there.

    heaps.py ast|json|django|slots|dicts|random|objects|closures [timed]

timed: print the median CPU time of nine full collections, in ms, after one that is not counted.
"""
import ast
import gc
import glob
import json
import os
import random
import statistics
import sys
import time


def trees():
    folder = os.path.dirname(os.__file__)
    return [ast.parse(open(path, encoding="utf-8").read())
            for path in sorted(glob.glob(folder + "/*.py"))[:60]]


def documents():
    rows = [{"id": i, "name": "row %d" % i, "tags": ["a%d" % i, "b"], "size": {"x": i / 7, "y": None}}
            for i in range(60000)]
    return json.loads(json.dumps(rows))


def application():
    here = os.path.dirname(os.path.abspath(__file__))
    os.environ.setdefault("PRODUCTS", "100000")
    sys.path.insert(0, os.path.join(here, "../../docs/recipes/gunicorn-django"))
    import app

    return app


class Point:
    __slots__ = ("x", "y", "next")


def points():
    made, last = [], None
    for i in range(300000):
        point = Point()
        point.x, point.y, point.next = i, i / 3, last
        made.append(point)
        last = point if i % 10 else None
    return made


def tables():
    return {i: {"key %d" % k: (i, k, {}) for k in range(10)} for i in range(20000)}


def graph():
    chance = random.Random(1)
    lists = [[] for _ in range(200000)]
    for one in lists:
        one.extend(chance.choice(lists) for _ in range(3))
    return lists


class Record:
    def __init__(self, number, other):
        self.number, self.other, self.parts = number, other, [number]


def records():
    made = [None]
    for number in range(150000):
        made.append(Record(number, made[-1]))
    return made


def closures():
    def over(number):
        return lambda: number

    sets = [frozenset((i, str(i), (i, i / 3))) for i in range(60000)]
    return sets, [over(i) for i in range(60000)]


def collect_ms():
    begun = time.thread_time_ns()
    gc.collect()
    return (time.thread_time_ns() - begun) / 1e6


HEAPS = {"ast": trees, "json": documents, "django": application, "slots": points, "dicts": tables,
         "random": graph, "objects": records, "closures": closures}
if __name__ == "__main__":
    KEPT = HEAPS[sys.argv[1]]()
    if len(sys.argv) > 2:
        gc.collect()
        print(statistics.median(collect_ms() for _ in range(9)))
