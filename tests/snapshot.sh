#!/bin/sh
# Snapshots of real programs: counts are those of the gc module, the loaded heap has the same, and
# what was cut, altered or written by another version is refused. Skipped without a recorder.
set -eu
cd "$(dirname "$0")/.."
HEAPDYNO=${HEAPDYNO:-$(pwd)/build/heapdyno}
python=/usr/bin/python3.11
[ -x $python ] || { echo "no $python"; exit 77; }
[ -e build/recorder/heapdyno_recorder-3.11.so ] || { echo "no recorder: libpython3.11-dev is missing"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "snapshot: $1"
    exit 1
}

snapshot() {
    "$HEAPDYNO" snapshot "$@" >"$scratch/stdout" 2>"$scratch/stderr"
}

show() {
    "$HEAPDYNO" snapshot --show "$1"
}

has() {
    grep -q -- "$2" "$1" || { cat "$1"; fail "$3: no \"$2\""; }
}

refused() { # FILE, what the message says
    status=0
    show "$1" >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
    [ $status = 2 ] || fail "$1: exit status $status, not 2"
    has "$scratch/stderr" "$2" "$1"
}

echo "objects, generations, types and references as the gc module has them"
cat >"$scratch/known.py" <<'END'
import gc, heapdyno_recorder, sys
class Row:
    __slots__ = ("number", "other", "__weakref__")
class Known(dict):
    pass
gc.disable()
rows = [Row() for _ in range(1000)]
for number, row in enumerate(rows):
    row.number, row.other = [number], rows[number - 1]
gc.collect()
gc.freeze()
middle = [Known({1: []}) for _ in range(500)]
gc.collect(0)
young = [[i] for i in range(200)]
lengths, count = [0, 0, 0], 0
for g in range(3):
    objects = gc.get_objects(generation=g)
    lengths[g] = len(objects)
    del objects
heapdyno_recorder.snapshot(sys.argv[1], "known", 0, False)
print(*lengths, gc.get_freeze_count())
heapdyno_recorder.snapshot(sys.argv[1] + ".full")
END
snapshot "$scratch/unused" --signal USR2 -- $python "$scratch/known.py" "$scratch/known" || # status 1: no signal came
    [ -s "$scratch/known.full" ] || { cat "$scratch/stderr"; fail "known.py"; }
show "$scratch/known" >"$scratch/shown"
set -- $(cat "$scratch/stdout")
has "$scratch/shown" "^lists      $1 young, $2 middle, $3 old, $4 frozen" "gc.get_objects"
has "$scratch/shown" "^taken      when snapshot() was called" "moment"
has "$scratch/shown" "^collect    not measured" "no collect"
has "$scratch/shown" "^ *1000 .* 100.0 %        3.00  Row$" "rows: a list, a row, the class"
has "$scratch/shown" "^ *500 .* 100.0 %        3.00  Known$" "general dicts: value, key, the class"
show "$scratch/known.full" >"$scratch/shown"
has "$scratch/shown" "^collect    [0-9.]* [num]*s of CPU" "collect"

echo "at exit: loaded, the heap has the same lists and references (test_snapshot counts them)"
snapshot "$scratch/ast" -- $python -c 'import ast; kept = ast.parse(open(ast.__file__).read())' ||
    fail "ast: $(cat "$scratch/stderr")"
show "$scratch/ast" >"$scratch/shown"
has "$scratch/shown" "^taken      at its exit" ast
bytes=$(wc -c <"$scratch/ast")
objects=$(sed -n 's/^objects *\([0-9]*\),.*/\1/p' "$scratch/shown")
[ "$bytes" -le $((objects * 40)) ] || fail "$bytes bytes for $objects objects"
if [ -x build/tests/test_snapshot ]; then
    SNAPSHOT="$scratch/ast" build/tests/test_snapshot >"$scratch/stdout" 2>&1 ||
        { cat "$scratch/stdout"; fail "the loaded heap is not what was there"; }
fi
for collector in cp311 cp313 none; do
    "$HEAPDYNO" child allocator=pymalloc collector=$collector "workload=heap:file=$scratch/ast,size=tiny" |
        sed 's/.*\("verdict":"[a-z]*"\).*\("checksum":"[0-9a-f]*"\).*/\1 \2/'
done | sort -u >"$scratch/checksums"
[ "$(wc -l <"$scratch/checksums")" = 1 ] && grep -q '"ok"' "$scratch/checksums" ||
    { cat "$scratch/checksums"; fail "three collectors differ"; }

