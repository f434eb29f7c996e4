#!/bin/sh
# usage: CC=… FLAGS=… sh cpython/recorder_build.sh FOLDER [PYTHON…]
# Builds the recorder into FOLDER for each Python named, or for each that is found, once a version.
# Says what it left out: no headers, a version whose collector is not known.
set -eu
folder=$1
shift
named=$#
if [ $named = 0 ]; then
    set -- /usr/bin/python3 python3.9 python3.10 python3.11 python3.12 python3.13
fi
mkdir -p "$folder"
done_versions=
for python in "$@"; do
    about=$("$python" -c 'import sys, sysconfig
print("%d.%d" % sys.version_info[:2], sysconfig.get_paths()["include"])' 2>/dev/null) || {
        [ $named = 0 ] || echo "recorder: $python does not run"
        continue
    }
    version=${about%% *}
    include=${about#* }
    case " $done_versions " in *" $version "*) continue ;; esac
    case $version in
    3.9 | 3.10 | 3.11 | 3.12 | 3.13) ;;
    *) echo "recorder: not for Python $version, 3.9 to 3.13; heapdyno watch works there"; continue ;;
    esac
    [ -e "$include/Python.h" ] || { echo "recorder: no headers of Python $version in $include"; continue; }
    done_versions="$done_versions $version"
    $CC $FLAGS -isystem "$include" -o "$folder/heapdyno_recorder-$version.so" cpython/recorder*.c
done
[ -n "$done_versions" ] && echo "recorder: for Python$done_versions" ||
    echo "recorder: none built; libpython3.11-dev has the headers of Debian's Python"
