#!/bin/sh
# What a forked child comes to own, beside a real python3.11: within 10 % (means of five draws of what is read), or half a MiB.
set -eu
. "$(dirname "$0")/lib/cli.sh"

python=
for candidate in /usr/bin/python3.11 python3.11; do
    [ -n "$python" ] || python=$(command -v $candidate || true)
done
[ -n "$python" ] || { echo "no python3.11 to compare with"; exit 77; }
export HEAPDYNO
sh cpython/programs/fork_memory.sh "$python" 150000 >"$scratch/table"
[ "$(wc -l <"$scratch/table")" = 11 ] || fail "not eleven lines"
awk '{ difference = $3 - $2; if (difference < 0) difference = -difference
       if (difference > 0.5 && difference > $2 * 0.1) { print; bad = 1 } } END { exit bad }' "$scratch/table" ||
    fail "the model is further from Python than that"
