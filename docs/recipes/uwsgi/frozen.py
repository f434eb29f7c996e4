"""The same application with the lines that `heapdyno verify` says to paste for uwsgi: at the end of
the module it loads. `uwsgi --ini uwsgi.ini --module frozen:application`."""
from app import application  # noqa: F401, uwsgi looks for it

import gc
gc.set_threshold(50000, 20, 100)
gc.freeze()
