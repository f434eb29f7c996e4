#!/bin/sh
# What a forked child comes to own of a loaded heap, in Python and in the model: MiB, and the model's
# error. Lines: NAME PYTHON MODEL ERROR_PERCENT. Counts of pages: they hardly vary.
#   sh cpython/programs/fork_memory.sh [PYTHON [OBJECTS]]
set -eu
here=$(dirname "$0")
HEAPDYNO=${HEAPDYNO:-$here/../../build/heapdyno}
python=${1:-python3.11}
objects=${2:-300000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# model NAME STEP OPTIONS: private-dirty bytes of worker 1 since its start; STEP heap: RSS less base.
model() {
    "$HEAPDYNO" child "workload=fork:objects=$objects,workers=1,requests=1,$3" >"$scratch/out"
    of() {
        sed 's/.*"workers":\[//; s/\].*//; s/},{/}\n{/g' "$scratch/out" | grep "\"worker\":1,\"step\":\"$1\"" |
            sed -n 's/.*"'"$2"'":\([0-9]*\).*/\1/p'
    }
    if [ "$2" = heap ]; then
        base=$(sed -n 's/.*"rss_bytes_base":\([0-9]*\).*/\1/p' "$scratch/out")
        echo "$1 $(($(of start rss_bytes) - base))"
    else
        echo "$1 $(($(of "$2" private_dirty_bytes) - $(of start private_dirty_bytes)))"
    fi
}

# written GC: bytes of shared pages that worker 1 writes until its end.
written() {
    "$HEAPDYNO" child --counts "workload=fork:objects=$objects,workers=1,requests=1,touch=0,gc=$1" |
        sed 's/.*"workers":\[//; s/\].*//; s/},{/}\n{/g' | grep '"worker":1,"step":"exit_drop"' |
        sed 's/.*_counts":\([0-9]*\),.*_collector":\([0-9]*\),.*_allocation":\([0-9]*\).*/\1 \2 \3/' |
        awk '{ print $1 + $2 + $3 }'
}

"$python" "$here/fork_memory.py" "$objects" >"$scratch/python"
{
    model heap heap touch=0
    model collect collect touch=0
    for share in 0.003 0.01 0.03 0.1; do
        for seed in 1 2 3 4 5; do # as many draws as in Python
            model read-$share touch "touch=$share seed=$seed"
        done | awk '{ sum += $2 } END { print $1, sum / NR }'
    done
    model read-first-0.1 touch touch=0.1,spread=together
    model read-all touch touch=1
    model drop exit_drop touch=0,collections=0,gc=off
    model frozen-collect collect touch=0,gc=freeze
    echo "exit-off $(($(written off) - $(written freeze)))"
} >"$scratch/model"
awk 'NR == FNR { python[$1] = $2; next }
    { mib = $2 / 1048576
      printf "%-16s %8.2f %8.2f %+7.1f\n", $1, python[$1], mib,
             (python[$1] > 0) ? (mib / python[$1] - 1) * 100 : 0 }' "$scratch/python" "$scratch/model"
