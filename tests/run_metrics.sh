#!/bin/sh
# The table of metrics, docs/record.md, the manual and real records say the same.
set -eu
. "$(dirname "$0")/lib/cli.sh"

names=$("$HEAPDYNO" list metrics | awk '{ print $1 }')
[ "$(echo "$names" | wc -l)" -ge 80 ] || fail "only $(echo "$names" | wc -l) metrics"
for name in $names; do
    grep -q -- "$name" docs/record.md || fail "docs/record.md does not know $name"
    test=$("$HEAPDYNO" why "$name" | sed -n 's/^  test: \(tests[^ ]*\)$/\1/p')
    [ -z "$test" ] || [ -f "$test" ] || fail "$name: its test $test is not there"
done

# Every field of real records is explained.
expect 0 "$HEAPDYNO" cell workload=replay:size=tiny
cp "$scratch/out" "$scratch/replayed"
expect 0 "$HEAPDYNO" cell workload=web
cat "$scratch/replayed" "$scratch/out" >"$scratch/records"
expect 0 "$HEAPDYNO" cell workload=web:size=tiny rate=500/s
grep -q '"workload_label":"web:size=tiny at 500/s"' "$scratch/out" || fail "the rate is not in the label"
cat "$scratch/out" >>"$scratch/records"
expect 0 "$HEAPDYNO" cell --counts obj=pymalloc mem=malloc workload=web:size=tiny
cat "$scratch/out" >>"$scratch/records"
expect 1 "$HEAPDYNO" cell allocator=malloc+fault:from=50 workload=web:size=tiny
cat "$scratch/out" >>"$scratch/records"
fields=$(grep -oE '"[a-z_0-9]+":' "$scratch/records" | tr -d '":' | sort -u)
[ "$(echo "$fields" | wc -l)" -ge 100 ] || fail "only $(echo "$fields" | wc -l) fields in the records"
for field in $fields; do
    "$HEAPDYNO" why "$field" >/dev/null 2>&1 || fail "the record has $field, heapdyno why does not"
done

# The manual knows the commands and options of this part; the lists of --man are there.
sed 's/\\-/-/g' docs/heapdyno.1 >"$scratch/manual"
for command in list run plan compare gate cell child export merge record doctor why; do
    grep -q "^.BR $command" "$scratch/manual" || fail "the manual does not know $command"
    for option in $("$HEAPDYNO" $command --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
        grep -q -- "$option" "$scratch/manual" || fail "the manual does not know $option of $command"
    done
done
"$HEAPDYNO" list --man >"$scratch/plug-ins"
for name in malloc jemalloc pymalloc debug cp311 none web replay; do
    grep -q "^.B $name" "$scratch/plug-ins" || fail "list --man lacks $name"
done
if command -v mandoc >/dev/null 2>&1; then
    cat docs/heapdyno.1 "$scratch/plug-ins" | mandoc -W error,stop >/dev/null || fail "mandoc refuses the manual"
elif command -v groff >/dev/null 2>&1; then
    [ -z "$(cat docs/heapdyno.1 "$scratch/plug-ins" | groff -man -Tutf8 -ww 2>&1 >/dev/null)" ] ||
        fail "groff warns about the manual"
fi
