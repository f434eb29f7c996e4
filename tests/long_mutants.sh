#!/bin/sh
# Mutants: each line of tests/mutants.txt is a wrong core; the golden scenarios or lockstep with
# CPython 3.11 must find every one. Prints which did: how many goldens, the first of them, lockstep
# with its difference. Works in a copy of the tree.
#   sh tests/long_mutants.sh [WORD]    only mutants whose name has WORD
set -u
cd "$(dirname "$0")/.."
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
git ls-files | grep -E '^(Makefile|(base|allocators|collector|workloads|bench|cpython|tests)/)' |
    tar -cf - -T - | tar -xf - -C "$tree"
table=$PWD/tests/mutants.txt
cd "$tree" || exit 1
with=
pkg-config --exists python-3.11-embed && with=build/heapdyno-lockstep
build() {
    make -s -j2 FLAGS_opt='-O1 -g' build/heapdyno $with >build.log 2>&1
}
build || { tail build.log; exit 1; }
failed=0 killed=0
while IFS='|' read -r what file edit; do
    case $what in '#'* | '') continue ;; *"${1:-}"*) ;; *) continue ;; esac
    file=$(echo "$file" | tr -d ' ')
    cp "$file" saved
    sed -i "$(echo "$edit" | sed 's/^ //')" "$file"
    if cmp -s "$file" saved; then
        echo "STALE: $what: nothing in $file to change"
        failed=$((failed + 1))
        continue
    fi
    found=
    if build; then
        timeout 120 sh tests/scenarios.sh 'build/heapdyno scenario' >found.log 2>&1 ||
            found="$(grep -c differs found.log) goldens ($(sed -n 's/.*scenarios.\([^ ]*\)\.scn differs.*/\1/p' \
                found.log | head -n 1))"
        if [ -n "$with" ]; then
            timeout 120 "$with" 1000000 5 >found.log 2>&1 ||
                found="${found:+$found, }lockstep ($(sed -n 's/^difference: //p' found.log | cut -c 1-60))"
        fi
    else
        found="compiler"
    fi
    if [ -n "$found" ]; then
        killed=$((killed + 1))
        echo "$what: $found"
    else
        failed=$((failed + 1))
        echo "SURVIVED: $what"
    fi
    cp saved "$file"
done <"$table"
echo "$killed mutants found, $failed not"
[ $failed = 0 ]
