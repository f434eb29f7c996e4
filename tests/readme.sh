#!/bin/sh
# Every command that README shows runs, with exit status 0. A command is a line "$ …" in a console
# block. The ones that install, clone or call this very test are checked for their target only.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
HEAPDYNO=${HEAPDYNO:-$root/build/heapdyno}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

commands=$(awk '/^```console/ { on = 1; next } /^```/ { on = 0 } on && /^\$ / { print substr($0, 3) }' README.md)
[ -n "$commands" ] || { echo "README shows no command"; exit 1; }

# The commands run in a scratch folder that looks like the checkout.
mkdir "$scratch/build"
ln -s "$HEAPDYNO" "$scratch/build/heapdyno"
for entry in workloads bench plots docs results tests; do ln -s "$root/$entry" "$scratch/$entry"; done
rm "$scratch/results"
mkdir "$scratch/results"
cp -r "$root/results/reference" "$scratch/results/"

count=0
printf '%s\n' "$commands" >"$scratch/commands"
while IFS= read -r command; do
    count=$((count + 1))
    case $command in
    make\ * | make)
        target=${command#make}
        make -n ${target:-all} >/dev/null || { echo "README: no such target: $command"; exit 1; } ;;
    git\ * | *apt-get\ * | cd\ *) ;;
    *)
        echo "$ $command"
        (cd "$scratch" && PATH="$scratch/build:$PATH" timeout 120 sh -c "$command" </dev/null) ||
            { echo "README: exit status $? of: $command"; exit 1; } ;;
    esac
done <"$scratch/commands"
echo "$count commands"
