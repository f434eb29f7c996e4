"""Settings of the collector for a program that is not changed: HEAPDYNO_SET, before its first line.

    HEAPDYNO_SET=threshold=50000/20/100,freeze=fork,gc=on

`heapdyno verify` sets the variable and has checked it. freeze=fork freezes before each os.fork, so
that what was loaded by then is shared; freeze=collect-fork collects first. A program that calls
gc.set_threshold or gc.enable itself has the last word, as it would have over a pasted line. Under
uwsgi, which runs no hook of Python before it forks, each worker freezes as soon as it exists.
"""
import gc
import os
import sys


class Freeze:
    """gc.freeze() before each fork; where C code forks and runs no hook, in the child, as soon as
    that is known: nothing has been collected there yet, so as much is shared."""

    def __init__(self, collect):
        self.collect = collect
        self.pid = os.getpid()
        self.done = False  # by the hook before a fork, which is under way
        os.register_at_fork(before=self.before, after_in_parent=self.after,
                            after_in_child=self.forked)
        if not getattr(sys, "orig_argv", None):  # embedded: whoever did that may fork in C
            gc.callbacks.append(self.on_gc)

    def before(self):
        if self.collect:
            gc.collect()
        gc.freeze()
        self.done = True

    def after(self):
        self.done = False

    def forked(self):
        if self.pid != os.getpid():
            self.pid = os.getpid()
            if not self.done:
                gc.freeze()
        self.done = False

    def on_gc(self, phase, info):
        del info
        if phase == "start" and self.pid != os.getpid():
            self.forked()


def forked():
    """In a child of a fork that C code made (uwsgi)."""
    if FREEZE is not None:
        FREEZE.forked()


def apply(text):
    """Set what is asked; what is to happen at forks is returned."""
    freeze = None
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name == "threshold":
            gc.set_threshold(*[int(n) for n in value.split("/")])
        elif name == "gc" and value == "off":
            gc.disable()
        elif name == "freeze" and value != "off":
            freeze = Freeze(value == "collect-fork")
    return freeze


FREEZE = apply(os.environ.get("HEAPDYNO_SET", ""))
