/* Figures that follow from several fields or records, as views of the index: what
 * `heapdyno merge --index FILE` leaves to ask with sqlite3. */
#ifndef HEAPDYNO_BENCH_VIEWS_H
#define HEAPDYNO_BENCH_VIEWS_H

/* SQL that makes those views that are not there yet. */
extern const char store_views[];

#endif
