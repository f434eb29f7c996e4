#!/bin/sh
# Install the Debian packages of bench/packages.txt that are missing: sh bench/setup.sh build [test [extra]]
# As root, or through sudo; otherwise, or where there is no apt-get, print what is missing and stop.
set -eu

list=$(dirname "$0")/packages.txt

# The packages of the wanted needs that are not installed, one a line.
missing() {
    for need in "$@"; do
        awk -v need="$need" '$1 == need { print $2 }' "$list"
    done | while read -r package; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            echo "$package"
    done
}

# apt-get with the rights it wants; refuses when there is no way.
install() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive apt-get "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@"
    else
        return 1
    fi
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    if command -v cc >/dev/null 2>&1; then
        echo "setup: no Debian packages here; going on with what is installed" >&2
        exit 0
    fi
    echo "setup: not a Debian system; install these by your own means:" >&2
    awk '$1 !~ /^#/ && NF { print "  " $2 }' "$list" >&2
    exit 1
fi

wanted=$(missing "$@")
[ -n "$wanted" ] || exit 0
echo "setup: installing" $wanted >&2

update_done=
# The needed ones together, the extra ones one by one: one that is not to be had is no error.
required=$(missing $(echo "$@" | tr ' ' '\n' | grep -v extra))
if [ -n "$required" ]; then
    # shellcheck disable=SC2086
    if ! { install -qq update >&2 && update_done=1 &&
           install -qq -y --no-install-recommends install $required >&2; }; then
        echo "setup: could not install; as root: apt-get install" $required >&2
        exit 1
    fi
fi
for package in $(missing "$@"); do
    [ -n "$update_done" ] || { install -qq update >&2 && update_done=1; } || true
    install -qq -y --no-install-recommends install "$package" >&2 ||
        echo "setup: $package is not to be had here; what needs it is skipped" >&2
done
