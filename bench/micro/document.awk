# The tables of a page from counts (first file: target, library, case, count); see document.sh.
NR == FNR {
    if (!($3 in known)) { known[$3] = 1; name[++names] = $3 }
    count[$3, $1] = $4
    next
}
/^<!-- end -->/ { skipping = 0 }
skipping { next }
/^Counted on / { sub(/[0-9]+-[0-9]+-[0-9]+/, date) }
{ print }
/^<!-- goals -->/ {
    skipping = 1
    print "```"
    while ((getline line < goals) > 0) print line
    print "```"
}
/^<!-- counts: / {
    skipping = 1
    sub(/^<!-- counts: /, "")
    sub(/ -->$/, "")
    split($0, part, / ; /)
    table(part[1], part[2], part[3] == "ratios")
}

function words(target) { return target == "cpython" ? "python3.11" : target }

function table(targets, cases, ratios,    n, t, i, columns, column, line, sum, rows, r) {
    columns = split(targets, column, " ")
    line = "| case |"
    for (t = 1; t <= columns; t++) line = line " " words(column[t]) " |"
    for (t = 1; ratios && t < columns; t++) line = line " " words(column[t]) " / " words(column[columns]) " |"
    print line
    gsub(/[^|]+/, "---", line)
    print line
    for (n = 1; n <= names; n++) {
        if (name[n] !~ cases || !((name[n], column[1]) in count) || (ratios && !((name[n], column[columns]) in count))) continue
        line = "| " name[n] " |"
        for (t = 1; t <= columns; t++)
            line = line ((name[n], column[t]) in count ? sprintf(" %.1f |", count[name[n], column[t]]) : " - |")
        for (t = 1; ratios && t < columns; t++) {
            r = count[name[n], column[t]] / count[name[n], column[columns]]
            sum[t] += log(r)
            line = line sprintf(" %.2f |", r)
        }
        rows++
        print line
    }
    if (!ratios || !rows) return
    line = "| *geometric mean* |"
    for (t = 1; t <= columns; t++) line = line " |"
    for (t = 1; t < columns; t++) line = line sprintf(" **%.2f** |", exp(sum[t] / rows))
    print line
}