"$HEAPDYNO" child allocator=pymalloc "workload=heap:file=$scratch/ast,then=passes" |
    sed 's/.*\("checksum":"[0-9a-f]*"\).*/"verdict":"ok" \1/' | cmp -s - "$scratch/checksums" || fail "passes"
"$HEAPDYNO" snapshot --predict "$scratch/ast" >"$scratch/shown" || fail "--predict"
has "$scratch/shown" "^measured .* predicted / measured = [0-9.]*$" --predict

echo "frozen after loading, the collector has nothing to do"
"$HEAPDYNO" child allocator=pymalloc collector=cp311:freeze=after_setup "workload=heap:file=$scratch/ast" |
    grep -q '"collections":5,"collected":0,"uncollectable":0,"examined":[0-9],' || fail "freeze"

# A program that waits until it is told to stop, or for ten seconds.
cat >"$scratch/server.py" <<'END'
import os, sys, time
end = time.monotonic() + 10
kept = [[i] for i in range(1000)]
print("ready", flush=True)
while time.monotonic() < end and not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
END

await() {
    for _ in $(seq 100); do
        eval "$1" && return 0
        sleep 0.1
    done
    fail "waited in vain for: $1"
}

echo "after a time, and once only"
(await '[ -s "$scratch/after" ]' && touch "$scratch/stop") &
snapshot "$scratch/after" --after 100ms -- $python "$scratch/server.py" "$scratch/stop" || fail "--after"
wait
rm -f "$scratch/stop"
show "$scratch/after" >"$scratch/shown"
has "$scratch/shown" "^taken      after the time given" --after
[ "$(echo "$scratch"/after*)" = "$scratch/after" ] || fail "--after: more than one"

echo "at each signal; the program goes on"
"$HEAPDYNO" snapshot "$scratch/signal" --signal USR2 -- \
    $python "$scratch/server.py" "$scratch/stop" >"$scratch/ready" 2>/dev/null &
server=$!
await '[ -s "$scratch/ready" ]'
kill -USR2 $server
await 'show "$scratch/signal" >/dev/null 2>&1'
kill -USR2 $server
await 'ls "$scratch"/signal.[0-9]* >/dev/null 2>&1'
touch "$scratch/stop"
wait $server || fail "the program ended badly"
show "$scratch/signal" >"$scratch/shown"
has "$scratch/shown" "^taken      on a signal" --signal

echo "each process has its own; exit status, path and sitecustomize stay as they were"
status=0
snapshot "$scratch/fork" -- $python -c '
import os, sys
if os.fork() == 0:
    sys.exit(0)
os.wait()
print([p for p in sys.path if "recorder" in p])
sys.exit(3)' || status=$?
[ $status = 3 ] || fail "exit status $status, not 3"
[ "$(cat "$scratch/stdout")" = "[]" ] || fail "sys.path"
set -- "$scratch"/fork*
[ $# = 2 ] || fail "fork: $# files"

echo "what cannot be read is refused"
head -c 5000 "$scratch/ast" >"$scratch/cut"
refused "$scratch/cut" "cut: 5000 bytes are there, not $bytes"
{ head -c 9000 "$scratch/ast"; printf 'X'; tail -c +9002 "$scratch/ast"; } >"$scratch/altered"
refused "$scratch/altered" "altered: its checksum is wrong"
{ head -c 8 "$scratch/ast"; printf '\003'; tail -c +10 "$scratch/ast"; } >"$scratch/newer"
refused "$scratch/newer" "a snapshot of version 3, this heapdyno reads 1 to 2"
echo "precious" >"$scratch/precious"
refused "$scratch/precious" "not a snapshot"
refused "$scratch/absent" "No such file"
refused "$scratch" "not a file"
"$HEAPDYNO" child allocator=pymalloc "workload=heap:file=$scratch/altered" 2>&1 |
    grep -q "altered: its checksum is wrong" || fail "the workload takes an altered file"
status=0
snapshot "$scratch/precious" -- $python -c 'print(1)' || status=$?
[ $status = 2 ] && [ "$(cat "$scratch/precious")" = precious ] || fail "a file that is no snapshot"
status=0
snapshot "$scratch/isolated" -- $python -I -c 'print(1)' || status=$?
[ $status = 1 ] || fail "-I: exit status $status"
has "$scratch/stderr" "no snapshot was taken" "-I"
