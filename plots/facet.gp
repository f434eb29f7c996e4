# The frame of facet number f (from 0) on a page of |FACET|: loaded before each plot of a multiplot.
# One column, two up to four facets, three beyond; bench/plots.c gives the page its height by that.
COLUMNS = |FACET| <= 1 ? 1 : |FACET| <= 4 ? 2 : 3
LINES = (|FACET| + COLUMNS - 1) / COLUMNS
cell_width = (WIDTH - 24.0) / COLUMNS
cell_height = (BOTTOM - 20.0 - TOP) / LINES
left_edge = 12 + cell_width * (f % COLUMNS)
upper_edge = TOP + cell_height * (f / COLUMNS)
set lmargin at screen px(left_edge + facet_room)
set rmargin at screen px(left_edge + cell_width - 12)
set tmargin at screen py(upper_edge + 28)
set bmargin at screen py(upper_edge + cell_height - 30)
if (COLUMNS == 3) { set xtics font ',9' }
set title FACET[f + 1] font ',12' textcolor rgb INK offset 0, -0.6
if (f == 0) {
    set label 5 XLABEL at screen 0.5, screen py(BOTTOM - 6) center font ',11' textcolor rgb SOFT
} else { unset label }
