"""Parses and compiles modules of the standard library.

    compile_modules.py [MODULES] [ROUNDS]
"""
import ast
import gc
import os
import sys

NAMES = ("bisect keyword stat contextlib functools textwrap heapq queue shlex string operator "
         "types weakref abc copy enum random csv configparser argparse collections/__init__ "
         "dataclasses inspect typing subprocess tarfile zipfile pathlib statistics tempfile").split()


def main():
    modules = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder = os.path.dirname(ast.__file__)
    nodes = codes = 0
    kept = []
    for _ in range(rounds):
        for name in NAMES[:modules]:
            with open(os.path.join(folder, name + ".py"), encoding="utf-8") as file:
                source = file.read()
            tree = ast.parse(source)
            nodes += sum(1 for _ in ast.walk(tree))
            kept.append(compile(tree, name, "exec"))
            codes += len(kept[-1].co_consts)
        del kept[:]
    print("nodes", nodes, "constants", codes)
    print("collections", *(row["collections"] for row in gc.get_stats()))


main()
