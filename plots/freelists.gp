# Are free lists used? A cell per workload and type. One block: column, row, percent (missing: unused).
load 'rows.gp'
set grid noxtics
set xtics scale 0 textcolor rgb INK font ',11' (plain(FACET[1]) 0)
set for [i = 2 : |FACET|] xtics add (plain(FACET[i]) i - 1)
set xrange [-0.5 : |FACET| - 0.5]
set cbrange [0:100]
set palette defined (0 '#f2f2f2', 100 '#2b7bba')
unset colorbox
plot DATA using 1:2:(0.48):(0.44):3 with boxxyerror fc palette, \
    DATA using 1:2:(sprintf('%.0f %%', $3)):($3 > 55 ? 0xffffff : 0x343434) with labels font ',11' tc rgb variable
