#!/bin/sh
# heapdyno verify on a small server that forks its workers: freezing before the fork is found in the
# memory, what fails says why, and nothing of the program stays behind.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
[ -x $python ] || { echo "no $python"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1

# Two workers over 60,000 objects; each collects when it is asked, and says what it looked at.
cat >"$scratch/server.py" <<'END'
import gc, os, signal, socket, sys
DATA = [[i] for i in range(60000)]
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(16)
open(sys.argv[1] + ".pid", "w").write(str(os.getpid()))
workers = []
for i in range(2):
    pid = os.fork()
    if pid == 0:
        while True:
            connection, _ = server.accept()
            connection.recv(1)
            gc.collect()
            connection.sendall(b"%d" % len(DATA))
            connection.close()
    workers.append(pid)
def end(*_):
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    os.unlink(sys.argv[1])
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
while True:
    signal.pause()
END
cat >"$scratch/load.py" <<'END'
import socket, sys, time
for i in range(int(sys.argv[2])):
    client = socket.socket(socket.AF_UNIX)
    client.connect(sys.argv[1])
    client.sendall(b"x")
    assert client.recv(9) == b"60000"
print("p50 1ms\nthroughput 100/s\nerrors 0")
END
socket=$scratch/socket
load="$python $scratch/load.py $socket 12"
verify() {
    expect "$1" "$HEAPDYNO" verify --out "$scratch/$2" --pairs 5 --ready "test -S $socket" $options --load "$3" \
        --set "$4" -- $python "$scratch/server.py" "$socket"
    [ -z "$(pgrep -f "$scratch/server.py" || true)" ] || fail "$2: the program stayed behind"
    rm -f "$socket"
}
options="--workers 2 --machines 40"

verify 0 frozen "$load" threshold=5000/20/100,freeze=fork
grep -q '^private dirty .*better$' "$scratch/out" || { cat "$scratch/out"; fail "no private pages saved"; }
grep -q '^PSS, all processes .*better$' "$scratch/out" || fail "no memory saved"
grep -q '^It helps\|^A trade' "$scratch/out" || fail "no decision"
grep -q '^RSS, all processes .* extrapolated .* held$' "$scratch/out" || { cat "$scratch/out"; fail "memory was not predicted"; }
grep -q 'It saves .*\[.*\] of memory (PSS) with 3 processes; on 40 machines' "$scratch/out" || fail "what it saves is not said"
for line in 'gc.set_threshold(5000, 20, 100)' 'preload_app = True' 'worker_init.connect' 'uwsgi,'; do
    grep -qF "$line" "$scratch/out" || fail "not to paste: $line"
done
awk -v folder="$scratch" '/^[^ ].*(Python|conf.py|uwsgi|celery)/ { n++ } /^Docker/ { n = 0 } n && /^    / { print substr($0, 5) >(folder "/paste" n ".py") }' "$scratch/out"
for paste in "$scratch"/paste[1-4].py; do
    $python -m py_compile "$paste" || fail "this is no Python: $(cat "$paste")"
    grep -qx ' *gc.freeze().*' "$paste" || fail "nothing freezes: $(cat "$paste")"
done
if command -v gunicorn >/dev/null && $python -c 'import django' 2>/dev/null; then
    echo "what is to be pasted for gunicorn does the same"
    export PRODUCTS=2000
    expect 0 "$HEAPDYNO" watch --for 3s --out "$scratch/pasted" -- gunicorn -c "$scratch/paste2.py" -w 2 -b 127.0.0.1:0 \
        --chdir docs/recipes/gunicorn-django app:application
    kill "$(field pid "$scratch/pasted/cells.jsonl" | head -n 1)"
    [ "$(grep 'process=fork' "$scratch/pasted/cells.jsonl" | grep -c 'frozen=on,threshold=5000/20/100')" = 2 ] || fail "workers have not what was pasted"
fi
grep -q '<table' "$scratch/frozen/verify.html" || fail "no page"
[ "$(wc -l <"$scratch/frozen/cells.jsonl")" = 30 ] || fail "ten starts of three processes are 30 records"
expect 0 "$HEAPDYNO" report --no-plots --no-html "$scratch/frozen"
grep -q 'frozen=on' "$scratch/out" || fail "the proposed setting is no cell of its own"


echo "failures: each says why, and nothing stays behind"
verify 1 load-fails "exit 3" freeze=fork
says "the load ended with exit status 3"
verify 1 load-kills "kill -9 \$(cat $socket.pid); sleep 0.2" freeze=fork
says "the program ended under load, by signal 9"
options="--workers 3"
verify 1 workers "$load" freeze=fork
says "2 workers were forked, --workers says 3"
options=
expect 1 "$HEAPDYNO" verify --out "$scratch/gone" --load true --set freeze=fork -- $python -c 'import sys; sys.exit(4)'
says "ended before the load, with exit status 4"
expect 1 "$HEAPDYNO" verify --out "$scratch/none" --load true --set freeze=fork -- "$scratch/no-such-program"
says "exit status 127"
expect 1 "$HEAPDYNO" verify --out "$scratch/shell" --warm 100ms --load true --set freeze=fork -- sleep 60
says "nothing was watched"
expect 2 "$HEAPDYNO" verify --set freeze=fork -- true
says "which command makes the load?"
expect 2 "$HEAPDYNO" verify --load true -- true
says "what is proposed?"
expect 2 "$HEAPDYNO" verify --load true --set freeze=never -- true
says "off, fork or collect-fork"
expect 2 "$HEAPDYNO" verify --load true --allocator bump -- true
says "jemalloc, mimalloc or tcmalloc"
