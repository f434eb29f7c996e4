# Rows of dots with their intervals, in panels side by side that share the rows. Block panel |SERIES| + s:
# row, value, lower end, upper end. LOGX: a word 0 | 1 per panel. MARK, if there: a line at 1.
panel_width = (WIDTH - 24.0 - row_room) / |FACET|
array POINTS[|FACET|]
array LOW[|FACET|]
array HIGH[|FACET|]
do for [p = 1 : |FACET|] {
    stats DATA index (p - 1) * |SERIES| : p * |SERIES| - 1 using 3 name 'L' nooutput
    stats DATA index (p - 1) * |SERIES| : p * |SERIES| - 1 using 4 name 'P' nooutput
    POINTS[p] = exists('P_records') ? P_records : 0
    LOW[p] = POINTS[p] > 0 ? L_min : 1; HIGH[p] = POINTS[p] > 0 ? P_max : 1
}
set multiplot
do for [f = 0 : |FACET| - 1] {
    load 'rows.gp'
    set tmargin at screen py(TOP + 16)
    set lmargin at screen px(row_room + panel_width * f + 8)
    set rmargin at screen px(row_room + panel_width * (f + 1) - 8)
    if (f > 0) { unset label; set ytics format ''; set ytics scale 0 ('' 0) }
    set title FACET[f + 1] font ',11' textcolor rgb SOFT offset 0, -0.6
    set xtics font ',9'
    unset logscale x
    span = LOW[f + 1] > 0 ? HIGH[f + 1] / LOW[f + 1] : 0
    if (int(word(LOGX, f + 1)) && span >= 3) {
        set logscale x
        set xrange [LOW[f + 1] / (span ** 0.08 * 1.1) : HIGH[f + 1] * span ** 0.08 * 1.1]
        set xtics (0.001, 0.01, 0.1, 1, 10, 100, '1k' 1e3, '10k' 1e4, '100k' 1e5, '1M' 1e6, '10M' 1e7)
        if (span < 30) { set xtics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, '1k' 1e3, '2k' 2e3, '5k' 5e3, '10k' 1e4, '20k' 2e4, '50k' 5e4, '100k' 1e5, '200k' 2e5, '500k' 5e5, '1M' 1e6) }
    } else {
        # Linear: from 0, or, where a ratio spans less than a factor of three, around the values; about
        # four ticks.
        room = 0.06 * (HIGH[f + 1] - LOW[f + 1]) + 0.02 * HIGH[f + 1]
        from = int(word(LOGX, f + 1)) && span > 0 ? LOW[f + 1] - room : 0
        to = HIGH[f + 1] + room + (HIGH[f + 1] == 0)
        set xrange [from : to]
        step = (to - from) / 2.5
        unit = 10 ** floor(log10(step))
        tick = unit * (step / unit >= 5 ? 5 : step / unit >= 2 ? 2 : 1)
        set xtics tick
    }
    if (exists('MARK')) { set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb SOFT }
    unset label 7
    if (POINTS[f + 1] == 0) {
        set label 7 'no figure' at graph 0.5, 0.5 center font ',11' textcolor rgb SOFT
        unset logscale x; set xrange [0:1]
    }
    plot for [s = 1 : |SERIES|] DATA index f * |SERIES| + s - 1 using 2:1:3:4 with xerrorbars \
        pt SHAPE[s] lw 1.5 lc rgb PAINT[s]
}
unset multiplot
