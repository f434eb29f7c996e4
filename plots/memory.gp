# How much memory is resident for a byte that is live? One block per allocator: row, ratio, ends.
stats DATA using 3 name 'L' nooutput; stats DATA using 4 name 'H' nooutput
low = L_min < 1 ? L_min : 1; high = H_max > 1.5 ? H_max : 1.5
load 'rows.gp'
set xtics (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)
set xrange [low / 1.04 : high * 1.04]
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb SOFT
plot for [s = 1 : |SERIES|] DATA index s - 1 using 2:1:3:4 with xerrorbars \
    pt SHAPE[s] lw 1.5 lc rgb PAINT[s]
