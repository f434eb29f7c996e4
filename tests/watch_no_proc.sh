#!/bin/sh
# Watching where /proc is not, or lacks smaps_rollup: pauses are known all the same, memory is absent, not 0, and said
# once. In a mount namespace: root's, or that of a user who may have one.
set -eu
. "$(dirname "$0")/lib/cli.sh"
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1
python=/usr/bin/python3
[ -x $python ] || { echo "no $python"; exit 77; }
namespace=
for way in "unshare -m" "unshare -rm"; do
    [ -n "$namespace" ] || ! $way sh -c 'mount -t tmpfs none /proc' 2>/dev/null || namespace=$way
done
[ -n "$namespace" ] || { echo "no mount namespace may be made here"; exit 77; }

cat >"$scratch/program.py" <<'END'
import gc, os, sys, time
print(os.path.exists("/proc/self/statm"), os.path.exists("/proc/self/smaps_rollup"), flush=True)
if os.fork() == 0:
    for i in range(20000):
        a = []; a.append(a)
    gc.collect()
    time.sleep(1)
    os._exit(0)  # after its parent: the watch waits for it
END
# absent FIELD…: in no record of $records.
absent() {
    for name; do ! grep -q "\"$name\"" "$records" || fail "$name is there: $(field "$name" "$records")"; done
}
known() {
    [ "$(wc -l <"$records")" = 2 ] || fail "$(wc -l <"$records") records"
    grep 'process=fork' "$records" | grep -o '"collections":[0-9]*' | awk -F: '{ n += $2 } END { exit n < 20 }' ||
        fail "pauses of the worker are lost"
    [ "$(field verdict "$records" | sort -u)" = ok ] && [ "$(field command "$records" | grep -c program.py)" = 2 ] ||
        fail "$(field verdict "$records") $(field command "$records")"
}
once() {
    [ "$(grep -c "$1" "$scratch/err")" = 1 ] || { cat "$scratch/err"; fail "not said once: $1"; }
    [ ! -s "$scratch/err.program" ] || fail "the program's stderr: $(cat "$scratch/err.program")"
}

echo "the whole watch without /proc"
cat >"$scratch/hidden.sh" <<END
mount -t tmpfs none /proc
unset HEAPDYNO_RECORDER # what belongs to the program is found too
exec "$HEAPDYNO" watch --out "$scratch/none" -- sh -c 'exec $python "$scratch/program.py" 2>"$scratch/err.program"'
END
expect 0 $namespace sh "$scratch/hidden.sh"
[ "$(cat "$scratch/out")" = "False False" ] || fail "/proc was there"
records=$scratch/none/cells.jsonl
known
absent rss_bytes_base rss_bytes_peak rss_bytes_end pss_bytes_end private_dirty_bytes_end
once "memory of 2 of 2 processes is not known"
[ "$(field end "$records" | sort | tr '\n' ' ')" = "exit gone " ] || fail "ends: $(field end "$records")"
[ "$(wc -l <"$scratch/none/raw/00001.rss.tsv")" = 1 ] || fail "samples of what is not known"
expect 0 "$HEAPDYNO" report --no-plots --no-html "$scratch/none"

echo "the program alone without /proc: its memory is seen from outside, or absent"
cat >"$scratch/inside.sh" <<END
mount -t tmpfs none /proc
exec $python "$scratch/program.py" 2>"$scratch/err.program"
END
expect 0 "$HEAPDYNO" watch --out "$scratch/inside" -- $namespace sh "$scratch/inside.sh"
records=$scratch/inside/cells.jsonl
known
[ "$(field rss_bytes_end "$records" | awk '$1 > 0' | wc -l)" -ge 1 ] || fail "the worker's memory is not seen from outside"

echo "one import line without smaps_rollup: RSS is known, PSS is absent"
cat >"$scratch/rollup.sh" <<END
mount --rbind /proc "$scratch/proc"
mount -t tmpfs none /proc
exec $python "$scratch/partly.py"
END
mkdir "$scratch/proc"
cat >"$scratch/partly.py" <<END
import os
os.makedirs("/proc/self")
for name in "statm", "cmdline":
    os.symlink("$scratch/proc/%d/%s" % (os.getpid(), name), "/proc/self/" + name)
import heapdyno_watch, gc
for i in range(20000):
    a = []; a.append(a)
gc.collect()
END
PYTHONPATH=$HEAPDYNO_RECORDER HEAPDYNO_WATCH=$scratch/files expect 0 $namespace sh "$scratch/rollup.sh"
[ ! -s "$scratch/err" ] || fail "$(cat "$scratch/err")"
expect 0 "$HEAPDYNO" watch --read "$scratch/files" --out "$scratch/partly"
records=$scratch/partly/cells.jsonl
absent pss_bytes_end private_dirty_bytes_end
[ "$(field rss_bytes_end "$records")" -gt 1000000 ] || fail "no RSS"
once "PSS and private dirty of 1 of 1 processes are not known"
[ "$(tail -n 1 "$scratch/partly/raw/00000.rss.tsv" | cut -f 3,4 | tr '\t' ' ')" = "- -" ] || fail "PSS in the series"
