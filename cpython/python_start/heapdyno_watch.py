"""Watches the garbage collector of this process: `import heapdyno_watch`, one line, nothing else.

Each collection (gc.callbacks) and now and then the memory of the process go into one file of fixed
size, mapped into memory, so nothing is lost when the process is killed, and no thread is needed: a
forked worker opens a file of its own. `heapdyno watch -- COMMAND` imports this by itself and reads
the files; with the import line alone, HEAPDYNO_WATCH names their folder, and
`heapdyno watch --read FOLDER` reads them. CPython 3.9 and later, no dependencies.

The program's behaviour is not changed: no threshold, no thread, no output, except one line on stderr
where the file cannot be made; no signal, unless HEAPDYNO_WATCH_SIGNAL names one. What the watcher costs is in the file (OWN_NS).

The layout is words of 64 bits in the machine's order; bench/watch/watch_file.h reads it.
"""
import gc
import os
import sys
import time

MAGIC = 0x0A68637461776468  # "hdwatch\n"
VERSION = 1
PAUSES_MOST = 65536
SAMPLES_MOST = 2048
FILES_MOST = 1000
TEXT_BYTES = 2048
PAUSE_WORDS = 6
SAMPLE_WORDS = 10
SUB_BUCKETS = 16  # to each power of two
BUCKETS = 64 * SUB_BUCKETS

# Words of the header.
(W_MAGIC, W_VERSION, W_PID, W_PARENT, W_STARTED_UNIX_NS, W_NOW_NS, W_STOP, W_STATE, W_PAUSES,
 W_SAMPLES, W_OWN_NS, W_UNWATCHED_FORKS, W_THRESHOLD0, W_THRESHOLD1, W_THRESHOLD2, W_ENABLED,
 W_FROZEN, W_THRESHOLD_CHANGES, W_MISSED, W_CPU_NS, W_TRACKED, W_TRACKED_PEAK,
 # What `heapdyno snapshot --pid` asks: when it is not what was answered last, somebody waits.
 W_ASKED, W_ASKED_UNTIL, W_ASKED_COLLECT, W_ANSWERED, W_ANSWER, W_ANSWER_NS, W_SIGNAL) = range(29)
W_GENERATION = 32  # three times: collections, collected, uncollectable, ns, longest ns, empty
GENERATION_WORDS = 8
W_TEXT = 64
W_BUCKETS = W_TEXT + TEXT_BYTES // 8
W_SAMPLE = W_BUCKETS + 3 * BUCKETS
W_PAUSE = W_SAMPLE + SAMPLES_MOST * SAMPLE_WORDS
FILE_WORDS = W_PAUSE + PAUSES_MOST * PAUSE_WORDS

NOT_ASKED, ANSWER_NOT_NOW, ANSWER_BUSY, ANSWER_LATE, ANSWER_ALONE = 1, 1, 2, 3, 4
FOLDER = os.path.dirname(os.path.abspath(__file__))

STATE_RUNNING, STATE_ENDED, STATE_STOPPED, STATE_LOST = 1, 2, 3, 4

SECOND = 1000000000
TRACKED_SHARE = 500  # counting what is tracked may take one 500th of the time
ROLLUP_SHARE = 500


def bucket_of(ns):
    """Sixteen buckets to each power of two: a quantile is off by 6 % at most."""
    bits = ns.bit_length()
    if bits <= 4:
        return ns if ns > 0 else 0
    return (bits - 4) * SUB_BUCKETS + ((ns >> (bits - 5)) & (SUB_BUCKETS - 1))


def read_statm():
    with open("/proc/self/statm", "rb", 0) as file:
        return int(file.read().split()[1]) * PAGE_BYTES


def read_rollup():
    """PSS and private dirty bytes: costs milliseconds in a large process."""
    pss = dirty = 0
    with open("/proc/self/smaps_rollup", "rb", 0) as file:
        for line in file.read().splitlines():
            if line.startswith(b"Pss:"):
                pss = int(line.split()[1]) * 1024
            elif line.startswith(b"Private_Dirty:"):
                dirty = int(line.split()[1]) * 1024
    return pss, dirty


PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def program_name(arguments):
    """What a person calls the program: the script, or the module of -m, or -c; the program itself
    where Python is embedded in it, as in uwsgi."""
    itself = os.path.basename(arguments[0]) if arguments else "python"
    if "python" not in itself:
        return itself
    at = 1
    while at < len(arguments) and arguments[at].startswith("-"):
        if arguments[at] in ("-c", "-m"):
            return "-c" if arguments[at] == "-c" or at + 1 == len(arguments) else arguments[at + 1]
        at += 2 if arguments[at] in ("-W", "-X") else 1
    return os.path.basename(arguments[at]) if at < len(arguments) else "python"


def describe():
    """One line each: version, build, what allocates, what is preloaded, name, command."""
    with open("/proc/self/cmdline", "rb") as file:
        words = file.read().decode("utf-8", "replace").split("\0")[:-1]
    lines = [
        "%d.%d.%d" % sys.version_info[:3],
        "" if getattr(sys, "_is_gil_enabled", lambda: True)() else "free-threaded",
        os.environ.get("PYTHONMALLOC", ""),
        os.environ.get("LD_PRELOAD", ""),
        program_name(words),
        " ".join(words),
    ]
    text = "\n".join(line.replace("\n", " ") for line in lines)
    return text.encode("utf-8", "replace")[:TEXT_BYTES - 1]


def load_beside(name):
    """What a file beside this one defines; no import: one may be under way where we are called."""
    own = {"__name__": name, "__file__": os.path.join(FOLDER, name + ".py")}
    with open(own["__file__"], "rb") as file:
        exec(compile(file.read(), own["__file__"], "exec"), own)
    return own


