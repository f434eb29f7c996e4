#!/bin/sh
# Run test programs and scripts, each by itself, and count them.
#   sh tests/run.sh TEST…     a test is an executable; exit 0 passed, 77 skipped, other failed
# The output of a test is shown when it fails (all of it with VERBOSE=1). Ends with one line that says
# how many passed, failed and were skipped; exit 1 if any failed.
set -u
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for test in "$@"; do
    start=$(date +%s)
    case $test in
    *.sh) timeout "${TEST_SECONDS:-300}" sh "$test" >"$log" 2>&1 </dev/null ;;
    *) timeout "${TEST_SECONDS:-300}" "$test" >"$log" 2>&1 </dev/null ;;
    esac
    status=$?
    seconds=$(($(date +%s) - start))
    case $status in
    0) passed=$((passed + 1)) word=ok ;;
    77) skipped=$((skipped + 1)) word="skipped: $(tail -n 1 "$log")" ;;
    *) failed=$((failed + 1)) word="FAILED ($status)" ;;
    esac
    printf '%-44s %3ss  %s\n' "$test" "$seconds" "$word"
    if [ "$word" = "FAILED ($status)" ] || [ -n "${VERBOSE:-}" ]; then
        sed 's/^/    /' "$log"
    fi
done
printf '%s passed, %s failed, %s skipped\n' $passed $failed $skipped
[ $failed = 0 ]
