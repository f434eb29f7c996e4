#!/bin/sh
# The recipes of docs/recipes on the real packages, on loopback: what they promise is found.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1 PRODUCTS=30000
[ -x $python ] || { echo "no $python"; exit 77; }

# watched NAME COMMAND…: its records are $records.
watched() {
    records=$scratch/$1/cells.jsonl
    run=$scratch/$1
    shift
    expect 0 "$HEAPDYNO" watch --out "$run" -- $python "$@"
}
total() {
    grep -o "\"$1\":[0-9]*" "$records" | awk -F: '{ n += $2 } END { print n + 0 }'
}
private() { # of the workers, bytes
    grep 'process=fork' "$records" | grep -o '"private_dirty_bytes_end":[0-9]*' | awk -F: '{ n += $2 } END { print n + 0 }'
}

echo "a batch load: collections that find nothing, and none when it is off"
watched batch docs/recipes/batch/load.py 50000
on=$(total collections)
watched batch-off docs/recipes/batch/load.py 50000 off
[ "$on" -gt 100 ] && [ "$(total collections)" -lt 20 ] || fail "batch: $on collections, $(total collections) when off"

echo "a data loader: collecting unshares what is not frozen, reading unshares it either way"
for way in collect "collect freeze" read "read freeze"; do
    watched "loader-$(echo "$way" | tr ' ' -)" docs/recipes/loader/load.py 100000 $way
    eval "$(echo "$way" | tr ' ' _)=$(private)"
done
echo "  private bytes of two workers: collect $collect, frozen $collect_freeze; read $read, frozen $read_freeze"
[ "$collect_freeze" -lt $((collect / 2)) ] || fail "freezing does not keep collected pages shared"
[ "$read_freeze" -gt $((read / 2)) ] || fail "freezing keeps pages shared that are read"

echo "an asyncio service"
watched asyncio docs/recipes/asyncio/service.py --requests 200
[ "$(total collections)" -gt 20 ] || fail "asyncio: $(total collections) collections"
expect 0 "$HEAPDYNO" tune --watch "$run"
grep -q '^measured on yours' "$scratch/out" || fail "nothing to say of it"

if $python -c 'import celery' 2>/dev/null; then
    echo "celery: prefork workers as rows"
    export CELERY_FOLDER="$scratch/celery" PYTHONPATH=docs/recipes/celery
    "$HEAPDYNO" watch --out "$scratch/celery-run" -- $python -m celery -A tasks worker -P prefork -c 2 --loglevel=error \
        >"$scratch/celery.log" 2>&1 &
    watcher=$!
    timeout 60 $python docs/recipes/celery/tasks.py 6 >"$scratch/load" || fail "celery did not answer: $(cat "$scratch/celery.log")"
    kill $watcher # passed on to the worker, which ends warmly
    wait $watcher || fail "celery: exit status $?"
    unset PYTHONPATH
    [ "$(grep -c 'process=fork' "$scratch/celery-run/cells.jsonl")" = 2 ] || fail "not two celery workers"
fi

command -v gunicorn >/dev/null && $python -c 'import django' 2>/dev/null || { echo "no gunicorn, no Django"; exit 0; }

port=$($python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port/search?text=a&limit=200"
gunicorn="gunicorn --log-level warning -w 2 --preload -b 127.0.0.1:$port --chdir docs/recipes/gunicorn-django app:application"
load="$python build/recorder/heapdyno_load.py '$url' --for 1.5"

echo "gunicorn and Django: watched, workers as rows"
expect 0 "$HEAPDYNO" watch --for 3s --out "$scratch/watched" -- $gunicorn
[ "$(field end "$scratch/watched/cells.jsonl" | sort -u)" = running ] || fail "the server was not left running"
[ "$(grep -c 'process=fork' "$scratch/watched/cells.jsonl")" = 2 ] || fail "not two workers"
$python build/recorder/heapdyno_load.py "$url" --rate 20 --for 0.5 >"$scratch/load" || fail "the server does not answer"
expect 0 "$HEAPDYNO" tune --watch "$scratch/watched"
kill "$(field pid "$scratch/watched/cells.jsonl" | head -n 1)"

echo "gunicorn and Django: freezing before the fork saves private memory"
sleep 1
expect 0 "$HEAPDYNO" verify --out "$scratch/frozen" --pairs 5 --workers 2 --set threshold=50000/20/100,freeze=fork \
    --ready "$load --rate 1 >/dev/null" --load "$load --rate 150" -- $gunicorn
grep -q '^private dirty .*better$' "$scratch/out" || { cat "$scratch/out"; fail "no private memory saved"; }
sed -n '/^figure/,/^longest/p' "$scratch/out"
