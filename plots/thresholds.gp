# What does threshold0 do to throughput, memory and pauses? Three columns, a row per workload.
# Block (3 f + column) |SERIES| + s: threshold (0: off), median, lower end, upper end.
array COLUMN[3] = ['throughput (operations/s)', 'peak RSS (MiB)', 'pause p99 (ms)']
OFF = 1e7       # where off stands, a decade past the longest threshold of the sweep
place(t) = t == 0 ? OFF : t
set xrange [60 : 3 * OFF]
set xtics ('100' 100, '1k' 1e3, '10k' 1e4, '100k' 1e5, '1M' 1e6, 'off' OFF)
set label 5 XLABEL at screen 0.5, screen py(BOTTOM - 6) center font ',11' textcolor rgb SOFT
column_width = (WIDTH - 24.0) / 3
line_height = (BOTTOM - 20.0 - TOP) / |FACET|
# How many points each panel has: an empty one says so, over a frame with a transparent line.
array POINTS[3 * |FACET|]
do for [p = 1 : 3 * |FACET|] {
    stats DATA index (p - 1) * |SERIES| : p * |SERIES| - 1 using 2 name 'P' nooutput
    POINTS[p] = exists('P_records') ? P_records : 0
}
set logscale x
set multiplot
do for [f = 0 : |FACET| - 1] {
    do for [c = 0 : 2] {
        set lmargin at screen px(12 + column_width * c + 46)
        set rmargin at screen px(12 + column_width * (c + 1) - 10)
        set tmargin at screen py(TOP + line_height * f + 38)
        set bmargin at screen py(TOP + line_height * (f + 1) - 22)
        set title COLUMN[c + 1] font ',11' textcolor rgb SOFT offset 0, -0.6
        if (c == 0) { set label 6 FACET[f + 1] at screen px(22), screen py(TOP + line_height * f + 8) font ',12' textcolor rgb INK }
        if (c == 2) { set logscale y; set yrange [*:*] } else { unset logscale y; set yrange [0:*] }
        unset label 7
        if (POINTS[3 * f + c + 1] == 0) { set yrange [0.1:1]; set label 7 'no trusted figure' at graph 0.5, 0.5 center font ',11' textcolor rgb SOFT }
        set format y (c == 0 ? '%.1s%c' : '%g')
        if (POINTS[3 * f + c + 1] == 0) {
            set format y ''
            plot 0.5 lc rgb '#ff000000'
        } else {
            plot for [s = 1 : |SERIES|] DATA index (3 * f + c) * |SERIES| + s - 1 \
                    using ($1 > 0 ? $1 : NaN):2 with lines lw 1.5 lc rgb PAINT[s], \
                for [s = 1 : |SERIES|] DATA index (3 * f + c) * |SERIES| + s - 1 \
                    using (place($1)):2:3:4 with yerrorbars pt SHAPE[s] ps 0.6 lw 1.5 lc rgb PAINT[s]
        }
        unset label
    }
}
unset multiplot
