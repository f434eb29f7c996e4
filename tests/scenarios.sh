#!/bin/sh
# Golden scenarios: what CPython 3.11 said (NAME.out: its output, then its messages and exit status)
# is what heapdyno says, byte for byte, on several allocators; and where libpython3.11 is at hand,
# what the oracle says still. `make goldens` writes the .out files anew, by the oracle.
#   sh tests/scenarios.sh [COMMAND…]   the commands to check; default: heapdyno's and the oracle
set -u
out=${OUT:-build}
heapdyno=${HEAPDYNO:-$out/heapdyno}
folder=tests/scenarios
actual=$(mktemp)
messages=$(mktemp)
trap 'rm -f "$actual" "$messages"' EXIT
failed=0

# run COMMAND NAME: output, messages (each with the file's path as it was given) and exit status
run() {
    $1 "$folder/$2.scn" >"$actual" 2>"$messages"
    status=$?
    { cat "$messages"; echo "exit $status"; } >>"$actual"
}

check() {
    count=0
    for file in "$folder"/*.scn; do
        name=$(basename "$file" .scn)
        count=$((count + 1))
        run "$1" "$name"
        if ! cmp -s "$actual" "$folder/$name.out"; then
            echo "$1 $file differs from CPython 3.11:"
            diff "$folder/$name.out" "$actual" | head -n 8
            failed=$((failed + 1))
        fi
    done
    echo "$1: $count scenarios"
}

if [ "${GOLDENS:-}" = write ]; then
    for file in "$folder"/*.scn; do
        name=$(basename "$file" .scn)
        run "$out/heapdyno-oracle" "$name"
        cp "$actual" "$folder/$name.out"
    done
    exit 0
fi
if [ $# -gt 0 ]; then
    for command in "$@"; do check "$command"; done
else
    for allocator in pymalloc malloc malloc+debug; do
        check "$heapdyno scenario --allocator $allocator"
    done
    if [ -x "$out/heapdyno-oracle" ]; then
        check "$out/heapdyno-oracle"
    else
        echo "no libpython3.11: the golden files alone were checked"
    fi
fi
[ $failed = 0 ] || { echo "$failed differences"; exit 1; }
