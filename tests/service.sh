#!/bin/sh
# A service watched, tuned and verified by the three commands of README.md, as they stand there: two
# workers of gunicorn over Django, which own less memory when what they share is frozen.
set -eu
. "$(dirname "$0")/lib/cli.sh"
. tests/lib/console.sh
console_can_gunicorn || { echo "no gunicorn, or no Django"; exit 77; }
export PYTHONDONTWRITEBYTECODE=1
console_commands README.md "$scratch/commands"
console_tree "$scratch/tree"
three=$(grep -lE 'gunicorn|results/service' "$scratch"/commands/*.command)
[ "$(echo "$three" | wc -l)" = 3 ] || fail "README needs $(echo "$three" | wc -l) commands for a service"

for file in $three; do
    console_run "$file"
    case $(cat "$file") in
    heapdyno\ watch*)
        cat "$scratch/err"
        records=$scratch/tree/results/service/cells.jsonl
        [ "$(grep -c 'process=fork' "$records")" = 2 ] || fail "not two workers"
        [ "$(field end "$records" | sort -u)" = exit ] || fail "ends: $(field end "$records")"
        says "errors 0" ;;
    heapdyno\ tune*)
        cat "$scratch/out"
        grep -q '^measured on yours' "$scratch/out" || fail "nothing to say of it"
        [ "$(grep -c '^Try ' "$scratch/out")" -le 1 ] && grep -q '^It forks' "$scratch/out" || fail "not one advice for one service" ;;
    heapdyno\ verify*)
        cat "$scratch/out"
        grep -q '^private dirty .*better$' "$scratch/out" || fail "no private memory saved" ;;
    *) fail "none of watch, tune, verify: $(cat "$file")" ;;
    esac
done
