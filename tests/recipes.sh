#!/bin/sh
# The recipes of docs/recipes on the real packages, on loopback: what they promise is found.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1 PRODUCTS=30000
command -v gunicorn >/dev/null && $python -c 'import django' 2>/dev/null || { echo "no gunicorn, no Django"; exit 77; }

port=$($python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port/search?text=a&limit=200"
gunicorn="gunicorn --log-level warning -w 2 --preload -b 127.0.0.1:$port --chdir docs/recipes/gunicorn-django app:application"
load="$python build/recorder/heapdyno_load.py '$url' --for 1.5"

echo "gunicorn and Django: watched, workers as rows"
expect 0 "$HEAPDYNO" watch --for 3s --out "$scratch/watched" -- $gunicorn
[ "$(field end "$scratch/watched/cells.jsonl" | sort -u)" = running ] || fail "the server was not left running"
[ "$(grep -c 'process=fork' "$scratch/watched/cells.jsonl")" = 2 ] || fail "not two workers"
$python build/recorder/heapdyno_load.py "$url" --rate 20 --for 0.5 >"$scratch/load" || fail "the server does not answer"
kill "$(field pid "$scratch/watched/cells.jsonl" | head -n 1)"

echo "gunicorn and Django: freezing before the fork saves private memory"
sleep 1
expect 0 "$HEAPDYNO" verify --out "$scratch/frozen" --pairs 5 --workers 2 --set threshold=50000/20/100,freeze=fork \
    --ready "$load --rate 1 >/dev/null" --load "$load --rate 150" -- $gunicorn
grep -q '^private dirty .*better$' "$scratch/out" || { cat "$scratch/out"; fail "no private memory saved"; }
sed -n '/^figure/,/^longest/p' "$scratch/out"
