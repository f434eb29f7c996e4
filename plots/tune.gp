# Which settings are worth having? Two panels: run time against peak RSS, run time against p99 pause.
# Block s: time, lower, upper end, RSS likewise, pause likewise, of setting s; the last block is what
# was dropped early. ROLES: a word a setting, 0 default, 1 named, 2 on the front, 3 behind it.
ROLE_PAINT = '#333333 #cc3311 #0077bb #9aa5b1'
ROLE_SHAPE = '7 7 7 6'
LETTER = 'abcdefghijklmnopqrstuvwxyz'
do for [s = 1 : |SERIES|] {
    PAINT[s] = word(ROLE_PAINT, 1 + int(word(ROLES, s)))
    SHAPE[s] = int(word(ROLE_SHAPE, 1 + int(word(ROLES, s))))
    set label (9 + s) sprintf('%s  %s', LETTER[s : s], SERIES[s]) point pt SHAPE[s] ps 1 lc rgb PAINT[s]
}
array YLABEL[2] = ['peak RSS, MiB', 'p99 pause, ms']
# What was dropped early was measured once or twice: it does not stretch the axes.
array LOW[3]; array HIGH[3]
do for [k = 1 : 3] {
    stats DATA index 0 : |SERIES| - 1 using (column(3 * k - 1)) name 'L' nooutput
    stats DATA index 0 : |SERIES| - 1 using (column(3 * k)) name 'H' nooutput
    LOW[k] = L_min; HIGH[k] = H_max > L_min ? H_max : L_min + 1
}
room(k) = 0.08 * (HIGH[k] - LOW[k])
panel_width = (WIDTH - 24.0) / 2
set multiplot
do for [f = 0 : 1] {
    set lmargin at screen px(12 + panel_width * f + 40)
    set rmargin at screen px(12 + panel_width * (f + 1) - 14)
    set tmargin at screen py(TOP + 22)
    set bmargin at screen py(BOTTOM - 34)
    set title YLABEL[f + 1] font ',12' textcolor rgb INK offset 0, -0.6
    set xlabel 'run time, ms' font ',11' textcolor rgb SOFT offset 0, 0.4
    set xrange [LOW[1] - room(1) : HIGH[1] + room(1)]
    set yrange [f == 0 ? LOW[2] - room(2) : 0 : HIGH[f + 2] + room(f + 2)]
    plot DATA index |SERIES| using 1:(column(4 + 3 * f)) with points pt 7 ps 0.25 lc rgb '#c9d1d9', \
        for [s = 1 : |SERIES|] DATA index s - 1 \
            using 1:(column(4 + 3 * f)):2:3:(column(5 + 3 * f)):(column(6 + 3 * f)) \
            with xyerrorbars pt SHAPE[s] ps 0.8 lw 1.3 lc rgb PAINT[s], \
        for [s = 1 : |SERIES|] DATA index s - 1 using 1:(column(4 + 3 * f)):(LETTER[s : s]) \
            with labels offset 0.9, 0.5 font ',11' textcolor rgb PAINT[s]
    unset label
}
unset multiplot
