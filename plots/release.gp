# What comes back? One block per allocator: row, MiB at the peak, after free, after trim, base.
stats DATA using 2 name 'H' nooutput; stats DATA using 4 name 'L' nooutput; stats DATA using 3 name 'M' nooutput
low = exists('L_min') && L_min < M_min ? L_min : M_min
load 'rows.gp'
set xrange [low / 1.1 : H_max * 1.1]
set xtics (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10000)
hollow(s) = SHAPE[s] - 1
plot for [s = 1 : |SERIES|] DATA index s - 1 using 2:1:(($4 == $4 ? $4 : $3) - $2):(0) with vectors \
        nohead lw 1.5 lc rgb PAINT[s], \
    for [s = 1 : |SERIES|] DATA index s - 1 using 2:1 with points pt SHAPE[s] lc rgb PAINT[s], \
    for [s = 1 : |SERIES|] DATA index s - 1 using 3:1 with points pt hollow(s) lw 1.5 lc rgb PAINT[s], \
    for [s = 1 : |SERIES|] DATA index s - 1 using 4:1 with points pt 2 lw 1.5 lc rgb PAINT[s]
