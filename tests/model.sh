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
echo "$named names in $page, $mutants mutants"
[ $named -gt 30 ] && [ $failed = 0 ]
