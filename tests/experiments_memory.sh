#!/bin/sh
# The experiments about memory, --quick: each leaves its tables, a paragraph and its plots, and what it
# says of counts is so. A run without their cells is refused.
set -eu
. "$(dirname "$0")/lib/cli.sh"

answers() {
    name=$1
    shift
    expect 0 "$HEAPDYNO" run --experiment "$name" --quick --quiet --out "$scratch/$name"
    tr -s ' \n' ' ' <"$scratch/$name/answer.txt" >"$scratch/words"
    for text in "$@"; do
        grep -qF -- "$text" "$scratch/words" || fail "$name: the answer lacks: $text"
    done
    ! grep -qE "nan|inf " "$scratch/$name/answer.txt" || fail "$name: a figure is nan or inf"
    ! grep -q '"verdict":"failed"' "$scratch/$name/cells.jsonl" || fail "$name: a cell failed"
}
plots() {
    name=$1
    shift
    command -v gnuplot >/dev/null || return 0
    for plot in "$@"; do
        for end in svg png tsv; do
            [ -s "$scratch/$name/plots/$plot.$end" ] || fail "$name: no plot $plot.$end"
        done
        ! grep -q "no figure" "$scratch/$name/plots/$plot.svg" || fail "$plot: an empty panel"
    done
}

answers fork "that reads nothing" "that reads a share" "while it ends" "Frozen before the fork" \
    "collect_freeze" "os._exit"
plots fork fork_parts fork_reading fork_steps
answers release "Who lets go" "What RSS is made of after" "tracemalloc would show" "after trim"
plots release release_steps release_waterfall
answers nogc "Growth with collection off" "forked anew" "MiB an hour" "safe to turn collection off"
plots nogc nogc_growth nogc_recycling

expect 0 "$HEAPDYNO" run --quiet --reps 1 --no-counts --workload null:size=tiny --out "$scratch/other"
for name in fork release nogc; do
    expect 2 "$HEAPDYNO" report "$scratch/other" --experiment $name
    says "the plan is $name.ini"
done
