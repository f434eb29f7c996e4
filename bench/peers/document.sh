#!/bin/sh
# Write what `make peers` measured into docs/performance.md, between <!-- peers --> and <!-- end -->:
# a table of all rows, with machine and date before it and a line of totals.
#   [PAGE_FILE=…] sh bench/peers/document.sh FILE.tsv
set -eu
table=$1
cd "$(dirname "$0")/../.."
page=${PAGE_FILE:-docs/performance.md}
new=$(mktemp)
trap 'rm -f "$new"' EXIT
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
awk -F '\t' -v machine="$(date +%Y-%m-%d), $(uname -m) ($cpu, $(nproc) processors), Linux $(uname -r)" \
    -f bench/peers/document.awk "$table" "$page" >"$new"
cp "$new" "$page"
