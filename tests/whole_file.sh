#!/bin/sh
# What is written with --out is whole or not there, and what is no ordinary file is never replaced.
set -eu
. "$(dirname "$0")/lib/cli.sh"
mkfifo "$scratch/pipe"
for command in "export results/reference --format tsv" "merge results/reference/cells.jsonl"; do
    cat "$scratch/pipe" >"$scratch/read" &
    expect 0 "$HEAPDYNO" $command --out "$scratch/pipe"
    wait
    [ -p "$scratch/pipe" ] || fail "$command replaced a pipe"
    [ "$(wc -l <"$scratch/read")" -gt 60 ] || fail "$command wrote nothing into a pipe"
    expect 0 "$HEAPDYNO" $command --out "$scratch/file"
    cmp -s "$scratch/file" "$scratch/read" || fail "$command: another file than in a pipe"
    [ "$(ls "$scratch" | grep -c part)" = 0 ] || fail "$command left a part"
    rm "$scratch/file"
done
expect 0 "$HEAPDYNO" merge results/reference/cells.jsonl --out /dev/null
[ -c /dev/null ] || fail "/dev/null is no device any more"
! "$HEAPDYNO" merge results/reference/cells.jsonl --out /dev/full 2>"$scratch/err" || fail "a full device is no error"
says "/dev/full"
! "$HEAPDYNO" export results/reference --format tsv --out "$scratch/no/such" 2>"$scratch/err" || fail "no folder, no error"
says "no/such"
