#!/bin/sh
# The recipes: every `heapdyno watch` and `tune` of docs/recipes/README.md as it stands there, and what
# the page says of them. tests/service.sh has gunicorn and Django, tests/long_recipes.sh the verifying.
set -eu
. "$(dirname "$0")/lib/cli.sh"
. tests/lib/console.sh
[ -x /usr/bin/python3 ] || { echo "no /usr/bin/python3"; exit 77; }
export PYTHONDONTWRITEBYTECODE=1 CELERY_FOLDER="$scratch/celery"
console_commands docs/recipes/README.md "$scratch/commands"
console_tree "$scratch/tree"

# records NAME: of the run results/NAME; then what a field adds up to, in all and over forked workers.
records() {
    records=$scratch/tree/results/$1/cells.jsonl
    [ -e "$records" ] || fail "the page does not watch into results/$1"
}
total() {
    grep -o "\"$1\":[0-9]*" "$records" | awk -F: '{ n += $2 } END { print n + 0 }'
}
private() {
    grep 'process=fork' "$records" | grep -o '"private_dirty_bytes_end":[0-9]*' | awk -F: '{ n += $2 } END { print n + 0 }'
}
least() { # of a field, over the workers
    grep 'process=fork' "$records" | grep -o "\"$1\":[0-9]*" | awk -F: 'n == "" || $2 < n { n = $2 } END { print n + 0 }'
}

skipped=
for file in "$scratch"/commands/*.command; do
    command=$(cat "$file")
    case $command in
    *verify* | *results/service*) continue ;;
    *uwsgi*) needs=uwsgi ;;
    *celery*) needs=celery ;;
    *) needs= ;;
    esac
    if [ -n "$needs" ]; then
        console_can_$needs || {
            skipped="$skipped $needs"
            continue
        }
    fi
    console_run "$file"
    case $command in
    heapdyno\ tune*) grep -q '^measured on yours' "$scratch/out" || fail "nothing to say of it: $command" ;;
    *--load*) ! grep -q '^errors [1-9]' "$scratch/err" || fail "errors under load: $command" ;;
    esac
done
[ -z "$skipped" ] || echo "not here:$skipped"

records batch
on=$(total collections)
records batch-off
[ "$on" -gt 400 ] && [ "$(total collections)" -lt 20 ] || fail "batch: $on collections, $(total collections) when off"
echo "a batch load: $on collections, and $(total collections) when it is off"

for way in collect collect-frozen read read-frozen; do
    records $way
    eval "$(echo $way | tr - _)=$(private)"
done
echo "a data loader, private bytes of two workers: collect $collect, frozen $collect_frozen; read $read, frozen $read_frozen"
[ "$collect_frozen" -gt 0 ] && [ "$collect_frozen" -lt $((collect / 2)) ] || fail "freezing does not keep collected pages shared"
[ "$read_frozen" -gt $((read / 2)) ] || fail "freezing keeps pages shared that are read"

records asyncio
[ "$(total collections)" -gt 100 ] || fail "asyncio: $(total collections) collections"
echo "an asyncio service: $(total collections) collections"

if console_can_celery; then
    records celery
    [ "$(grep -c 'process=fork' "$records")" = 2 ] || fail "not two celery workers"
    echo "celery: two workers, $(total collections) collections"
fi

if console_can_uwsgi; then
    records uwsgi
    as_it_is=$(private)
    [ "$(grep -c 'workload=program:name=uwsgi,process=fork' "$records")" = 2 ] || fail "not two workers of uwsgi: $(field label "$records")"
    grep 'process=fork' "$records" >"$scratch/workers"
    [ "$(field end "$scratch/workers" | sort -u)" = exit ] || fail "workers of uwsgi: $(field end "$scratch/workers")"
    [ "$(least frozen_objects)" = 0 ] || fail "frozen already: $(field frozen_objects "$records")"
    records uwsgi-frozen
    [ "$(least frozen_objects)" -gt 100000 ] || fail "what is pasted does not freeze: $(field frozen_objects "$records")"
    [ "$(private)" -lt $((as_it_is * 9 / 10)) ] || fail "uwsgi: $as_it_is private bytes, $(private) with what is pasted"
    echo "uwsgi: $as_it_is private bytes of two workers, $(private) with what is pasted"
fi
