#!/bin/sh
# The sweep that tests/test_tune_web.c searches (tests/fixtures/tune/web.tsv) is still that of this
# program: the default and the best setting are counted anew, each within 2 %, and keep their order.
set -eu
. "$(dirname "$0")/lib/cli.sh"
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 0; }

count() {
    allocator="allocator=pymalloc raw=malloc"
    env -i PATH="$PATH" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$HEAPDYNO" child \
        "$allocator collector=cp311:$1 workload=web:requests=3k seed=1" 2>&1 >/dev/null </dev/null |
        sed -n 's/.*Collected : //p'
}
close() { # LABEL COUNTED
    recorded=$(awk -F'\t' -v label="$1" '$1 == label { print $3 }' tests/fixtures/tune/web.tsv)
    awk -v a="$recorded" -v b="$2" 'BEGIN { exit !(a > 0 && b > 0.98 * a && b < 1.02 * a) }' ||
        fail "$1: $recorded instructions recorded, $2 counted: run tests/fixtures/tune/make.sh"
}
default=$(count threshold=700/10/10)
best=$(count threshold=10000/10/10,freeze=after_setup)
close '700/10/10, pymalloc' "$default"
close '10000/10/10 freeze, pymalloc' "$best"
[ "$best" -lt "$default" ] || fail "the best setting takes more instructions than the default"
echo "default $default, best $best instructions"
