#!/bin/sh
# Whole processes from outside: chosen cells, and the Google Benchmark program at fixed work, under
# hyperfine. An independent check of our own runner, which interleaves; hyperfine runs all of A, then
# all of B, so drift of the machine looks like a difference.
#   OUT=build [RUNS=10] [WORKLOAD=web] [ALLOCATORS=malloc,…] [THRESHOLDS=700/10/10,off] sh bench/hyperfine.sh
set -eu
cd "$(dirname "$0")/.."
command -v hyperfine >/dev/null || { echo "skipped: hyperfine is not installed"; exit 0; }
out=${OUT:-build}
runs=${RUNS:-10}
workload=${WORKLOAD:-web}
thresholds=${THRESHOLDS:-700/10/10,off}
allocators=${ALLOCATORS:-}
if [ -z "$allocators" ]; then
    for name in malloc $("$out/instructions" --targets | grep -vE '^(inline|table)-|^malloc$'); do
        # One that is not installed would be a failed command for hyperfine.
        if "$out/heapdyno" child "allocator=$name" workload=null:size=tiny | grep -q '"verdict":"ok"'; then
            allocators=$allocators${allocators:+,}$name
        else
            echo "skipped: $name is not available" >&2
        fi
    done
fi
mkdir -p results/hyperfine
stem=results/hyperfine/$(date +%Y%m%d-%H%M%S)
: >"$stem.cells"

# Each process appends its own figures behind its parameters: the last RUNS of a cell are the timed
# ones, in hyperfine's order.
hyperfine --style basic --warmup 1 --runs "$runs" --export-json "$stem.cells.json" \
    -L allocator "$allocators" -L threshold "$thresholds" -n '{allocator} {threshold}' \
    "printf '%s\t%s\t' {allocator} {threshold} >>$stem.cells; \
     $out/heapdyno child allocator={allocator} collector=cp311:threshold={threshold} workload=$workload >>$stem.cells" \
    >"$stem.log" 2>&1 || { cat "$stem.log" >&2; exit 1; }
"$out/hyperfine" "$stem.cells.json" "$stem.cells"

if [ -x "$out/micro" ]; then
    # One batch of each case, whatever it takes: the same work in every run. A bigger static TLS area
    # is what jemalloc needs; it costs the others nothing.
    env GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 \
        hyperfine --style basic -N --warmup 1 --runs "$runs" --export-json "$stem.micro.json" \
        -L allocator "$allocators" -L threshold 700,off -n '{allocator} {threshold}' \
        "$out/micro {allocator} --benchmark_filter=replay|build|trees/.*/gc.{threshold} --benchmark_min_time=0" \
        >>"$stem.log" 2>&1 || { cat "$stem.log" >&2; exit 1; }
    echo
    echo "the Google Benchmark program, one batch of its builds, replays and trees at a threshold"
    "$out/hyperfine" "$stem.micro.json"
else
    echo "skipped: build/micro was not built (libbenchmark-dev)"
fi
echo
echo "$stem.cells.json $stem.cells"
