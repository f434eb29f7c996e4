#!/bin/sh
# The floors of the house: base <- allocators <- collector <- workloads <- bench. A file includes its
# own floor and those below; of another folder only its public headers. Each header compiles alone.
set -eu
cd "$(dirname "$0")/.."

floors="base allocators collector workloads bench"

# What a floor shows to those above, as shell patterns.
public() {
    case $1 in
    base/*.h) ;;
    allocators/allocator.h | allocators/wrapper.h | allocators/tap.h | allocators/plugin.h) ;;
    collector/runtime.h | collector/collector.h | collector/gc.h | collector/events.h) ;;
    collector/object.h | collector/objects.h | collector/refcount.h | collector/objects/*.h) ;;
    collector/gc_alloc.h | collector/gc_head.h) ;; # for those who write a type
    workloads/workload.h | workloads/replay.h | workloads/trace_program.h | workloads/snapshot.h) ;;
    workloads/scenario/scenario.h | workloads/scenario/run.h | workloads/scenario/core.h) ;;
    *) return 1 ;;
    esac
}

level() {
    n=0
    for floor in $floors; do
        [ "$floor" = "$1" ] && break
        n=$((n + 1))
    done
    echo $n
}

bad=0
complain() {
    echo "floors: $1"
    bad=1
}

for file in $(find $floors -name '*.[ch]' -o -name '*.cc'); do
    own=${file%%/*}
    for header in $(sed -n 's/^#include "\(.*\)"/\1/p' "$file"); do
        other=${header%%/*}
        [ -f "$header" ] || { complain "$file includes $header, which is not there"; continue; }
        [ "$other" = "$own" ] && continue
        [ "$(level "$other")" -lt "$(level "$own")" ] || complain "$file includes $header, a floor above"
        public "$header" || complain "$file includes $header, which $other does not show"
    done
    # After the record nothing knows the runtime.
    case $file in
    bench/report/* | bench/export/* | bench/experiment/* | bench/record/store.* | bench/record/verdict.* | bench/command/cmd_report.c | bench/command/cmd_export.c | bench/command/cmd_compare.c | bench/command/cmd_gate.c | bench/command/judge_command.c)
        if grep -nE '#include "(collector|allocators|workloads)/' "$file"; then
            complain "$file stands after the record and includes the runtime"
        fi ;;
    esac
done

if find $floors cpython -name '*.[ch]' -exec grep -lE 'gettimeofday|\bgets\(|\bstrcpy\(|\bsprintf\(' {} + 2>/dev/null; then
    complain "the files above call something that this house does not use"
fi
if grep -rlE '#include [<"]Python\.h' $floors; then
    complain "nothing in the heapdyno program links with libpython"
fi

for header in $(find $floors -name '*.h'); do
    ${CC:-cc} -std=gnu17 -I. -D_GNU_SOURCE -Wall -Wextra -fsyntax-only -x c "$header" ||
        complain "$header does not compile alone"
done
exit $bad
