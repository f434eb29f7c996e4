#!/bin/sh
# Watching real programs: the records say what the gc module says, whatever becomes of the program it
# is not disturbed, and every Python from 3.9 on that is here is tried.
set -eu
. "$(dirname "$0")/lib/cli.sh"
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1
pythons=
for python in /usr/bin/python3 $(command -v python3.9 python3.10 python3.11 python3.12 python3.13 python3.14 python3.15) \
    "$HOME"/.pyenv/versions/3.*/bin/python; do
    [ -x "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null &&
        pythons="$pythons $python"
done
[ -n "$pythons" ] || { echo "no CPython from 3.9 on"; exit 77; }
first=${pythons# }
first=${first%% *}

# watch NAME STATUS COMMAND…: a run of that name; its records are $run/cells.jsonl.
watch() {
    run=$scratch/$1
    wanted_status=$2
    shift 2
    expect "$wanted_status" "$HEAPDYNO" watch --out "$run" $options -- "$@"
    records=$run/cells.jsonl
}
options=

# count NAME: what the field adds up to over generations and processes.
total() {
    grep -o "\"$1\":[0-9]*" "$records" | awk -F: '{ n += $2 } END { print n + 0 }'
}

cat >"$scratch/cycles.py" <<'END'
import gc, os, sys
before = [g["collections"] for g in gc.get_stats()], [g["collected"] for g in gc.get_stats()]
gc.disable(); gc.collect(); gc.enable()
for i in range(20000):
    a = []; a.append(a)
gc.collect()
after = [g["collections"] for g in gc.get_stats()], [g["collected"] for g in gc.get_stats()]
print(*[sum(a) - sum(b) for b, a in zip(before, after)])
END
for python in $pythons; do
    watch "each$(echo "$python" | tr -c 'a-z0-9\n' -)" 0 "$python" "$scratch/cycles.py"
    read -r collections collected <"$scratch/out"
    seen=$(total collections)
    # Those before the first line of the program are the watcher's alone.
    [ "$seen" -ge "$collections" ] && [ "$seen" -le $((collections + 20)) ] ||
        fail "$python: $seen collections, the program counts $collections"
    [ "$(total collected)" -ge "$collected" ] || fail "$python: collected $(total collected) of $collected"
    [ "$(field end "$records")" = exit ] && [ "$(field collections_missed "$records")" = 0 ] ||
        fail "$python: no clean end"
    [ "$("$python" -c 'import platform as p; print(p.python_version())')" = "$(field python "$records")" ] ||
        fail "$python: $(field python "$records")"
    expect 0 "$HEAPDYNO" report --no-plots --no-html "$run"
done
echo "collections as the program counts them:$pythons"

echo "workers: each a row, frozen objects, one that leaves without a farewell"
cat >"$scratch/fork.py" <<'END'
import gc, os, sys
keep = [[i] for i in range(50000)]
gc.freeze()
for i in range(3):
    if os.fork() == 0:
        for j in range(5000):
            a = []; a.append(a)
        gc.collect()
        sys.exit(0) if i else os._exit(0)
for i in range(3):
    os.wait()
END
watch workers 0 "$first" "$scratch/fork.py"
[ "$(grep -c 'process=fork' "$records")" = 3 ] || fail "not three workers"
[ "$(field end "$records" | sort | uniq -c | tr -s ' \n' ' ')" = " 3 exit 1 gone " ] ||
    fail "ends: $(field end "$records")"
field frozen_objects "$records" | awk '$1 < 50000 { exit 1 }' || fail "frozen: $(field frozen_objects "$records")"
[ "$(field rep "$records" | sort -n | tail -n 1)" = 2 ] || fail "workers are not repetitions of one cell"
[ "$(wc -l <"$run/raw/00001.pauses.tsv")" -gt 5 ] || fail "no pauses of a worker"

echo "forks by C code, which run no hook of Python"
watch hookless 0 "$first" -c '
import ctypes, gc, os
gc.collect()
for i in range(2):
    if ctypes.PyDLL(None).fork() == 0:
        gc.collect()
        gc.collect()
        os._exit(0)
    os.wait()
gc.collect()'
[ "$(grep -c 'process=fork' "$records")" = 2 ] && [ "$(wc -l <"$records")" = 3 ] || fail "hookless: $(field label "$records")"
[ "$(grep 'process=fork' "$records" | grep -o '"collections":[0-9]*' | tr -d '\n')" = \
    '"collections":0"collections":0"collections":2"collections":0"collections":0"collections":2' ] ||
    fail "hookless: $(grep -o '"collections":[0-9]*' "$records")"

echo "a freeze between two forks is seen in the second"
watch frozen 0 "$first" -c '
import gc, os
keep = [[i] for i in range(50000)]
for i in range(2):
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    gc.freeze()'
grep 'process=fork' "$records" >"$scratch/two-forks"
[ "$(field frozen_objects "$scratch/two-forks" | sort -n | awk '{ print ($1 >= 50000) }' | tr '\n' ' ')" = "0 1 " ] ||
    fail "frozen: $(field frozen_objects "$scratch/two-forks")"

echo "tracked objects: exact when they are counted, absent where the process is too short to pay for it"
cat >"$scratch/tracked.py" <<'END'
import gc, time
gc.disable()
keep = [[i] for i in range(400000)]
time.sleep(0.15)
gc.collect()
print(len(gc.get_objects()))
END
export HEAPDYNO_WATCH_COUNT=1
watch counted 0 "$first" "$scratch/tracked.py"
unset HEAPDYNO_WATCH_COUNT
echo "$(field tracked_objects "$records") $(cat "$scratch/out")" | awk '{ exit !($1 - $2 < 50 && $2 - $1 < 50) }' ||
    fail "$(field tracked_objects "$records") tracked, the program counts $(cat "$scratch/out")"
[ "$(field tracked_at_ns "$records")" -gt 150000000 ] || fail "counted at $(field tracked_at_ns "$records")"
watch uncounted 0 "$first" "$scratch/tracked.py"
! grep -q tracked_objects "$records" || fail "a short process was counted"

echo "the exit status, the output and the arguments are the program's"
watch status 7 "$first" -c 'import sys; print(sys.argv[1:], sys.path.count("'"$HEAPDYNO_RECORDER"'")); sys.exit(7)' 'a b' --for
[ "$(cat "$scratch/out")" = "['a b', '--for'] 0" ] || fail "printed $(cat "$scratch/out")"
[ "$(field verdict "$records")" = ok ] || fail "a program's exit status is no failure of the watch"

echo "killed, exec, a collector switched off, callbacks replaced, a thousand forks"
watch killed 137 "$first" -c 'import gc, os; gc.collect(); os.kill(os.getpid(), 9)'
[ "$(field verdict "$records")" = failed ] && grep -q 'killed by signal 9' "$records" || fail "a kill is no failure"
[ "$(total collections)" -ge 1 ] || fail "collections before the kill are lost"
watch exec 0 "$first" -c "import os, sys; os.execv(sys.executable, [sys.executable, '$scratch/cycles.py'])"
[ "$(wc -l <"$records")" = 2 ] && grep -q 'name=cycles.py' "$records" || fail "exec: $(field label "$records")"
watch off 0 "$first" -c 'import gc; gc.disable()'
[ "$(field collector_label "$records" | sed 's/.*://')" = threshold=off ] || fail "$(field collector "$records")"
watch replaced 0 "$first" -c 'import gc; gc.callbacks.clear(); gc.collect(); gc.collect()'
[ "$(field collections_missed "$records")" -ge 2 ] || fail "collections behind its back are not told"
watch forks 0 "$first" -c '
import os
for i in range(1005):
    if os.fork() == 0:
        os._exit(0)
    os.wait()'
[ "$(wc -l <"$records")" = 1000 ] && [ "$(field forks_unwatched "$records" | sort -n | tail -n 1)" = 6 ] ||
    fail "1005 forks: $(wc -l <"$records") records, $(field forks_unwatched "$records" | sort -n | tail -n 1) over"

if other_user "another user"; then
    chmod 711 "$scratch"
    watch other 0 setpriv --reuid=65534 --clear-groups "$first" -c 'import gc; gc.collect()'
    [ "$(total collections)" -ge 1 ] || fail "a program of another user is not watched"
fi

echo "nothing to watch: said, and the program has run"
watch shell 1 sh -c 'echo ran'
says "nothing was watched"
[ "$(cat "$scratch/out")" = ran ] || fail "the program did not run"
watch isolated 1 "$first" -I -c 'print(1)'
says "nothing was watched"
watch missing 127 "$scratch/no-such-program"
says "No such file"

echo "left running: after a time, and by a signal"
cat >"$scratch/server.py" <<'END'
import gc, os, sys, time
open(sys.argv[1] + ".pid", "w").write(str(os.getpid()))
while os.path.isdir(os.path.dirname(sys.argv[1])) and not os.path.exists(sys.argv[1] + ".end"):
    gc.collect()
    time.sleep(0.01)
gc.collect() # the next one after it was asked to watch no longer
open(sys.argv[1] + ".done", "w").write(str(len(gc.callbacks)))
END
options="--for 3s"
watch served 0 "$first" "$scratch/server.py" "$scratch/one"
options=
while [ ! -s "$scratch/one.pid" ]; do sleep 0.1; done # on a busy machine it starts after the watch
kill -0 "$(cat "$scratch/one.pid")" || fail "the server is gone"
[ "$(field end "$records")" = running ] || fail "$(field end "$records")"
"$HEAPDYNO" watch --out "$scratch/signalled" -- "$first" "$scratch/server.py" "$scratch/two" 2>"$scratch/err" &
watcher=$!
while [ ! -s "$scratch/two.pid" ]; do sleep 0.1; done
kill -USR1 $watcher
wait $watcher || fail "USR1: exit status $?"
kill -0 "$(cat "$scratch/two.pid")" || fail "USR1 reached the server"
touch "$scratch/one.end" "$scratch/two.end"
for name in one two; do
    while [ ! -s "$scratch/$name.done" ]; do sleep 0.1; done
    [ "$(cat "$scratch/$name.done")" = 0 ] || fail "the watcher stayed in the server"
done

echo "under a load: the program ends with it, the load is not watched, its failure is ours"
cat >"$scratch/serve.py" <<'END'
import os, sys, time
open(sys.argv[1], "w").write("ready")
while True:
    time.sleep(0.01)
END
loaded() { # STATUS READY LOAD COMMAND…
    rm -rf "$scratch/loaded" "$scratch/up"
    loaded_status=$1
    loaded_ready=$2
    loaded_by=$3
    shift 3
    expect "$loaded_status" "$HEAPDYNO" watch --out "$scratch/loaded" --ready "$loaded_ready" --load "$loaded_by" -- "$@"
    records=$scratch/loaded/cells.jsonl
}
loaded 0 "test -s $scratch/up" "$first -c 'print(123)'" "$first" "$scratch/serve.py" "$scratch/up"
says 123
[ ! -s "$scratch/out" ] || fail "the load writes to the program's stdout"
[ "$(wc -l <"$records") $(field verdict "$records") $(field end "$records")" = "1 ok gone" ] ||
    fail "loaded: $(cat "$records")"
loaded 1 "test -s $scratch/up" "exit 3" "$first" "$scratch/serve.py" "$scratch/up"
says "the load failed"
loaded 1 true "sleep 600" "$first" -c 'print(1)'
says "the program ended before the load did"
loaded 1 "test -s $scratch/up" true "$first" -c 'print(1)'
says "the program ended before the load did"
rm -rf "$scratch/loaded"
expect 0 "$HEAPDYNO" watch --out "$scratch/loaded" --warm 0.1s --load true -- "$first" -c 'import time; time.sleep(600)'
expect 2 "$HEAPDYNO" watch --for 1s --load true -- "$first" -c 1
says "one of them"

echo "two watches of one second that are given no folder"
program=$(readlink -f "$HEAPDYNO")
for i in 1 2 3; do
    (mkdir -p "$scratch/here" && cd "$scratch/here" && expect 0 "$program" watch -- "$first" -c 1)
done
[ "$(cat "$scratch"/here/results/*/cells.jsonl | wc -l)" = 3 ] || fail "not three runs: $(ls "$scratch/here/results")"

echo "one import line, read afterwards; files cut and altered are named and left out"
PYTHONPATH=$HEAPDYNO_RECORDER HEAPDYNO_WATCH=$scratch/files expect 0 "$first" -c "
import heapdyno_watch
exec(open('$scratch/cycles.py').read())"
cp "$scratch"/files/*.watch "$scratch/whole"
head -c 5000 "$scratch/whole" >"$scratch/files/cut.watch"
echo nonsense >"$scratch/files/none.watch"
{ head -c 56 "$scratch/whole" && printf '\377\377\377\377\377\377\377\377' && tail -c +65 "$scratch/whole"; } >"$scratch/files/state.watch"
expect 0 "$HEAPDYNO" watch --read "$scratch/files" --out "$scratch/read"
for name in cut none state; do says "left out: $scratch/files/$name.watch"; done
[ "$(wc -l <"$scratch/read/cells.jsonl")" = 1 ] || fail "not one record"
expect 1 "$HEAPDYNO" watch --read "$scratch/nowhere" --out "$scratch/read2"
says "no such folder"
expect 2 "$HEAPDYNO" watch
says "which command?"
expect 2 "$HEAPDYNO" watch --read "$scratch/files" -- true
says "takes no command"
expect 2 "$HEAPDYNO" watch --out "$scratch/read" -- true
says "holds records already"

echo "a folder that cannot be written: one line, and the program runs"
PYTHONPATH=$HEAPDYNO_RECORDER HEAPDYNO_WATCH=/proc/nowhere expect 0 "$first" -c 'import heapdyno_watch; print("ran")'
says "is not watched"
[ "$(cat "$scratch/out")" = ran ] || fail "the program did not run"
