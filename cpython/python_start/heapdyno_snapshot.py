"""When `heapdyno snapshot` has one taken: at exit, after a time, at a signal, or when it asks a
process that heapdyno_watch.py watches.

    HEAPDYNO_SNAPSHOT=OUT  HEAPDYNO_SNAPSHOT_AFTER_NS=…  HEAPDYNO_SNAPSHOT_SIGNAL=12
    HEAPDYNO_SNAPSHOT_COLLECT=0

The first process to write takes OUT, others OUT.PID; a second signal makes OUT.PID.2. A child of a
fork has its own at exit or at a signal, not after a time: threads do not survive a fork.
"""
import os
import sys

CALLED, AT_EXIT, AFTER, SIGNALLED, ASKED = range(5)


def command_line():
    return " ".join(getattr(sys, "orig_argv", sys.argv))


class Snapshots:
    __slots__ = ("take", "out", "command", "collect", "taken")

    def __init__(self, take):
        self.take = take
        self.out = os.environ["HEAPDYNO_SNAPSHOT"]
        self.command = command_line()
        self.collect = os.environ.get("HEAPDYNO_SNAPSHOT_COLLECT") != "0"
        self.taken = 0

    def now(self, moment):
        pid = os.getpid()
        names = (self.out, "%s.%d" % (self.out, pid))
        try:
            for number in range(1000):
                name = names[number] if number < 2 else "%s.%d.%d" % (self.out, pid, number)
                if not os.path.exists(name):
                    self.taken += 1
                    try:
                        self.take(name, self.command, moment, self.collect)
                        return
                    except FileExistsError:
                        pass  # another process was faster
        except Exception as error:  # the program is not ours
            sys.stderr.write("heapdyno: no snapshot of process %d: %s\n" % (pid, error))

    def at_exit(self):
        if not self.taken:
            self.now(AT_EXIT)

    def at_signal(self, number, frame):
        del frame  # as light as can be
        self.now(SIGNALLED)

    def after(self, seconds):
        import time

        time.sleep(seconds)
        self.now(AFTER)


def start(take):
    snapshots = Snapshots(take)
    number = int(os.environ.get("HEAPDYNO_SNAPSHOT_SIGNAL", "0"))
    after_ns = int(os.environ.get("HEAPDYNO_SNAPSHOT_AFTER_NS", "0"))
    if number:
        import signal

        signal.signal(number, snapshots.at_signal)
        return
    if after_ns:
        import _thread

        _thread.start_new_thread(snapshots.after, (after_ns / 1e9,))
    import atexit

    atexit.register(snapshots.at_exit)


# What becomes of a request, beside numbers of OSError; heapdyno_watch.py has others between.
# bench/watch/watch_request.c tells people.
WRITTEN, NOT_NOW, NO_RECORDER, FAILED = 0, 1, 5, 6
ERRNO = 1000


def answer(path, collect, in_callback):
    """A watched process is asked for its heap: in the collector's callback at the end of a
    collection, or in a signal's handler, which may have come in the middle of one."""
    try:
        own = {"__file__": os.path.join(os.path.dirname(__file__), "heapdyno_extension.py")}
        with open(own["__file__"], "rb") as file:
            exec(compile(file.read(), own["__file__"], "exec"), own)
        recorder = own["load_recorder"]()
    except Exception:
        return NO_RECORDER
    try:
        recorder.snapshot(path, command_line(), ASKED if in_callback else SIGNALLED, bool(collect))
        return WRITTEN
    except RuntimeError:  # a collection runs
        return NOT_NOW
    except OSError as error:
        return ERRNO + (error.errno or 0)
    except Exception:
        return FAILED


def listen(number, watch, word):
    """Have watch.on_signal called at a signal that nobody has, and keep watch.signal and its word in
    the file right: whoever sends the signal must know, since programs set handlers of their own
    later, and a signal that they reset to the default may kill them. A program that goes past
    signal.signal is seen by what the kernel says of the signal."""
    import signal

    if signal.getsignal(number) is not signal.SIG_DFL:
        raise OSError("it has a handler for signal %d" % number)
    real, own = signal.signal, watch.on_signal

    def tell(number):
        watch.signal = number
        if watch.words is not None:
            watch.words[word] = number

    def set_handler(signalnum, handler):
        if signalnum == number:
            tell(0)
        try:
            return real(signalnum, handler)
        finally:
            tell(number if signal.getsignal(number) is own else 0)

    set_handler.__name__ = set_handler.__qualname__ = real.__name__
    set_handler.__module__, set_handler.__doc__ = real.__module__, real.__doc__
    set_handler.__wrapped__ = real
    real(number, own)
    signal.signal = set_handler
    tell(number)
