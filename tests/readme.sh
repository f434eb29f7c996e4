#!/bin/sh
# README shows what the thing prints. Every line "$ …" of a console block runs with exit status 0, and
# every line shown below it is a line of its output. Of commands that install, build or measure for
# minutes only the make target is checked.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
HEAPDYNO=${HEAPDYNO:-$root/build/heapdyno}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# NNN.command and NNN.shown for each command, in order.
awk -v folder="$scratch" '
    /^```console/ { on = 1; next }
    /^```/ { on = 0 }
    on && /^\$ / { n++; file = sprintf("%s/%03d", folder, n); print substr($0, 3) > (file ".command"); next }
    on && n { print > (file ".shown") }' README.md
[ -e "$scratch/001.command" ] || { echo "README shows no command"; exit 1; }

# The commands run in a scratch folder that looks like the checkout.
mkdir "$scratch/tree" "$scratch/tree/results"
for entry in build workloads bench plots docs tests; do ln -s "$root/$entry" "$scratch/tree/$entry"; done
cp -r "$root/results/reference" "$scratch/tree/results/"
mkdir "$scratch/bin"
ln -s "$HEAPDYNO" "$scratch/bin/heapdyno"

fail() {
    echo "README: $1"
    exit 1
}

for file in "$scratch"/*.command; do
    command=$(cat "$file")
    shown=${file%.command}.shown
    case $command in
    make | make\ *) make -n ${command#make} >/dev/null || fail "no such target: $command" ;;
    git\ * | *apt-get\ * | cd\ *) ;;
    *gunicorn* | *results/service*) ;; # tests/recipes.sh runs them, with ports and folders of its own
    *)
        if [ ! -e "$root/build/recorder/heapdyno_recorder-3.11.so" ] || [ ! -x /usr/bin/python3.11 ]; then
            case $command in *record* | *app.trace*) echo "skipped: $command"; continue ;; esac
        fi
        (cd "$scratch/tree" && PATH="$scratch/bin:$PATH" timeout 120 sh -c "$command" </dev/null) \
            >"$scratch/output" 2>"$scratch/errors" ||
            { cat "$scratch/errors"; fail "exit status $? of: $command"; }
        [ -e "$shown" ] || continue
        sed 's/ *$//' "$scratch/output" >"$scratch/printed"
        while IFS= read -r line; do
            grep -qxF -- "$line" "$scratch/printed" || fail "$command does not print: $line"
        done <"$shown" ;;
    esac
done
echo "$(ls "$scratch"/*.command | wc -l) commands"
