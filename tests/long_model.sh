#!/bin/sh
# Random requests against a shadow map: a hundred million on all allocators together. SEED= repeats.
set -eu
cd "$(dirname "$0")/.."
REQUESTS=${REQUESTS:-7000000} build/tests/test_alloc_model
