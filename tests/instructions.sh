#!/bin/sh
# The core, and our own allocators, take no more instructions than committed (1 %); and the
# comparison itself: it fails on a case that grew, names it, and only reports what it cannot compare.
set -eu
cd "$(dirname "$0")/.."
[ "${OUT:-build}" = build ] || { echo "counts are of the release build"; exit 77; }
command -v valgrind >/dev/null || { echo "valgrind is missing"; exit 77; }
[ -x build/instructions ] || { echo "build/instructions was not built"; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
    echo "instructions: $1"
    exit 1
}

# The comparison, on counts made up.
printf 'x86 gcc 1\tglibc 1\tours\town\tpair\t100.00\nx86 gcc 1\tglibc 1\tours\town\tburst\t50.00\n' >"$folder/old"
compare() { # PAIR BURST COMPILER
    printf '%s\tglibc 1\tours\town\tpair\t%s\n%s\tglibc 1\tours\town\tburst\t%s\n' "$3" "$1" "$3" "$2" >"$folder/new"
    awk -F '\t' -f bench/micro/check.awk "$folder/old" "$folder/new" >"$folder/said"
}
compare 101.00 50.00 "x86 gcc 1" || fail "1 % was too much: $(cat "$folder/said")"
compare 100.00 50.60 "x86 gcc 1" && fail "1.2 % was not too much"
grep -q 'GROWN: burst on ours takes 50.60' "$folder/said" || fail "the case is not named: $(cat "$folder/said")"
grep -q 'pair' "$folder/said" && fail "a case is named that did not grow"
compare 200.00 50.00 "x86 gcc 2" || fail "another compiler is no failure"
grep -q 'no counts committed' "$folder/said" || fail "another compiler is not reported"

# Counts repeat exactly.
for run in 1 2; do
    sh bench/micro/count.sh build/instructions pymalloc 'pair/64$' 'list/hit$' >"$folder/run.$run"
done
[ "$(wc -l <"$folder/run.1")" = 2 ] || fail "two cases were counted as $(cat "$folder/run.1")"
cmp -s "$folder/run.1" "$folder/run.2" || fail "counts differ: $(cat "$folder"/run.?)"

targets=$(build/instructions --targets | grep -xE 'pymalloc|pool')
# shellcheck disable=SC2086
sh bench/instructions.sh --check $targets
