#!/bin/sh
# heapdyno report on synthetic runs: what it prints and writes, what it says when there is little or
# nothing to say, and that names from a record stay names.
set -eu
cd "$(dirname "$0")/.."
program=${HEAPDYNO:-build/heapdyno}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "report: $1"
    [ ! -f "$work/out" ] || tail -n 5 "$work/out"
    exit 1
}

# synthetic NAME [-v x=y …]: a run folder of made-up records.
synthetic() {
    folder=$work/$1
    shift
    mkdir -p "$folder/raw"
    awk -v folder="$folder" "$@" -f tests/fixtures/report/synthetic.awk
}

# run WANTED-STATUS ARGUMENTS…: both streams in $work/out.
run() {
    wanted=$1
    shift
    status=0
    $program "${verb:-report}" "$@" >"$work/out" 2>&1 || status=$?
    [ $status = "$wanted" ] || fail "exit $status instead of $wanted: ${verb:-report} $*"
}

# Blanks of tables count as one.
says() {
    tr -s ' ' <"$work/out" | grep -qF -- "$1" || fail "does not say '$1'"
}

plots=yes
command -v gnuplot >/dev/null || plots=

# A whole run: tables, sentences, plots, one file that needs no other.
synthetic whole
run 0 --all "$work/whole"
for words in "226 ok, 1 skipped, 0 failed, 0 timeout, 0 memory, 4 untrusted" \
    "Throughput, memory and pauses" "Memory returned to the system" "Collection pauses" \
    "Thresholds" "Collections and yield by generation" "Free-list hit rate by type" \
    "Resident memory by region" "Latency of operations" "Minimum mutator utilisation" \
    "Trash that waits for a collection" "Overhead over a lower bound" "Fastest: pymalloc" "Leanest:" "cp311:threshold=off against cp311"; do
    says "$words"
done
# A figure by hand: pymalloc's median of three, cycles under cp311, and its free lists.
cells=$(grep '"kind":"timed"' "$work/whole/cells.jsonl" |
    grep '"cell":"allocator=pymalloc collector=cp311:freeze=never,gc=on,threshold=700/10/10 .*workload=cycles"')
median=$(echo "$cells" | sed 's/.*"operations_per_s":\([0-9.]*\).*/\1/' | sort -n | sed -n 2p)
says "$(awk "BEGIN { printf \"%.1f k/s\", $median / 1000 }")"
html=$work/whole/report.html
[ -s "$html" ] || fail "no report.html"
! grep -qE '(src|href)="?(http|/|\.)|url\(|<script|<link' "$html" || fail "report.html needs other files"
if [ $plots ]; then
    for plot in throughput memory rss release pauses mmu latency thresholds settings generations freelists regions; do
        for kind in tsv plt svg png; do
            [ -s "$work/whole/plots/$plot.$kind" ] || fail "no $plot.$kind"
        done
    done
    [ "$(grep -c 'data:image/svg+xml;base64' "$html")" = 12 ] || fail "plots missing in report.html"
    # The table and the plot say the same: RSS over live bytes of malloc on web.
    ratio=$(awk -F '\t' 'b == 1 && $5 == "web" { printf "%.2f", $2 } /^$/ { if (!e++) b++ } /./ { e = 0 }' \
        "$work/whole/plots/memory.tsv")
    says "$ratio"
    # Utilisation is that of the worst process, and a window that one alone has is none.
    awk -F '\t' '$1 == 10 { at10 = $2; exit } END { exit !(at10 > 0) }' "$work/whole/plots/mmu.tsv" ||
        fail "no utilisation at 10 ms"
    [ "$(awk -F '\t' '$1 + 0 > 1000' "$work/whole/plots/mmu.tsv")" = "" ] || fail "windows of one process are drawn"
fi
grep -q "More tables" "$html" || fail "tables without a plot are missing in report.html"
# Overhead by hand: the least run time of any cell of the workload, less its collections, is 1.
bound=$(grep '"kind":"timed","verdict":"ok"' "$work/whole/cells.jsonl" | grep 'workload=cycles"' |
    sed 's/.*"allocator":"\([a-z]*\)".*"collector_label":"\([^"]*\)".*"run_ns":\([0-9]*\).*"gc_run_ns":\([0-9]*\).*/\1 \2 \3 \4/' |
    awk '{ cell = $1 " " $2; n[cell]++; run[cell, n[cell]] = $3; gc[cell, n[cell]] = $4 }
        function median(v, cell,    a, b, c) {
            a = v[cell, 1]; b = v[cell, 2]; c = v[cell, 3]
            return a > b ? (b > c ? b : a > c ? c : a) : a > c ? a : b > c ? c : b
        }
        END {
            for (cell in n) { x = median(run, cell) - median(gc, cell); if (!least || x < least) least = x }
            printf "%.2f", median(run, "malloc cp311") / least
        }')
tr -s ' ' <"$work/out" | sed -n '/^Overhead over/,/^LBO/p' | grep "^ malloc" | head -n 1 | grep -qF " $bound [" ||
    fail "the overhead of malloc on cycles is not $bound"
case $(cd "$work/whole" && ls) in
*part*) fail "a half-written file is left" ;;
esac

# The reference run, which was measured: all of it reads, and plots of the README come from it.
cp -r results/reference "$work/reference"
run 0 --all "$work/reference"
says "0 failed"
says "RSS/live"
[ -s "$work/reference/report.html" ] || fail "no report of the reference run"
[ ! $plots ] || [ -s "$work/reference/plots/memory.png" ] || fail "no plot of the reference run"
[ -s docs/img/memory.png ] || fail "no docs/img/memory.png: make readme-plots"
rm -r "$work/reference"

