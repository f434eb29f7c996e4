#!/bin/sh
# Watching CPython 3.14.2, whose collector is incremental: Pyodide 314.0.7 is that version, compiled to WebAssembly, and
# Node runs it. No /proc, no mapping that others see; the watch file says what gc.get_stats() says. npm needs its registry.
set -eu
. "$(dirname "$0")/lib/cli.sh"
for need in node npm; do command -v $need >/dev/null || { echo "no $need"; exit 77; }; done
(cd "$scratch" && npm install --silent --no-audit --no-fund pyodide@314.0.7 >"$scratch/log" 2>&1) ||
    { echo "npm cannot install pyodide: $(tail -n 1 "$scratch/log")"; exit 77; }
mkdir "$scratch/files"
cat >"$scratch/run.mjs" <<END
import { loadPyodide } from "pyodide";
const python = await loadPyodide();
const mount = (at, root) => { python.FS.mkdir(at); python.FS.mount(python.FS.filesystems.NODEFS, { root }, at); };
mount("/files", "$scratch/files");
mount("/recorder", "$(pwd)/build/recorder");
python.runPython(\`
import atexit, gc, os, sys
sys.path.insert(0, "/recorder")
os.environ["HEAPDYNO_WATCH"] = "/files"
import heapdyno_watch
before = gc.get_stats()
runs = [0, 0, 0]
def count(phase, info):
    runs[info["generation"]] += phase == "stop"
gc.callbacks.append(count)
keep = []
for i in range(200000):
    a = []; a.append(a)
    keep.append([i]) if i % 4 == 0 else None
gc.collect(0); gc.collect(1); gc.collect()
gc.callbacks.remove(count)
print("version", sys.version.split()[0], "threshold", *gc.get_threshold(), "memory", int(os.path.exists("/proc/self/statm")))
for g, (a, b) in enumerate(zip(before, gc.get_stats())):
    print(g, b["collections"] - a["collections"], b["collected"] - a["collected"], runs[g])
atexit._run_exitfuncs()  # Node ends without
\`);
END
expect 0 node "$scratch/run.mjs"
cat "$scratch/out"
[ ! -s "$scratch/err" ] || fail "$(cat "$scratch/err")"
grep -q '^version 3.14.2 threshold 2000 10 0 memory 0$' "$scratch/out" || fail "another Python"
cp "$scratch/out" "$scratch/said"
expect 0 "$HEAPDYNO" watch --read "$scratch/files" --out "$scratch/run"
says "The memory of 1 of 1 processes is not known"
records=$scratch/run/cells.jsonl
[ "$(wc -l <"$records")" = 1 ] && [ "$(field python "$records")" = 3.14.2 ] && [ "$(field end "$records")" = exit ] || fail "$(cat "$records")"
grep -q '"collector":"python3.14:incremental=on,threshold=2000/10/0"' "$records" || fail "$(field collector "$records")"
[ "$(field collections_missed "$records")" = 0 ] || fail "missed: $(field collections_missed "$records")"
! grep -q rss_bytes "$records" || fail "memory is there"
idle=$(field increments_idle "$records")
grep -o '"collections":[0-9]*,"collected":[0-9]*' "$records" | tr -c '0-9\n' ' ' >"$scratch/seen"
sed 1d "$scratch/said" | paste - "$scratch/seen" | while read -r g collections collected runs seen_collections seen_collected; do
    [ "$seen_collections" = "$runs" ] && [ "$seen_collected" = "$collected" ] ||
        fail "generation $g: $seen_collections runs, $seen_collected collected, of $runs and $collected"
    [ "$g" != 1 ] || seen_collections=$((seen_collections - idle))
    [ "$seen_collections" = "$collections" ] || fail "generation $g: gc.get_stats() counts $collections, not $seen_collections"
done
[ "$(awk 'NR == 3 { print ($4 > 50) }' "$scratch/said")" = 1 ] && [ "$idle" -gt 10 ] || fail "no increments"
expect 0 "$HEAPDYNO" tune --watch "$scratch/run"
grep -q 'incremental collector' "$scratch/out" || fail "a forecast for a collector without a model"
expect 0 "$HEAPDYNO" report --no-plots --no-html "$scratch/run"
echo "generations: as gc.get_stats() counts them; $idle increments that it does not count"
