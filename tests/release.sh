#!/bin/sh
# What is live, and what the heap holds, as program, collector and allocator let go in turn.
set -eu
. "$(dirname "$0")/lib/cli.sh"

# of PHASE FIELD: from the record in $scratch/out.
of() {
    sed 's/.*"phases":\[//; s/\].*//; s/},{/}\n{/g' "$scratch/out" |
        grep "\"name\":\"$1\"" | sed -n 's/.*"'"$2"'":\([0-9]*\).*/\1/p'
}

cell="workload=release:objects=20k"
expect 0 "$HEAPDYNO" cell --counts "$cell,survivor=1000"
built=$(of built live_bytes)
dropped=$(of dropped live_bytes)
left=$(of collected live_bytes)
[ $((dropped * 10)) -gt $((built * 4)) ] && [ $((dropped * 10)) -lt $((built * 6)) ] ||
    fail "dropping references frees $((built - dropped)) of $built bytes, not half"
[ "$left" -gt 0 ] && [ $((left * 200)) -lt "$built" ] || fail "$left of $built bytes are left"
[ "$(of trimmed live_bytes)" = "$(of waited live_bytes)" ] || fail "trim changed what is live"
[ "$(of built heap_live_bytes)" = "$built" ] || fail "pymalloc rounds to 16 as the tap does"

# One in a thousand pins every arena; nothing kept, and all but one go.
[ "$(of collected mapped_bytes)" -ge $(($(of built mapped_bytes) * 9 / 10)) ] || fail "arenas went"
[ "$(of collected heap_free_bytes)" -gt $((left * 10)) ] || fail "pools in use have no free blocks"
expect 0 "$HEAPDYNO" cell --counts "$cell,survivor=0"
[ "$(of collected mapped_bytes)" -le $((3 * 1048576)) ] || fail "$(of collected mapped_bytes) stay"
[ "$(of collected live_bytes)" -lt 8192 ] || fail "$(of collected live_bytes) bytes are live"

# Without a collector, or without cycles, the one or the other frees all.
expect 0 "$HEAPDYNO" cell --counts collector=none "$cell,survivor=0"
[ "$(of collected live_bytes)" = "$(of dropped live_bytes)" ] || fail "none collected something"
[ "$(of dropped live_bytes)" -gt $((built * 4 / 10)) ] || fail "cycles were freed by counts"
expect 0 "$HEAPDYNO" cell --counts "$cell,survivor=0,cyclic=0"
[ "$(of dropped live_bytes)" -lt 16384 ] || fail "no cycles, and $(of dropped live_bytes) stay"

# RSS follows: a timed process has it, and no counts.
expect 0 "$HEAPDYNO" cell "$cell,survivor=0" allocator=malloc
fallen=$(($(of collected rss_bytes) - $(of trimmed rss_bytes)))
[ $fallen -gt $((built / 2)) ] || fail "malloc gave back $fallen bytes when told to"
[ -z "$(of built live_bytes)" ] || fail "a timed process counts"
expect 2 "$HEAPDYNO" cell workload=release:wait=1h
says "wait"
