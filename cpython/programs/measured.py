"""Runs a program as __main__ and prints what it cost: measured.py SCRIPT. For heapdyno python, beside
the replay of what the same program asked of its allocators."""
import json
import resource
import runpy
import sys


def peak_bytes():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


base = peak_bytes()
started = resource.getrusage(resource.RUSAGE_SELF)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
ended = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "rss_bytes_base": base,
    "rss_bytes_peak": peak_bytes(),
    "cpu_ns": int(1e9 * (ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime)),
}), file=sys.stderr)
