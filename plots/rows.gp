# The frame of a plot with one labelled row per workload, first on top, and one axis of values.
set lmargin at screen px(row_room); set rmargin at screen px(WIDTH - 24)
set tmargin at screen py(TOP); set bmargin at screen py(BOTTOM - 44)
set yrange [|ROW| - 0.5 : -0.5]
set ytics scale 0 textcolor rgb INK font ',11' (plain(ROW[1]) 0)
set for [i = 2 : |ROW|] ytics add (plain(ROW[i]) i - 1)
set grid noytics
set xlabel XLABEL font ',11' textcolor rgb SOFT offset 0, 0.5
set for [i = 2 : |ROW|] arrow (100 + i) from graph 0, first i - 1.5 to graph 1, first i - 1.5 nohead lc rgb RULE
if (LOG) { set logscale x }
