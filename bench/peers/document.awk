# The page with the rows of a table of `make peers` (first file) between its marks; see document.sh.
FNR == 1 && NR == 1 { next }
NR == FNR {
    rows++
    verdict = $11
    sub(/:.*/, "", verdict)
    count[verdict]++
    line[rows] = $11 ~ /^(skipped|FAILED)/ ? sprintf("| %s | %s | %s | | | | | | | | %s |", $1, $2, $3, $11) : \
        sprintf("| %s | %s | %s | %s | %s | %.2f | %.2f to %.2f | %s | %s | %s |", $1, $2, $3, figure($4), \
            figure($5), $6, $7, $8, $9 == "-" ? "-" : sprintf("%.2f", $9), $10, $11 == "MISSED" ? "**MISSED**" : $11)
    next
}
/^<!-- end -->/ { skipping = 0 }
skipping { next }
{ print }
/^<!-- peers -->/ {
    skipping = 1
    printf "Timed on %s: %d rows, %d met, %d missed, %d unclear, %d without a goal, %d skipped, %d failed.\n\n", machine, \
        rows, count["met"], count["MISSED"], count["unclear"], count["-"], count["skipped"], count["FAILED"]
    print "| what | beside | case | ours | theirs | ratio | 95 % interval | instructions | goal | verdict |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= rows; i++) print line[i]
}

# Nanoseconds or bytes, in a unit that reads well.
function figure(n) {
    return n >= 1e9 ? sprintf("%.2f G", n / 1e9) : n >= 1e6 ? sprintf("%.1f M", n / 1e6) : \
        n >= 1e4 ? sprintf("%.1f k", n / 1e3) : sprintf("%.4g", n)
}
