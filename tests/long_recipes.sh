#!/bin/sh
# The celery recipe, verified: two workers over reference data, tasks that leave cycles.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
$python -c 'import celery' 2>/dev/null || { echo "no celery"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1 CELERY_FOLDER="$scratch/celery" PYTHONPATH=docs/recipes/celery
expect 0 "$HEAPDYNO" verify --out "$scratch/celery-run" --pairs 5 --workers 2 --warm 5s --set threshold=10000/20/100,freeze=fork \
    --load "$python docs/recipes/celery/tasks.py 30" -- $python -m celery -A tasks worker -P prefork -c 2 --loglevel=error
grep -q '^private dirty .*better$' "$scratch/out" || { cat "$scratch/out"; fail "no private memory saved"; }
cat "$scratch/out"
