# How often does each generation run, and for what? Block g: row, collections, yield in percent.
panel_width = (WIDTH - 24.0 - row_room) / 2
array PANEL[2] = ['collections', 'yield: collected / examined (%)']
set multiplot
do for [f = 0 : 1] {
    load 'rows.gp'
    set tmargin at screen py(TOP + 16)
    set lmargin at screen px(row_room + panel_width * f + 8 * f)
    set rmargin at screen px(row_room + panel_width * (f + 1) - 8)
    if (f == 1) { unset label; unset ytics; unset logscale x; set xrange [0:*] } else { set logscale x; set xrange [* < 1 : *] }
    set title PANEL[f + 1] font ',12' textcolor rgb INK offset 0, -0.6
    if (f == 0) { set xtics (1, 10, 100, '1k' 1e3, '10k' 1e4, '100k' 1e5, '1M' 1e6, '10M' 1e7) } else { set xtics autofreq }
    plot for [s = 1 : |SERIES|] DATA index s - 1 using (column(2 + f)):1 with points \
        pt SHAPE[s] ps 1 lc rgb PAINT[s]
}
unset multiplot
