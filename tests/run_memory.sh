#!/bin/sh
# Memory of a cell is its own: a small one after one of a gigabyte, from the same run, reports its
# own peak. And the order of the readings of one cell.
set -eu
. "$(dirname "$0")/lib/cli.sh"

cat >"$scratch/plan.ini" <<'EOF'
[plan]
reps = 2
reruns = 0
memory-limit = 8g
[cells]
cell = allocator=malloc collector=none workload=churn:slots=1024,min=1m,max=1m,bursts=1
cell = allocator=malloc collector=none workload=churn:size=tiny
EOF
expect 0 "$HEAPDYNO" run "$scratch/plan.ini" --out "$scratch/run" --quiet
records=$scratch/run/cells.jsonl
grep '"kind":"timed"' "$records" | sort -t: -k1 >"$scratch/timed.jsonl"
mib() {
    echo $(($1 / 1048576))
}

# In two shuffled repetitions of two cells a small one comes after a big one, or one big is last.
for peak in $(grep 'slots=1024' "$scratch/timed.jsonl" | sed -n 's/.*"rss_bytes_peak":\([0-9]*\).*/\1/p'); do
    [ "$(mib "$peak")" -ge 1024 ] || fail "the big cell peaked at $(mib "$peak") MiB"
done
for line in peak group_peak; do
    for peak in $(grep 'size=tiny' "$scratch/timed.jsonl" | sed -n 's/.*"rss_bytes_'$line'":\([0-9]*\).*/\1/p'); do
        # The binary, its libraries and the harness's buffers; an ASan build has more.
        [ "$(mib "$peak")" -le "${SMALL_MIB:-200}" ] || fail "the small cell: $line of $(mib "$peak") MiB"
    done
done

# Counted: 1,024 blocks of 1 MiB.
live=$(grep '"kind":"counted"' "$records" | grep 'slots=1024' | sed -n 's/.*"live_bytes_peak":\([0-9]*\).*/\1/p')
[ "$(mib "$live")" -ge 1024 ] || fail "live bytes of the big cell: $live"
[ "$(mib "$live")" -le 1100 ] || fail "live bytes of the big cell: $live"

# base <= end <= peak; what was released went back to the system (mapped blocks).
big=$(grep 'slots=1024' "$scratch/timed.jsonl" | head -n 1)
value() {
    echo "$big" | sed -n 's/.*"'"$1"'":\([0-9]*\).*/\1/p'
}
[ "$(value rss_bytes_base)" -le "$(value rss_bytes_end)" ] || fail "base above end"
[ "$(value rss_bytes_end)" -le "$(value rss_bytes_peak)" ] || fail "end above peak"
[ "$(value rss_bytes_after_trim)" -le "$(value rss_bytes_peak)" ] || fail "after trim above peak"
[ "$(mib "$(value mmap)")" -ge 900 ] || fail "regions: $(value mmap) bytes of anonymous mappings"
