#!/bin/sh
# Run test programs and scripts, each by itself, JOBS at a time (as many as cores), and count them.
#   sh tests/run.sh TEST…     a test is an executable; exit 0 passed, 77 skipped, other failed
# The output of a test is shown when it fails (all of it with VERBOSE=1). Ends with one line that says
# how many passed, failed and were skipped; exit 1 if any failed.
set -u

# Run one test; its line and what it printed are written at once, its status to $RESULTS.
one() {
    log=$(mktemp "$RESULTS/log.XXXXXX")
    start=$(date +%s)
    case $1 in
    *.sh) timeout "${TEST_SECONDS:-300}" sh "$1" >"$log" 2>&1 </dev/null ;;
    *) timeout "${TEST_SECONDS:-300}" "$1" >"$log" 2>&1 </dev/null ;;
    esac
    status=$?
    seconds=$(($(date +%s) - start))
    case $status in
    0) verdict=passed word=ok ;;
    77) verdict=skipped word="skipped: $(tail -n 1 "$log")" ;;
    *) verdict=failed word="FAILED ($status)" ;;
    esac
    echo $verdict >>"$RESULTS/verdicts"
    block=$(printf '%-44s %3ss  %s' "$1" "$seconds" "$word"
        if [ $verdict = failed ] || [ -n "${VERBOSE:-}" ]; then
            echo
            sed 's/^/    /' "$log"
        fi)
    printf '%s\n' "$block"
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi

RESULTS=$(mktemp -d)
export RESULTS
trap 'rm -rf "$RESULTS"' EXIT
: >"$RESULTS/verdicts"
printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I '{}' sh "$0" --one '{}'

count() { grep -c "^$1\$" "$RESULTS/verdicts"; }
failed=$(count failed)
printf '%s passed, %s failed, %s skipped\n' "$(count passed)" "$failed" "$(count skipped)"
[ "$failed" = 0 ] && [ "$(wc -l <"$RESULTS/verdicts")" = $# ]
