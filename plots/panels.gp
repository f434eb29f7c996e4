# Small multiples: a row per ROW, a column per FACET, a curve with intervals per series. Block
# (row |FACET| + column) |SERIES| + s: x, median, lower end, upper end. The script that a report writes
# sets LOGX (0 | 1), LOGY (a word 0 | 1 per column), SHARED (1: one range of y), and OFF: where x = 0
# stands on a logarithmic axis, labelled `off` (0: nowhere). XTICS, if there: a command that sets ticks
# with names.
PANELS = |ROW| * |FACET|
array POINTS[PANELS]
array TALL[PANELS]
do for [p = 1 : PANELS] {
    stats DATA index (p - 1) * |SERIES| : p * |SERIES| - 1 using 2 name 'P' nooutput
    POINTS[p] = exists('P_records') ? P_records : 0
    TALL[p] = POINTS[p] > 0 ? P_max : 0
}
stats DATA using 3 name 'Y' nooutput
stats DATA using 4 name 'Z' nooutput
stats DATA using ($1 > 0 ? $1 : NaN) name 'X' nooutput
place(x) = x == 0 && OFF > 0 ? OFF : x
small = |FACET| > 2 ? ',9' : ',11'
panel_width = (WIDTH - 24.0) / |FACET|
panel_height = (BOTTOM - 20.0 - TOP) / |ROW|
set label 5 XLABEL at screen 0.5, screen py(BOTTOM - 6) center font ',11' textcolor rgb SOFT
if (LOGX) {
    set logscale x
    set xrange [X_min / 1.6 : (OFF > 0 ? OFF : X_max) * 1.6]
    set xtics ('1' 1, '10' 10, '100' 100, '1k' 1e3, '10k' 1e4, '100k' 1e5, '1M' 1e6, '10M' 1e7, '100M' 1e8)
    span = (OFF > 0 ? OFF : X_max) / X_min
    if (|FACET| > 2 && span > 2e3) { set xtics ('100' 100, '10k' 1e4, '1M' 1e6, '100M' 1e8) }
    if (span < (|FACET| > 2 ? 12 : 120)) { set xtics add ('3' 3, '30' 30, '300' 300, '3k' 3e3, '30k' 3e4, '300k' 3e5, '3M' 3e6) }
    if (OFF > 0) { set xtics add ('off' OFF) }
} else { set xrange [0 : X_max * 1.05] }
if (exists('XTICS')) { eval XTICS }
set xtics font small
set ytics font small
set multiplot
do for [f = 0 : |ROW| - 1] {
    do for [c = 0 : |FACET| - 1] {
        p = f * |FACET| + c
        set lmargin at screen px(12 + panel_width * c + 46)
        set rmargin at screen px(12 + panel_width * (c + 1) - 10)
        set tmargin at screen py(TOP + panel_height * f + (ROW[f + 1] eq '' ? 24 : 38))
        set bmargin at screen py(TOP + panel_height * (f + 1) - 22)
        set title FACET[c + 1] font ',11' textcolor rgb SOFT offset 0, -0.6
        if (c == 0) { set label 6 ROW[f + 1] at screen px(22), screen py(TOP + panel_height * f + 8) font ',12' textcolor rgb INK }
        if (int(word(LOGY, c + 1))) { set logscale y; set yrange [*:*] } else { unset logscale y; set yrange [0:*] }
        if (SHARED) { set yrange [int(word(LOGY, c + 1)) ? Y_min / 1.5 : 0 : Z_max * (int(word(LOGY, c + 1)) ? 1.5 : 1.05)] }
        unset label 7
        set format y (int(word(LOGY, c + 1)) && TALL[p + 1] >= 1e4 ? '%.0s%c' : '%g')
        if (POINTS[p + 1] == 0) {
            set yrange [0.1:1]; set format y ''
            set label 7 'no figure' at graph 0.5, 0.5 center font ',11' textcolor rgb SOFT
            plot 0.5 lc rgb '#ff000000'
        } else {
            plot for [s = 1 : |SERIES|] DATA index p * |SERIES| + s - 1 \
                    using ($1 > 0 || !LOGX ? $1 : NaN):2 with lines lw 1.5 lc rgb PAINT[s], \
                for [s = 1 : |SERIES|] DATA index p * |SERIES| + s - 1 \
                    using (place($1)):2:3:4 with yerrorbars pt SHAPE[s] ps 0.6 lw 1.5 lc rgb PAINT[s]
        }
        unset label
    }
}
unset multiplot
