# Compare counts (second file) with those committed (first): both compiler, libc, target, library,
# case, count. Fails when a case grew by more than 1 %; other compilers and libraries are reported.
FNR == 1 { file++ }
/^#/ { next }
file == 1 { old[$1, $2, $3, $4, $5] = $6; machine[$1, $2, $3, $4] = 1; next }
!(($1, $2, $3, $4) in machine) {
    if (!(($3, $4) in told))
        printf "%s (%s) with %s, %s: no counts committed, nothing to compare with\n", $3, $4, $1, $2
    told[$3, $4] = 1
    next
}
!(($1, $2, $3, $4, $5) in old) { printf "new: %s on %s takes %s instructions\n", $5, $3, $6; next }
{
    before = old[$1, $2, $3, $4, $5]
    change = 100 * ($6 - before) / before
    compared++
    if (change > 1) {
        printf "GROWN: %s on %s takes %s instructions an operation, %s were committed (+%.1f %%)\n", $5, $3, $6, before, change
        grown++
    } else if (change < -1)
        printf "better: %s on %s takes %s instructions, %s were committed (%.1f %%)\n", $5, $3, $6, before, change
}
END {
    printf "%d cases compared, %d grown by more than 1 %%\n", compared, grown
    if (grown) {
        print "if that is meant, say why in the commit, and: make instructions UPDATE=1"
        exit 1
    }
}
