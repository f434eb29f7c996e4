# Line coverage of each floor from an lcov trace file; exit 1 when one is under `goal` per cent.
#   awk -v goal=90 -f tests/coverage.awk build/cov/coverage.info
BEGIN { FS = "[:,]" }
$1 == "SF" {
    name = $2
    sub(".*/(main|src)/", "", name)
    n = split($2, part, "/")
    floor = ""
    for (i = 1; i <= n; i++) {
        if (part[i] ~ /^(base|allocators|collector|workloads|bench)$/) { floor = part[i]; break }
    }
}
$1 == "DA" && floor != "" { lines[floor]++; if ($3 > 0) hit[floor]++ }
END {
    split("base allocators collector workloads bench", order, " ")
    for (i = 1; i <= 5; i++) {
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
