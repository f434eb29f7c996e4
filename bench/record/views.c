/* The views; see views.h. Means over trusted processes, for a first look: the report takes medians,
 * with intervals.
 *
 *   generation  a row for each record and generation: yield, cost, wasted collections
 *   freelist    a row for each counted record and type: hit rate
 *   overhead    a row for each cell: RSS over live bytes, what came back, lower-bound overhead
 */
#include "bench/record/views.h"

const char store_views[] =
    "CREATE VIEW IF NOT EXISTS generation AS SELECT run, machine, cell, kind, rep,"
    " key AS generation, value->>'$.collections' AS collections, value->>'$.examined' AS examined,"
    " value->>'$.collected' AS collected,"
    " (value->>'$.collected') * 1.0 / nullif(value->>'$.examined', 0) AS yield,"
    " (value->>'$.pause_ns_sum') * 1.0 / nullif(value->>'$.examined', 0) AS ns_per_examined,"
    " value->>'$.empty' AS wasted, value->>'$.empty_ns' AS wasted_ns"
    " FROM record, json_each(record.json, '$.gen') WHERE verdict = 'ok';"

    "CREATE VIEW IF NOT EXISTS freelist AS SELECT run, machine, cell, key AS type,"
    " value->>'$.hits' AS hits, value->>'$.misses' AS misses,"
    " (value->>'$.hits') * 1.0 / nullif((value->>'$.hits') + (value->>'$.misses'), 0) AS hit_rate"
    " FROM record, json_each(record.json, '$.freelists') WHERE kind = 'counted' AND verdict = 'ok';"

    "CREATE VIEW IF NOT EXISTS timed AS SELECT run, machine, cell, allocator, collector, workload,"
    " json->>'$.workload_label' AS workload_label, seed, count(*) AS n,"
    " avg(json->>'$.operations_per_s') AS operations_per_s, avg(json->>'$.elapsed_ns') AS "
    "elapsed_ns,"
    " avg(json->>'$.run_ns') AS run_ns, avg(json->>'$.gc_run_ns') AS gc_run_ns,"
    " max(json->>'$.rss_bytes_peak') AS rss_bytes_peak,"
    " avg((json->>'$.rss_bytes_peak') - (json->>'$.rss_bytes_base')) AS rss_bytes_grown,"
    " avg((json->>'$.rss_bytes_peak') - (json->>'$.rss_bytes_after_trim')) AS rss_bytes_returned,"
    " avg(json->>'$.faults_minor') AS faults_minor, avg(json->>'$.faults_major') AS faults_major,"
    " max(json->>'$.pause_ns_max') AS pause_ns_max"
    " FROM record WHERE kind = 'timed' AND verdict = 'ok' GROUP BY run, machine, cell;"

    "CREATE VIEW IF NOT EXISTS counted AS SELECT run, machine, cell,"
    " json->>'$.live_bytes_peak' AS live_bytes_peak, json->>'$.requests' AS requests,"
    " (SELECT sum(value->>'$.collected') * 1.0 / nullif(sum(value->>'$.examined'), 0)"
    "  FROM json_each(json, '$.gen')) AS yield"
    " FROM record WHERE kind = 'counted' AND verdict = 'ok';"

    "CREATE VIEW IF NOT EXISTS overhead AS SELECT timed.*, live_bytes_peak, requests, yield,"
    " rss_bytes_grown * 1.0 / nullif(live_bytes_peak, 0) AS rss_over_live,"
    " rss_bytes_returned * 1.0 / nullif(rss_bytes_grown, 0) AS returned,"
    " run_ns * 1.0 / nullif(min(run_ns - gc_run_ns) OVER same, 0) AS lbo_time,"
    " rss_bytes_grown * 1.0 / nullif(min(live_bytes_peak) OVER same, 0) AS lbo_memory"
    " FROM timed LEFT JOIN counted USING(run, machine, cell)"
    " WINDOW same AS (PARTITION BY run, machine, coalesce(workload_label, workload), seed);";
