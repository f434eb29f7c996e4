# What does the worst window leave to the program? Block f |SERIES| + s: milliseconds, per cent.
facet_room = 52
set logscale x
set format x '%g'
set yrange [0 : 100]
set ytics 25 format '%g %%'
set multiplot
do for [f = 0 : |FACET| - 1] {
    load 'facet.gp'
    if (COLUMNS == 3) { set xtics 1e-6, 100 }
    plot for [s = 1 : |SERIES|] DATA index f * |SERIES| + s - 1 using 1:2 with lines \
        lw 1.7 lc rgb PAINT[s]
}
unset multiplot
