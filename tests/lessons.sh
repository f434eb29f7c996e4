#!/bin/sh
# The lessons are so. Each scenario and counted cell prints on the core what its page says; each
# scenario the same on CPython 3.11, by the oracle; each Python block prints what its page says on
# 3.11, 3.12.1 and 3.13.0, those of them that are at hand. Measured cells run with size=tiny, for
# their fields only. The Korean page has the same blocks; README.md there lists all pages.
set -eu
. "$(dirname "$0")/lib/cli.sh"
oracle=${ORACLE:-$(pwd)/${OUT:-build}/heapdyno-oracle}
count=57

# Each block as $scratch/blocks/NN.K, and in the list a line: NN K INFO.
mkdir "$scratch/blocks" "$scratch/tiny"
awk -v out="$scratch/blocks/" '
    FNR == 1 { page = FILENAME; sub(/.*\//, "", page); sub(/\.md/, "", page); k = 0 }
    /^```/ && !inside { inside = 1; file = out page "." ++k; printf "" >file
        print page, k, substr($0, 4) >(out "list"); next }
    /^```/ { inside = 0; close(file); next }
    inside { print >>file }' docs/lessons/[0-9]*.md

# The Python of a version, "3.11" or "3.13.0"; nothing when there is none.
python_of() {
    for python in /usr/bin/python3 "/usr/bin/python${1%.*}" "${HOME:-}"/.pyenv/versions/"$1"*/bin/python3; do
        case $("$python" -V 2>/dev/null || true) in
        "Python $1" | "Python $1".*) echo "$python"; return ;;
        esac
    done
}
python311=$(python_of 3.11) python312=$(python_of 3.12.1) python313=$(python_of 3.13.0)

differs() {
    diff "$2" "$3" >&2 || true
    fail "lesson $1"
}

# check_python LESSON CODE EXPECTED VERSION
check_python() {
    case $4 in
    3.11) python=$python311 ;;
    3.12) python=$python312 ;;
    3.13) python=$python313 ;;
    *) fail "lesson $1: output of Python $4?" ;;
    esac
    [ -n "$python" ] || return 0
    "$python" -I "$2" >"$scratch/out" 2>"$scratch/err" </dev/null || {
        cat "$scratch/err" >&2
        fail "lesson $1: its Python fails on $python"
    }
    cmp -s "$3" "$scratch/out" || differs "$1 on $python" "$3" "$scratch/out"
    pythons=$((pythons + 1))
}

# The versions whose output a page shows by itself; the others print what 3.11 prints.
own_versions() { sed -n "s/^$1 .* output python//p" "$scratch/blocks/list" | tr '\n' ' '; }

# check_oracle LESSON SCENARIO EXPECTED
check_oracle() {
    [ -x "$oracle" ] || return 0
    cp "$2" "$scratch/$1.scn"
    (cd "$scratch" && { "$oracle" "$1.scn" >out 2>err || true; } && cat err >>out)
    cmp -s "$3" "$scratch/out" || differs "$1 on the oracle" "$3" "$scratch/out"
    oracles=$((oracles + 1))
}

pythons=0 oracles=0 code='' scenario=''
while read -r lesson k word rest; do
    block=$scratch/blocks/$lesson.$k
    case "$word $rest" in
    "python ") code=$block ;;
    "python norun") code='' ;;
    "scenario ") scenario=$block ;;
    "scenario "* | "cell ") scenario='' ;;
    "output python"*)
        [ -n "$code" ] || fail "lesson $lesson: output of what Python?"
        versions=${rest#python}
        if [ -z "$versions" ]; then
            versions=3.11 own=$(own_versions "$lesson")
            for version in 3.12 3.13; do
                case $own in *"$version"*) ;; *) versions="$versions $version" ;; esac
            done
        fi
        for version in $versions; do
            check_python "$lesson" "$code" "$block" "$version"
        done ;;
    "output ") [ -z "$scenario" ] || check_oracle "$lesson" "$scenario" "$block" ;;
    "output measured" | "sh " | "text ") ;;
    *) fail "lesson $lesson: a block of '$word $rest'" ;;
    esac
done <"$scratch/blocks/list"

# The same blocks in Korean; a copy in which what is measured is tiny.
blocks() { awk '/^```/ { inside = !inside; print; next } inside' "$1"; }
for file in docs/lessons/[0-9]*.md; do
    name=$(basename "$file")
    [ -f "docs/lessons/ko/$name" ] || fail "no docs/lessons/ko/$name"
    blocks "$file" >"$scratch/en"
    blocks "docs/lessons/ko/$name" >"$scratch/ko"
    cmp -s "$scratch/en" "$scratch/ko" || differs "$name: its Korean blocks" "$scratch/en" "$scratch/ko"
    grep -qE '^```(scenario|cell)' "$scratch/en" || fail "lesson $name: nothing runs"
    sed -E '/^```cell/,/^show/ { /--counts/! s/size=[a-z]+(,[a-z_]+=[0-9.]+[kmg]?)*/size=tiny/ }' \
        "$file" >"$scratch/tiny/$name"
done

# The core, by `heapdyno learn`.
HEAPDYNO_LESSONS=$scratch/tiny
export HEAPDYNO_LESSONS
for file in docs/lessons/[0-9]*.md; do
    number=$(basename "$file" .md)
    expect 0 "$HEAPDYNO" learn "${number#0}"
done

# A page that is wrong is found: another output, an open block, no verdict, no page at all.
wrong() {
    sed "$1" docs/lessons/07.md >"$scratch/tiny/07.md"
    expect "$2" "$HEAPDYNO" learn 7
    says "$3"
}
wrong 's/^collect 2 1/collect 2 0/' 1 'not what the lesson says'
wrong 's/^append x x/appendix x/' 1 'not what the lesson says'
wrong '$s/$/\n```scenario/' 2 'not closed'
wrong 's/^\*\*so/so/' 2 'no verdict'
wrong '1s/7/8/' 2 'does not start'
HEAPDYNO_LESSONS=$scratch
expect 2 "$HEAPDYNO" learn 7
says 'HEAPDYNO_LESSONS'
unset HEAPDYNO_LESSONS

# The list, the other language, and what is refused.
for language in en ko; do
    expect 0 "$HEAPDYNO" learn --lang $language
    [ "$(grep -c '^ *[0-9]' "$scratch/out")" = $count ] ||
        fail "the list in $language lacks lessons"
done
expect 0 "$HEAPDYNO" learn 7 --lang ko
for folder in docs/lessons docs/lessons/ko; do
    sed -n 's/^# [0-9]*\. //p' $folder/[0-9]*.md >"$scratch/titles"
    while IFS= read -r title; do
        grep -qF "| $title |" $folder/README.md || fail "$folder/README.md lacks: $title"
    done <"$scratch/titles"
done
for wrong in 0 58 x -1 '' 1.5; do
    expect 2 "$HEAPDYNO" learn -- "$wrong"
    says "1 to $count"
done
expect 2 "$HEAPDYNO" learn --lang fr 1

[ -n "$python311" ] || echo "no CPython 3.11: the Python of the lessons did not run"
[ -x "$oracle" ] || echo "no libpython3.11: the scenarios ran on the core alone"
echo "$(ls docs/lessons/[0-9]*.md | wc -l) lessons, $pythons Python outputs, $oracles by the oracle"
