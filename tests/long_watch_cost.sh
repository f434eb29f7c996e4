#!/bin/sh
# What the watcher costs a worker of the Django recipe at 700/10/10, in instructions, which repeat: the worker's are those
# of a forked child less its parent's. memcpy is left out: how much of it realloc does depends on addresses.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
for need in valgrind callgrind_annotate; do command -v $need >/dev/null || { echo "no $need"; exit 77; }; done
$python -c 'import django' 2>/dev/null || { echo "no Django"; exit 77; }
cat >"$scratch/worker.py" <<'END'
import io, os, sys
sys.path.insert(0, "docs/recipes/gunicorn-django")
from app import application

ENVIRON = {"REQUEST_METHOD": "GET", "PATH_INFO": "/search", "QUERY_STRING": "text=a&limit=200", "SCRIPT_NAME": "",
           "SERVER_NAME": "a", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
           "wsgi.version": (1, 0), "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": True,
           "wsgi.run_once": False}
if os.fork():
    os.wait()
    os._exit(0)
answers = []
for i in range(int(sys.argv[1])):
    b"".join(application(dict(ENVIRON, **{"wsgi.input": io.BytesIO()}), lambda status, headers, error=None: answers.append(status)))
if set(answers) != {"200 OK"}:
    os.abort()
END
# worker NAME IMPORTS: its instructions, without memcpy.
worker() {
    mkdir "$scratch/$1"
    PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=build/recorder HEAPDYNO_WATCH=$scratch/$1/files HEAPDYNO_WATCH_SAMPLED=1 \
        PRODUCTS=60000 valgrind --tool=callgrind --callgrind-out-file="$scratch/$1/%p.callgrind" $python -c "
import $2, sys
sys.argv[0] = '$scratch/worker.py'
exec(open(sys.argv[0]).read())" "${REQUESTS:-550}" >"$scratch/log" 2>&1 || { tail "$scratch/log" >&2; fail "$1 failed"; }
    for file in "$scratch/$1"/*.callgrind; do
        callgrind_annotate --threshold=100 "$file" | tr -d , |
            awk '/PROGRAM TOTALS/ { all = $1 } / \([ 0-9.]+%\) .*memcpy/ { all -= $1 } END { printf "%.0f\n", all }'
    done | sort -n | awk 'NR == 1 { parent = $1 } END { printf "%.0f\n", $1 - parent }'
}
without=$(worker without mmap)
with=$(worker with heapdyno_watch)
expect 0 "$HEAPDYNO" watch --read "$scratch/with/files" --out "$scratch/read"
collections=$(grep 'process=fork' "$scratch/read/cells.jsonl" | grep -o '"collections":[0-9]*' | awk -F: '{ n += $2 } END { print n }')
[ "$collections" -gt 200 ] || fail "$collections collections: nothing was watched"
echo "a worker: $without instructions, watched $with, $collections collections"
awk -v a="$without" -v b="$with" 'BEGIN { printf "the watcher: %.2f %% of them\n", 100 * (b - a) / a; exit b - a > a / 100 }' ||
    fail "more than 1 %"
