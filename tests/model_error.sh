#!/bin/sh
# `heapdyno run --experiment model`, made short: every program on every allocator beside its replay, recorded
# in the same run; memory as replays predict it. Times are printed, not judged.
set -eu
. "$(dirname "$0")/lib/cli.sh"
host=${OUT:-build}/heapdyno-python
[ -x "$host" ] || { echo "no libpython3.11: no $host"; exit 77; }
[ -e build/recorder/heapdyno_recorder-3.11.so ] || { echo "no recorder"; exit 77; }
HEAPDYNO_PYTHON=$(cd "$(dirname "$host")" && pwd)
export HEAPDYNO_PYTHON HEAPDYNO_RECORDER="$PWD/build/recorder"
run=$scratch/truth
expect 0 "$HEAPDYNO" run --experiment model --quick --quiet --out "$run"
[ "$(wc -l <"$run/cells.jsonl")" = 50 ] || fail "$(wc -l <"$run/cells.jsonl") records, not fifty"
for program in asyncio_echo compile_modules json_work regex_text web_like; do
    [ -s "$run/traces/$program.trace" ] || fail "no trace of $program"
    [ "$(field workload "$run/cells.jsonl" | grep -c "^program=$program:")" = 5 ] || fail "$program did not run five times"
done
# Twenty rows: program (of the first of its rows), allocator, memory real, predicted, error, …
sed '1,/^program /d; /^Over /,$d; /^$/d' "$run/tables/model.txt" >"$scratch/rows"
[ "$(wc -l <"$scratch/rows")" = 20 ] || { cat "$scratch/rows"; fail "not twenty rows"; }
for allocator in pool jemalloc mimalloc tcmalloc; do
    [ "$(grep -c " $allocator " "$scratch/rows")" = 5 ] || fail "not five rows of $allocator"
done
sed 's/−/-/g' "$run/answer.txt" >"$scratch/answer"
worst=$(tr '\n' ' ' <"$scratch/answer" | sed -n 's/.*Peak memory: the model is [0-9.]* % off on average over 20 cells, and \([-+0-9.]*\) % at worst.*/\1/p')
echo "$worst" | awk '{ exit !($1 + 0 != 0 && $1 > -8 && $1 < 8) }' || { cat "$scratch/answer"; fail "peak memory is predicted '$worst' % off at worst"; }
[ ! -e "$run/plots" ] || [ -s "$run/plots/model_truth.svg" ] || fail "no plot"

# The report of the run has the same rows.
expect 0 "$HEAPDYNO" report "$run" --untrusted --no-plots
sed -n '/^Our model beside the truth/,/^Over /p' "$scratch/out" | grep -cE ' (pool|jemalloc|mimalloc|tcmalloc) ' >"$scratch/count"
[ "$(cat "$scratch/count")" = 20 ] || fail "the report has $(cat "$scratch/count") rows of the model"
grep -q "Our model beside the truth" "$run/report.html" || fail "report.html lacks the model"

# A run that goes on finds its traces; nothing is recorded twice.
before=$(stat -c %Y%i "$run/traces/json_work.trace")
tail -n +2 "$run/cells.jsonl" >"$scratch/less" && cp "$scratch/less" "$run/cells.jsonl"
expect 0 "$HEAPDYNO" run --quiet --resume "$run"
[ "$(wc -l <"$run/cells.jsonl")" = 50 ] && [ "$(stat -c %Y%i "$run/traces/json_work.trace")" = "$before" ] ||
    fail "the run did not go on"

# What cannot be recorded refuses the run, and says why.
refused() {
    wanted_words=$1
    shift
    expect 1 "$HEAPDYNO" run --quiet --out "$scratch/refused" "$@"
    says "$wanted_words"
    rm -r "$scratch/refused"
}
echo 'raise SystemExit(4)' >"$scratch/ends.py"
refused "ends cannot be recorded: the program failed" --program "$scratch/ends.py" --workload replay:file=ends
HEAPDYNO_RECORDER=$scratch refused "make recorder" --program json_work --workload replay:file=json_work
refused "of which program" --program json_work:documents=1,json_work:documents=2 --workload replay:file=json_work
tr '\n' ' ' <"$scratch/answer" | sed 's/.*Peak memory/Peak memory/; s/answer:.*//'
echo
