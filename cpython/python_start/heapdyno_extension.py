"""Loads the recorder's extension module, which lies beside this file, into the Python that runs.

Without an import statement: a watched process loads it inside a callback of the collector, where
another import may be under way.
"""
import os
import sys

NAME = "heapdyno_recorder"


def load_recorder():
    """ImportError says what to do where there is none."""
    if NAME in sys.modules:
        return sys.modules[NAME]
    if sys.implementation.name != "cpython":
        raise ImportError("this is %s, not CPython" % sys.implementation.name)
    version = "%d.%d" % sys.version_info[:2]
    folder = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(folder, "%s-%s.so" % (NAME, version))
    if not os.path.exists(path):
        raise ImportError("there is no recorder for Python %s; `make recorder PYTHONS=%s` builds "
                          "it for 3.9 to 3.13 where the headers are; `heapdyno watch` needs none"
                          % (version, sys.executable))
    loader = sys.modules["_frozen_importlib_external"].ExtensionFileLoader(NAME, path)
    spec = sys.modules["_frozen_importlib"].ModuleSpec(NAME, loader, origin=path)
    module = loader.create_module(spec)
    loader.exec_module(module)
    sys.modules[NAME] = module
    return module
