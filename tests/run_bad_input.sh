#!/bin/sh
# What is asked wrongly is refused with the option, the value and the legal range, exit status 2, and
# leaves nothing behind; folders that cannot be written or are full lose no record.
set -eu
. "$(dirname "$0")/lib/cli.sh"
out=$scratch/out.d

refuses() {
    text=$1
    shift
    expect 2 "$HEAPDYNO" "$@"
    says "$text"
    [ ! -s "$scratch/out" ] || fail "stdout of a refused command: $*"
}

refuses "unknown command 'nope'" nope
refuses "unknown option --nope" run --nope
refuses "has no value" run --workload
refuses "--reps: 0 is not a count, 1 to 1000" run --workload null --reps 0
refuses "--reps: 1001 is not" run --workload null --reps 1001
for command in $("$HEAPDYNO" list commands | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    expect 0 "$HEAPDYNO" "$command" --help
    grep -q "^usage: heapdyno $command" "$scratch/out" || fail "$command --help: $(cat "$scratch/out")"
done
refuses "--reps: many is not" run --workload null --reps many
refuses "--time-limit: soon is not a duration" run --workload null --time-limit soon
refuses "--memory-limit: 1 is not" run --workload null --memory-limit 1
refuses "a plan, or --workload or --program, is wanted" run
refuses "unknown workload nope; known are" run --workload nope
refuses "unknown collector nope; known are" run --workload null --collector nope
refuses "nope" run --workload null --allocator nope
refuses "tiny|small|large" run --workload null:size=huge
refuses "0 to 2147483647" run --workload null --threshold 4294967296
refuses "is empty" run --workload null,,web
refuses "18446744073709551615" run --workload null --seed 1,-2
refuses "exclude each other" run bench/plans/default.ini --workload null
refuses "/nonexistent.ini" run /nonexistent.ini
refuses "--resume" run --resume "$scratch" --workload null
refuses "No such file" run --resume "$scratch/nowhere"
refuses "no metric 'nope'" why nope
refuses "1 operands given" doctor now
refuses "index: 99999 is not 0 to" cell bench/plans/default.ini 99999
refuses "workload= is missing" cell allocator=malloc
refuses "not KEY=VALUE" child nonsense
refuses "no name for a run" cell workload=null --run '../x'
refuses "FILE.jsonl" merge

# Names that would mean something to a shell, SQL, HTML, gnuplot or a path.
for name in 'a b' "it's" 'a"b' '<b>' '`id`' '$(id)' 'a;b' '-x' '.hidden' '..' 'UPPER' "$(printf 'a\nb')" \
    'x,y' "$(printf '%070d' 0)"; do
    refuses "no name for a run" run --workload null --out "$scratch/$name"
done
[ "$(ls -A "$scratch" | tr '\n' ' ')" = "err out " ] || fail "left behind: $(ls -A "$scratch")"
refuses "unexpected byte 0x27" cell "workload=x');DROP_TABLE_record;--"
refuses "is not KEY=VALUE" cell "workload=null DROP TABLE record"

# A path with quotes and markup is data: it comes back whole in the record.
nasty="$scratch/a'b\"<c>&\`d\`;e.trace"
printf 'no trace' >"$nasty"
escaped=$(printf '%s' "$nasty" | sed 's/ /%20/g')
expect 1 "$HEAPDYNO" cell "workload=replay:file=$escaped"
[ "$(field verdict)" = failed ] || fail "verdict of a bad trace: $(field verdict)"
"$HEAPDYNO" merge "$scratch/out" >/dev/null 2>"$scratch/err" || fail "the record is no JSON"
rm "$nasty"

# Plans and records that are nonsense.
for text in '' 'nonsense' '[plan]
reps = x' '[matrix]
workload = null
nope = 1' '[cells]
cell = workload=nope'; do
    printf '%s\n' "$text" >"$scratch/plan.ini"
    expect 2 "$HEAPDYNO" run "$scratch/plan.ini" --out "$out"
    expect 2 "$HEAPDYNO" plan "$scratch/plan.ini"
done
[ ! -e "$out" ] || fail "a refused plan left a folder"
printf 'nonsense\n{"schema":9}\n' >"$scratch/nonsense.jsonl"
expect 2 "$HEAPDYNO" merge "$scratch/nonsense.jsonl"
says "2 refused"
says "1 lines are of another schema version"
expect 1 "$HEAPDYNO" merge /nonexistent.jsonl

# Folders that cannot be written.
for folder in /proc/nope /dev/null/run "$scratch/plan.ini/run"; do
    expect 2 "$HEAPDYNO" run --workload null:size=tiny --out "$folder"
done
run="$HEAPDYNO run --quiet --no-counts --reps 1 --allocator malloc --workload null:size=tiny"
expect 0 $run --out "$out"
expect 2 $run --out "$out"
says "--resume $out goes on"
cp "$out/cells.tsv" "$scratch/tsv"
printf 'nonsense\n' >"$out/cells.tsv"
expect 2 "$HEAPDYNO" run --resume "$out"
sed 's/seed=1/seed=2/' "$scratch/tsv" >"$out/cells.tsv"
expect 1 "$HEAPDYNO" run --quiet --resume "$out"
says "is another than its record"

# Two runs in one folder at once.
"$HEAPDYNO" run --quiet --reps 1 --no-counts --workload churn:bursts=100m --out "$scratch/busy" 2>/dev/null &
busy=$!
for _ in $(seq 100); do
    [ -f "$scratch/busy/cells.tsv" ] && break
    sleep 0.02
done
expect 2 "$HEAPDYNO" run --resume "$scratch/busy"
says "another run is writing there"
kill -KILL $busy
wait $busy 2>/dev/null || true

# A full folder: what is there stays whole; more room, and it goes on.
[ "$(id -u)" = 0 ] && mkdir "$scratch/small" && mount -t tmpfs -o size=1m none "$scratch/small" 2>/dev/null || {
    echo "not root, or no mount: the full folder was not tried"
    exit 0
}
trap 'umount "$scratch/small"; rm -rf "$scratch"' EXIT
expect 1 "$HEAPDYNO" run --quiet --no-counts --reps 200 --reruns 0 --allocator malloc,pymalloc \
    --workload cycles:size=tiny --out "$scratch/small/run"
says "No space left on device"
says "--resume"
before=$(wc -l <"$scratch/small/run/cells.jsonl")
[ "$before" -ge 25 ] || fail "only $before records in 1 MiB"
"$HEAPDYNO" merge "$scratch/small/run/cells.jsonl" >/dev/null 2>"$scratch/err" || fail "a broken record"
mount -o remount,size=64m "$scratch/small"
expect 0 "$HEAPDYNO" run --quiet --reruns 0 --resume "$scratch/small/run"
[ "$(wc -l <"$scratch/small/run/cells.jsonl")" = 400 ] || fail "not 400 records in the end"
