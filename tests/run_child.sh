#!/bin/sh
# heapdyno child by hand: one JSON object on stdout whatever else is printed, the environment that the
# cell implies whatever the caller's, and the same counts from every allocator and each time.
set -eu
. "$(dirname "$0")/lib/cli.sh"

line="allocator=jemalloc:dirty_decay=0,background=off collector=cp311 workload=web:size=tiny"
# shellcheck disable=SC2086
expect 0 env -i MALLOC_CONF=nonsense:true GLIBC_TUNABLES=glibc.malloc.tcache_count=0 \
    MIMALLOC_VERBOSE=1 TCMALLOC_RELEASE_RATE=7 "$HEAPDYNO" child $line
[ "$(field verdict)" = ok ] || fail "in a hostile environment: $(field reason)"
[ "$(wc -l <"$scratch/out")" = 1 ] || fail "more than a line on stdout"
! grep -qi "mimalloc\|invalid conf\|nonsense" "$scratch/err" || fail "the caller's environment was read"

# The line as one argument or as many, in any order of keys.
expect 0 "$HEAPDYNO" child "$line"
first=$(field checksum)
expect 0 "$HEAPDYNO" child workload=web:size=tiny seed=1 allocator=bump collector=none
[ "$(field checksum)" = "$first" ] || fail "the checksum depends on allocator or collector"
expect 0 "$HEAPDYNO" child workload=web:size=tiny seed=2
[ "$(field checksum)" != "$first" ] || fail "the checksum does not depend on the seed"

# Counts repeat, and are the same above every allocator: requests are counted at the domains' API.
counts() {
    "$HEAPDYNO" child --counts workload=web:size=tiny "$@" |
        sed 's/"mapped_bytes_peak":[0-9]*,//; s/"allocator_version":"[^"]*",//; s/"arenas.*//; s/"classes.*//
            s/,"heap_[a-z]*_bytes":[0-9]*//g; s/,"mapped_bytes":[0-9]*//g'
}
counts allocator=pymalloc >"$scratch/one"
counts allocator=pymalloc >"$scratch/two"
cmp "$scratch/one" "$scratch/two" || fail "counts do not repeat"
for allocator in malloc bump malloc+debug pymalloc+debug; do
    counts "allocator=$allocator" >"$scratch/two"
    diff "$scratch/one" "$scratch/two" || fail "counts above $allocator differ"
done
counts obj=pymalloc mem=malloc >"$scratch/two"
diff "$scratch/one" "$scratch/two" || fail "counts of domains apart differ"
[ "$(field live_blocks_end "$scratch/one")" = 0 ] || fail "blocks left"
[ "$(field requests "$scratch/one")" -le 2000 ] || fail "size=tiny makes more than 2,000 requests"

# Timed processes have no counts, counting ones no times.
expect 0 "$HEAPDYNO" child workload=web:size=tiny
! grep -q '"requests' "$scratch/out" || fail "a timed process counts"
! grep -q '_ns' "$scratch/one" || fail "a counting process times"

# freeze=after_setup: nothing of the set-up is examined afterwards.
expect 0 "$HEAPDYNO" child collector=cp311 workload=old_to_young
plain=$(grep -o '"examined":[0-9]*' "$scratch/out" | tail -n 1 | cut -d: -f2)
expect 0 "$HEAPDYNO" child collector=cp311:freeze=after_setup workload=old_to_young
frozen=$(grep -o '"examined":[0-9]*' "$scratch/out" | tail -n 1 | cut -d: -f2)
[ "$frozen" -lt "$plain" ] || fail "frozen: $frozen examined in the oldest generation, else $plain"

# Pauses as TSV: one line for each collection until the run ends, plus the header.
expect 0 "$HEAPDYNO" child --raw "$scratch/one" workload=web
collections=$(grep -o '"collections":[0-9]*' "$scratch/out" | cut -d: -f2 | paste -sd+ | sed 's/$/+1/')
[ "$(wc -l <"$scratch/one.pauses.tsv")" = "$(($collections))" ] || fail "pauses: $(wc -l <"$scratch/one.pauses.tsv") of $(($collections)) lines"
expect 0 "$HEAPDYNO" child --raw /nonexistent/x workload=null:size=tiny
says "cannot be written"

# The curve of utilisation: its last window is the whole run, and no window leaves more than that.
expect 0 "$HEAPDYNO" child --raw "$scratch/one" workload=web
[ "$(tail -n 1 "$scratch/one.mmu.tsv" | cut -f 1)" = "$(field mmu_span_ns)" ] || fail "mmu: not the whole run"
awk -F '\t' 'NR == 1 { if ($0 != "window_ns\tmmu\tbmu") exit 1; next }
    $3 > $2 || $3 < last || $2 < 0 || $2 > 1 { exit 1 } { last = $3 } END { if (NR < 10) exit 1 }' \
    "$scratch/one.mmu.tsv" || fail "mmu: $(head -n 3 "$scratch/one.mmu.tsv")"
expect 0 "$HEAPDYNO" child --raw "$scratch/one" workload=replay:size=tiny
! grep -q '"mmu' "$scratch/out" || fail "a replay collects nothing, and has a utilisation"

# At a rate: as many operations as without, each timed from when it was to begin; the same checksum.
expect 0 "$HEAPDYNO" child workload=web:size=tiny
plain="$(field checksum) $(field operations)"
expect 0 "$HEAPDYNO" child --raw "$scratch/one" workload=web:size=tiny rate=500/s
[ "$(field checksum) $(field operations)" = "$plain" ] || fail "a rate changes what is computed"
[ "$(field rate_per_s)" = 500 ] && [ "$(field metered_ns_max)" -ge "$(field latency_ns_p50)" ] || fail "no metered latency"
[ "$(awk 'NR > 1 { n += $2 } END { print n }' "$scratch/one.metered.tsv")" = "$(field operations)" ] || fail "metered.tsv"
expect 0 "$HEAPDYNO" child --counts workload=web:size=tiny rate=500/s
! grep -q 'metered\|rate_per_s' "$scratch/out" || fail "a counting process has a rate"
expect 1 "$HEAPDYNO" child workload=replay:size=tiny rate=500/s
grep -q "marks no operation" "$scratch/out" || fail "a replay at a rate"
