"""When `heapdyno snapshot` has one taken: at exit, after a time, or at a signal.

    HEAPDYNO_SNAPSHOT=OUT  HEAPDYNO_SNAPSHOT_AFTER_NS=…  HEAPDYNO_SNAPSHOT_SIGNAL=12
    HEAPDYNO_SNAPSHOT_COLLECT=0

The first process to write takes OUT, others OUT.PID; a second signal makes OUT.PID.2. A child of a
fork has its own at exit or at a signal, not after a time: threads do not survive a fork.
"""
import os
import sys

CALLED, AT_EXIT, AFTER, SIGNALLED = range(4)


class Snapshots:
    __slots__ = ("take", "out", "command", "collect", "taken")

    def __init__(self, take):
        self.take = take
        self.out = os.environ["HEAPDYNO_SNAPSHOT"]
        self.command = " ".join(getattr(sys, "orig_argv", sys.argv))
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
