# Instructions per item: a row each case, a column each target; from compiler, libc, target, library,
# case, count.
!($3 in library) { target[++targets] = $3; library[$3] = $4 }
!($5 in known) { known[$5] = 1; name[++names] = $5 }
{ count[$5, $3] = $6; machine = $1 ", " $2 }
END {
    printf "instructions per operation (%s)\n%-26s", machine, ""
    for (t = 1; t <= targets; t++) printf " %15s", target[t]
    print ""
    for (n = 1; n <= names; n++) {
        printf "%-26s", name[n]
        for (t = 1; t <= targets; t++) {
            value = count[name[n], target[t]]
            printf " %15s", value == "" ? "-" : sprintf("%.1f", value)
        }
        print ""
    }
    for (t = 1; t <= targets; t++)
        if (library[target[t]] != "own") printf "%s: %s\n", target[t], library[target[t]]
}
