#!/bin/sh
# The one-liner of docs/sweeps.md for GNU parallel, with its merge: every measurement of the plan
# once, whatever the order; a second time it changes nothing.
set -eu
. "$(dirname "$0")/lib/cli.sh"
command -v parallel >/dev/null 2>&1 || { echo "GNU parallel is not installed"; exit 77; }
parallel --version 2>/dev/null | grep -q GNU || { echo "parallel is not GNU's"; exit 77; }

cat >"$scratch/PLAN.ini" <<'EOF'
[matrix]
allocator = malloc, pymalloc
workload = null:size=tiny, cycles:size=tiny
reps = 2
EOF
PATH=$(dirname "$HEAPDYNO"):$PATH
HOME=$scratch
export PATH HOME
mkdir "$scratch/out.d" "$scratch/results"
line=$(grep -m1 '| parallel' docs/sweeps.md | sed 's/^ *//; s/--out out/--out out.d/')
[ -n "$line" ] || fail "docs/sweeps.md has no line with parallel"
cd "$scratch"
for round in first second; do
    sh -c "$line" >"$scratch/log" 2>&1 || { cat "$scratch/log"; fail "$round: $line"; }
    heapdyno merge out.d/*.jsonl --out results/cells.jsonl 2>"$scratch/err"
    says "12 new"
    [ "$(wc -l <results/cells.jsonl)" = 12 ] || fail "$(wc -l <results/cells.jsonl) records of 12"
done
[ "$(field run results/cells.jsonl | sort -u)" = sweep ] || fail "name of the run"
[ "$(grep -c '"kind":"counted"' results/cells.jsonl)" = 4 ] || fail "counted records"
[ -z "$(ls out.d | grep -v '^[0-9]*\.jsonl$')" ] || fail "left over: $(ls out.d)"
