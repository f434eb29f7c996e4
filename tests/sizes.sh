#!/bin/sh
# House style that can be counted: files of at most 400 lines.
set -eu
cd "$(dirname "$0")/.."
long=$(find base allocators collector workloads bench cpython -name '*.[ch]' -o -name '*.cc' |
    xargs wc -l | awk '$2 != "total" && $1 > 400 { print "  " $1 " lines  " $2 }')
[ -z "$long" ] || { echo "files of more than 400 lines:"; echo "$long"; exit 1; }
