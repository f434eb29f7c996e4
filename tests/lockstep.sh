#!/bin/sh
# A short lockstep with CPython 3.11: the golden scenarios, then 700,000 operations over all profiles
# (OPS=, SEED=). The long ones are `make lockstep` and tests/long_lockstep.sh.
set -eu
out=${OUT:-build}
lockstep=$out/heapdyno-lockstep
[ -x "$lockstep" ] || { echo "no libpython3.11 to compare with"; exit 77; }
"$lockstep" --files tests/scenarios/*.scn 2>/dev/null
undefined=$("$lockstep" --files tests/fixtures/undefined_*.scn) || { echo "$undefined"; exit 1; }
echo "$undefined" | grep -q '^  2 runs ended where CPython 3.11 is undefined$'
seed=${SEED:-$(date +%j)}
echo "SEED=$seed"
"$lockstep" "${OPS:-700000}" "$seed"
