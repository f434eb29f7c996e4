"""The same application with the lines that `heapdyno verify` says to paste for uwsgi, at the top and
at the end of the module it loads. `uwsgi --ini uwsgi.ini --module frozen:application`."""
import gc
gc.set_threshold(10000, 10, 10)

from app import application  # noqa: E402,F401, uwsgi looks for it

gc.freeze()
