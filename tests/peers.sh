#!/bin/sh
# `make peers QUICK=1`: every row is there with a finite ratio, or skipped by name; nothing failed;
# instructions decide where the goal is near 1; and a peer that is taken away is skipped, a broken one failed. Figures are not looked at.
set -eu
cd "$(dirname "$0")/.."
out=${OUT:-build}
fail() { echo "peers: $1"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

make -s QUICK=1 OUT="$out" PEERS_TSV="$scratch/table.tsv" peers >"$scratch/print" 2>&1 ||
    { cat "$scratch/print"; fail "the run failed"; }
awk -F '\t' '
NR == 1 { if (NF != 11) { print "header has " NF " columns"; bad = 1 }; next }
NF != 11 { print "columns: " $0; bad = 1 }
$11 ~ /^skipped: ./ { skipped++; next }
!($4 > 0 && $5 > 0 && $6 > 0 && $7 > 0 && $7 <= $8) || $6 !~ /^[0-9.e+-]+$/ { print "figures: " $0; bad = 1 }
$11 !~ /^(met|MISSED|unclear|-)$/ { print "verdict: " $0; bad = 1 }
{ measured++ }
END { if (measured < 10) { print measured " rows measured"; bad = 1 }; exit bad }
' "$scratch/table.tsv" || fail "the table is not well formed"
for what in pair/16 random/100000 replay/json "geometric mean" count/same; do
    cut -f 3 "$scratch/table.tsv" | grep -qx "$what" || fail "no row $what"
done
grep -q '^pool, peak RSS' "$scratch/table.tsv" || fail "no row of memory"
grep -q '^full collection, all garbage.python3.11.instances/aged 1000' "$scratch/table.tsv" ||
    fail "no full collections"
for peer in python3.11 jemalloc mimalloc tcmalloc boehm "counted C" lua php; do
    cut -f 2 "$scratch/table.tsv" | grep -qx "$peer" || fail "no row beside $peer"
done

# The page gets a row each between its marks, and keeps what is around them.
printf 'before\n<!-- peers -->\nold\n<!-- end -->\nafter\n' >"$scratch/page.md"
PAGE_FILE="$scratch/page.md" sh bench/peers/document.sh "$scratch/table.tsv"
[ "$(grep -c '^| .* |$' "$scratch/page.md")" = "$(wc -l <"$scratch/table.tsv")" ] || fail "rows of the page"
grep -q '^old' "$scratch/page.md" && fail "the page keeps old rows"
[ "$(sed -n '1p;$p' "$scratch/page.md" | tr '\n' ' ')" = "before after " ] || fail "the page lost what was around"

# A goal near 1 is judged by what callgrind counts: exactly the same on both sides here.
if command -v valgrind >/dev/null; then
    "$out/peers/peers" "$out/peers" "$scratch/counted.tsv" incref >/dev/null || fail "counting failed"
    awk -F '\t' 'NR == 2 && $9 > 0.9 && $9 < 1.1 && $11 == "met" { ok = 1 } END { exit !ok }' "$scratch/counted.tsv" ||
        { cat "$scratch/counted.tsv"; fail "no instructions beside the C floor"; }
fi

# A folder with our side only, and one peer that dies at once.
mkdir "$scratch/few"
ln -s "$(pwd)/$out/peers/ours" "$scratch/few/ours"
printf '#!/bin/sh\necho ready 1 1\nexit 1\n' >"$scratch/few/boehm"
chmod +x "$scratch/few/boehm"
status=0
PYTHON3=/none "$out/peers/peers" "$scratch/few" "$scratch/few.tsv" quick >"$scratch/print" || status=$?
[ $status = 1 ] || fail "a peer that dies gives exit status $status"
grep -q 'counted C.*skipped: ' "$scratch/few.tsv" || fail "a missing program is not skipped by name"
grep -q 'python3.11.*skipped: ' "$scratch/few.tsv" || fail "a missing interpreter is not skipped by name"
grep -q 'boehm.*FAILED: ' "$scratch/few.tsv" || fail "a peer that dies is not told"
tail -n 1 "$scratch/print"
