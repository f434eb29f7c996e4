#!/bin/sh
# heapdyno scenario as a person calls it: messages, exit status, --trace, --leaks; and files that no
# person would write. Runs the sanitized program too where it is built.
set -u
out=${OUT:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# expect STATUS MESSAGE ARGUMENTS…: exit status, and a pattern in standard error ("" for none at all)
expect() {
    want=$1 message=$2
    shift 2
    "$program" scenario "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    if [ $status != "$want" ] || ! grep -q -e "$message" "$work/err" ||
        { [ -z "$message" ] && [ -s "$work/err" ]; }; then
        [ -z "$message" ] && [ ! -s "$work/err" ] && [ $status = "$want" ] && return
        echo "$program scenario $*: exit $status, wanted $want '$message'"
        head -c 300 "$work/err"
        failed=1
    fi
}

output() { # the lines that the last run printed
    printf "$1" | cmp -s - "$work/out" || { echo "printed:"; cat "$work/out"; failed=1; }
}

printf 'list a\nappend a a\ndrop a\nfloat f\nlist k f\nappend k k\n' >"$work/leak.scn"
printf 'threshold 1 9 9\nlist a\nlist b\n' >"$work/trace.scn"
printf 'repeat 300\nlist a a0\nalias a0 a\nend\n' | sed '1i list a0' >"$work/memory.scn"
awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "x" }' >"$work/long.scn"
awk 'BEGIN { printf "list a "; for (i = 0; i < 1000000; i++) printf " " }' >"$work/blank.scn"
awk 'BEGIN { for (i = 0; i < 100000; i++) print "repeat 2" }' >"$work/deep.scn"
printf 'list a\n\nlist \0b\n' >"$work/nul.scn"
printf 'list a\r\nshow count\r\n' >"$work/crlf.scn"
printf 'int a 99999999999999999999999999999999999999999\n' >"$work/number.scn"
printf 'repeat 18446744073709551617\nend\n' >"$work/turns.scn"
head -c 100000 /dev/zero >"$work/zero.scn"
head -c 100000 /bin/sh >"$work/binary.scn"

for program in "${HEAPDYNO:-$out/heapdyno}" build/asan/heapdyno; do
    [ -x "$program" ] || continue
    expect 2 'long.scn:1: line of more than 4096 bytes' "$work/long.scn"
    expect 2 'blank.scn:1: line of more than 4096 bytes' "$work/blank.scn"
    expect 2 'deep.scn:9: repeat nested more than 8 deep' "$work/deep.scn"
    expect 2 'nul.scn:3: NUL byte' "$work/nul.scn"
    expect 2 'crlf.scn:1: .a.x0d. is not a name' "$work/crlf.scn"
    expect 2 'number.scn:1: value 9999.* is out of range' "$work/number.scn"
    expect 2 'turns.scn:1: number of turns 18446744073709551617 is out of range' "$work/turns.scn"
    expect 2 'zero.scn:1: ' "$work/zero.scn"
    expect 2 'binary.scn:[0-9]*: ' "$work/binary.scn"
    expect 2 'No such file' "$work/none.scn"
    expect 2 'directory' "$work"
    expect 2 'unknown allocator' --allocator nosuch "$work/leak.scn"
    expect 2 'nosuch' --collector nosuch "$work/leak.scn"
    expect 2 '1/2/3/4 is not up to 3 counts' --collector cp311:threshold=1/2/3/4 "$work/leak.scn"
    expect 2 'FILE'
    expect 0 '' --leaks "$work/leak.scn"
    output 'leak list 1\nleak float 1\nleak list 1\n'
    expect 0 '' --trace "$work/trace.scn"
    output '+ threshold 1 9 9\n+ list a\n+ list b\n- collection of generation 0 begins\n'"- collection of generation 0: 1 examined, 0 collected\n"
    expect 0 '' "$work/trace.scn"
    output ''
    expect 0 '' -
    if ls /usr/lib/*/libjemalloc.so.2 >/dev/null 2>&1; then
        expect 0 '' --allocator jemalloc:dirty_decay=0 "$work/trace.scn" # starts anew
    fi
    expect 1 'memory.scn:3: out of memory' --allocator malloc+fault:from=120 "$work/memory.scn"
done
[ $failed = 0 ]
