#!/bin/sh
# Record the traces that come with heapdyno: sh record_traces.sh FOLDER
# Sizes are chosen so that each stays below 400 kB.
set -eu
folder=$1
python=${PYTHON:-/usr/bin/python3.11}

record() {
    name=$1
    shift
    rm -f "$folder/$name.trace"
    PYTHONHASHSEED=0 PYTHONPATH=build/recorder HEAPDYNO_RECORD="$folder/$name.trace" \
        "$python" "$@"
    ls -l "$folder/$name.trace"
}

mkdir -p "$folder"
record compile cpython/programs/compile_modules.py 8
record json cpython/programs/json_work.py 45
record web cpython/programs/web_like.py 1800
