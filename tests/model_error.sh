#!/bin/sh
# The table of `make model-error`, made short: every program on every allocator, memory as replays
# predict it. Times are printed, not judged.
set -eu
. "$(dirname "$0")/lib/cli.sh"
host=${OUT:-build}/heapdyno-python
[ -x "$host" ] && [ -x /usr/bin/python3.11 ] || { echo "no libpython3.11: no $host"; exit 77; }
[ -e build/recorder/heapdyno_recorder-3.11.so ] || { echo "no recorder"; exit 77; }
HEAPDYNO_PYTHON=$(cd "$(dirname "$host")" && pwd)
export HEAPDYNO HEAPDYNO_PYTHON REPS=1 SCALE=5
expect 0 sh cpython/programs/model_error.sh
[ "$(grep -c '^| [a-z_]* | \(pool\|jemalloc\|mimalloc\|tcmalloc\) |' "$scratch/out")" = 20 ] || fail "not twenty rows"
grep '^| .* | [0-9.]* | [0-9.]* | [+-]' "$scratch/out" | awk -F'|' '{ error = $6 + 0
    if (error > 15 || error < -15) { print; bad = 1 } } END { exit bad || NR != 20 }' || fail "memory is predicted worse than by 15 points"
tail -n 1 "$scratch/out"
