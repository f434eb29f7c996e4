# How does resident memory move? Block f |SERIES| + s: seconds, MiB.
facet_room = 44
set multiplot
do for [f = 0 : |FACET| - 1] {
    load 'facet.gp'
    set xrange [0 : *]; set yrange [0 : *]
    set xtics autofreq; set ytics autofreq
    if (COLUMNS == 3) { set format x '%.3g' }
    plot for [s = 1 : |SERIES|] DATA index f * |SERIES| + s - 1 using 1:2 with lines \
        lw 1.7 lc rgb PAINT[s]
}
unset multiplot
