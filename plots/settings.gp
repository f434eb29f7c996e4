# What do collection off, frozen or absent save? Two panels of rows: run time, peak RSS, each over the
# reference. Block panel |SERIES| + s: row, ratio, lower end, upper end.
panel_width = (WIDTH - 24.0 - row_room) / 2
array LOW[2]; array HIGH[2]; array HAS[2]
do for [f = 0 : 1] {
    stats DATA index f * |SERIES| : (f + 1) * |SERIES| - 1 using 3 name 'L' nooutput
    stats DATA index f * |SERIES| : (f + 1) * |SERIES| - 1 using 4 name 'H' nooutput
    HAS[f + 1] = exists('L_min')
    LOW[f + 1] = exists('L_min') && L_min < 0.95 ? L_min : 0.95
    HIGH[f + 1] = exists('H_max') && H_max > 1.05 ? H_max : 1.05
}
set multiplot
do for [f = 0 : 1] {
    load 'rows.gp'
    set tmargin at screen py(TOP + 16)
    set lmargin at screen px(row_room + panel_width * f + 14 * f)
    set rmargin at screen px(row_room + panel_width * (f + 1) - 14)
    if (f == 1) { unset label; set ytics format ''; set ytics scale 0 ('' 0) }
    set title FACET[f + 1] font ',12' textcolor rgb INK offset 0, -0.6
    set xlabel 'against the reference' font ',11'
    span = HIGH[f + 1] / LOW[f + 1]
    if (span < 1.45) { set xtics ('−20 %%' 0.8, '−10 %%' 0.9, '0' 1, '+10 %%' 1.1, '+20 %%' 1.2) }
    if (span >= 1.45 && span < 3.5) { set xtics ('−60 %%' 0.4, '−40 %%' 0.6, '−20 %%' 0.8, '0' 1, '+25 %%' 1.25, '+60 %%' 1.6, '×2' 2, '×3' 3) }
    if (span >= 3.5) { set xtics ('÷10' 0.1, '÷4' 0.25, '÷2' 0.5, '0' 1, '×2' 2, '×4' 4, '×10' 10, '×30' 30, '×100' 100) }
    set xrange [LOW[f + 1] / span ** 0.06 : HIGH[f + 1] * span ** 0.06]
    set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb SOFT
    unset label 7
    if (!HAS[f + 1]) { set label 7 'no trusted figure' at graph 0.5, 0.5 center font ',11' textcolor rgb SOFT }
    plot for [s = 1 : |SERIES|] DATA index f * |SERIES| + s - 1 using 2:1:3:4 with xerrorbars \
        pt SHAPE[s] lw 1.5 lc rgb PAINT[s]
}
unset multiplot