class Watch:
    """The file of one process, and what is written into it."""

    __slots__ = ("folder", "sampled", "words", "map", "began", "clock", "started", "sample_due",
                 "sample_step", "rollup_due", "tracked_due", "pause_at", "sample_at", "base",
                 "set_at", "pss", "dirty", "callback", "gc", "pid", "getpid", "path", "answering",
                 "signal")

    def __init__(self, folder, sampled):
        self.folder = folder
        self.sampled = sampled  # somebody outside samples memory
        self.clock = time.perf_counter_ns
        self.gc = gc
        self.getpid = os.getpid
        self.words = self.map = None
        self.answering = False
        self.signal = 0  # at which it answers
        self.callback = self.on_gc  # one object: `in gc.callbacks` finds it

    def open(self, parent):
        """Make the file of this process. OSError where that cannot be."""
        import mmap

        names = os.listdir(self.folder)
        if len(names) >= FILES_MOST or "stopped" in names:
            return False
        self.pid = os.getpid()
        name = "%d-%d.watch" % (self.pid, time.time_ns())
        mode = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        self.path = os.path.join(self.folder, name)
        fd = os.open(self.path, mode, 0o600)
        try:
            os.ftruncate(fd, FILE_WORDS * 8)
            self.map = mmap.mmap(fd, FILE_WORDS * 8)
        finally:
            os.close(fd)
        self.words = words = memoryview(self.map).cast("Q")
        self.started = self.clock()
        self.began = self.pause_at = self.sample_at = 0
        self.sample_due = self.rollup_due = self.tracked_due = self.set_at = 0
        self.sample_step = SECOND
        self.pss = self.dirty = 0
        self.base = [stats["collections"] for stats in gc.get_stats()]
        text = describe()
        self.map[W_TEXT * 8:W_TEXT * 8 + len(text)] = text
        words[W_VERSION] = VERSION
        words[W_PID] = self.pid
        words[W_PARENT] = parent
        words[W_STARTED_UNIX_NS] = time.time_ns()
        words[W_STATE] = STATE_RUNNING
        words[W_ASKED] = words[W_ANSWERED] = NOT_ASKED
        words[W_SIGNAL] = self.signal
        self.settle()
        words[W_FROZEN] = gc.get_freeze_count()
        self.sample(0)
        words[W_MAGIC] = MAGIC  # last: a file with it is whole
        if os.path.exists(os.path.join(self.folder, "stopped")):
            words[W_STOP] = 1  # whoever stopped the watch meanwhile did not see this file
        return True

    def close(self):
        """Let the file go as it is."""
        words, self.words = self.words, None
        if words is not None:
            words.release()
            self.map.close()

    def settle(self):
        """The settings as they are now."""
        words, thresholds = self.words, self.gc.get_threshold()
        old = (words[W_THRESHOLD0], words[W_THRESHOLD1], words[W_THRESHOLD2])
        if old != thresholds and any(old):
            words[W_THRESHOLD_CHANGES] += 1
        words[W_THRESHOLD0], words[W_THRESHOLD1], words[W_THRESHOLD2] = thresholds
        words[W_ENABLED] = self.gc.isenabled()
        words[W_CPU_NS] = time.process_time_ns()

    def sample(self, now):
        """Memory of the process, at most once a second: every second place is dropped when all are
        taken, and the step doubles."""
        words, index = self.words, self.sample_at
        if index == SAMPLES_MOST:
            for i in range(SAMPLES_MOST // 2):
                at, half = W_SAMPLE + 2 * i * SAMPLE_WORDS, W_SAMPLE + i * SAMPLE_WORDS
                words[half:half + SAMPLE_WORDS] = words[at:at + SAMPLE_WORDS]
            index = SAMPLES_MOST // 2
            self.sample_step *= 2
        if now >= self.rollup_due:
            began = self.clock()
            self.pss, self.dirty = read_rollup()
            cost = self.clock() - began
            self.rollup_due = now + max(SECOND, cost * ROLLUP_SHARE)
        at = W_SAMPLE + index * SAMPLE_WORDS
        words[at] = now
        words[at + 1] = read_statm()
        words[at + 2] = self.pss
        words[at + 3] = self.dirty
        words[at + 4] = words[W_TRACKED]
        words[at + 5] = words[W_CPU_NS]
        words[at + 6] = words[W_FROZEN]
        self.sample_at = words[W_SAMPLES] = index + 1
        self.sample_due = now + self.sample_step

    def count_tracked(self, now):
        """How many objects the collector follows, and how many are frozen. A full collection has
        just touched each of them; this does so once more, so only now and then. The list it takes
        is gone at once: 8 bytes an object in the peak of the memory, nothing after."""
        began = self.clock()
        words, tracked = self.words, len(self.gc.get_objects())
        words[W_TRACKED] = tracked
        words[W_FROZEN] = self.gc.get_freeze_count()
        if tracked > words[W_TRACKED_PEAK]:
            words[W_TRACKED_PEAK] = tracked
        cost = self.clock() - began
        self.tracked_due = now + max(SECOND // 4, cost * TRACKED_SHARE)

    def on_gc(self, phase, info):
        """gc calls this at both ends of a collection; it must never raise."""
        if self.answering:
            return
        if phase == "start":
            if self.pid != self.getpid():
                self.forked()  # by C code that runs no hook
            self.began = self.clock()
            return
        now = self.clock()
        began, self.began, words = self.began, 0, self.words
        if words is None or began == 0:
            return
        try:
            if words[W_STOP]:
                self.stop(STATE_STOPPED)
                return
            self.note(began - self.started, now - began, info)
            now -= self.started
            if info["generation"] == 2 and now >= self.tracked_due:
                self.count_tracked(now)
            if now >= self.set_at:
                self.set_at = now + SECOND // 10
                self.settle()
            if now >= self.sample_due and not self.sampled:
                self.sample(now)
            end = self.clock() - self.started
            words[W_NOW_NS] = end
            words[W_OWN_NS] += end - now
            if words[W_ASKED] != words[W_ANSWERED]:
                self.answer(True)
        except Exception:
            self.stop(STATE_LOST)

    def answer(self, in_callback):
        """Somebody asked for the heap: heapdyno_snapshot.py and the recorder, beside this file,
        write it beside ours. The collections of theirs are not the program's."""
        words, asked, answer = self.words, self.words[W_ASKED], ANSWER_LATE
        if words[W_PID] != os.getpid():
            return  # a child that has no file of its own yet
        began, ran = self.clock(), sum(stats["collections"] for stats in gc.get_stats())
        if time.time_ns() < words[W_ASKED_UNTIL]:
            words[W_ANSWER] = ANSWER_BUSY
            self.answering = True
            try:
                take = load_beside("heapdyno_snapshot")["answer"]
                answer = take(self.path[:-6] + ".snapshot", words[W_ASKED_COLLECT], in_callback)
            except Exception:
                answer = ANSWER_ALONE
            finally:
                self.answering = False
        self.base[2] += sum(stats["collections"] for stats in gc.get_stats()) - ran
        words[W_ANSWER_NS] = self.clock() - began
        words[W_ANSWER] = answer
        if answer != ANSWER_NOT_NOW:
            words[W_ANSWERED] = asked

    def on_signal(self, number, frame):
        """Of a program that seldom collects, where `--snapshot-signal` was given."""
        del frame
        if self.words is not None and self.words[W_ASKED] != self.words[W_ANSWERED]:
            self.answer(False)

    def note(self, at, ns, info):
        """One collection."""
        words, generation, collected = self.words, info["generation"], info["collected"]
        g = W_GENERATION + generation * GENERATION_WORDS
        words[g] += 1
        words[g + 1] += collected
        words[g + 2] += info["uncollectable"]
        words[g + 3] += ns
        if ns > words[g + 4]:
            words[g + 4] = ns
        if collected == 0:
            words[g + 5] += 1
        words[W_BUCKETS + generation * BUCKETS + bucket_of(ns)] += 1
        index = self.pause_at
        if index < PAUSES_MOST:
            p = W_PAUSE + index * PAUSE_WORDS
            words[p] = at
            words[p + 1] = ns
            words[p + 2] = generation
            words[p + 3] = collected
            words[p + 4] = info["uncollectable"]
            words[p + 5] = info.get("candidates", 0)
            self.pause_at = words[W_PAUSES] = index + 1

    def stop(self, state):
        """The end of watching: of the process, or because somebody asked."""
        words = self.words
        if words is None:
            return
        try:
            if self.callback in gc.callbacks:
                gc.callbacks.remove(self.callback)
            now = self.clock() - self.started
            seen = sum(words[W_GENERATION + g * GENERATION_WORDS] for g in range(3))
            ran = sum(stats["collections"] for stats in gc.get_stats()) - sum(self.base)
            words[W_MISSED] = max(0, ran - seen)
            self.settle()
            words[W_FROZEN] = gc.get_freeze_count()
            self.sample(now)
            words[W_NOW_NS] = now
        except Exception:
            pass
        words[W_STATE] = state
        self.close()

    def forked(self):
        """In a child: a file of its own. The parent's goes on in the parent."""
        if self.words is None or self.pid == self.getpid():
            return
        parent, words = self.pid, self.words
        try:
            self.words = None
            old, self.map = self.map, None
            if words[W_STOP] or not self.open(parent):
                words[W_UNWATCHED_FORKS] += 1
                gc.callbacks.remove(self.callback)
            words.release()
            old.close()
        except Exception:
            self.words = None

    def at_exit(self):
        if self.words is not None and self.pid == os.getpid():
            self.stop(STATE_ENDED)


def start():
    """Begin to watch; once in a process."""
    folder = os.environ.get("HEAPDYNO_WATCH") or "heapdyno-watch"
    watch = Watch(os.path.abspath(folder), bool(os.environ.get("HEAPDYNO_WATCH_SAMPLED")))
    os.makedirs(watch.folder, exist_ok=True)
    if not watch.open(os.getppid()):
        return None
    gc.callbacks.append(watch.callback)
    os.register_at_fork(after_in_child=watch.forked)
    import atexit

    atexit.register(watch.at_exit)
    number = int(os.environ.get("HEAPDYNO_WATCH_SIGNAL") or 0)
    if number:
        try:
            load_beside("heapdyno_snapshot")["listen"](number, watch, W_SIGNAL)
        except Exception as error:
            sys.stderr.write("heapdyno: process %d answers no signal: %s\n" % (os.getpid(), error))
    return watch


def forked():
    """In a child whose fork ran no hook of Python, as soon as that is known (uwsgi)."""
    if WATCH is not None:
        WATCH.forked()


try:
    if sys.implementation.name != "cpython":
        raise OSError("this is %s, not CPython" % sys.implementation.name)
    if sys.version_info < (3, 9):
        raise OSError("Python %d.%d is older than 3.9" % sys.version_info[:2])
    WATCH = start()
except Exception as error:  # a watcher that cannot watch is no reason to stop a program
    WATCH = None
    sys.stderr.write("heapdyno: process %d is not watched: %s\n" % (os.getpid(), error))
