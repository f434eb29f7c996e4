#!/bin/sh
# The micro-benchmarks: every target in fresh processes, in turn; their JSON merged into one file, and
# into records that report and compare read: `build/heapdyno report results/micro/DATE`.
#   OUT=build QUICK= sh bench/micro.sh [TARGET…]
# QUICK set: three rounds of short runs (a minute), collections of small graphs only.
set -eu
cd "$(dirname "$0")/.."
program=${OUT:-build}/micro
names=${OUT:-build}/instructions
rounds=${ROUNDS:-$([ -n "${QUICK:-}" ] && echo 3 || echo 5)}
[ $# -gt 0 ] || set -- $("$names" --targets)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
missing=
for round in $(seq "$rounds"); do
    for target in "$@"; do
        case " $missing " in *" $target "*) continue ;; esac
        # shellcheck disable=SC2046
        env -i PATH=/usr/bin:/bin ${QUICK:+QUICK=1} $("$names" --environment "$target") "$program" "$target" \
            --benchmark_min_time="$([ -n "${QUICK:-}" ] && echo 0.006 || echo 0.1)" --benchmark_out="$folder/$round.$target.json" --benchmark_out_format=json \
            >"$folder/log" 2>"$folder/why" && status=0 || status=$?
        case $status in
        0) ;;
        77) echo "skipped: $(tail -n 1 "$folder/why")" >&2; missing="$missing $target" ;;
        *) cat "$folder/why" >&2; exit 1 ;;
        esac
        printf '.' >&2
    done
done
echo >&2
mkdir -p results/micro
stem=results/micro/$(date +%Y%m%d-%H%M%S)
"$program" --merge "$stem.json" "$stem" "$folder"/*.json
