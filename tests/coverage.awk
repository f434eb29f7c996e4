# Line coverage of each floor from an lcov trace file; exit 1 when one is under `goal` per cent.
#   awk -v goal=90 -f tests/coverage.awk build/cov/coverage.info
# A header's inline functions come once for each file that includes it: a line counts once.
BEGIN { FS = "[:,]" }
$1 == "SF" {
    file = $2
    floor = ""
    n = split(file, part, "/")
    for (i = 1; i <= n && floor == ""; i++) {
        if (part[i] ~ /^(base|allocators|collector|workloads|bench)$/) { floor = part[i] }
    }
}
$1 == "DA" && floor != "" {
    key = file ":" $2
    if (!(key in seen)) { seen[key] = 1; lines[floor]++ }
    if ($3 > 0 && !(key in done)) { done[key] = 1; hit[floor]++ }
}
END {
    count = split("base allocators collector workloads bench", order, " ")
    for (i = 1; i <= count; i++) {
        floor = order[i]
        if (!lines[floor]) continue
        percent = 100 * hit[floor] / lines[floor]
        judged = floor != "bench"
        low = judged && percent < goal
        bad += low
        printf "%-12s %6d lines  %5.1f %%  %s\n", floor, lines[floor], percent,
               !judged ? "(no goal)" : low ? "under the goal of " goal " %" : "ok"
    }
    exit bad > 0
}
