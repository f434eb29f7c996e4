"""What recording costs: each program alternately with and without the recorder.

    recording_cost.py HEAPDYNO [ROUNDS]

CPU time is user + system of the program's process alone, from wait4; the cost of an event is the
difference of the medians over the requests in the trace. Run it on a quiet machine.
"""
import os
import statistics
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3.11"
FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = [("compile_modules", "31", "3"), ("json_work", "400"), ("web_like", "20000"),
            ("regex_text", "8000"), ("asyncio_echo", "40", "200")]


def cpu_seconds(command, environment):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("%s: exit status %d" % (command, process.returncode))
    return usage.ru_utime + usage.ru_stime


def requests(heapdyno, trace):
    shown = subprocess.run([heapdyno, "record", "--show", trace], check=True,
                           capture_output=True, text=True).stdout
    words = next(line for line in shown.splitlines() if line.startswith("requests")).split()
    return sum(int(word) for word in words if word.isdigit())


def main():
    heapdyno = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    recorder = os.path.join(os.path.dirname(heapdyno), "recorder")
    plain = dict(os.environ, PYTHONHASHSEED="0")
    print("program            requests  bytes each  CPU s plain  recorded   more  ns each")
    for name, *arguments in PROGRAMS:
        command = [PYTHON, os.path.join(FOLDER, name + ".py"), *arguments]
        with tempfile.TemporaryDirectory() as folder:
            times = ([], [])
            for number in range(rounds):
                trace = os.path.join(folder, "trace%d" % number)
                recorded = dict(plain, PYTHONPATH=recorder, HEAPDYNO_RECORD=trace)
                times[0].append(cpu_seconds(command, plain))
                times[1].append(cpu_seconds(command, recorded))
            before, after = map(statistics.median, times)
            events = requests(heapdyno, trace)
            print("%-16s %10d  %10.2f  %11.3f  %8.3f  %4.0f %%  %7.1f" % (
                name, events, os.path.getsize(trace) / events, before, after,
                100 * (after / before - 1), 1e9 * (after - before) / events))


main()
