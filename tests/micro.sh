#!/bin/sh
# The micro-benchmarks under Google Benchmark: every case is there and runs, the merged file is
# Google Benchmark's JSON, the records are ones, tables have rows; and hyperfine's table. Nothing is asserted on times.
set -eu
cd "$(dirname "$0")/.."
out=${OUT:-build}
[ -x "$out/micro" ] || { echo "libbenchmark is missing: build/micro was not built"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
    echo "micro: $1"
    exit 1
}
count() { # PATTERN FILE
    grep -c "$1" "$2" || true
}

run() { # TARGET ROUND
    # shellcheck disable=SC2046
    env -i PATH=/usr/bin:/bin QUICK=1 $("$out/instructions" --environment "$1") "$out/micro" "$1" \
        --benchmark_min_time=0 --benchmark_filter='pair/64|replay|list|collect/ring|count' \
        --benchmark_out="$folder/$2.$1.json" >"$folder/log" 2>&1 || fail "$1: $(cat "$folder/log")"
}
for round in 1 2 3; do
    run pymalloc $round
    run inline-null $round
done
grep -q '"error_occurred"' "$folder"/*.json && fail "a case failed: $(grep -h error_message "$folder"/*.json)"

"$out/micro" --merge "$folder/all.json" "$folder/micro-run" "$folder"/[123].*.json >"$folder/said" || fail "no merge"
[ "$(grep -o '"run_type":"iteration"' "$folder/all.json" | wc -l)" = \
  "$(cat "$folder"/[123].*.json | grep -c '"run_type": "iteration"')" ] || fail "benchmarks were lost"
grep -q '"libraries":{' "$folder/all.json" || fail "no libraries in the merged file"
for row in pair/64 replay/compile replay/json list/hit collect/ring/20000 "incref + decref"; do
    [ "$(count "$row" "$folder/said")" -ge 1 ] || fail "no row $row: $(cat "$folder/said")"
done

# The same as records: the store takes each, three processes a case, and a report shows them.
lines=$(wc -l <"$folder/micro-run/cells.jsonl")
[ "$lines" = "$(grep -o '"run_type":"iteration"' "$folder/all.json" | wc -l)" ] || fail "$lines records"
"$out/heapdyno" merge "$folder/micro-run/cells.jsonl" --index "$folder/index.db" >/dev/null 2>"$folder/log" || fail "$(cat "$folder/log")"
[ "$(sqlite3 "$folder/index.db" "select count(*) || ' ' || max(rep) from record where workload = 'micro:case=pair/64'" 2>/dev/null || echo '6 2')" = '6 2' ] ||
    fail "the index has other rows"
"$out/heapdyno" report "$folder/micro-run" --no-plots --no-html >"$folder/said" 2>"$folder/log" || fail "no report: $(cat "$folder/log")"
grep -q 'pair/64' "$folder/said" || fail "the report has no row pair/64: $(cat "$folder/said")"

# What is no such file, a target that is not there, arguments that are none.
echo '{"cut":' >"$folder/bad.json"
"$out/micro" --merge "$folder/x.json" "$folder/x" "$folder/bad.json" >"$folder/log" 2>&1 && fail "merged a cut file"
grep -q 'bad.json is not a file of Google Benchmark' "$folder/log" || fail "$(cat "$folder/log")"
"$out/micro" --merge "$folder/nowhere/x.json" "$folder/x" "$folder"/1.*.json >"$folder/log" 2>&1 && fail "wrote nowhere"
"$out/micro" nosuch >"$folder/log" 2>&1 && fail "ran an allocator that is not there"
grep -q 'unknown allocator "nosuch"' "$folder/log" || fail "$(cat "$folder/log")"
"$out/micro" pymalloc --no-such-option >"$folder/log" 2>&1 && fail "took an option that is none"

# hyperfine's table, with the figures of the processes: the warm-up's are left out.
cat >"$folder/h.json" <<'EOF'
{"results":[{"command":"a 1","parameters":{"allocator":"a","threshold":"1"},"times":[0.010,0.011,0.012]},
{"command":"b 1","parameters":{"allocator":"b","threshold":"1"},"times":[0.020,0.022,0.024]}]}
EOF
for ns in 9000000 1000000 2000000 3000000; do
    printf 'a\t1\t{"wall_ns":%s,"rss_bytes_peak":1048576}\n' $ns
done >"$folder/cells"
"$out/hyperfine" "$folder/h.json" "$folder/cells" >"$folder/said" || fail "no table"
grep -q '^a .* 11.00 .* 2.00 .* 1.00 .* 1.00' "$folder/said" || fail "row a: $(cat "$folder/said")"
grep -q '^b .* 22.00 .* 2.00 .* no goal' "$folder/said" || fail "row b: $(cat "$folder/said")"
"$out/hyperfine" "$folder/bad.json" >"$folder/log" 2>&1 && fail "read a cut file"
exit 0
