#!/bin/sh
# heapdyno export: what other tools read is what the records say. Google Benchmark's own compare.py is
# run where it is installed.
set -eu
. "$(dirname "$0")/lib/cli.sh"

synthetic() {
    mkdir -p "$scratch/$1/raw"
    folder=$scratch/$1
    shift
    awk -v folder="$folder" "$@" -f tests/fixtures/report/synthetic.awk
}
synthetic a -v reps=3
synthetic slow -v reps=3 -v speed=0.5

# TSV: a row for each record, every field of a record under its name, nothing else.
expect 0 "$HEAPDYNO" export "$scratch/a" --out "$scratch/a.tsv"
[ ! -s "$scratch/out" ] || fail "tsv: something on standard output beside the file"
expect 0 "$HEAPDYNO" export "$scratch/a"
cmp "$scratch/out" "$scratch/a.tsv" || fail "tsv: the file differs from standard output"
python3 - "$scratch/a/cells.jsonl" "$scratch/a.tsv" <<'END' || fail "tsv"
import json, sys
def leaves(path, value):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(path + "." + name if path else name, item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves("%s[%d]" % (path, index), item)
    else:
        yield path, value
records = {}
for line in open(sys.argv[1]):
    record = json.loads(line)
    records[record["cell"], record["kind"], record["rep"]] = dict(leaves("", record))
rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[2])]
head = rows.pop(0)
assert len(set(head)) == len(head) and "gen[2].examined" in head and "regions.heap" in head, head
assert len(rows) == len(records) and all(len(row) == len(head) for row in rows)
for row in rows:
    named = {name: text for name, text in zip(head, row) if text != ""}
    record = records.pop((named["cell"], named["kind"], int(named["rep"])))
    assert set(named) == {name for name, value in record.items() if value != ""}
    for name, value in record.items():
        assert named.get(name, "") == value if isinstance(value, str) else float(named[name]) == value, name
assert not records
END

# Google Benchmark: times are of one operation, aggregates those of the repetitions.
for run in a slow; do
    expect 0 "$HEAPDYNO" export "$scratch/$run" --format gbench --out "$scratch/$run.json"
done
python3 - "$scratch/a/cells.jsonl" "$scratch/a.json" <<'END' || fail "gbench"
import json, statistics, sys
records = [r for r in map(json.loads, open(sys.argv[1])) if r["kind"] == "timed" and r["verdict"] == "ok"]
written = json.load(open(sys.argv[2]))
assert {"date", "host_name", "executable", "num_cpus", "caches", "load_avg", "library_build_type"} <= set(written["context"])
runs = [b for b in written["benchmarks"] if b["run_type"] == "iteration"]
assert len(runs) == len(records)
times = {}
for run in runs:
    times.setdefault(run["name"], []).append(run["real_time"])
    record, = [r for r in records if r["label"] == run["name"] and r["rep"] == run["repetition_index"]]
    assert run["iterations"] == record["operations"] and run["time_unit"] == "ns"
    assert abs(run["real_time"] * record["operations"] / record["run_ns"] - 1) < 1e-6
    assert run["rss_bytes_peak"] == record["rss_bytes_peak"]
    assert ("pause_ns_max" in run) == ("pause_ns_max" in record)
for b in written["benchmarks"]:
    if b["run_type"] == "aggregate":
        of = times[b["run_name"]]
        wanted = {"mean": statistics.mean, "median": statistics.median, "stddev": statistics.stdev,
                  "cv": lambda of: statistics.stdev(of) / statistics.mean(of)}[b["aggregate_name"]](of)
        assert abs(b["real_time"] / wanted - 1) < 1e-6 and b["name"] == b["run_name"] + "_" + b["aggregate_name"]
assert sum(b["run_type"] == "aggregate" for b in written["benchmarks"]) == 4 * sum(len(of) > 1 for of in times.values())
END
compare=/usr/share/benchmark/compare.py
if [ -f $compare ] && /usr/bin/python3 -c 'import scipy' 2>/dev/null; then
    expect 0 /usr/bin/python3 $compare --no-color benchmarks "$scratch/a.json" "$scratch/slow.json"
    grep "collector=cp311 workload=web_median" "$scratch/out" | grep pymalloc | grep -qE '\+(0\.9[5-9]|1\.0[0-5])' ||
        fail "compare.py does not see half the speed: $(grep web_median "$scratch/out" | head -n 1)"
    grep -q "web_pvalue" "$scratch/out" || fail "compare.py finds no repetitions"
