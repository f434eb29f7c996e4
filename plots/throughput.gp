# Which allocator is fastest? Throughput over that of the reference allocator, by workload.
# Data, one block per allocator: row, ratio, lower end, upper end.
stats DATA using 3 name 'L' nooutput; stats DATA using 4 name 'H' nooutput
low = L_min < 0.98 ? L_min : 0.98; high = H_max > 1.02 ? H_max : 1.02
pad = 0.06 * (high - low)
load 'rows.gp'
set xrange [low - pad : high + pad]
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb SOFT
plot for [s = 1 : |SERIES|] DATA index s - 1 using 2:1:3:4 with xerrorbars \
    pt SHAPE[s] lw 1.5 lc rgb PAINT[s]
