#!/usr/bin/env python3
"""The table of docs/snapshots.md: full collections of the heaps of heaps.py, predicted and measured.

    heap_prediction.py REPETITIONS PYTHON…

Each heap is built once under `heapdyno snapshot`, then process and prediction take turns: CPU times,
medians, and the range of the ratios of neighbours. heapdyno is build/heapdyno or $HEAPDYNO, and the
recorder must be built for each Python (`make recorder PYTHONS="…"`). Django where it can be imported.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HEAPDYNO = os.environ.get("HEAPDYNO") or os.path.join(HERE, "../../build/heapdyno")
HEAPS = "ast", "json", "django", "slots", "dicts", "random", "objects", "closures"
UNITS = {"us": 1e-3, "ms": 1, "s": 1e3}


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def figure(text, name):
    """Milliseconds, or a count."""
    found = re.search(r"^%s *([0-9.]+) *(us|ms|s)?" % name, text, re.M)
    return float(found.group(1)) * UNITS.get(found.group(2), 1)


def row(python, version, heap, repetitions, path):
    program = os.path.join(HERE, "heaps.py")
    if output(HEAPDYNO, "snapshot", "--no-collect", path, "--", python, program, heap) is None:
        return
    shown = output(HEAPDYNO, "snapshot", "--show", path)
    there, here, own = [], [], []
    for _ in range(repetitions):
        there.append(float(output(python, program, heap, "timed")))
        predicted = output(HEAPDYNO, "snapshot", "--predict", path)
        here.append(figure(predicted, "predicted"))
        own.append(figure(predicted, "here"))
    ratios = sorted(b / a for a, b in zip(there, here))
    print("| `%s` | %s | %s | %s | %.1f | %.1f | %.2f (%.2f … %.2f) | %.1f |" % (
        heap, version, format(int(figure(shown, "tracked")), ","),
        format(int(figure(shown, "references")), ","), statistics.median(there),
        statistics.median(here), statistics.median(ratios), ratios[0], ratios[-1],
        statistics.median(own)), flush=True)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        for python in sys.argv[2:]:
            version = output(python, "-c", "import platform as p; print(p.python_version())").strip()
            for heap in HEAPS:
                row(python, version, heap, int(sys.argv[1]), os.path.join(folder, version + heap))


if __name__ == "__main__":
    main()
