#!/bin/sh
# program= in a cell: a real Python program on the cell's allocator gives a record like any other. What it
# collects is what plain python3.11 collects; however it ends, there is one record with a verdict.
set -eu
. "$(dirname "$0")/lib/cli.sh"
host=${OUT:-build}/heapdyno-python
[ -x "$host" ] && [ -x /usr/bin/python3.11 ] || { echo "no libpython3.11: no $host"; exit 77; }
HEAPDYNO_PYTHON=$(cd "$(dirname "$host")" && pwd)
export HEAPDYNO_PYTHON
p=$scratch/odd,+=%name
mkdir "$p"
written=$(echo "$p" | sed 's/%/%25/g; s/,/%2C/g; s/+/%2B/g; s/=/%3D/g')

# script NAME: the program on stdin.
script() {
    cat >"$p/$1.py"
}

# value PYTHON [ARGUMENT]: of the record in $scratch/out, as `r`.
value() {
    /usr/bin/python3.11 -c "import json, sys; r = json.load(open(sys.argv[1])); print($1)" "$scratch/out" "${2:-}"
}

collections='[g["collections"] for g in r["gen"]]'

# From a full collection on, counts do not depend on how the interpreter came there.
script counts <<'END'
import gc, sys
class Node:
    pass
gc.collect()
before = gc.get_stats()
for i in range(30000):
    node = Node(); node.me = node
after = gc.get_stats()
print([[b[k] - a[k] for k in ("collections", "collected")] for a, b in zip(before, after)], file=sys.stderr)
END
plain=$(PYTHONHASHSEED=1 /usr/bin/python3.11 "$p/counts.py" 2>&1)
for allocator in pymalloc pool jemalloc malloc bump pool+debug; do
    expect 0 "$HEAPDYNO" child allocator=$allocator program="$written/counts.py"
    [ "$(cat "$scratch/err")" = "$plain" ] || fail "$allocator: collects $(cat "$scratch/err"), plain python3.11 $plain"
    # The record has the first, full collection too.
    [ "$(value "$collections == [n + (i == 2) for i, (n, _) in enumerate(json.loads(sys.argv[2]))]" "$plain")" = True ] ||
        fail "$allocator: the record has other collections than $plain"
    [ "$(value 'r["collections_missed"], "checksum" in r, "examined" in r["gen"][0], "operations" in r')" = \
        "0 False False False" ] || fail "figures that are not known are there"
done
echo "collects as plain python3.11: $plain"

# The programs that ship: theirs, but for what the interpreter's start did.
started=$(env -i HOME="$HOME" PATH="$PATH" LC_ALL=C PYTHONHASHSEED=1 /usr/bin/python3.11 -c \
    'import gc; print(*(g["collections"] for g in gc.get_stats()))')
for case in json_work:documents=200 web_like:requests=5000 regex_text:lines=1000 compile_modules:modules=10; do
    name=${case%:*}
    truth=$(env -i HOME="$HOME" PATH="$PATH" LC_ALL=C PYTHONHASHSEED=1 /usr/bin/python3.11 \
        "cpython/programs/$name.py" "${case#*=}" | sed -n 's/^collections //p')
    expect 0 "$HEAPDYNO" child allocator=pool program=$case
    ours=$(value "*$collections")
    echo "$truth $started $ours" | awk '{ d = $1 - $4 - $7; exit !(d * d <= 1 && $2 - $5 == $8 && $3 - $6 == $9) }' ||
        fail "$name: collections $ours, plain python3.11 $truth, of these at its start $started"
    [ "$(value 'r["operations"] > 0 and r["operations_per_s"] > 0 and r["rss_bytes_peak"] > r["rss_bytes_base"]')" = True ] ||
        fail "$name: no throughput or no memory"
done
expect 0 "$HEAPDYNO" child allocator=pool program=asyncio_echo:clients=20,messages=5
expect 0 "$HEAPDYNO" child --counts allocator=pymalloc program=json_work:documents=50
requests=$(field requests)
expect 0 "$HEAPDYNO" child --counts obj=pool mem=jemalloc program=json_work:documents=50
echo "$requests $(field requests)" | awk '{ exit !($1 > 100000 && $1 - $2 < 200 && $2 - $1 < 200) }' ||
    fail "$requests requests on pymalloc, $(field requests) on two heaps"
