/* The model: what must cost nothing on the hot path and is therefore fixed at compile time.
 *
 * Model cp311: a GC head of 16 bytes before every object of a GC type, plain counts (+1, -1, no
 * immortal test, no hook). The collectors cp311, cp313, none and every use it. Another model is
 * another executable from the same sources, made with its own values here. */
#ifndef HEAPDYNO_COLLECTOR_MODEL_H
#define HEAPDYNO_COLLECTOR_MODEL_H

#define MODEL_NAME "cp311"

enum {
    MODEL_GC_HEAD_BYTES = 16,
    GENERATIONS = 3,
};

#endif
