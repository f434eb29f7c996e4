#!/bin/sh
# Instructions of every case, ours / the real python3.11's core without its interpreter loop, by
# callgrind: exact, so there is no interval. Goals are those that the project has set itself.
#   OUT=build sh bench/peers/instructions.sh [PART-OF-A-NAME…]
set -eu
cd "$(dirname "$0")/../.."
out=${OUT:-build}
command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sh bench/micro/count.sh "$out/peers/cpython" cpython "$@" >"$folder/theirs"
for target in $("$out/instructions" --targets | grep -xE 'pymalloc|pool'); do
    sh bench/micro/count.sh "$out/instructions" "$target" "$@" >"$folder/ours"
    awk -F '\t' -f bench/peers/instructions.awk "$folder/theirs" "$folder/ours"
    echo
done
