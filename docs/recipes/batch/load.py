"""A batch job: it builds one large structure and keeps all of it. Every collection on the way looks
at objects that live, and finds nothing. `load.py ROWS [off]` switches the collector off meanwhile."""
import gc
import sys

rows = int(sys.argv[1])
if sys.argv[2:] == ["off"]:
    gc.disable()
table = {}
for n in range(rows):
    table[n] = {"id": n, "cells": [[n, str(n)], [n + 1]]}
gc.enable()
print(len(table))
