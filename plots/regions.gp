# What is resident memory made of? Block f |SERIES| + k: row, from, to in MiB of region k.
facet_room = row_room
set multiplot
do for [f = 0 : |FACET| - 1] {
    load 'facet.gp'
    set yrange [|ROW| - 0.5 : -0.5]; set xrange [0:*]
    set ytics scale 0 textcolor rgb INK font ',11' (plain(ROW[1]) 0)
    set for [i = 2 : |ROW|] ytics add (plain(ROW[i]) i - 1)
    set grid noytics
    plot for [s = 1 : |SERIES|] DATA index f * |SERIES| + s - 1 using 2:1:2:3:($1 - 0.36):($1 + 0.36) \
        with boxxyerror fc rgb PAINT[s]
}
unset multiplot
