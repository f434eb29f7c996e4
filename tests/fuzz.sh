#!/bin/sh
# Coverage-guided fuzzing, briefly: the readers of scenarios, traces, snapshots and watch files, and where libpython3.11
# is, our core beside CPython's. `make fuzz TIME=3600` is the same for longer. TIME= seconds for each target.
set -eu
cd "$(dirname "$0")/.."
command -v clang >/dev/null || { echo "no clang, no libFuzzer"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s -j2 fuzz-programs >"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
mkdir "$work/parse" "$work/trace" "$work/snapshot" "$work/watch" "$work/lockstep"
fuzz() { # TARGET, its corpus, libFuzzer's options
    program=$1
    shift
    ASAN_OPTIONS=detect_leaks=${leaks:-1} "$program" "$@" -max_total_time="${TIME:-10}" \
        -artifact_prefix="$work/" -print_final_stats=1 >"$work/log" 2>&1 || {
        tail -n 60 "$work/log"
        exit 1
    }
    echo "$program: $(grep number_of_executed_units "$work/log"), $(grep -c NEW "$work/log") new"
    sed -n 's/^lockstep:/ /p' "$work/log"
}
cp tests/scenarios/form_*.scn "$work/parse"
fuzz build/fuzz/fuzz_parse "$work/parse" -max_len=8192
head -c 4000 workloads/traces/json.trace | tail -c +200 >"$work/trace/json"
fuzz build/fuzz/fuzz_trace "$work/trace" -max_len=8192
fuzz build/fuzz/fuzz_snapshot "$work/snapshot" -max_len=2048
fuzz build/fuzz/fuzz_watch "$work/watch" -max_len=512
if [ -x build/fuzz/fuzz_lockstep ]; then
    leaks=0 # the interpreter is not taken down
    fuzz build/fuzz/fuzz_lockstep "$work/lockstep" -max_len=4096
else
    echo "no libpython3.11: the readers alone were fuzzed"
fi
