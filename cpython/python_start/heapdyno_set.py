"""Settings of the collector for a program that is not changed: HEAPDYNO_SET, before its first line.

    HEAPDYNO_SET=threshold=50000/20/100,freeze=fork,gc=on

`heapdyno verify` sets the variable and has checked it. freeze=fork freezes before each os.fork, so
that what was loaded by then is shared; freeze=collect-fork collects first. A program that calls
gc.set_threshold or gc.enable itself has the last word, as it would have over a pasted line.
"""
import gc
import os


def freeze():
    gc.freeze()


def collect_and_freeze():
    gc.collect()
    gc.freeze()


def apply(text):
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name == "threshold":
            gc.set_threshold(*[int(n) for n in value.split("/")])
        elif name == "gc" and value == "off":
            gc.disable()
        elif name == "freeze" and value == "fork":
            os.register_at_fork(before=freeze)
        elif name == "freeze" and value == "collect-fork":
            os.register_at_fork(before=collect_and_freeze)


apply(os.environ.get("HEAPDYNO_SET", ""))
