#!/bin/sh
# What listeners cost the core: instructions of the workload web with none and with four listeners,
# which differ by at most 2 %. Instructions repeat exactly, so one run of each is enough.
set -eu
command -v valgrind >/dev/null || { echo "valgrind is missing"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${CC:-cc} -std=gnu17 -O2 -I. -D_GNU_SOURCE -o "$folder/listeners" tests/listeners.c \
    "${OUT:-build}/libheapdyno.a" -lsqlite3 -linih -ldl -lm -lpthread

# instructions LISTENERS: how many the program takes; what was heard goes to $folder/heard.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$folder/log" \
        "$folder/listeners" "$1" >"$folder/heard"
    sed -n 's/.*Collected : //p' "$folder/log"
}

without=$(instructions 0)
with=$(instructions 4)
heard=$(cat "$folder/heard")
echo "$without instructions without listeners, $with with four that heard $heard events"
[ "$heard" -gt 100 ] || { echo "too few events to say anything"; exit 1; }
[ $((with * 100)) -le $((without * 102)) ] || { echo "more than 2 %"; exit 1; }
