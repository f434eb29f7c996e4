# What every plot shares: size, ink, and one colour per allocator. The script that a report writes sets
# the data first (TITLE, NOTE, MACHINE, COMMAND, SERIES, …), loads this, then plots/NAME.gp once per
# terminal. Lengths are pixels from the upper left corner of a page that is WIDTH wide.
set encoding utf8
set datafile separator tab
set datafile missing 'NaN'
INK = '#333333'; SOFT = '#767676'; RULE = '#dddddd'
px(x) = (x) / (1.0 * WIDTH)
py(y) = 1 - (y) / (1.0 * HEIGHT)
letter = 6.9     # width of a letter at 12 pixels, on average, rounded up

# An allocator has the same colour and shape everywhere: jemalloc:decay=0 those of jemalloc, but hollow.
KNOWN   = 'pymalloc malloc jemalloc mimalloc tcmalloc bump'
COLOURS = '#e69f00 #7f7f7f #cc3311 #0077bb #009988 #aa3377'
SHAPES  = '7 5 9 11 13 15'
OTHERS  = '#56b4e9 #8c6d31 #7b6888 #6b8e23 #b5651d #4682b4 #a0522d #708090'
LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789_-.'
cut(name, mark) = strstrt(name, mark) > 1 ? name[1 : strstrt(name, mark) - 1] : name
base(name) = cut(cut(cut(name, ':'), '+'), ' ')
known(name) = int(sum [i = 1 : words(KNOWN)] (word(KNOWN, i) eq base(name) ? i : 0))
# Letters weighted by place, so that an unknown name keeps its colour from run to run.
hash(name) = int(sum [i = 1 : strlen(name)] (i * strstrt(LETTERS, name[i : i])))
colour(name) = known(name) > 0 ? word(COLOURS, known(name)) : word(OTHERS, 1 + hash(base(name)) % words(OTHERS))
shape(name) = (known(name) > 0 ? int(word(SHAPES, known(name))) : 3) - (name eq base(name) || known(name) == 0 ? 0 : 1)

# Ordered settings (thresholds, generations) go from light to dark; no order: this list.
RAMP = '#9ecae1 #6baed6 #3182bd #08519c #756bb1 #54278f #3f007d #222222'
ramp(i, n) = word(RAMP, n < 2 ? 4 : 1 + int((i - 1) * (words(RAMP) - 1) / (n - 1.0)))
LIST = '#0077bb #ee7733 #009988 #aa3377 #bbbbbb #7f7f7f'

array PAINT[|SERIES|]
array SHAPE[|SERIES|]
do for [s = 1 : |SERIES|] {
    PAINT[s] = PALETTE eq 'allocators' ? colour(SERIES[s]) : PALETTE eq 'ramp' ? ramp(s, |SERIES|) : \
        word(LIST, 1 + (s - 1) % words(LIST))
    SHAPE[s] = PALETTE eq 'parts' ? 5 : PALETTE eq 'allocators' ? shape(SERIES[s]) : int(word(SHAPES, 1 + (s - 1) % words(SHAPES)))
}

set border 0 lc rgb RULE
set tics scale 0 textcolor rgb INK font ',11'
set grid xtics ytics lt 1 lw 1 lc rgb RULE
set style fill solid 1 noborder
set bars 0
unset key
set pointsize 0.75

# Head and foot of the page. Labels 1 to 9; the legend (below) takes 10 to 99.
set label 1 TITLE at screen px(14), screen py(20) font ',15' textcolor rgb INK
set label 2 NOTE at screen px(14), screen py(HEIGHT - 42) font ',10' textcolor rgb SOFT
set label 3 MACHINE at screen px(14), screen py(HEIGHT - 27) font ',10' textcolor rgb SOFT
set label 4 COMMAND at screen px(14), screen py(HEIGHT - 12) font ',10' textcolor rgb SOFT

# One entry per series, wrapped at the right edge, above the data: a legend never covers a curve.
legend_x = 22; legend_y = 46
do for [s = 1 : |SERIES|] {
    if (SERIES[s] eq '') { continue }
    entry = 34 + letter * strlen(SERIES[s])
    if (legend_x + entry > WIDTH && legend_x > 22) { legend_x = 22; legend_y = legend_y + 19 }
    set label (9 + s) SERIES[s] at screen px(legend_x), screen py(legend_y) left offset 1, 0 \
        font ',12' textcolor rgb INK point pt SHAPE[s] ps 1 lc rgb PAINT[s]
    legend_x = legend_x + entry
}
TOP = legend_y + 22
BOTTOM = HEIGHT - 62

# The text of a tic is a format: % is doubled.
plain(text) = strstrt(text, '%') == 0 ? text : text[1 : strstrt(text, '%')] . '%' . plain(text[strstrt(text, '%') + 1 : strlen(text)])
longest(i, n) = strlen(ROW[i]) > n ? strlen(ROW[i]) : n
row_room = 0
do for [i = 1 : |ROW|] { row_room = longest(i, row_room) }
row_room = 26 + letter * row_room > 300 ? 300 : 26 + letter * row_room
