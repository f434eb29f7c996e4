#!/bin/sh
# docs/model.md makes no claim without a test: every test, script and golden file that it names is
# there, and so are as many mutants as it says.
set -eu
cd "$(dirname "$0")/.."
page=docs/model.md
failed=0
missing() {
    echo "$page names $1, which is not there"
    failed=1
}
named=0
for file in $(grep -oE '(tests|cpython|workloads|docs)/[A-Za-z0-9_/.]+[a-z0-9]' $page | sort -u); do
    [ -e "$file" ] || missing "$file"
    named=$((named + 1))
done
for test in $(grep -oE '\btest_[a-z_]+' $page | sort -u); do
    [ -e "tests/$test.c" ] || grep -rq "static void $test(" tests || missing "$test"
    named=$((named + 1))
done
# Rows of goldens: every backticked word after "golden".
for pattern in $(grep -oE 'goldens? (`[a-z0-9_*.]+`,? ?)+' $page | grep -oE '`[^`]+`' | tr -d '`' | sort -u); do
    case $pattern in *.*) set -- tests/scenarios/$pattern ;; *) set -- tests/scenarios/$pattern.out ;; esac
    [ -e "$1" ] || missing "golden $pattern"
    named=$((named + 1))
done
mutants=$(grep -cE '^[^#].*\|' tests/mutants.txt)
grep -q "| $mutants wrong cores" $page || missing "another number of mutants than $mutants"

# Every figure of the table is a metric, and heapdyno why prints its row.
HEAPDYNO=${HEAPDYNO:-build/heapdyno}
figures=$(sed -n '/^## What figures rest on/,/^## Other/s/^| \(`[^|]*\)|.*/\1/p' $page | tr -d '`')
for figure in $figures; do
    "$HEAPDYNO" why "$figure" 2>/dev/null | grep -q '^  model: [A-Z]' || missing "the figure $figure"
done
[ "$(echo $figures | wc -w)" -gt 40 ] || missing "fewer figures than there are"
for figure in requests collections arenas pause_ns; do # each "shown by" is whole
    "$HEAPDYNO" why $figure | grep -q '^  shown by: [a-z]' || missing "what shows $figure"
done
echo "$named names in $page, $mutants mutants"
[ $named -gt 30 ] && [ $failed = 0 ]
