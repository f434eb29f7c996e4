#!/bin/sh
# heapdyno inside as people type it: each "$ heapdyno …" of a console block in docs/inside.md prints
# what the page shows, its scenarios run, and what is asked wrong gets a message and status 2.
set -eu
cd "$(dirname "$0")/.."
HEAPDYNO=${HEAPDYNO:-$PWD/build/heapdyno}
page=$PWD/docs/inside.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# Scenarios are saved under the name in their first line; N.command and N.shown for each command.
awk '
    /^```scenario/ { saving = 1; next }
    /^```console/ { console = 1; next }
    /^```/ { saving = console = 0; file = "" }
    saving && file == "" { file = $2 }
    saving { print > file }
    console && /^\$ / { n++; print substr($0, 3) > (n ".command"); printf "" > (n ".shown"); next }
    console && n { print > (n ".shown") }' "$page"
count=0
for command in *.command; do
    heapdyno=$(sed "s|^heapdyno |'$HEAPDYNO' |" "$command")
    sh -c "$heapdyno" >actual 2>&1 || { echo "$(cat "$command"): failed"; cat actual; exit 1; }
    diff "${command%.command}.shown" actual || { echo "docs/inside.md differs: $(cat "$command")"; exit 1; }
    count=$((count + 1))
done
[ $count -ge 4 ] || { echo "docs/inside.md shows $count commands"; exit 1; }
grep -q '^digraph heap {' web.dot
if command -v dot >/dev/null; then dot -Tsvg web.dot -o web.svg; fi

# Only the graph goes to standard output when it is asked for there.
"$HEAPDYNO" inside leak.scn --dot - --around cache 2>/dev/null | head -n 1 | grep -q '^digraph heap {$'

refused() { # STATUS, what the message must hold, arguments…
    status=0
    wanted=$1 words=$2
    shift 2
    "$HEAPDYNO" inside "$@" >out 2>message || status=$?
    [ $status = "$wanted" ] || { echo "inside $*: status $status, not $wanted"; cat message; exit 1; }
    grep -q "$words" message || { echo "inside $*: no '$words' in:"; cat message; exit 1; }
}
echo 'list a' >small.scn
printf 'list a\npop a\n' >wrong.scn
: >empty.scn
refused 2 "nothing here is called 'nobody'" small.scn --dot x.dot --around nobody
[ ! -e x.dot ] || { echo "half a graph was left"; exit 1; }
refused 2 "nothing is garbage here" small.scn --dot x.dot
refused 2 "nothing is alive" workload=replay:size=tiny --dot x.dot --around Row
refused 2 "'later' never came" workload=web:size=tiny --at later
refused 2 "'77' never came" small.scn --at 77
refused 2 "wrong.scn:2: pop of an empty list" wrong.scn
refused 2 "No such file" missing.scn
refused 2 "unknown workload wep" workload=wep
refused 2 "a scenario and a workload exclude each other" small.scn workload=web
refused 2 "not one of the options\|unknown option" small.scn --deep 3
refused 2 "1 … 1000000\|1 .* 1000000" small.scn --top 0
refused 2 "No such file" small.scn --dot /nowhere/x.dot --around a
refused 1 "out of memory" allocator=malloc+fault:at=300 workload=web:size=tiny
"$HEAPDYNO" inside empty.scn | grep -q '0 tracked, 0 of them garbage'
"$HEAPDYNO" inside workload=null | grep -q ': 0 bytes in 0 blocks; 0 objects'
"$HEAPDYNO" inside leak.scn collector=none allocator=malloc --leaks | grep -q 'collected before each: 0 and 0 objects'
"$HEAPDYNO" inside workload=replay:file=json --growth | grep -q 'obj block, 64 bytes *run replay_run$'
for allocator in pool bump malloc+debug obj; do
    cell=allocator=$allocator
    [ $allocator != obj ] || cell='obj=pool mem=malloc raw=pool'
    "$HEAPDYNO" inside $cell workload=web:size=tiny --types >actual # the same on every allocator
    grep -q ': 36,480 bytes in 378 blocks; 299 objects' actual || { echo "$cell:"; cat actual; exit 1; }
done
# The same figures as the counted record has at the end of the phase.
for workload in web:size=tiny cycles:size=tiny dom:size=tiny strings:size=tiny; do
    recorded=$("$HEAPDYNO" child --counts workload=$workload 2>/dev/null |
        sed -n 's/.*{"name":"run"[^}]*"live_bytes":\([0-9]*\).*/\1/p')
    looked=$("$HEAPDYNO" inside workload=$workload --types | sed -n '1s/.* run: \([0-9,]*\) bytes.*/\1/p')
    [ -n "$recorded" ] && [ "$recorded" = "$(echo "$looked" | tr -d ,)" ] ||
        { echo "$workload: the record has '$recorded' live bytes, inside '$looked'"; exit 1; }
done
echo "$count commands of docs/inside.md, and what is refused"
