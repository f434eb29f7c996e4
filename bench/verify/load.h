/* What a load command printed, as figures: wrk --latency, hey, or lines NAME VALUE as
 * heapdyno_load.py prints them:
 *   throughput 812.4/s      requests a second
 *   p50 3.1ms               p50, p99, p99.9, max: latency with its unit
 *   errors 0 */
#ifndef HEAPDYNO_BENCH_VERIFY_LOAD_H
#define HEAPDYNO_BENCH_VERIFY_LOAD_H

enum load_figure {
    LOAD_P50,
    LOAD_P99,
    LOAD_P999,
    LOAD_MAX,
    LOAD_THROUGHPUT,
    LOAD_ERRORS,
    LOAD_FIGURES
};

/* Read `text`; latencies in ns. A figure that is not there is NAN. */
void load_read(const char *text, double figure[LOAD_FIGURES]);

#endif
