#!/bin/sh
# Instructions per item by callgrind, one line a case: target, library, case, instructions.
#   sh bench/micro/count.sh PROGRAM [--quick] TARGET [PART-OF-A-NAME…]
# PROGRAM runs each case for so many operations, and for twice as many (bench/micro/instructions.h):
# what the second takes more than the first, over the items it handles more, is printed.
# exit 77: the target is not here, with the reason on stderr.
set -eu
program=$1 quick=
shift
[ "$1" != --quick ] || { quick=--quick; shift; }
target=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Nothing of the caller's environment: its length moves the stack, and with it what is counted.
status=0
# shellcheck disable=SC2046
env -i PATH=/usr/bin:/bin $("$program" --environment "$target") valgrind -q --tool=callgrind \
    --combine-dumps=yes --callgrind-out-file="$folder/costs.%p" \
    "$program" $quick "$@" >"$folder/library" || status=$?
[ $status = 0 ] || { cat "$folder/library" >&2; exit $status; }

awk -v target="$target" -v library="$(head -n 1 "$folder/library")" '
    sub(/^desc: Trigger: Client Request: /, "") {
        items = $NF
        operations = $(NF - 1)
        name = $0
        sub(/ [0-9]+ [0-9]+$/, "", name)
        labelled = 1
    }
    /^totals: / && labelled {
        labelled = 0
        if (name == before) {
            printf "%s\t%s\t%s\t%.2f\n", target, library, name, ($2 - cost) / items / (operations - ran)
            before = ""
        } else {
            before = name
            cost = $2
            ran = operations
        }
    }' $(ls -v "$folder"/costs.*)
