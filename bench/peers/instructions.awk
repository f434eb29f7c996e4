# Ours beside theirs: target, library, case, count; theirs first. A row each case both have.
FNR == NR { theirs[$3] = $4; library = $2; next }
FNR == 1 {
    sub(/ .*/, "", library)
    printf "instructions per operation, ours on %s / python%s's\n", $1, library
    printf "%-24s %10s %10s %7s %6s  %s\n", "case", "ours", "theirs", "ratio", "goal", "verdict"
}
($3 in theirs) {
    goal = ""
    if ($3 ~ /^(pair|burst|fifo|random|build|replay)/) { goal = 1.0; logs += log($4 / theirs[$3]); patterns++ }
    else if ($3 ~ /^trees.*off/) goal = 0.6
    else if ($3 ~ /^trees.*700/) goal = 0.5
    else if ($3 ~ /^collect.random/) goal = 0.7
    else if ($3 ~ /^collect/) goal = 0.6
    ratio = $4 / theirs[$3]
    printf "%-24s %10.1f %10.1f %7.2f %6s  %s\n", $3, $4, theirs[$3], ratio, goal == "" ? "-" : sprintf("%.2f", goal),
        goal == "" ? "-" : ratio <= goal ? "met" : "MISSED"
}
END {
    print "goals under 0.67 are goals of time: here they say what the code does, make peers times it"
    if (patterns) printf "geometric mean of the patterns: %.2f\n", exp(logs / patterns)
}
