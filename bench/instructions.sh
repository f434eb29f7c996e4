#!/bin/sh
# Instructions per operation of every case on every allocator, by callgrind.
#   sh bench/instructions.sh [--check | --update] [TARGET…]
#
#   (none)    prints the table: a row each case, a column each target
#   --check   core cases only; compares with bench/instructions.tsv, and fails when a case takes over
#             1 % more. Rows of another compiler, C library or allocator library are reported only
#   --update  counts and writes the rows of this compiler and these libraries anew
# A target that is not installed is skipped by name. OUT is the folder of build/instructions.
set -eu
cd "$(dirname "$0")/.."
program=${OUT:-build}/instructions
file=${INSTRUCTIONS_FILE:-bench/instructions.tsv}
mode=print quick=
case ${1:-} in
--check) mode=check quick=--quick; shift ;;
--update) mode=update quick=--quick; shift ;;
esac
command -v valgrind >/dev/null || { echo "valgrind is not installed: no instructions counted"; exit 77; }

# What the counts depend on, besides the library of the allocator.
cc=${CC:-cc}
compiler="$(uname -m) $($cc --version | grep -qi clang && echo clang || echo gcc) $($cc -dumpfullversion)"
libc=$(getconf GNU_LIBC_VERSION)
counts=$(mktemp)
trap 'rm -f "$counts" "$counts.new"' EXIT

[ $# -gt 0 ] || set -- $("$program" --targets)
for target in "$@"; do
    sh bench/micro/count.sh "$program" $quick "$target" >"$counts.new" 2>"$counts.why" && status=0 || status=$?
    case $status in
    0) sed "s/^/$compiler\t$libc\t/; s| (/[^\t]*)\t|\t|" "$counts.new" >>"$counts" ;;
    77) echo "skipped: $(tail -n 1 "$counts.why")" >&2 ;;
    *) cat "$counts.why" >&2; exit 1 ;;
    esac
done
rm -f "$counts.why"

case $mode in
print) awk -F '\t' -f bench/micro/table.awk "$counts" ;;
check) awk -F '\t' -f bench/micro/check.awk "$file" "$counts" ;;
update)
    awk -F '\t' 'NR == FNR { mine[$1 FS $2 FS $3 FS $4]; next } !(($1 FS $2 FS $3 FS $4) in mine)' \
        "$counts" "$file" >"$counts.new"
    { grep '^#' "$file"; { grep -v '^#' "$counts.new" || true; cat "$counts"; } | sort -t "$(printf '\t')" -k 1,3 -s; } >"$counts.all"
    mv "$counts.all" "$file" ;;
esac
