#!/bin/sh
# Golden scenarios: what CPython 3.11 said (NAME.out: its output, then its messages and exit status)
# is what heapdyno says, byte for byte, on several allocators; and where libpython3.11 is at hand,
# what the oracle says still. Collector cp313 is held against 3.13: NAME.out313 where it said
# something else, without those of cp313.skip. `make goldens` and `make goldens313` write them.
#   sh tests/scenarios.sh [COMMAND…]   check these commands against 3.11 instead
set -u
out=${OUT:-build}
heapdyno=${HEAPDYNO:-$out/heapdyno}
folder=tests/scenarios
actual=$(mktemp)
messages=$(mktemp)
trap 'rm -f "$actual" "$messages"' EXIT
failed=0

# Output, then messages and exit status of COMMAND on scenario NAME.
run() {
    $1 "$folder/$2.scn" >"$actual" 2>"$messages"
    status=$?
    { cat "$messages"; echo "exit $status"; } >>"$actual"
}

# Whether NAME is left out of 3.13.
skipped() {
    while read -r pattern why; do
        # shellcheck disable=SC2254
        case $1 in $pattern) return 0 ;; esac
    done <$folder/cp313.skip
    return 1
}

# check COMMAND VERSION: "" for 3.11, 313
check() {
    count=0
    for file in "$folder"/*.scn; do
        name=$(basename "$file" .scn)
        [ "$2" = "" ] || ! skipped "$name" || continue
        expected=$folder/$name.out
        [ "$2" = "" ] || [ ! -f "$expected$2" ] || expected=$expected$2
        count=$((count + 1))
        run "$1" "$name"
        if ! cmp -s "$actual" "$expected"; then
            echo "$1 $file differs from $expected:"
            diff "$expected" "$actual" | head -n 8
            failed=$((failed + 1))
        fi
    done
    echo "$1: $count scenarios"
}

# write COMMAND VERSION: the golden files anew; those of 3.13 only where they differ from 3.11's
write() {
    rm -f "$folder"/*.out"$2"
    for file in "$folder"/*.scn; do
        name=$(basename "$file" .scn)
        [ "$2" = "" ] || ! skipped "$name" || continue
        run "$1" "$name"
        [ "$2" != "" ] && cmp -s "$actual" "$folder/$name.out" || cp "$actual" "$folder/$name.out$2"
    done
}

case ${GOLDENS:-} in
write) write "$out/heapdyno-oracle" ""; exit 0 ;;
write313) write "$out/heapdyno-oracle-3.13" 313; exit 0 ;;
esac
if [ $# -gt 0 ]; then
    for command in "$@"; do check "$command" ""; done
else
    for allocator in pymalloc malloc malloc+debug; do
        check "$heapdyno scenario --allocator $allocator" ""
    done
    check "$heapdyno scenario --collector cp313" 313
    if [ -x "$out/heapdyno-oracle" ]; then
        check "$out/heapdyno-oracle" ""
    else
        echo "no libpython3.11: the golden files alone were checked"
    fi
fi
[ $failed = 0 ] || { echo "$failed differences"; exit 1; }