else
    echo "libbenchmark-tools or scipy is not installed: compare.py was not run"
fi

# Perfetto: slices and a counter of one process, in microseconds, none outside of the phases; real
# records, since only those have phases.
expect 0 "$HEAPDYNO" run --quiet --no-counts --reps 1 --reruns 0 --workload web,replay:size=tiny --out "$scratch/real"
for order in $(field order "$scratch/real/cells.jsonl"); do
    expect 0 "$HEAPDYNO" export "$scratch/real" --format perfetto --order "$order" --out "$scratch/$order.json"
done
python3 - "$scratch" <<'END' || fail "perfetto"
import glob, json, sys
seen = 0
for line in open(sys.argv[1] + "/real/cells.jsonl"):
    record = json.loads(line)
    if record["kind"] != "timed":
        continue
    trace = json.load(open("%s/%d.json" % (sys.argv[1], record["order"])))
    events = trace["traceEvents"]
    assert trace["otherData"]["label"] == record["label"]
    for e in events:
        assert e["ph"] in "MXC" and isinstance(e["pid"], int) and isinstance(e["tid"], int) and e["name"]
        assert e["ph"] == "M" or (isinstance(e["ts"], (int, float)) and e["ts"] >= 0)
        assert e["ph"] != "X" or e["dur"] >= 0
        assert e["ph"] != "C" or e["args"]["bytes"] > 0
    phases = [e for e in events if e.get("cat") == "phase"]
    pauses = [e for e in events if e.get("cat") == "gc"]
    assert [e["name"] for e in phases] == [p["name"] for p in record["phases"]]
    assert len(pauses) == sum(g["collections"] for g in record["gen"]) or "replay" in record["workload"]
    assert abs(sum(e["dur"] for e in pauses) - record["gc_ns"] / 1e3) < 1 + len(pauses) * 0.001
    end = phases[-1]["ts"] + phases[-1]["dur"]
    assert all(phases[0]["ts"] <= e["ts"] and e["ts"] + e["dur"] <= end + 0.01 for e in pauses)
    assert end <= record["elapsed_ns"] / 1e3 + 2000
    seen += len(pauses)
assert seen > 100, seen
END

# Nothing to export, no such run, no such process, no such format, a file that cannot be written.
grep '"verdict":"skipped"' "$scratch/a/cells.jsonl" >"$scratch/slow/cells.jsonl"
expect 2 "$HEAPDYNO" export "$scratch/slow" --format gbench --out "$scratch/none.json"
says "no trusted timed process"
[ ! -e "$scratch/none.json" ] && [ ! -e "$scratch/none.json.part" ] || fail "a file of nothing is left"
expect 2 "$HEAPDYNO" export "$scratch/slow" --format perfetto; says "no such timed record"
expect 2 "$HEAPDYNO" export "$scratch/a" --format perfetto --order 99999; says "no such timed record"
expect 2 "$HEAPDYNO" export "$scratch/nothing-here"; says "nothing-here"
expect 2 "$HEAPDYNO" export "$scratch/a" --format xml; says "xml"
expect 2 "$HEAPDYNO" export "$scratch/a" --out "$scratch/no/such/folder"; says "no/such/folder"
expect 2 "$HEAPDYNO" export
rm "$scratch"/a/raw/*.pauses.tsv
expect 2 "$HEAPDYNO" export "$scratch/a" --format perfetto; says "pauses.tsv"
sed 's/"raw":"[^"]*"/"raw":"..\/..\/x"/' "$scratch/a/cells.jsonl" >"$scratch/slow/cells.jsonl"
expect 2 "$HEAPDYNO" export "$scratch/slow" --format perfetto; says "no file name"
if [ -c /dev/full ]; then
    status=0
    "$HEAPDYNO" export "$scratch/a" >/dev/full 2>"$scratch/err" || status=$?
    [ $status = 2 ] || fail "exit $status on a full disk"
fi
echo "export: ok"
