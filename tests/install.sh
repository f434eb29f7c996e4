#!/bin/sh
# make install: everything lands under DESTDIR and PREFIX, nothing elsewhere, and what is installed
# runs from anywhere.
set -eu
. "$(dirname "$0")/lib/cli.sh"
[ -z "${OUT:-}" ] || [ "$OUT" = build ] || { echo "only of the build that is installed"; exit 77; }

make -s install DESTDIR="$scratch/root" PREFIX=/opt/dyno >"$scratch/log" 2>&1 || {
    cat "$scratch/log"
    fail "make install"
}
[ "$(ls "$scratch/root")" = opt ] || fail "installed outside PREFIX: $(ls "$scratch/root")"
root=$scratch/root/opt/dyno
for file in bin/heapdyno share/man/man1/heapdyno.1 share/heapdyno/plans/default.ini \
    share/heapdyno/plots/style.gp share/doc/heapdyno/record.md share/doc/heapdyno/LICENSE; do
    [ -s "$root/$file" ] || fail "not installed: $file"
done
grep -q '^.B pymalloc' "$root/share/man/man1/heapdyno.1" || fail "the manual lacks the plug-ins"
cd "$scratch"
expect 0 "$root/bin/heapdyno" learn 20
expect 0 "$root/bin/heapdyno" learn --lang ko 20
expect 0 "$root/bin/heapdyno" run --quiet --reps 1 --allocator malloc,pymalloc \
    --workload null:size=tiny,replay:size=tiny --out "$scratch/results/one"
[ "$(wc -l <"$scratch/results/one/cells.jsonl")" -ge 8 ] || fail "the installed program measures nothing"
expect 0 "$root/bin/heapdyno" plan "$root/share/heapdyno/plans/default.ini" --count
