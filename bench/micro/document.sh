#!/bin/sh
# Count everything and write the tables of docs/performance.md anew: between the marks
#   <!-- counts: COLUMN… ; CASES, a regular expression ; ratios -->  and  <!-- end -->
# a row each case; with "ratios" our columns over the last one as well; and between <!-- goals --> and
# <!-- end --> what `make instructions` ends with.
#   OUT=build sh bench/micro/document.sh
set -eu
cd "$(dirname "$0")/../.."
out=${OUT:-build}
page=docs/performance.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for target in $("$out/instructions" --targets); do
    sh bench/micro/count.sh "$out/instructions" "$target" || [ $? = 77 ]
done >"$folder/counts"
[ ! -x "$out/peers/cpython" ] || sh bench/micro/count.sh "$out/peers/cpython" cpython >>"$folder/counts"
sed 's/^/-\t-\t/' "$folder/counts" | awk -F '\t' -f bench/micro/table.awk | sed -n '/^ours /,$p' >"$folder/goals"
awk -F '\t' -v date="$(date +%Y-%m-%d)" -v goals="$folder/goals" -f bench/micro/document.awk "$folder/counts" "$page" >"$folder/page"
cp "$folder/page" "$page"
