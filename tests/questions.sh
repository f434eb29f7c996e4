#!/bin/sh
# docs/questions.md: all twenty-five questions are there, every experiment has a row, every command runs
# (its quick variation) and prints a table of that title with those columns. Figures are not compared.
set -eu
. "$(dirname "$0")/lib/cli.sh"
page=docs/questions.md
mkdir "$scratch/bin" "$scratch/runs" "$scratch/blocks"
ln -s "$HEAPDYNO" "$scratch/bin/heapdyno"
PATH=$scratch/bin:$PATH

[ "$(sed -n 's/^### \([0-9]*\)\. .*/\1/p' $page | sort -n | tr '\n' ' ')" = "$(seq -s ' ' 25) " ] ||
    fail "the questions are not 1 to 25, each once"
for name in $("$HEAPDYNO" list experiments | sed -n 's/^  \([a-z_]\{1,\}\) .*/\1/p'); do
    grep -q "^\$ heapdyno run --experiment $name --quick\$" $page || fail "no row has the experiment $name"
done

# NNN.what (experiment/table, or nothing), NNN.command, NNN.shown of each block.
awk -v folder="$scratch/blocks" '
    /^```console/ { on = 1; n++; what = $2; file = sprintf("%s/%03d", folder, n); print what > (file ".what"); next }
    /^```/ { on = 0 }
    on && /^\$ / { print substr($0, 3) > (file ".command"); next }
    on { print > (file ".shown") }' $page

# Two lines, blanks squeezed: the title and the headings.
head_of() {
    sed '/^$/d' "$1" | head -2 | tr -s ' ' | sed 's/ *$//'
}

for file in "$scratch"/blocks/*.what; do
    file=${file%.what}
    what=$(cat "$file.what") command=$(cat "$file.command")
    if [ -z "$what" ]; then
        # 1: of a plan of which no run on this machine knows anything.
        sh -c "$command" >"$scratch/out" 2>"$scratch/err" || [ $? = 1 ] || { cat "$scratch/err"; fail "$command"; }
        [ "$(head_of "$scratch/out" | cut -c1-20)" = "$(head_of "$file.shown" | cut -c1-20)" ] ||
            fail "$command prints $(head_of "$scratch/out")"
        continue
    fi
    if [ "${what%/*}" = model ] && ! [ -x "${OUT:-build}/heapdyno-python" ]; then
        echo "model: skipped, there is no libpython3.11"
        continue
    fi
    run=$scratch/runs/${what%/*}
    if [ ! -d "$run" ]; then
        started=$(date +%s)
        sh -c "$command --quiet --out $run" >"$scratch/out" 2>"$scratch/err" || { cat "$scratch/err"; fail "$command"; }
        echo "${what%/*}: $(($(date +%s) - started)) s"
        [ -s "$run/answer.txt" ] || fail "$command left no answer.txt"
        ! command -v gnuplot >/dev/null || ls "$run"/plots/*.svg >/dev/null || fail "$command left no plot"
    fi
    head_of "$run/tables/${what#*/}.txt" >"$scratch/now"
    head_of "$file.shown" >"$scratch/then"
    cmp -s "$scratch/now" "$scratch/then" || { diff "$scratch/then" "$scratch/now" || true; fail "$page shows another table of $what"; }
done
