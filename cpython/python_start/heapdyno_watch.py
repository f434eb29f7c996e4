"""Watches the garbage collector of this process: `import heapdyno_watch`, one line, nothing else.

Each collection (gc.callbacks) and now and then the memory of the process go into one file of fixed
size, mapped into memory, so nothing is lost when the process is killed, and no thread is needed: a
forked worker opens a file of its own. `heapdyno watch -- COMMAND` imports this by itself and reads
the files; with the import line alone, HEAPDYNO_WATCH names their folder, and
`heapdyno watch --read FOLDER` reads them. CPython 3.9 and later, no dependencies.

The program's behaviour is not changed: no threshold, no thread, no output, except one line on stderr
where the file cannot be made; no signal, unless HEAPDYNO_WATCH_SIGNAL names one. What the watcher
costs is in the file (OWN_NS).

Without /proc the memory is not known; pauses are. Where a mapped file is no file that others see
(WebAssembly), it is written ten times a second at most, and at the end.

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
 W_ASKED, W_ASKED_UNTIL, W_ASKED_COLLECT, W_ANSWERED, W_ANSWER, W_ANSWER_NS, W_SIGNAL,
 W_IDLE, W_FROZEN_UNTIL, W_TRACKED_AT) = range(32)
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
SHARE = 200  # counting objects and pages may take one 200th of the CPU that this process uses
SHARED = sys.platform not in ("emscripten", "wasi")  # a mapped file is, with other processes


def bucket_of(ns):
    """Sixteen buckets to each power of two: a quantile is off by 6 % at most."""
    bits = ns.bit_length()
    if bits <= 4:
        return ns if ns > 0 else 0
    return (bits - 4) * SUB_BUCKETS + ((ns >> (bits - 5)) & (SUB_BUCKETS - 1))


def read_proc(name):
    """Of this process; nothing where there is no /proc, or not that file of it."""
    try:
        with open("/proc/self/" + name, "rb", 0) as file:
            return file.read()
    except OSError:
        return b""


def read_statm():
    """Resident bytes; 0: not known."""
    fields = read_proc("statm").split()
    return int(fields[1]) * PAGE_BYTES if fields else 0


def read_rollup():
    """PSS and private dirty bytes, 0 where not known: costs milliseconds in a large process."""
    pss = dirty = 0
    for line in read_proc("smaps_rollup").splitlines():
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
    words = read_proc("cmdline").decode("utf-8", "replace").split("\0")[:-1]
    if not words:
        words = getattr(sys, "orig_argv", None) or getattr(sys, "argv", [])
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


def is_incremental():
    """3.14.0 to 3.14.4: a run of the collector is an increment, generation 1 to the callback, and
    some of them only mark what is reachable: gc.get_stats() does not count those."""
    return (3, 14) <= sys.version_info[:3] < (3, 14, 5) and gc.get_threshold()[2] == 0


class Watch:
    """The file of one process, and what is written into it."""

    __slots__ = ("folder", "sampled", "words", "map", "began", "clock", "started", "sample_due",
                 "sample_step", "full", "spent", "rollup_ns", "tracked_ns", "frozen_ns", "pause_at",
                 "sample_at", "saved", "base", "counted", "wanted", "set_at", "fd", "pss", "dirty",
                 "callback", "gc", "pid", "getpid", "path", "answering", "signal")

    def __init__(self, folder, sampled):
        self.folder = folder
        self.sampled = sampled  # somebody outside samples memory
        self.wanted = bool(os.environ.get("HEAPDYNO_WATCH_COUNT"))  # the first count does not wait
        self.clock = time.perf_counter_ns
        self.gc = gc
        self.getpid = os.getpid
        self.words = self.map = None
        self.answering = False
        self.signal = 0  # at which it answers
        self.callback = self.on_gc  # one object: `in gc.callbacks` finds it

    def open(self, parent, family=None):
        """Make the file of this process. OSError where that cannot be. `family` is the file of the
        process that it was forked from."""
        names = os.listdir(self.folder)
        if len(names) >= FILES_MOST or "stopped" in names:
            return False
        self.pid = os.getpid()
        name = "%d-%d.watch" % (self.pid, time.time_ns())
        mode = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        self.path = os.path.join(self.folder, name)
        self.fd = os.open(self.path, mode, 0o600)
        if SHARED:
            self.make_map()
        else:
            self.map = bytearray(FILE_WORDS * 8)
        self.words = words = memoryview(self.map).cast("Q")
        self.started = self.clock()
        self.began = self.pause_at = self.sample_at = self.saved = 0
        self.sample_due = self.set_at = 0
        self.full = False  # there was a full collection since the last count
        self.spent = 0  # on counts of objects and pages; then what the next of each may take
        self.rollup_ns = self.tracked_ns = 0
        self.sample_step = SECOND
        self.pss = self.dirty = 0
        self.base = [stats["collections"] for stats in gc.get_stats()]
        self.counted = self.base[1] if is_incremental() else None
        text = describe()
        self.map[W_TEXT * 8:W_TEXT * 8 + len(text)] = text
        words[W_VERSION] = VERSION
        words[W_PID] = self.pid if SHARED else 0  # not that of a process of the machine
        words[W_PARENT] = parent
        words[W_STARTED_UNIX_NS] = time.time_ns()
        words[W_STATE] = STATE_RUNNING
        words[W_ASKED] = words[W_ANSWERED] = NOT_ASKED
        words[W_SIGNAL] = self.signal
        self.settle()
        self.count_frozen(family)
        self.sample(0, False)
        words[W_MAGIC] = MAGIC  # last: a file with it is whole
        if os.path.exists(os.path.join(self.folder, "stopped")):
            words[W_STOP] = 1  # whoever stopped the watch meanwhile did not see this file
        if not SHARED:
            os.ftruncate(self.fd, FILE_WORDS * 8)
            self.save()
        return True

    def make_map(self):
        import mmap

        try:
            os.ftruncate(self.fd, FILE_WORDS * 8)
            self.map = mmap.mmap(self.fd, FILE_WORDS * 8)
        finally:
            os.close(self.fd)

    def save(self):
        """Where a mapped file is a copy, as in WebAssembly: write what is new into the file."""
        words, self.saved, saved = self.words, self.pause_at, self.saved
        asked = os.pread(self.fd, 8, W_STOP * 8)
        words[W_STOP] = int.from_bytes(asked, sys.byteorder)
        for first, end in ((0, W_SAMPLE + self.sample_at * SAMPLE_WORDS),
                           (W_PAUSE + saved * PAUSE_WORDS, W_PAUSE + self.pause_at * PAUSE_WORDS)):
            os.pwrite(self.fd, words[first:end], first * 8)

    def close(self):
        """Let the file go as it is."""
        words, self.words = self.words, None
        if words is not None:
            words.release()
            if SHARED:
                self.map.close()
            else:
                os.close(self.fd)

    def settle(self):
        """The settings as they are now."""
        words, thresholds = self.words, self.gc.get_threshold()
        old = (words[W_THRESHOLD0], words[W_THRESHOLD1], words[W_THRESHOLD2])
        if old != thresholds and any(old):
            words[W_THRESHOLD_CHANGES] += 1
        words[W_THRESHOLD0], words[W_THRESHOLD1], words[W_THRESHOLD2] = thresholds
        words[W_ENABLED] = self.gc.isenabled()
        words[W_CPU_NS] = time.process_time_ns()

    def sample(self, now, rollup):
        """Memory of the process, at most once a second: every second place is dropped when all are
        taken, and the step doubles."""
        words, index, rss = self.words, self.sample_at, read_statm()
        self.sample_due = now + self.sample_step
        if rss == 0:
            return
        if index == SAMPLES_MOST:
            for i in range(SAMPLES_MOST // 2):
                at, half = W_SAMPLE + 2 * i * SAMPLE_WORDS, W_SAMPLE + i * SAMPLE_WORDS
                words[half:half + SAMPLE_WORDS] = words[at:at + SAMPLE_WORDS]
            index = SAMPLES_MOST // 2
            self.sample_step *= 2
        if rollup:
            began = self.clock()
            self.pss, self.dirty = read_rollup()
            self.rollup_ns = self.clock() - began
            self.spent += self.rollup_ns
        at = W_SAMPLE + index * SAMPLE_WORDS
        words[at] = now
        words[at + 1] = rss
        words[at + 2] = self.pss
        words[at + 3] = self.dirty
        words[at + 4] = words[W_TRACKED]
        words[at + 5] = words[W_CPU_NS]
        words[at + 6] = words[W_FROZEN]
        self.sample_at = words[W_SAMPLES] = index + 1

    def may_spend(self, ns):
        """Whether so much more stays within the share of this process's own CPU: one that is idle
        pays nothing, and one that ends soon is not counted."""
        return (self.spent + ns) * SHARE <= self.words[W_CPU_NS]

    def count_frozen(self, family=None):
        """How many objects are frozen: a walk over them, at once where there are none. Of processes
        forked one after the other the first that finds any counts, and another after 200 times
        what that took."""
        began, words = self.clock(), self.words
        if family is not None and family[W_FROZEN] > 0 and began < family[W_FROZEN_UNTIL]:
            words[W_FROZEN] = family[W_FROZEN]
            return
        words[W_FROZEN] = self.gc.get_freeze_count()
        end = self.clock()
        self.frozen_ns = end - began
        self.spent += self.frozen_ns
        if family is not None:
            family[W_FROZEN] = words[W_FROZEN]
            family[W_FROZEN_UNTIL] = end + self.frozen_ns * SHARE

    def count(self, now):
        """How many objects the collector follows now, by a list of them that is gone at once: 8
        bytes an object in the peak of the memory. It writes into each; so it waits for a full
        collection, which has done so too: pages shared with another process are not copied for us."""
        words = self.words
        first = self.wanted and words[W_TRACKED_AT] == 0
        if not self.full or not (first or self.may_spend(self.tracked_ns)):
            return
        began = self.clock()
        tracked = words[W_TRACKED] = len(self.gc.get_objects())
        words[W_TRACKED_AT] = now
        if tracked > words[W_TRACKED_PEAK]:
            words[W_TRACKED_PEAK] = tracked
        self.full = False
        self.tracked_ns = self.clock() - began
        self.spent += self.tracked_ns
        if self.may_spend(self.frozen_ns):
            self.count_frozen()

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
            ns = now - began
            self.note(began - self.started, ns, info)
            if self.counted is not None and info["generation"] == 1:
                before, self.counted = self.counted, self.gc.get_stats()[1]["collections"]
                words[W_IDLE] += before == self.counted
            now -= self.started
            if info["generation"] == 2:
                self.full = True
                self.tracked_ns = self.tracked_ns or ns // 6  # as a guess
            settle = now >= self.set_at
            if settle:
                self.set_at = now + SECOND // 10
                self.settle()
                self.count(now)
            if now >= self.sample_due and not self.sampled:
                self.sample(now, self.may_spend(self.rollup_ns))
            end = self.clock() - self.started
            words[W_NOW_NS] = end
            words[W_OWN_NS] += end - now
            if words[W_ASKED] != words[W_ANSWERED]:
                self.answer(True)
            if not SHARED and (settle or info["generation"] == 2):
                self.save()
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
            words[W_MISSED] = max(0, ran - (seen - words[W_IDLE]))
            self.settle()
            self.count(now)
            if self.may_spend(self.frozen_ns):
                self.count_frozen()
            self.sample(now, not self.sampled or now < 2 * SECOND)  # nobody may have seen it
            words[W_NOW_NS] = now
            words[W_STATE] = state
            if not SHARED:
                self.save()
        except Exception:
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
            if words[W_STOP] or not self.open(parent, words):
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
    if hasattr(os, "register_at_fork"):
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
