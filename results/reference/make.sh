#!/bin/sh
# Make results/reference anew: run its plan with build/heapdyno, keep the records of the last attempts
# and, to stay small, the raw files of one process per plot. Wants a quiet machine; 30 s on one.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=results/reference

build/heapdyno run $here/plan.ini --out "$work/reference" --quiet
build/heapdyno merge "$work/reference/cells.jsonl" --out $here/cells.jsonl
rm -rf $here/raw
mkdir $here/raw
# keep LABELS SUFFIX: that raw file of the first process of the cells whose line has the labels.
keep() {
    grep '"rep":0,.*"kind":"timed"' $here/cells.jsonl | grep -E "$1" |
        sed -n 's/.*"raw":"\([a-z0-9-]*\)".*/\1/p' | while read -r raw; do
        cp "$work/reference/raw/$raw.$2.tsv" $here/raw/
    done
}
keep '"collector_label":"cp311",' rss
keep '"allocator_label":"pymalloc",.*"collector_label":"cp311(:threshold=100*/10/10)?",.*"workload_label":"web"' pauses
rm -f $here/raw/*.part
find $here/raw -size +40k -delete
du -sh $here