[ "$(value '"freelists" in r, "requests_raw" in r, "wall_ns" in r, r["live_bytes_peak"] > 1000000')" = \
    "False False False True" ] || fail "counts of a program"

# What a cell says reaches the interpreter.
script tells <<'END'
import gc, os, sys
print(gc.get_threshold(), gc.isenabled(), gc.get_freeze_count() > 0, sys.argv[1:], os.environ["PYTHONHASHSEED"],
      os.environ.get("MINE"), os.environ.get("OTHER"), "gc" in sys.builtin_module_names, file=sys.stderr)
END
tells() {
    told=$1
    shift
    MINE=m OTHER=o expect 0 "$HEAPDYNO" child "$@"
    [ "$(cat "$scratch/err")" = "$told" ] || fail "$*: $(cat "$scratch/err")"
}
tells "(700, 10, 10) True False [] 1 None None True" program="$written/tells.py"
tells "(50, 3, 10) True False ['a b', 'c=d,e', '\\\\'] 7 m None True" seed=7 collector=cp311:threshold=50/3 \
    program="$written/tells.py:args=a%5C%20b%20%20c%3Dd%2Ce%20%5C%5C,env=MINE%20NEVER"
tells "(700, 10, 10) False False [] 0 None None True" seed=0 collector=none program="$written/tells.py"
tells "(0, 10, 10) False True [] 1 None None True" collector=cp311:threshold=off,gc=off,freeze=collect_after_setup \
    program="$written/tells.py"
expect 0 "$HEAPDYNO" child program="$written/tells.py:operations=12"
[ "$(value 'r["operations"], r["operation_unit"]')" = "12 operation" ] || fail "operations are not stated"

# However a program ends.
script raises <<'END'
print("hello"); {}["nothing"]
END
script exits <<'END'
import sys; sys.exit(3)
END
script leaves <<'END'
import os; os._exit(0)
END
script executes <<'END'
import os; os.execv("/bin/true", ["true"])
END
script killed <<'END'
import os, signal; os.kill(os.getpid(), signal.SIGSEGV)
END
script forever <<'END'
while True: pass
END
script large <<'END'
kept = bytearray(1 << 30)
END
script forks <<'END'
import os, sys
for i in range(6):
    if os.fork() == 0:
        kept = [[] for _ in range(20000)]
        os._exit(0) if i % 2 else sys.exit(5)
    os.wait()
sys.exit()
END
script prints <<'END'
for _ in range(20000): print("x" * 999)
END
script closes <<'END'
import os, sys
sys.stdout.close(); os.close(2)
END
script closes_all <<'END'
import os, sys
os.closerange(3, 4096)
files = [open(sys.argv[1], "w") for _ in range(40)]
END
script late <<'END'
import atexit
@atexit.register
def late(): kept = [[] for _ in range(20000)]
raise SystemExit
END
script calls <<'END'
import gc
for callback in gc.callbacks:
    callback("stop", {"generation": 77}); callback("start", {}); callback("stop", {"generation": 1 << 70})
    try: callback(7)
    except TypeError: pass
END
script clears <<'END'
import gc
gc.callbacks.clear(); kept = [[] for _ in range(20000)]
END
echo '\177ELF is not Python' >"$p/other.py"
verdict failed "raises.py ended with exit status 1: hello .*KeyError" 1 program="$written/raises.py"
verdict failed "exits.py ended with exit status 3" 1 program="$written/exits.py"
verdict failed "os._exit or exec" 1 program="$written/leaves.py"
verdict failed "os._exit or exec" 1 program="$written/executes.py"
verdict failed "killed by signal 11" 1 program="$written/killed.py"
verdict failed "SyntaxError" 1 program="$written/other.py"
verdict failed "nothing.py: No such file" 1 program="$written/nothing.py"
verdict failed "the program closed the descriptor" 1 program="$written/closes_all.py:args=$written/mine"
[ ! -s "$p/mine" ] || fail "the record is in the program's file"
verdict failed "MemoryError" 1 program=json_work allocator=pymalloc+fault:from=100000
verdict timeout "limit of 500 ms" 1 program="$written/forever.py" --time-limit 500ms
verdict memory "the limit is 100 MiB" 1 program="$written/large.py" --memory-limit 100m
for name in forks prints closes late calls clears; do
    verdict ok "" 0 program="$written/$name.py"
done
[ "$(value 'r["collections_missed"] > 10')" = True ] || fail "collections that were not heard are not counted"
