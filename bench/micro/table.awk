# Instructions per item: a row each case, a column each target; from compiler, libc, target, library,
# case, count.
!($3 in library) { target[++targets] = $3; library[$3] = $4 }
!($5 in known) { known[$5] = 1; name[++names] = $5 }
{ count[$5, $3] = $6 + 0; machine = $1 ", " $2 }
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

# ours over theirs: geometric mean over `list` of cases, less what inline-null takes if `net`.
function ratio(ours, theirs, list, net,    part, n, i, sum, less) {
    n = split(list, part, " ")
    for (i = 1; i <= n; i++) {
        if (!((part[i], ours) in count) || !((part[i], theirs) in count)) return 0
        less = net ? count[part[i], "inline-null"] : 0
        sum += log((count[part[i], ours] - less) / (count[part[i], theirs] - less))
    }
    return exp(sum / n)
}
function best_of(ours, words, list, net, rivals, goal,    rival, n, i, worst, name, r) {
    n = split(rivals, rival, " ")
    for (i = 1; i <= n; i++) {
        r = ratio(ours, rival[i], list, net)
        if (r > worst) { worst = r; name = rival[i] }
    }
    if (worst)
        printf "%-9s %-38s %-9s %5.2f  %5s  %s\n", ours, words, name, worst, goal ? goal : "-",
            goal ? (worst <= goal ? "met" : "MISSED") : "-"
}
END {
    loops = "pair/16 pair/64 pair/256 pair/512 burst/64 fifo/64 random/1000 random/100000"
    libraries = "jemalloc mimalloc tcmalloc"
    printf "\nours / the best of theirs (instructions; exact, so no interval)\n%-9s %-38s %-9s %5s  %5s\n", \
        "ours", "cases", "best", "ratio", "goal"
    best_of("pool", "pair, burst, fifo, random", loops, 0, libraries, 0.6)
    best_of("pool", "replays net of reading", "replay/compile replay/json replay/web", 1, libraries " pymalloc", 0.85)
    best_of("pool", "replay/compile net of reading", "replay/compile", 1, libraries " pymalloc", 1)
    best_of("pool", "replay/json net of reading", "replay/json", 1, libraries " pymalloc", 1)
    best_of("pool", "replay/web net of reading", "replay/web", 1, libraries " pymalloc", 1)
    best_of("pymalloc", "pair, burst, fifo, random", loops, 0, libraries)
    best_of("pymalloc", "replays net of reading", "replay/compile replay/json replay/web", 1, libraries)
    if (("count/floor", "pymalloc") in count)
        best = count["count/same", "pymalloc"] / count["count/floor", "pymalloc"]
    if (best)
        printf "%-9s %-38s %-9s %5.2f  %5s  %s\n", "core", "incref + decref", "C floor", best, 1.2, best <= 1.2 ? "met" : "MISSED"
}
