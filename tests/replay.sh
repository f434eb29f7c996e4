#!/bin/sh
# The committed traces on every allocator, each in a process of its own: equal checksums, as many
# collections as recorded. A damaged trace is a record that says so, and the sweep goes on.
set -eu
cd "$(dirname "$0")/.."
HEAPDYNO=${HEAPDYNO:-$(pwd)/build/heapdyno}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "replay: $1"
    exit 1
}

field() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}

for trace in compile json web; do
    first=
    for allocator in malloc jemalloc mimalloc tcmalloc pymalloc pool bump pymalloc+debug; do
        "$HEAPDYNO" child "allocator=$allocator" "workload=replay:file=$trace" >"$scratch/record" ||
            fail "$trace on $allocator: $(cat "$scratch/record")"
        verdict=$(field verdict <"$scratch/record")
        if [ "$verdict" = skipped ]; then
            echo "$trace on $allocator: skipped"
            continue
        fi
        [ "$verdict" = ok ] || fail "$trace on $allocator: $(cat "$scratch/record")"
        checksum=$(field checksum <"$scratch/record")
        first=${first:-$checksum}
        [ "$checksum" = "$first" ] || fail "$trace on $allocator: checksum $checksum, not $first"
        grep -q '"gen":\[{"collections":\([0-9]*\),"collections_recorded":\1,.*{"collections":\([0-9]*\),"collections_recorded":\2,.*{"collections":\([0-9]*\),"collections_recorded":\3,' \
            "$scratch/record" || fail "$trace on $allocator: collections are not those recorded"
        ! grep -q '"pause_ns_max"' "$scratch/record" || fail "$trace: pauses, but a trace has none"
    done
    "$HEAPDYNO" record --show "workloads/traces/$trace.trace" >"$scratch/shown"
    grep -q '^differences 0 due but not recorded, 0 recorded but not due; 0 ' "$scratch/shown" ||
        { cat "$scratch/shown"; fail "$trace: differences"; }
    [ "$(wc -c <"workloads/traces/$trace.trace")" -le 409600 ] || fail "$trace is larger than 400 KiB"
done

# A name finds a trace wherever the program was started, and in a folder that is given.
(cd / && "$HEAPDYNO" child allocator=malloc workload=replay:file=json >"$scratch/record")
mkdir "$scratch/traces"
cp workloads/traces/json.trace "$scratch/traces/mine.trace"
HEAPDYNO_TRACES="$scratch/traces" "$HEAPDYNO" child allocator=malloc workload=replay:file=mine >"$scratch/mine"
HEAPDYNO_TRACES="$scratch/traces" "$HEAPDYNO" cell allocator=malloc workload=replay:file=mine >"$scratch/cell" ||
    { cat "$scratch/cell"; echo "replay: a measured process does not find the trace"; exit 1; }
[ "$(field checksum <"$scratch/mine")" = "$(field checksum <"$scratch/record")" ] || fail "file=mine"

# Cut, altered, empty, missing, no trace: a record with the reason.
expect() {
    status=0
    "$HEAPDYNO" child allocator=malloc "workload=replay:file=$1" >"$scratch/record" 2>/dev/null || status=$?
    [ $status = 1 ] || fail "$1: exit status $status"
    [ "$(field verdict <"$scratch/record")" = failed ] || fail "$1: $(cat "$scratch/record")"
    grep -q "$2" "$scratch/record" || fail "$1: no \"$2\" in $(cat "$scratch/record")"
}
size=$(wc -c <workloads/traces/json.trace)
head -c $((size / 2)) workloads/traces/json.trace >"$scratch/cut"
expect "$scratch/cut" "byte [0-9]*: the file ends here: it was cut"
head -c $((size - 1)) workloads/traces/json.trace >"$scratch/cut_last"
expect "$scratch/cut_last" "it was cut"
{ head -c $((size / 2)) workloads/traces/json.trace; printf 'x'; tail -c +$((size / 2 + 2)) workloads/traces/json.trace; } >"$scratch/altered"
expect "$scratch/altered" "wrong checksum: this chunk is damaged"
: >"$scratch/empty"
expect "$scratch/empty" "it was cut"
expect "$scratch/missing" "No such file"
expect "tests/replay.sh" "not a trace"
