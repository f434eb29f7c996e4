# How many operations take longer than x? Block 2 f |SERIES| + s: milliseconds, share of operations,
# from when each was to begin (lines); |SERIES| further: from when it did begin (dots).
facet_room = 56
set logscale xy
set format x '%g'
set ytics ('100 %%' 1, '10 %%' 0.1, '1 %%' 0.01, '0.1 %%' 1e-3, '0.01 %%' 1e-4, '0.001 %%' 1e-5)
set multiplot
do for [f = 0 : |FACET| - 1] {
    load 'facet.gp'
    if (COLUMNS == 3) { set xtics 1e-6, 100 }
    plot for [s = 1 : |SERIES|] DATA index 2 * f * |SERIES| + s - 1 using 1:2 with steps \
            lw 1.7 lc rgb PAINT[s], \
        for [s = 1 : |SERIES|] DATA index (2 * f + 1) * |SERIES| + s - 1 using 1:2 with lines \
            lw 1.5 dt '.' lc rgb PAINT[s]
}
unset multiplot
