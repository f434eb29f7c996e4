#!/bin/sh
# Our model beside the truth: five real programs on five allocators, by real CPython 3.11 (heapdyno
# python) and by replay of what the program asked for. Prints ratios to pymalloc, real and predicted.
#   predicted = (real on pymalloc + replay on the allocator - replay on pymalloc) / real on pymalloc
# usage: [REPS=5] [SCALE=100] model_error.sh      SCALE in per cent of the programs' usual length
set -eu
heapdyno=${HEAPDYNO:-build/heapdyno}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 HEAPDYNO_RECORDER="$PWD/build/recorder"
export HEAPDYNO_TRACES="$folder" HEAPDYNO_PYTHON="${HEAPDYNO_PYTHON:-$PWD/build}"
allocators="pymalloc pool jemalloc mimalloc tcmalloc"
scaled() { echo $(($1 * ${SCALE:-100} / 100)); }
programs="compile_modules:$(scaled 100) json_work:$(scaled 1500) regex_text:$(scaled 20000) web_like:$(scaled 60000) asyncio_echo:$(scaled 2000)"

# One figure of a JSON line.
figure() { grep -o "\"$1\":[ ]*[0-9]*" | head -n 1 | tr -dc '0-9'; }

for program in $programs; do
    name=${program%:*}
    "$heapdyno" record "$folder/$name.trace" -- /usr/bin/python3.11 "cpython/programs/$name.py" "${program#*:}" \
        >/dev/null 2>"$folder/log" || { cat "$folder/log"; exit 1; }
done
rep=0
while [ $rep -lt "${REPS:-5}" ]; do
    rep=$((rep + 1))
    for program in $programs; do
        name=${program%:*}
        for allocator in $(printf '%s\n' $allocators | shuf); do
            "$heapdyno" python --allocator "$allocator" -- cpython/programs/measured.py \
                "cpython/programs/$name.py" "${program#*:}" >/dev/null 2>"$folder/real"
            "$heapdyno" child "allocator=$allocator" "workload=replay:file=$name" >"$folder/replay"
            printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$allocator" \
                "$(tail -n 1 "$folder/real" | figure rss_bytes_peak)" "$(tail -n 1 "$folder/real" | figure cpu_ns)" \
                "$(figure rss_bytes_peak <"$folder/replay")" "$(figure run_cpu_ns <"$folder/replay")"
        done
    done
done >"$folder/samples"

sort -k1,2 "$folder/samples" | awk -F'\t' '
function median(list, n,   value, i, j, t) {
    split(list, value, " ")
    for (i = 2; i <= n; i++) for (j = i; j > 1 && value[j - 1] + 0 > value[j] + 0; j--) { t = value[j]; value[j] = value[j - 1]; value[j - 1] = t }
    return n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
}
{
    key = $1 SUBSEP $2; n[key]++
    if (!($1 in seen)) { seen[$1] = 1; order[++programs] = $1 }
    for (f = 3; f <= 6; f++) list[key, f] = list[key, f] " " $f
}
END {
    split("pool jemalloc mimalloc tcmalloc", other, " ")
    print "| program | allocator | RSS real | predicted | error | CPU real | predicted | error |"
    print "|---|---|---|---|---|---|---|---|"
    for (p = 1; p <= programs; p++) {
        name = order[p]; base = name SUBSEP "pymalloc"
        for (a = 1; a <= 4; a++) {
            key = name SUBSEP other[a]
            line = "| " name " | " other[a]
            for (f = 3; f <= 4; f++) {
                truth = median(list[base, f], n[base])
                real = median(list[key, f], n[key]) / truth
                guess = 1 + (median(list[key, f + 2], n[key]) - median(list[base, f + 2], n[base])) / truth
                error = 100 * (guess - real)
                line = line sprintf(" | %.3f | %.3f | %+.1f %%", real, guess, error)
                sum[f] += error < 0 ? -error : error
                if (error * error > worst[f] * worst[f]) worst[f] = error
            }
            print line " |"; rows++
        }
    }
    printf "\nMean error: RSS %.1f %%, CPU %.1f %%; worst: RSS %+.1f %%, CPU %+.1f %% (medians of %d).\n", sum[3] / rows, sum[4] / rows, worst[3], worst[4], n[base]
}'
