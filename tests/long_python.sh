#!/bin/sh
# More of CPython's own tests on each of our allocators.
TESTS="test_gc test_weakref test_dict test_list test_tuple test_set test_json test_threading test_subprocess" \
    exec sh "$(dirname "$0")/python.sh"
