#!/bin/sh
# heapdyno gate: its three exits, what it takes as a run, whom it refuses to compare, and bad input. The
# runs are made up (tests/fixtures/report/synthetic.awk); real times: tests/long_gate.sh.
set -eu
. "$(dirname "$0")/lib/cli.sh"

# synthetic NAME [-v x=y …]: a run folder of made-up records.
synthetic() {
    folder=$scratch/$1
    shift
    mkdir -p "$folder/raw"
    awk -v folder="$folder" "$@" -f tests/fixtures/report/synthetic.awk
}

# gate STATUS VERDICT ARGUMENTS…: the first line begins with this verdict.
gate() {
    wanted_status=$1 verdict=$2
    shift 2
    expect "$wanted_status" "$HEAPDYNO" gate "$@"
    head -n 1 "$scratch/out" | grep -q "^verdict: $verdict, at a tolerance of" ||
        fail "'$(head -n 1 "$scratch/out")' is not '$verdict': $*"
}

# refuses TEXT ARGUMENTS…: exit 2, the reason on stderr, no verdict.
refuses() {
    text=$1
    shift
    expect 2 "$HEAPDYNO" gate "$@"
    says "$text"
    [ ! -s "$scratch/out" ] || fail "a verdict although refused: $*"
}

a=$scratch/a b=$scratch/b slow=$scratch/slow
synthetic a -v reps=6 -v name=a
synthetic b -v reps=6 -v name=b -v seed=8
synthetic slow -v reps=6 -v name=slow -v seed=9 -v speed=0.9
synthetic few -v reps=1

# Three exits: no regression, regression of times and of counts, cannot tell.
gate 0 "no regression" "$a" "$b" --max-regress 3%
gate 1 "regression" "$a" "$slow" --max-regress 3%
grep -qE '^regression +run time +all cells' "$scratch/out" || fail "the row over all cells is missing"
gate 0 "no regression" "$a" "$slow" --max-regress 20%
gate 0 "no regression" "$slow" "$a"
gate 2 "cannot tell" "$a" "$scratch/few"
gate 2 "cannot tell" "$a" "$slow" --max-regress 11%
mkdir "$scratch/more"
sed 's/"requests":4000000/"requests":4400000/' "$b/cells.jsonl" >"$scratch/more/cells.jsonl"
gate 1 "regression" "$a" "$scratch/more"
grep -qE '^regression +requests +cycles' "$scratch/out" || fail "the cell whose count grew is missing"

# What is judged: times alone do not see the count, counts alone not the time; each cell on request.
gate 0 "no regression" "$a" "$scratch/more" --metrics times
gate 0 "no regression" "$a" "$slow" --metrics counts
gate 0 "no regression" "$a" "$slow" --metrics requests,rss_bytes_peak
gate 2 "cannot tell" "$a" "$b" --every-cell --max-regress 1%
gate 1 "regression" "$a" "$slow" --conf 99.9%

# A cell that only one of them has is said, and not judged.
mkdir "$scratch/part"
grep -v '"workload":"web"' "$b/cells.jsonl" >"$scratch/part/cells.jsonl"
gate 0 "no regression" "$a" "$scratch/part"
grep -q '^28 cells in both, 31 only in A, 0 only in B' "$scratch/out" || fail "$(sed -n 2p "$scratch/out")"

# Runs as files of records and in an index of several.
index=$scratch/index.sqlite
expect 0 "$HEAPDYNO" merge "$a/cells.jsonl" "$b/cells.jsonl" "$slow/cells.jsonl" --index "$index"
gate 0 "no regression" "$a/cells.jsonl" "$b/cells.jsonl"
gate 0 "no regression" "$index:a" "$index:b"
gate 1 "regression" "$index:a" "$slow"
cat "$a/cells.jsonl" "$slow/cells.jsonl" >"$scratch/both.jsonl"
gate 1 "regression" "$scratch/both.jsonl:a" "$scratch/both.jsonl:slow"
refuses "holds 3 runs" "$index" "$a"
refuses "no run 'c' in it; there are a, b, slow" "$index:c" "$a"
expect 0 "$HEAPDYNO" compare "$index:a" "$index:b"

# Different machines are refused; other facts are said and judged.
other() {
    mkdir "$scratch/$1"
    sed "s/\"machine\":\"0123abcd\"/\"machine\":\"0000ffff\"/; $2" "$b/cells.jsonl" >"$scratch/$1/cells.jsonl"
}
other unknown ''
other cpu 's/synthetic, not measured/another/'
other compiler 's/"compiler":"none"/"compiler":"13.1"/'
refuses "different machines" "$a" "$scratch/unknown"
refuses "different machine: cpu is synthetic, not measured in A, another in B" "$a" "$scratch/cpu"
gate 0 "no regression" "$a" "$scratch/cpu" --different-machines
gate 0 "no regression" "$a" "$scratch/compiler"
says "warning: compiler is none in A, 13.1 in B"

# Nothing to judge, and what is no run: refused, nothing written.
mkdir "$scratch/empty" "$scratch/hollow" "$scratch/none"
: >"$scratch/empty/cells.jsonl"
printf 'nonsense\n' >"$scratch/none/cells.jsonl"
synthetic future -v schema=2
head -c 20000 "$index" >"$scratch/cut.sqlite"
cp "$scratch/cut.sqlite" "$scratch/cut.before"
sqlite_head=$(printf 'SQLite format 3')
printf '%s\0nonsense' "$sqlite_head" >"$scratch/false.sqlite"
refuses "no record in it" "$a" "$scratch/empty"
refuses "no record in it" "$scratch/none" "$a"
refuses "cells.jsonl" "$a" "$scratch/hollow"
refuses "another schema version" "$a" "$scratch/future"
refuses "damaged" "$a" "$scratch/cut.sqlite"
cmp -s "$scratch/cut.sqlite" "$scratch/cut.before" || fail "a damaged index was written to"
refuses "not a database" "$a" "$scratch/false.sqlite"
refuses "no such folder or file" "$a" /nonexistent/run
refuses "'nope' is no figure" "$a" "$b" --metrics nope
refuses "--conf: 10 %" "$a" "$b" --conf 10%
refuses "--max-regress" "$a" "$b" --max-regress much
refuses "1 operands given" "$a"
mkdir "$scratch/skipped"
grep '"verdict":"skipped"' "$a/cells.jsonl" >"$scratch/skipped/cells.jsonl"
gate 2 "cannot tell" "$scratch/skipped" "$scratch/skipped"

# A run of another schema version is not gone on with, nor added to.
expect 0 "$HEAPDYNO" run --quiet --no-counts --reps 1 --reruns 0 --allocator malloc --workload null:size=tiny \
    --out "$scratch/later"
sed -i 's/"schema":1/"schema":2/' "$scratch/later/cells.jsonl"
expect 2 "$HEAPDYNO" run --resume "$scratch/later"
says "another schema version"
[ "$(wc -l <"$scratch/later/cells.jsonl")" = 1 ] || fail "records of two schema versions in one file"
expect 2 "$HEAPDYNO" merge "$scratch/later/cells.jsonl"
