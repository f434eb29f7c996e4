"""Starts the recorder, the watcher or a setting in a Python that finds this folder in PYTHONPATH.

`heapdyno record`, `snapshot`, `watch` and `verify` put it there. The site module imports it before
the program: the real sitecustomize of this Python, if there is one, is run in its place, and the
folder leaves sys.path, so the program sees what it would have seen. Whatever goes wrong here is one
line on stderr; the program runs all the same. Options come as HEAPDYNO_RECORD…, HEAPDYNO_SNAPSHOT…
and HEAPDYNO_WATCH… variables (docs/recording.md, docs/snapshots.md, docs/watching.md).
"""
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def run_real_sitecustomize():
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def start_recorder():
    import atexit

    recorder = import_own("heapdyno_extension").load_recorder()
    arguments = getattr(sys, "orig_argv", sys.argv)
    atexit.register(recorder.stop)
    recorder.start(
        os.environ["HEAPDYNO_RECORD"],
        command=" ".join(arguments),
        for_ns=int(os.environ.get("HEAPDYNO_RECORD_FOR_NS", "0")),
        most_bytes=int(os.environ.get("HEAPDYNO_RECORD_MAX_BYTES", "0")),
        signal=int(os.environ.get("HEAPDYNO_RECORD_SIGNAL", "0")),
    )


def import_own(name):
    """As `import NAME` would, though its folder is in the path no more."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, os.path.join(FOLDER, name + ".py"))
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


sys.path[:] = [path for path in sys.path if os.path.abspath(path) != FOLDER]
try:
    run_real_sitecustomize()
finally:
    if os.environ.get("HEAPDYNO_RECORD"):
        try:
            start_recorder()
        except Exception as error:
            sys.stderr.write("heapdyno: process %d is not recorded: %s\n" % (os.getpid(), error))
    if os.environ.get("HEAPDYNO_SNAPSHOT"):
        try:
            import_own("heapdyno_snapshot").start(
                import_own("heapdyno_extension").load_recorder().snapshot)
        except Exception as error:
            sys.stderr.write("heapdyno: no snapshot of process %d: %s\n" % (os.getpid(), error))
    if os.environ.get("HEAPDYNO_SET"):  # before the watcher, who sees what is set
        try:
            import_own("heapdyno_set")
        except Exception as error:
            sys.stderr.write("heapdyno: process %d is not set: %s\n" % (os.getpid(), error))
    if os.environ.get("HEAPDYNO_WATCH"):
        import_own("heapdyno_watch")
