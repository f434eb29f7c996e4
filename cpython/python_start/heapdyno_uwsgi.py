"""Tells the watcher and the setting of the forks that uwsgi makes: in C, without os.register_at_fork.

uwsgi imports this file ahead of the application (UWSGI_IMPORT, set beside PYTHONPATH) and calls
uwsgi.post_fork_hook in each worker, before its first request. uwsgidecorators, which applications
use, takes that hook for itself and keeps a list. With --lazy-apps the import happens in the worker.
"""
import os
import sys


def listeners():
    """Those of us that are in this process."""
    return [sys.modules[name] for name in ("heapdyno_set", "heapdyno_watch") if name in sys.modules]


def forked():
    for module in listeners():
        module.forked()


def take_hook():
    import uwsgi

    try:
        from uwsgidecorators import postfork
    except Exception:  # not installed, or no master process
        before = getattr(uwsgi, "post_fork_hook", None)

        def hook():
            forked()
            if before is not None:
                before()

        uwsgi.post_fork_hook = hook
    else:
        postfork(forked)


setting = sys.modules.get("heapdyno_set")
if setting and setting.FREEZE and setting.FREEZE.collect:  # not what would be measured
    sys.stderr.write("heapdyno: uwsgi runs nothing before it forks: freeze=fork, not collect-fork\n")
    sys.stderr.flush()
    os._exit(1)
if listeners():
    take_hook()
    forked()
