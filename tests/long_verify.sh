#!/bin/sh
# Real placebos: the gunicorn and Django recipe under wrk, the present setting verified against itself
# again and again. Whatever is called better or worse is a false alarm.
#   PLACEBOS=20 verifications, of 5 pairs of starts each; under 15 minutes on an idle machine
# All figures of a verification are wrong together with 5 %: of 20, at most 1 is expected to be, and
# more than 3 have a chance of 1.6 %. So many fail the test; how many there were is printed.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
for need in wrk gunicorn curl; do
    command -v $need >/dev/null || { echo "no $need"; exit 77; }
done
$python -c 'import django' 2>/dev/null || { echo "no Django"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
PLACEBOS=${PLACEBOS:-20}
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1 PRODUCTS=${PRODUCTS:-10000}
present=$($python -c 'import gc; print("%d/%d/%d" % gc.get_threshold())')

free_port() {
    $python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

alarms=0 missed=0 figures=0
for i in $(seq "$PLACEBOS"); do
    port=$(free_port)
    url="http://127.0.0.1:$port/search?text=a&limit=100"
    expect 0 "$HEAPDYNO" verify --out "$scratch/placebo-$i" --pairs 5 --workers 2 --order-seed "$i" --set threshold="$present" \
        --ready "curl -sf -o /dev/null '$url'" --load "wrk --latency -t1 -c4 -d2 '$url'" -- \
        gunicorn --log-level warning -w 2 --preload -b "127.0.0.1:$port" --chdir docs/recipes/gunicorn-django app:application
    awk -F '\t' 'NR > 1 && $7 ~ /difference|better|worse/' "$scratch/placebo-$i/verify.tsv" >"$scratch/judged"
    [ "$(wc -l <"$scratch/judged")" -ge 8 ] || { cat "$scratch/out"; fail "too few figures are judged"; }
    changed=$(awk -F '\t' '$7 ~ /better|worse/ { printf "%s%s %+.1f %%", n++ ? ", " : "", $1, ($4 - 1) * 100 }' "$scratch/judged")
    echo "placebo $i: ${changed:-no difference}; $(grep '^Predictions' "$scratch/out")"
    [ -z "$changed" ] || alarms=$((alarms + 1))
    figures=$((figures + $(wc -l <"$scratch/judged")))
    missed=$((missed + $(awk -F '\t' '$10 == "missed"' "$scratch/placebo-$i/verify.tsv" | wc -l)))
done
echo "$((PLACEBOS - alarms)) of $PLACEBOS placebos made no difference ($figures figures judged, $missed predictions missed)"
most=$(awk -v n="$PLACEBOS" 'BEGIN { p = t = 0.95 ^ n; for (k = 0; t < 0.98; k++) { p *= (n - k) / (k + 1) * 0.05 / 0.95; t += p } print k }')
[ "$alarms" -le "$most" ] || fail "$alarms of $PLACEBOS placebos were called a change; at 5 % each, more than $most are not chance"
