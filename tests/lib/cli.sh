# Shared by the scripts that drive the built program: sourced, with the name of the test in $0.
# $HEAPDYNO is the program, $scratch a folder that goes away.
cd "$(dirname "$0")/.."
HEAPDYNO=${HEAPDYNO:-$(pwd)/build/heapdyno}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

fail() {
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

# expect STATUS COMMAND…: run it, output to $scratch/out and $scratch/err.
expect() {
    wanted=$1
    shift
    status=0
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    [ $status = "$wanted" ] || {
        cat "$scratch/out" "$scratch/err" >&2
        fail "exit status $status, wanted $wanted: $*"
    }
}

# says TEXT: the last command said so on stderr.
says() {
    grep -qF -- "$1" "$scratch/err" || {
        cat "$scratch/err" >&2
        fail "the message lacks: $1"
    }
}

# other_user WHAT: whether a program can be run as another user here, who may read what was built; says
# WHAT is left out where not.
other_user() {
    if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
        echo "$1: left out, it takes root and setpriv"
    elif ! setpriv --reuid=65534 --clear-groups test -r "$(pwd)/build/recorder/heapdyno_watch.py"; then
        echo "$1: left out, they may not read $(pwd)"
    else
        echo "$1"
        return 0
    fi
    return 1
}

# field NAME [FILE]: the values of a flat field in records, one a line, unquoted.
field() {
    sed -n 's/.*"'"$1"'":\("\([^"\\]*\(\\.[^"\\]*\)*\)"\|[0-9.e+-]*\).*/\1/p' "${2:-$scratch/out}" |
        sed 's/^"\(.*\)"$/\1/'
}

# verdict WANTED REASON STATUS ARGUMENTS…: one cell.
verdict() {
    wanted_verdict=$1 reason=$2 wanted_status=$3
    shift 3
    expect "$wanted_status" "$HEAPDYNO" cell "$@"
    [ "$(wc -l <"$scratch/out")" = 1 ] || fail "not one line: $*"
    case "$(field verdict)" in
    "$wanted_verdict") ;;
    untrusted) [ "$wanted_verdict" = ok ] || fail "untrusted, wanted $wanted_verdict: $*" ;;
    *) fail "$(field verdict) ($(field reason)), wanted $wanted_verdict: $*" ;;
    esac
    [ "$wanted_verdict" = ok ] || field reason | grep -q -- "$reason" ||
        fail "reason '$(field reason)' lacks '$reason': $*"
}

# A plug-in of tests/plugins as $scratch/NAME.so.
plugin() {
    ${CC:-cc} -O2 -shared -fPIC -I . -D_GNU_SOURCE -o "$scratch/$1.so" "tests/plugins/$1.c"
}
