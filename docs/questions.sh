#!/bin/sh
# Fill docs/questions.md with what its commands print now: sh docs/questions.sh [FILE]. A block
#     ```console NAME/TABLE     is one table of an experiment (RUN/tables/TABLE.txt),
#     ```console                all that the command prints.
# An experiment runs once, however many of its tables are shown. ONLY=NAME: the blocks of that experiment.
set -eu
cd "$(dirname "$0")/.."
page=${1:-docs/questions.md}
HEAPDYNO=${HEAPDYNO:-$(pwd)/build/heapdyno}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" "$scratch/runs"
ln -s "$HEAPDYNO" "$scratch/bin/heapdyno"
PATH=$scratch/bin:$PATH

# What the command of a block prints, as the block shows it.
show() {
    if [ -z "$1" ]; then
        sh -c "$2" 2>/dev/null || true
        return
    fi
    run=$scratch/runs/${1%/*}
    [ -d "$run" ] || sh -c "$2 --out $run" >/dev/null 2>"$scratch/errors" || tail -n 3 "$scratch/errors" >&2
    sed 1d "$run/tables/${1#*/}.txt"
}

block= skip=
while IFS= read -r line; do
    case $line in
    '```console'*) block=${line#'```console'} block=${block# } skip= ;;
    '```') skip= ;;
    '$ '*)
        case ${ONLY:-${block%/*}} in "${block%/*}") ;; *) printf '%s\n' "$line"; continue ;; esac
        printf '%s\n' "$line"
        show "$block" "${line#'$ '}" | sed 's/ *$//'
        skip=1
        continue
        ;;
    esac
    [ -n "$skip" ] || printf '%s\n' "$line"
done <"$page" >"$scratch/page"
cp "$scratch/page" "$page"
