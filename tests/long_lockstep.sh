#!/bin/sh
# Ten million operations in lockstep with CPython 3.11, then ten minutes of coverage-guided fuzzing
# of each target (OPS=, SEED=, TIME=).
set -eu
cd "$(dirname "$0")/.."
OPS=${OPS:-10000000} sh tests/lockstep.sh
TIME=${TIME:-600} sh tests/fuzz.sh