# One process per cell: figures without intervals, and no claim.
synthetic one -v reps=1
run 0 "$work/one"
says "cannot tell"
! grep -qE '\[[^]]*, ' "$work/out" || fail "an interval from one process"

# Nothing but what was skipped.
mkdir "$work/skipped"
grep '"verdict":"skipped"' "$work/whole/cells.jsonl" >"$work/skipped/cells.jsonl"
run 0 "$work/skipped"
says "1 skipped"
says "cannot tell, no trusted timed process"
says "left out"

# Nothing at all, no such run, a folder without records, records of another version, a bad option.
mkdir "$work/nothing" "$work/hollow"
: >"$work/nothing/cells.jsonl"
run 2 "$work/nothing"; says "no record"
run 2 "$work/hollow"; says "cells.jsonl"
run 2 no-such-run; says "no-such-run"
run 2 ../../no-such-folder-here; says "no such folder"
synthetic future -v schema=2
run 2 "$work/future"; says "another schema version"
[ ! -e "$work/future/report.html" ] || fail "a report of records that cannot be read"
run 2 --colour "$work/whole"
run 2
run 0 --help

# A run that was cut off in the middle of a record.
mkdir "$work/cut"
head -c 100000 "$work/whole/cells.jsonl" >"$work/cut/cells.jsonl"
run 0 --no-plots "$work/cut"
says "1 lines are no records"
says "Plots were not asked for"

# The zero of the scale is shown, and neither drawn with the memory of others nor praised; and times
# that the machine disturbed are used on request only.
synthetic zero -v reps=3 -v evil=bump
run 0 --untrusted "$work/zero"
says "bump"
says "Times of untrusted processes are included"
! grep -q "Fastest: bump" "$work/out" || fail "praises bump"
if [ $plots ]; then
    ! grep -q "'bump'" "$work/zero/plots/memory.plt" "$work/zero/plots/rss.plt" || fail "draws bump"
fi

# A machine too busy to time anything: memory and counts are shown, times are not.
mkdir "$work/busy"
cp -r "$work/whole/raw" "$work/busy/"
sed 's/"kind":"timed","verdict":"ok"/"kind":"timed","verdict":"untrusted","reason":"busy"/' \
    "$work/whole/cells.jsonl" >"$work/busy/cells.jsonl"
run 0 "$work/busy"
says "Fastest: cannot tell"
says "--untrusted shows them"
says "plot throughput left out"
[ ! $plots ] || [ -s "$work/busy/plots/thresholds.svg" ] || fail "no memory in the sweep of a busy machine"

# Two machines: times are not mixed.
mkdir "$work/two"
sed 's/0123abcd/0000ffff/' "$work/one/cells.jsonl" | head -n 3 >"$work/two/cells.jsonl"
cat "$work/one/cells.jsonl" >>"$work/two/cells.jsonl"
run 0 --no-plots "$work/two"
says "records of 2 machines"

# Names are names, whatever is in them.
evil='<script>alert(1)</script>"'"'"'; system("touch pwned") `touch pwned` $(touch pwned) %s \\n@x ../../up {/Bold &amp;'
synthetic evil -v reps=2 -v evil="$evil" -v name="../$evil"
(cd "$work/evil" && sed -i 's/"host":"nowhere"/"host":"<img src=x onerror=alert(1)>"/' cells.jsonl)
run 0 "$work/evil"
! grep -qE '<script|<img src=x' "$work/evil/report.html" || fail "markup of a name in report.html"
grep -q '&lt;script&gt;' "$work/evil/report.html" || fail "a name was lost in report.html"
[ -z "$(find "$work" -name 'pwned*')" ] && [ ! -e pwned ] || fail "a name was run"
[ "$(ls "$work")" = "$(printf 'busy\ncut\nevil\nfuture\nhollow\nnothing\none\nout\nskipped\ntwo\nwhole\nzero')" ] ||
    fail "something was written outside its folder"

# Comparing: the same again, 10 % slower, more of what is counted, too few processes, other machines.
synthetic a -v reps=5
synthetic b -v reps=5 -v seed=8
synthetic slow -v reps=5 -v seed=9 -v speed=0.9
mkdir "$work/more" "$work/other"
sed 's/"requests":4000000/"requests":4400000/' "$work/b/cells.jsonl" >"$work/more/cells.jsonl"
sed 's/0123abcd/0000ffff/' "$work/b/cells.jsonl" >"$work/other/cells.jsonl"
verb=compare
run 0 "$work/a" "$work/b"; says "no regression, at a tolerance of 3 %"
run 1 "$work/a" "$work/slow"; says "regression run time all cells"
run 0 "$work/slow" "$work/a"
run 0 "$work/a" "$work/slow" --max-regress 20%
run 1 "$work/a" "$work/more"; says "regression requests"
run 2 "$work/one" "$work/one"; says "cannot tell"
run 2 "$work/skipped" "$work/skipped"
run 2 "$work/a" "$work/other"; says "different machines"
run 0 "$work/a" "$work/other" --different-machines
run 2 "$work/a" "$work/nothing"
run 2 "$work/a"
verb=

# Without gnuplot: tables and HTML, and a message.
mkdir "$work/bin"
PATH=$work/bin run 0 "$work/one"
says "install gnuplot"
[ -s "$work/one/report.html" ] || fail "no report.html without gnuplot"

# A folder that cannot be written.
if [ "$(id -u)" != 0 ]; then
    chmod a-w "$work/one"
    run 1 "$work/one"
    chmod u+w "$work/one"
fi
echo "report: ok"
