#!/bin/sh
# README shows what the thing prints. Every line "$ …" of a console block runs with exit status 0, and
# every line shown below it is a line of its output. Of commands that install, build or measure for
# minutes only the make target is checked; tests/service.sh runs those on a real service.
set -eu
. "$(dirname "$0")/lib/cli.sh"
. tests/lib/console.sh
console_commands README.md "$scratch/commands"
console_tree "$scratch/tree"

for file in "$scratch"/commands/*.command; do
    command=$(cat "$file")
    shown=${file%.command}.shown
    case $command in
    make | make\ *) make -n ${command#make} >/dev/null || fail "no such target: $command" ;;
    git\ * | *apt-get\ * | cd\ * | *results/service* | *gunicorn*) ;;
    *)
        if [ ! -e build/recorder/heapdyno_recorder-3.11.so ] || [ ! -x /usr/bin/python3.11 ]; then
            case $command in heapdyno\ record* | *app.trace*) echo "skipped: $command"; continue ;; esac
        fi
        console_run "$file"
        [ -e "$shown" ] || continue
        sed 's/ *$//' "$scratch/out" >"$scratch/printed"
        while IFS= read -r line; do
            grep -qxF -- "$line" "$scratch/printed" || fail "$command does not print: $line"
        done <"$shown" ;;
    esac
done
echo "$(ls "$scratch"/commands/*.command | wc -l) commands"
