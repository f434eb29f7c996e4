# Documentation that is run: sourced after cli.sh.

# console_commands FILE FOLDER: each "$ …" of its console blocks, with the lines that a backslash
# continues it on, as FOLDER/NNN.command; what stands below it as FOLDER/NNN.shown.
console_commands() {
    mkdir -p "$2"
    awk -v folder="$2" '
        /^```console/ { on = 1; next }
        /^```/ { on = goes_on = 0 }
        on && goes_on { print > (file ".command"); goes_on = /\\$/; next }
        on && /^\$ / {
            file = sprintf("%s/%03d", folder, ++n)
            print substr($0, 3) > (file ".command")
            goes_on = /\\$/
            next
        }
        on && n { print > (file ".shown") }' "$1"
    [ -e "$2/001.command" ] || fail "$1 shows no command"
}

# console_tree FOLDER: looks like the checkout, what is written there goes away. The program is
# heapdyno, Python is Debian's, and the servers of the recipes have a port that is free.
console_tree() {
    mkdir -p "$1/results" "$1/docs" "$1/bin"
    for console_entry in build workloads bench plots tests docs/*; do
        ln -s "$(pwd)/$console_entry" "$1/$console_entry"
    done
    rm "$1/docs/recipes"
    cp -r results/reference "$1/results/"
    cp -r docs/recipes "$1/docs/"
    ln -s "$HEAPDYNO" "$1/bin/heapdyno"
    ! [ -x /usr/bin/python3 ] || ln -s /usr/bin/python3 "$1/bin/python3"
    console_port=$("$1/bin/python3" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 8000)
    sed -i "s/127.0.0.1:8000/127.0.0.1:$console_port/" "$1"/docs/recipes/*/*.ini
    console_root=$1
}

# console_run COMMANDFILE: as typed there, but for the port. Output to $scratch/out and $scratch/err.
console_run() {
    sed "s/127.0.0.1:8000/127.0.0.1:$console_port/g" "$1" >"$console_root/command.sh"
    status=0
    (cd "$console_root" && PATH="$console_root/bin:$PATH" timeout 600 sh ./command.sh) \
        >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    [ $status = 0 ] || {
        cat "$scratch/out" "$scratch/err" >&2
        fail "exit status $status of: $(cat "$1")"
    }
}

# Whether what the recipes need is here; they are extras.
console_can_django() {
    /usr/bin/python3 -c 'import django' 2>/dev/null
}
console_can_gunicorn() {
    console_can_django && command -v gunicorn >/dev/null
}
console_can_uwsgi() {
    console_can_django && command -v uwsgi >/dev/null && [ -e /usr/lib/uwsgi/plugins/python3_plugin.so ]
}
console_can_celery() {
    /usr/bin/python3 -c 'import celery' 2>/dev/null
}
