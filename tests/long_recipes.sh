#!/bin/sh
# The servers of docs/recipes/README.md, watched and verified as it stands there, and what can go wrong
# with uwsgi.
set -eu
. "$(dirname "$0")/lib/cli.sh"
. tests/lib/console.sh
export PYTHONDONTWRITEBYTECODE=1 CELERY_FOLDER="$scratch/celery"
console_commands docs/recipes/README.md "$scratch/commands"
console_tree "$scratch/tree"
for needs in gunicorn uwsgi celery; do
    console_can_$needs || { echo "no $needs: not verified"; continue; }
    for file in $(grep -l "$needs" "$scratch"/commands/*.command); do
        console_run "$file"
        case $(cat "$file") in
        heapdyno\ verify*)
            echo "$needs"
            sed -n '/^figure/,/^longest/p' "$scratch/out"
            grep -q '^private dirty .*better$' "$scratch/out" || fail "$needs: no private memory saved"
            cp "$scratch/out" "$scratch/$needs-out" ;;
        esac
    done
done
console_can_uwsgi || exit 0

ini=$scratch/tree/docs/recipes/uwsgi/uwsgi.ini
url="http://127.0.0.1:$console_port/search?text=a&limit=200"
load="/usr/bin/python3 build/recorder/heapdyno_load.py '$url' --rate 50 --for 1"

echo "uwsgi: what verify says to paste is what frozen.py has"
sed -n '/^uwsgi/,/^[a-tv-z]/s/^    \(.*[^ ]\)  *#.*/\1/p; /^uwsgi/,/^[a-tv-z]/s/^    \(import gc\)$/\1/p' "$scratch/uwsgi-out" >"$scratch/pasted"
[ "$(wc -l <"$scratch/pasted")" = 3 ] && grep -E '^(import )?gc' docs/recipes/uwsgi/frozen.py | cmp - "$scratch/pasted" ||
    fail "pasted: $(cat "$scratch/pasted")"

echo "uwsgi on jemalloc: each process has it"
expect 0 "$HEAPDYNO" verify --out "$scratch/jemalloc" --pairs 5 --workers 2 --allocator jemalloc --load "$load" -- uwsgi --ini "$ini"
[ "$(field allocator "$scratch/jemalloc/cells.jsonl" | sort | uniq -c | tr -s ' \n' ' ')" = " 15 jemalloc 15 pymalloc " ] ||
    fail "on $(field allocator "$scratch/jemalloc/cells.jsonl" | sort | uniq -c)"

echo "uwsgi: workers that load for themselves, with threads; rows though nobody asks them anything"
expect 0 "$HEAPDYNO" watch --out "$scratch/lazy" --load "sleep 2" -- uwsgi --ini "$ini" --lazy-apps --enable-threads
[ "$(grep -c 'process=fork' "$scratch/lazy/cells.jsonl")" = 2 ] || fail "lazy: $(field label "$scratch/lazy/cells.jsonl")"

echo "uwsgi: hooks of its own are kept"
cat >"$scratch/hooks.py" <<'END'
import uwsgi
from app import application
def hook():
    print("the hook of the application, in worker", uwsgi.worker_id(), flush=True)
uwsgi.post_fork_hook = hook
END
expect 0 "$HEAPDYNO" watch --out "$scratch/hooks" --load "$load" -- uwsgi --ini "$ini" --pythonpath "$scratch" --module hooks:application
[ "$(grep -c 'the hook of the application' "$scratch/out" "$scratch/err" | awk -F: '{ n += $2 } END { print n }')" = 2 ] || fail "the application's hook did not run"
[ "$(grep -c 'process=fork' "$scratch/hooks/cells.jsonl")" = 2 ] || fail "hooks: $(field label "$scratch/hooks/cells.jsonl")"

echo "uwsgi: a setting that needs a hook before the fork is refused"
expect 1 "$HEAPDYNO" verify --out "$scratch/collect" --pairs 5 --set freeze=collect-fork --load "$load" -- uwsgi --ini "$ini"
says "ended before the load"
grep -q "freeze=fork, not collect-fork" "$scratch/collect/program.log" || fail "not said why"

echo "uwsgi: reloading on SIGTERM, it is left running"
sed '/^die-on-term/d' "$ini" >"${ini%.ini}-reloads.ini"
expect 0 "$HEAPDYNO" watch --out "$scratch/reloads" --load "sleep 1" -- uwsgi --ini "${ini%.ini}-reloads.ini"
says "does not end on SIGTERM"
server=$(sed -n 's/.*process \([0-9]*\) is left running/\1/p' "$scratch/err")
kill -INT "$server"
