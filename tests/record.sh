#!/bin/sh
# Recording real programs: what is in the trace is what happened, and whatever ends the process, the
# file is a trace. Skipped where there is no Python 3.11 or no recorder for it.
set -eu
cd "$(dirname "$0")/.."
HEAPDYNO=${HEAPDYNO:-$(pwd)/build/heapdyno}
python=/usr/bin/python3.11
[ -x $python ] || { echo "no $python"; exit 77; }
[ -e build/recorder/heapdyno_recorder-3.11.so ] || { echo "no recorder: libpython3.11-dev is missing"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONHASHSEED=0
export PYTHONDONTWRITEBYTECODE=1 # the first run of a fresh machine would compile, the second load
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "record: $1"
    exit 1
}

# Record quietly: record OUT [OPTIONS] -- COMMAND…
record() {
    "$HEAPDYNO" record "$@" >"$scratch/stdout" 2>"$scratch/stderr"
}

show() {
    "$HEAPDYNO" record --show "$1"
}

has() {
    grep -q -- "$2" "$1" || { cat "$1"; fail "$3: no \"$2\""; }
}

echo "five programs: the counts of the trace demand the collections that were recorded"
for program in compile_modules json_work web_like regex_text asyncio_echo; do
    record "$scratch/$program" -- $python cpython/programs/$program.py
    show "$scratch/$program" >"$scratch/shown"
    has "$scratch/shown" "^differences 0 due but not recorded, 0 recorded but not due; 0 corrections" $program
    has "$scratch/shown" "^ended      the program ended" $program
    grep -q '^ *0 *[1-9]' "$scratch/shown" || fail "$program: no collection recorded"
done

echo "the same run again makes the same requests (a few frees depend on addresses)"
record "$scratch/again" -- $python cpython/programs/compile_modules.py
for out in compile_modules again; do
    show "$scratch/$out" | sed -n 's/  frees.*//; /^requests/p; /^GC blocks/p' >"$scratch/$out.requests"
done
cmp "$scratch/compile_modules.requests" "$scratch/again.requests" || fail "two runs differ"

echo "collections, collected objects and thresholds as the gc module tells them"
cat >"$scratch/stats.py" <<'END'
import gc, sys, threading
import heapdyno_recorder as recorder
class Node:
    def __del__(self):
        self.late = [object() for _ in range(30)]
def cycles(count):
    for i in range(count):
        node = Node(); node.me = node
        try:
            {}[i]
        except KeyError as error:
            node.error = [error]
