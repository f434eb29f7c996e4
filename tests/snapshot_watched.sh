#!/bin/sh
# Snapshots of processes that `heapdyno watch` watches, asked for from outside: what comes of it is
# said, and the program goes on as if nobody had asked. Skipped without a recorder.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3.11
[ -x $python ] || { echo "no $python"; exit 77; }
[ -e build/recorder/heapdyno_recorder-3.11.so ] || { echo "no recorder: libpython3.11-dev is missing"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1
chmod 711 "$scratch"

# A program that does what it is told, a line at a time; each is acknowledged by a line.
cat >"$scratch/told.py" <<'END'
import gc, os, signal, sys, time
class Row:
    __slots__ = ("number",)
gc.disable()
kept = [Row() for _ in range(1000)]
print(os.getpid(), flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
END

# begin NAME WATCH-OPTIONS…: told.py as $pid, under a watch of that name.
begin() {
    name=$1
    shift
    mkfifo "$scratch/$name.in"
    "$HEAPDYNO" watch --out "$scratch/$name" "$@" <"$scratch/$name.in" >"$scratch/$name.out" 2>"$scratch/$name.err" &
    watcher=$!
    exec 3>"$scratch/$name.in"
    while [ ! -s "$scratch/$name.out" ]; do sleep 0.05; done
    pid=$(head -n 1 "$scratch/$name.out")
}

# tell LINE: and wait until it is done.
tell() {
    before=$(grep -c done "$scratch/$name.out" || true)
    echo "$1" >&3
    while [ "$(grep -c done "$scratch/$name.out" || true)" = "$before" ]; do sleep 0.02; done
}

# end STATUS: of the program, after its input.
end() {
    exec 3>&-
    status=0
    wait $watcher || status=$?
    [ $status = "$1" ] || { cat "$scratch/$name.err" >&2; fail "$name: the program ended with $status"; }
    [ -z "$(ls "$scratch/$name/watch" | grep -v '\.watch$')" ] || fail "$name: files stay behind"
}

ask() {
    expect "$1" timeout 60 "$HEAPDYNO" snapshot "$scratch/heap" --pid "${asked:-$pid}" --for "$2"
}

# asking FOR: in the background, as $asker, its request made.
asking() {
    "$HEAPDYNO" snapshot "$scratch/later" --pid "$pid" --for "$1" 2>"$scratch/later.err" &
    asker=$!
    $python -c '
import glob, struct, sys, time
for _ in range(1000):
    words = struct.unpack("32Q", open(glob.glob(sys.argv[1])[0], "rb").read(256))
    if words[22] != words[25]:
        sys.exit(0)
    time.sleep(0.01)
sys.exit("nothing was asked")' "$scratch/$name/watch/$pid-*.watch" || fail "$(cat "$scratch/later.err")"
}

# is_whole FILE: the thousand rows are in it.
is_whole() {
    "$HEAPDYNO" snapshot --show "$1" >"$scratch/shown" || fail "$1 is no snapshot"
    grep -q "^ *1000 .* Row$" "$scratch/shown" || { cat "$scratch/shown" >&2; fail "$1 has not the rows"; }
}

for version in 3.9 3.10 3.11 3.12 3.13; do
    one=$(ls -d "$HOME"/.pyenv/versions/$version.*/bin/python 2>/dev/null | tail -n 1)
    [ $version != 3.11 ] || one=$python
    [ -e "build/recorder/heapdyno_recorder-$version.so" ] &&
        [ "$($one -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = $version ] || continue
    echo "a program of $version that collects: asked three times, nothing of it in the record"
    begin "loop$version" -- $one "$scratch/told.py"
    tell 'first = [g["collections"] for g in gc.get_stats()]'
    for collect in --collect --no-collect --collect; do
        rm -f "$scratch/stop"
        echo 'exec("while not os.path.exists(\"'"$scratch"'/stop\"): gc.collect(0); time.sleep(0.01)")' >&3
        expect 0 timeout 60 "$HEAPDYNO" snapshot "$scratch/heap" --pid "$pid" $collect
        says "objects of process $pid (told.py), which stood still for"
        touch "$scratch/stop"
        tell 'pass'
        is_whole "$scratch/heap"
        grep -q "^taken      when a watched process was asked" "$scratch/shown" || fail "taken"
        grep -q "^collect    not measured" "$scratch/shown" && measured=--no-collect || measured=--collect
        [ $measured = $collect ] || fail "$collect: $measured"
    done
    tell 'print("collected", sum(g["collections"] for g in gc.get_stats()) - sum(first))'
    end 0
    ran=$(sed -n 's/^collected //p' "$scratch/loop$version.out")
    records=$scratch/loop$version/cells.jsonl
    seen=$(grep -o '"collections":[0-9]*' "$records" | awk -F: '{ n += $2 } END { print n + 0 }')
    [ "$(field collections_missed "$records")" = 0 ] || fail "collections missed"
    # The six timed ones are counted by Python, not by the watch.
    [ "$seen" -ge $((ran - 6)) ] && [ "$seen" -le $((ran - 6 + 20)) ] || fail "$seen collections seen, $ran ran"
done

echo "who cannot be asked: status 2, and nothing is done"
asked=2999999 ask 2 1s
says "there is no process 2999999"
asked=$$ ask 2 1s
says "process $$ is not watched"
expect 2 "$HEAPDYNO" snapshot "$scratch/heap" --pid 0
expect 2 "$HEAPDYNO" snapshot "$scratch/heap" --pid $$ -- true
says "--pid takes OUT, --for and --no-collect, nothing else"

echo "a collector switched off: in vain, and what was asked is taken back"
begin off -- $python "$scratch/told.py"
expect 2 "$HEAPDYNO" snapshot "$scratch/nowhere/heap" --pid "$pid"
says "No such file"
echo precious >"$scratch/precious"
expect 2 "$HEAPDYNO" snapshot "$scratch/precious" --pid "$pid"
says "is no snapshot"
ask 1 300ms
says "process $pid has not collected for 300 ms"
tell 'gc.collect()'
[ ! -e "$scratch/heap" ] && [ "$(ls "$scratch/off/watch" | wc -l)" = 1 ] || fail "a request that was over is answered"

echo "asked twice: one at a time, and one that was killed is in nobody's way"
asking 30s
ask 2 1s
says "somebody else has asked process $pid and still waits"
kill -9 $asker
wait $asker 2>"$scratch/err" || true
asking 30s
tell 'gc.collect()'
wait $asker || fail "asked again: $(cat "$scratch/later.err")"
is_whole "$scratch/later"

echo "a fork while it is asked: the child does not answer for its parent"
rm "$scratch/later"
asking 30s
tell 'child = os.fork() or (gc.collect(), os._exit(0)); print("child", os.waitpid(child, 0)[1])'
grep -q '^child 0' "$scratch/off.out" || fail "the child"
kill -0 $asker || fail "the child has answered: $(cat "$scratch/later.err")"
tell 'gc.collect()'
wait $asker || fail "after a fork: $(cat "$scratch/later.err")"
grep -q "of process $pid " "$scratch/later.err" || fail "$(cat "$scratch/later.err")"

echo "gone while it is asked; another program"
asking 30s
echo 'os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(2)"])' >&3
status=0
wait $asker || status=$?
[ $status = 1 ] && grep -q "has ended, runs another program" "$scratch/later.err" || fail "exec: $(cat "$scratch/later.err")"
end 0
begin gone -- $python "$scratch/told.py"
asking 30s
echo 'os.kill(os.getpid(), 9)' >&3
status=0
wait $asker || status=$?
[ $status = 1 ] && grep -q "has ended" "$scratch/later.err" || fail "killed: $(cat "$scratch/later.err")"
end 137

echo "at a signal: at once, with the collector off"
begin signal --snapshot-signal URG -- $python "$scratch/told.py"
ask 0 30s
is_whole "$scratch/heap"
grep -q "^taken      on a signal" "$scratch/shown" || fail "taken"

echo "a signal in the middle of a collection: its end answers"
cat >"$scratch/late.py" <<END
class Late:
    def __del__(self):
        open("$scratch/late", "w").write("collected")
        end = time.monotonic() + 30
        while not asked() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
def asked():
    import heapdyno_watch as watch
    return watch.WATCH.words[watch.W_ANSWER] == 1 and watch.WATCH.words[watch.W_ASKED] > 1
late = Late(); late.self = late; del late
END
tell "exec(open('$scratch/late.py').read())"
echo 'gc.collect()' >&3
while [ ! -s "$scratch/late" ]; do sleep 0.02; done
ask 0 30s
"$HEAPDYNO" snapshot --show "$scratch/heap" >"$scratch/shown"
grep -q "^taken      when a watched process was asked" "$scratch/shown" || fail "in a collection: $(grep ^taken "$scratch/shown")"

echo "a forked worker listens too"
tell 'ends = os.pipe(); child = os.fork() or (os.read(ends[0], 1), os._exit(0)); print("worker", child)'
asked=$(sed -n 's/^worker //p' "$scratch/signal.out") ask 0 30s
is_whole "$scratch/heap"
says "of process $(sed -n 's/^worker //p' "$scratch/signal.out") "
tell 'os.write(ends[1], b"x"); os.waitpid(child, 0)'

echo "a signal that the program takes for itself is not sent to it"
tell 'came = []; old = signal.signal(signal.SIGURG, lambda *a: came.append(a))'
ask 1 300ms
tell 'print("came", came); signal.signal(signalnum=signal.SIGURG, handler=signal.SIG_DFL)'
grep -q '^came \[\]' "$scratch/signal.out" || fail "the program had a signal"
ask 1 300ms
tell 'signal.signal(signal.SIGURG, old)'
ask 0 30s
end 0
HEAPDYNO_WATCH_SIGNAL=23 HEAPDYNO_WATCH=$scratch/import PYTHONPATH=$HEAPDYNO_RECORDER expect 0 $python -I -c "
import signal, sys
mine = lambda *a: None
signal.signal(signal.SIGURG, mine)
sys.path.append('$HEAPDYNO_RECORDER')
import heapdyno_watch
assert signal.getsignal(signal.SIGURG) is mine and heapdyno_watch.WATCH.words"
says "answers no signal: it has a handler for signal 23"

echo "no recorder: a line says what to do, and the program goes on"
for what in alone "no recorder"; do
    mkdir -p "$scratch/beside"
    cp build/recorder/heapdyno_watch.py "$scratch/beside"
    name=${what#no }
    [ "$what" = alone ] || cp build/recorder/heapdyno_snapshot.py build/recorder/heapdyno_extension.py "$scratch/beside"
    mkfifo "$scratch/$name.in"
    mkdir -p "$scratch/$name"
    HEAPDYNO_WATCH=$scratch/$name/watch PYTHONPATH=$scratch/beside \
        $python -c "import heapdyno_watch; exec(open('$scratch/told.py').read())" <"$scratch/$name.in" >"$scratch/$name.out" &
    watcher=$!
    exec 3>"$scratch/$name.in"
    while [ ! -s "$scratch/$name.out" ]; do sleep 0.05; done
    pid=$(head -n 1 "$scratch/$name.out")
    asking 30s
    tell 'gc.collect()'
    status=0
    wait $asker || status=$?
    [ $status = 1 ] && grep -q "$what.*make recorder" "$scratch/later.err" || fail "$what: $status $(cat "$scratch/later.err")"
    end 0
done

if other_user "other users: root may ask them, they may not ask root"; then
    begin other -- setpriv --reuid=65534 --clear-groups $python "$scratch/told.py"
    asking 30s
    tell 'gc.collect()'
    wait $asker || fail "root: $(cat "$scratch/later.err")"
    is_whole "$scratch/later"
    end 0
    begin root -- $python "$scratch/told.py"
    mkdir -m 777 "$scratch/theirs"
    expect 2 setpriv --reuid=65534 --clear-groups "$HEAPDYNO" snapshot "$scratch/theirs/heap" --pid "$pid"
    says "process $pid is not ours to ask"
    end 0
fi

gunicorn=$(command -v gunicorn) && $python -c 'import gunicorn, django' 2>/dev/null || { echo "no gunicorn, no Django"; exit 0; }
echo "a gunicorn worker under load, which has taken USR2 for itself; it serves on"
trap 'kill $(cat "$scratch/master" 2>/dev/null) 2>/dev/null || :; rm -rf "$scratch"' EXIT # with -e no kill is the status
port=$($python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PRODUCTS=2000
"$HEAPDYNO" watch --snapshot-signal USR2 --out "$scratch/gunicorn" -- $python "$gunicorn" -w 1 --preload --log-level warning \
    -b "127.0.0.1:$port" --pid "$scratch/master" --chdir docs/recipes/gunicorn-django app:application 2>"$scratch/gunicorn.err" &
watcher=$!
load="$python build/recorder/heapdyno_load.py http://127.0.0.1:$port/search?text=a&limit=200"
until $load --rate 1 --for 1 >/dev/null 2>&1; do sleep 0.2; done
worker=$($python -c '
import glob, os, struct, sys
words = [struct.unpack("4Q", open(name, "rb").read(32)) for name in glob.glob(sys.argv[1] + "/watch/*.watch")]
print([w[2] for w in words if w[3] == int(open(sys.argv[2]).read())][0])' "$scratch/gunicorn" "$scratch/master")
$load --rate 100 --for 2 >"$scratch/load" 2>&1 &
loader=$!
expect 0 "$HEAPDYNO" snapshot "$scratch/heap" --pid "$worker" --for 30s
says "of process $worker (gunicorn)"
"$HEAPDYNO" snapshot --show "$scratch/heap" >"$scratch/shown" || fail "gunicorn: no snapshot"
grep -q "^taken      when a watched process was asked" "$scratch/shown" || fail "gunicorn: $(grep ^taken "$scratch/shown")"
wait $loader || fail "gunicorn: $(cat "$scratch/load")"
kill -0 "$worker" || fail "the worker is gone"
kill -TERM "$(cat "$scratch/master")"
wait $watcher || fail "gunicorn: status $?, $(cat "$scratch/gunicorn.err")"