recorder.stop()
recorder.start(sys.argv[1])
before = gc.get_stats()
cycles(3000)
gc.set_threshold(100, 5, 5); cycles(3000)
gc.disable(); cycles(2000); gc.enable(); cycles(500)
gc.freeze(); cycles(1000); gc.unfreeze()
gc.set_threshold(0); cycles(1000); gc.set_threshold(700, 10, 10)
threads = [threading.Thread(target=cycles, args=(3000,)) for _ in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
gc.collect(0); gc.collect(1); gc.collect(generation=2); gc.collect()
after = gc.get_stats()
recorder.stop()
for generation in range(3):
    print(generation, *(after[generation][key] - before[generation][key]
                        for key in ("collections", "collected")))
END
record "$scratch/outer" -- $python "$scratch/stats.py" "$scratch/inner"
show "$scratch/inner" >"$scratch/shown"
awk '$1 ~ /^[012]$/ && NF == 5 { print $1, $2, $5 }' "$scratch/shown" >"$scratch/ours"
cmp "$scratch/ours" "$scratch/stdout" || { cat "$scratch/ours" "$scratch/stdout"; fail "not gc.get_stats"; }
has "$scratch/shown" "^differences 0 due but not recorded, 0 recorded but not due; 1 corrections" "gc states"

echo "callbacks of the program make corrections, not differences"
record "$scratch/callbacks" -- $python -c '
import gc
gc.callbacks.append(lambda phase, info: [[i] for i in range(5)])
kept = [[i] for i in range(20000)]
gc.collect()'
show "$scratch/callbacks" >"$scratch/shown"
has "$scratch/shown" "^differences 0 due but not recorded, 0 recorded but not due; [1-9]" callbacks

echo "each process has its own file; a child that only runs a program has none"
record "$scratch/fork" -- $python -c '
import os, gc, subprocess
kept = [[i] for i in range(5000)]
pid = os.fork()
more = [[i] for i in range(3000)]
if pid == 0:
    del kept
    gc.collect()
    os._exit(0)
os.waitpid(pid, 0)
subprocess.run(["/bin/true"], preexec_fn=int)'
set -- "$scratch"/fork.[0-9]*
[ $# = 1 ] || fail "fork: $# files of children"
for out in "$scratch/fork" "$1"; do
    show "$out" >"$scratch/shown"
    has "$scratch/shown" "^ended      the program ended" fork
    has "$scratch/shown" "^differences 0 due but not recorded, 0 " fork
done
has "$scratch/shown" "^older      [1-9]" "the child frees what its parent made"
has "$scratch/shown" "^ *2  *1  *1 " "the child's own collection"

# A program that allocates until it is told to stop, or for ten seconds.
cat >"$scratch/server.py" <<'END'
import os, sys, time
end = time.monotonic() + 10
print("ready", flush=True)
while time.monotonic() < end and not os.path.exists(sys.argv[1]):
    rows = [{i: [str(i)]} for i in range(200)]
    for row in rows:
        row["self"] = row
END

await() {
    for _ in $(seq 100); do
        eval "$1" && return 0
        sleep 0.1
    done
    fail "waited in vain for: $1"
}

echo "a window between two signals"
"$HEAPDYNO" record "$scratch/window" --signal USR2 -- \
    $python "$scratch/server.py" "$scratch/stop" >"$scratch/ready" 2>/dev/null &
server=$!
await '[ -s "$scratch/ready" ]'
[ ! -e "$scratch/window" ] || fail "recorded before the signal"
kill -USR2 $server
sleep 0.3
kill -USR2 $server
await 'show "$scratch/window" 2>/dev/null | grep -q "stopped on request"'
kill -0 $server || fail "the program did not go on"
touch "$scratch/stop"
wait $server || fail "the program ended badly"
rm "$scratch/stop"
show "$scratch/window" >"$scratch/shown"
has "$scratch/shown" "^older      [1-9]" window
has "$scratch/shown" "^differences 0 due but not recorded, 0 recorded but not due; 0 cor" window
"$HEAPDYNO" child allocator=malloc "workload=replay:file=$scratch/window" | grep -q '"verdict":"ok"' ||
    fail "a window cannot be replayed"

echo "--for and --max-size end the trace, and the program goes on"
(sleep 1; touch "$scratch/stop") &
record "$scratch/for" --for 200ms -- $python "$scratch/server.py" "$scratch/stop" || fail "--for"
rm -f "$scratch/stop"
show "$scratch/for" >"$scratch/shown"
has "$scratch/shown" "^ended      the time was over" --for
(sleep 1; touch "$scratch/stop") &
record "$scratch/size" --max-size 300k -- $python "$scratch/server.py" "$scratch/stop" || fail "--max-size"
rm -f "$scratch/stop"
show "$scratch/size" >"$scratch/shown"
has "$scratch/shown" "^ended      the greatest size was reached" --max-size
[ "$(wc -c <"$scratch/size")" -le 307200 ] || fail "--max-size 300k: $(wc -c <"$scratch/size") bytes"

echo "a killed process leaves a whole trace"
PYTHONPATH=build/recorder HEAPDYNO_RECORD="$scratch/killed" \
    $python "$scratch/server.py" "$scratch/stop" >/dev/null &
server=$!
await '[ -s "$scratch/killed" ]'
kill -KILL $server
wait $server 2>/dev/null || true
show "$scratch/killed" >"$scratch/shown"
has "$scratch/shown" "^ended      the process was killed" killed
has "$scratch/shown" "^differences 0 due but not recorded, 0 recorded but not due; 0 cor" killed

echo "a file that cannot grow ends the trace, not the program"
(ulimit -f 300; record "$scratch/full" -- $python cpython/programs/web_like.py) || fail "full"
show "$scratch/full" >"$scratch/shown"
has "$scratch/shown" "^ended      the file could not be written" full
has "$scratch/stderr" "recording of process .* stopped: cannot write" full
has "$scratch/stdout" "^written" full

echo "the program's own sitecustomize, exit status and path stay as they were"
mkdir "$scratch/site"
echo 'print("real one")' >"$scratch/site/sitecustomize.py"
status=0
PYTHONPATH="$scratch/site" record "$scratch/site.trace" -- \
    $python -c 'import sys; print([p for p in sys.path if "recorder" in p]); sys.exit(3)' || status=$?
[ $status = 3 ] || fail "exit status $status, not 3"
printf 'real one\n[]\n' | cmp - "$scratch/stdout" || fail "sitecustomize or sys.path"

echo "what cannot be recorded says so"
status=0
record "$scratch/isolated" -- $python -I -c 'print(1)' || status=$?
[ $status = 1 ] || fail "-I: exit status $status"
has "$scratch/stderr" "nothing was recorded" "-I"
has "$scratch/stdout" "^1" "-I"
mkdir "$scratch/empty"
cp build/recorder/sitecustomize.py build/recorder/heapdyno_extension.py "$scratch/empty"
status=0
HEAPDYNO_RECORDER="$scratch/empty" record "$scratch/other" -- $python -c 'print(1)' || status=$?
[ $status = 1 ] || fail "no extension: exit status $status"
has "$scratch/stderr" "process [0-9]* is not recorded: there is no recorder for Python 3.11" "no extension"
has "$scratch/stdout" "^1" "no extension"
echo "precious" >"$scratch/precious"
status=0
record "$scratch/precious" -- $python -c 'print(1)' || status=$?
[ $status = 2 ] || fail "a file that is no trace: exit status $status"
has "$scratch/precious" "^precious" "a file that is no trace"
for bad in "$scratch/nowhere/out -- $python" "$scratch/x" "--for soon $scratch/x -- $python" \
    "--signal KILL $scratch/x -- $python" "--show $scratch/precious extra"; do
    status=0
    record $bad || status=$?
    [ $status = 2 ] || fail "record $bad: exit status $status"
done
status=0
record "$scratch/x" -- "$scratch/no_such_program" || status=$?
[ $status = 127 ] || fail "a program that is not there: exit status $status"
status=0
show "$scratch/precious" 2>"$scratch/stderr" || status=$?
[ $status = 1 ] || fail "--show of no trace: exit status $status"
has "$scratch/stderr" "not a trace" "--show"

echo "other versions: the collections that were recorded are those that the counts demand"
mkdir "$scratch/versions"
cp build/recorder/*.py "$scratch/versions"
for other in python3.9 python3.10 python3.12 python3.13 "$HOME"/.pyenv/versions/3.*/bin/python; do
    CC="${CC:-cc}" FLAGS="-I. -D_GNU_SOURCE -O1 -fPIC -shared -w" \
        sh cpython/recorder_build.sh "$scratch/versions" "$other" >"$scratch/built"
    grep -q "^recorder: for Python" "$scratch/built" || continue
    version=$(sed 's/.* //' "$scratch/built")
    for program in web_like asyncio_echo; do
        HEAPDYNO_RECORDER="$scratch/versions" record "$scratch/other.trace" -- "$other" cpython/programs/$program.py ||
            { cat "$scratch/stderr"; fail "$version $program"; }
        show "$scratch/other.trace" >"$scratch/shown"
        has "$scratch/shown" "^differences 0 due but not recorded, 0 recorded but not due" "$version $program"
        grep -q '^ *0 *[1-9]' "$scratch/shown" || fail "$version $program: no collection recorded"
    done
    echo "  Python $version"
done
