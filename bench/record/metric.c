/* The table of metrics, in the order of docs/record.md; see metric.h. */
#include "bench/record/metric.h"

#include <string.h>

#include "base/check.h"

#define EVERY "every record"
#define RUN_TEST "tests/run_sweep.sh"
#define CHILD_TEST "tests/run_child.sh"
#define COUNT_TEST "tests/test_count.c"
#define GC_TEST "tests/test_gc_counts.c"
#define STORE_TEST "tests/test_store.c"
#define FORK_TEST "tests/fork.sh"
#define CREW_TEST "tests/test_crew.c"
#define RELEASE_TEST "tests/release.sh"

static const struct metric_row metrics[] = {
    {"schema", EVERY, "count", "Version of the record's fields.", RUN_TEST},
    {"run", EVERY, "text", "Name of the run: its folder under results/.", RUN_TEST},
    {"cell", EVERY, "text", "Canonical line: every option resolved and sorted.",
     "tests/test_cell.c"},
    {"label", EVERY, "text", "The line with only what differs from the defaults.",
     "tests/test_cell.c"},
    {"allocator", EVERY, "text", "SPEC of the heap of obj and mem (OBJ|MEM when set apart).",
     "tests/test_cell.c"},
    {"obj", EVERY, "text", "SPEC of the obj heap, when set apart.", "tests/test_cell.c"},
    {"mem", EVERY, "text", "SPEC of the mem heap, when set apart.", "tests/test_cell.c"},
    {"collector", EVERY, "text", "SPEC of the collector.", "tests/test_cell.c"},
    {"workload", EVERY, "text", "SPEC of the workload, or program=SPEC of a real Python program.", "tests/test_cell.c"},
    {"seed", EVERY, "count", "Seed of the workload's random numbers.", "tests/test_cell.c"},
    {"rep", EVERY, "count", "Repetition, from 0.", RUN_TEST},
    {"order", EVERY, "count", "Number of the measurement in cells.tsv of the run.", RUN_TEST},
    {"attempt", EVERY, "count",
     "0, then 1, 2 for measurements made again because they were untrusted, or judged again.",
     RUN_TEST},
    {"kind", EVERY, "text", "timed or counted: counts and times come from different processes.",
     RUN_TEST},
    {"verdict", EVERY, "text",
     "ok; skipped (unavailable here); failed (signal, exit status, broken invariant, differing "
     "checksum); timeout; memory (over the limit); untrusted (the machine was too noisy for "
     "times).",
     "tests/run_verdicts.sh"},
    {"reason", EVERY, "text", "A sentence for every verdict but ok.", "tests/run_verdicts.sh"},
    {"started_unix_ms", EVERY, "ms", "When the process was started, since 1970.", ""},
    {"elapsed_ns", EVERY, "ns", "From fork to exit, loading of libraries included.", ""},
    {"env_pad_bytes", EVERY, "bytes",
     "Random length added to the environment, so that one accident of stack layout is not taken "
     "for a difference (Mytkowicz 2009).",
     ""},
    {"load_before", EVERY, "processes", "Load average over 1 minute before the cell.", ""},
    {"load_after", EVERY, "processes", "Load average over 1 minute after the cell.", ""},
    {"steal_ticks", EVERY, "ticks",
     "Processor time that other guests of the host took meanwhile, of all cores; a tick is 10 ms.",
     ""},
    {"gaps_before", "timed", "count",
     "Times the supervisor's clock stood still for over 100 us in the 3 ms before the process.",
     "tests/noise.sh"},
    {"gaps_after", "timed", "count", "The same in the 3 ms after it.", "tests/noise.sh"},
    {"gap_ns_before", "timed", "ns",
     "Sum of those before. Above 10 % of 3 ms, and those after too, the record is untrusted.",
     "tests/test_noise.c"},
    {"gap_ns_after", "timed", "ns", "Sum of those after.", "tests/test_noise.c"},
    {"gap_ns_max", "timed", "ns", "The longest of all.", "tests/test_noise.c"},
    {"instructions", "instructions", "count",
     "Instructions from opening the heaps to closing them, as valgrind's callgrind counts them: the "
     "same again to a few in a million.",
     "tests/gate_instructions.sh"},
    {"rss_bytes_group_peak", EVERY, "bytes",
     "Highest sample of the RSS of the whole process group, every 2 ms, by the supervisor.",
     "tests/run_memory.sh"},
    {"raw", "timed", "text", "Stem of RAW.pauses.tsv and RAW.rss.tsv in the folder raw/.",
     RUN_TEST},
    {"machine", EVERY, "text",
     "Hash of host, kernel, cpu, thp, libc, build, compiler and cores: only records of one machine "
     "are compared.",
     ""},
    {"host", EVERY, "text", "Name of the machine.", ""},
    {"kernel", EVERY, "text", "Name and release of the kernel.", ""},
    {"cpu", EVERY, "text", "Model of the processor.", ""},
    {"cores", EVERY, "count", "Cores that are online.", ""},
    {"memory_bytes", EVERY, "bytes", "Memory of the machine.", ""},
    {"thp", EVERY, "text", "Setting of transparent huge pages.", ""},
    {"libc", EVERY, "text", "The C library.", ""},
    {"compiler", EVERY, "text", "The compiler that built heapdyno.", ""},
    {"build", EVERY, "text", "opt, debug, asan: figures of others than opt are no figures.", ""},
    {"allocator_version", EVERY, "text", "What the allocator's library says of itself.", ""},

    {"operations", "both", "count", "Operations of the workload, in operation_unit.",
     "tests/test_workloads.c"},
    {"operation_unit", "both", "text", "What one operation is: request, tree, turn …", ""},
    {"checksum", "both", "text",
     "Result of the workload; depends on its options and seed only, so that every allocator and "
     "collector must give the same. One that differs is failed.",
     RUN_TEST},
    {"python", "both", "text", "Version of the CPython that ran a cell's program, or was watched.",
     "tests/program.sh"},
    {"collections_missed", "both", "count",
     "Collections of a real Python process that gc.callbacks did not tell of: it changed the list.",
     "tests/program.sh, tests/watch.sh"},
    {"wall_ns", "timed", "ns", "The whole workload, by the monotonic clock.", ""},
    {"user_ns", "timed", "ns", "Processor time of the workload outside the kernel.", ""},
    {"system_ns", "timed", "ns", "Processor time of the workload inside the kernel.", ""},
    {"run_ns", "timed", "ns",
     "From the end of the phase setup to the end of the phase run; reading memory at phase ends "
     "and "
     "waiting for arrivals are left out.",
     "tests/test_probes.c"},
    {"run_cpu_ns", "timed", "ns",
     "Processor time of the same stretch. Absent at a rate, where waiting for arrivals spins.",
     "tests/test_probes.c"},
    {"workload_unix_ns", "timed", "ns",
     "When the workload started, since 1970: less started_unix_ms it is where the pauses stand "
     "among the samples of RSS.",
     ""},
    {"operations_per_s", "timed", "1/s", "operations over run_ns.", "tests/test_probes.c"},
    {"latency_ns", "timed", "ns",
     "Time between the ends of two operations: _p50 _p90 _p99 _p999 from buckets of 1 %, _max "
     "exact. A collection inside an operation is a part of it.",
     "tests/test_probes.c"},
    {"rate_per_s", "timed", "1/s", "Rate at which operations arrive, of a cell with rate=.",
     "tests/run_child.sh"},
    {"metered_ns", "timed", "ns",
     "Of a cell with rate=: time from when an operation was to begin to its end, so that those "
     "that "
     "waited behind a pause count: _p50 _p90 _p99 _p999 from buckets of 1 %, _max exact. "
     "latency_ns is then the service time, from when it did begin.",
     "tests/test_probes.c"},
    {"metered_late_ns", "timed", "ns",
     "How late the last operation began. One of the order of the run means that the rate is more "
     "than the process can do.",
     "tests/test_probes.c"},
    {"idle_ns", "timed", "ns", "Time spent waiting for arrivals; no part of run_ns.",
     "tests/test_probes.c"},
    {"gc_ns", "timed", "ns",
     "Sum of all pauses until the phase run ends: from the begin to the end of each collection.",
     "tests/test_probes.c"},
    {"gc_run_ns", "timed", "ns", "Sum of the pauses within run_ns.", "tests/test_probes.c"},
    {"gc_share", "timed", "share", "gc_run_ns over run_ns.", "tests/test_probes.c"},
    {"gc_ns_per_examined", "timed", "ns",
     "gc_ns over the objects that collections examined. Time by the monotonic clock: of a trusted "
     "record, whose one thread had its core, it is processor time too.",
     "tests/test_probes.c"},
    {"pause_ns", "timed", "ns",
     "Pauses of all generations: _p50 _p90 _p99 _p999 from buckets of 1 %, _max exact. Finalizers "
     "and the release of the trash are inside.",
     "tests/test_probes.c"},
    {"mmu", "timed", "share",
     "Minimum mutator utilisation: the least share that any window of 1 ms, 10 ms, 100 ms, 1 s "
     "(_1ms _10ms _100ms _1s) within the run leaves to the program. Exact; windows longer than "
     "mmu_span_ns are left out.",
     "tests/test_mmu.c"},
    {"mmu_span_ns", "timed", "ns",
     "What mmu looks at: the run, or its part up to the last of the 65,536 pauses that are kept.",
     "tests/test_probes.c"},
    {"trash_objects_peak", "both", "count",
     "Most objects that one collection found unreachable, the last one after the run included.",
     GC_TEST},
    {"trash_age_ns", "timed", "ns",
     "How long objects had been unreachable when the collection that found them began, at most: "
     "the "
     "time since the last collection of their generation or an older one, before which they were "
     "reachable. _p50 … _max over objects. An upper bound: half of it on average where they die "
     "evenly. Objects "
     "given back by unfreeze may be older.",
     "tests/test_probes.c"},
    {"rss_bytes_base", "timed", "bytes",
     "RSS before the heaps are opened; buffers of the harness are in it.", "tests/run_memory.sh"},
    {"rss_bytes_peak", "timed", "bytes",
     "VmHWM read by the process itself (ru_maxrss would be floored by its parent's), or a higher "
     "reading at a phase end.",
     "tests/run_memory.sh"},
    {"rss_bytes_end", "timed", "bytes", "RSS when the phase run ends; the live set is still held.",
     "tests/run_memory.sh"},
    {"rss_bytes_after_free", "timed", "bytes", "RSS when everything has been released.",
     "tests/run_memory.sh"},
    {"rss_bytes_after_trim", "timed", "bytes",
     "RSS after the allocator was asked to give memory back.", "tests/run_memory.sh"},
    {"faults_minor", "timed", "count", "Page faults without reading, in the workload.", ""},
    {"faults_major", "timed", "count", "Page faults with reading, in the workload.", ""},
    {"switches_involuntary", "timed", "count", "Times the process lost its core.", ""},
    {"migrations", "timed", "count", "Times the process changed its core.", ""},
    {"wait_ns", "timed", "ns",
     "Time in which the process could have run but had no core (/proc/self/schedstat). Above 5 % "
     "of wall_ns the record is untrusted.",
     ""},
    {"phases", "both", "objects", "One row for each phase of the workload, at its end.",
     "tests/test_probes.c"},
    {"regions", "timed", "bytes", "RSS by kind of mapping at the end of the phase run.",
     "tests/run_memory.sh"},
    {"heap", "regions", "bytes", "The segment that brk grows.", ""},
    {"mmap", "regions", "bytes", "Anonymous mappings: where most allocators take their memory.",
     ""},
    {"stack", "regions", "bytes", "Stacks.", ""},
    {"data", "regions", "bytes", "Writable pages of files: static variables.", ""},
    {"text", "regions", "bytes", "Executable pages of files.", ""},
    {"other", "regions", "bytes", "Read-only pages of files, and the kernel's own.", ""},
    {"name", "phases", "text", "Name of the phase.", ""},
    {"at_ns", "phases, workers", "ns",
     "When it ended, since the workload started; of a worker's step, since the fork.", ""},
    {"rss_bytes", "phases, workers", "bytes", "RSS when it ended.", ""},
    {"rss_anon_bytes", "phases", "bytes", "Its anonymous part.", ""},
    {"pss_bytes", "phases, workers", "bytes",
     "RSS with shared pages divided by those who share them.", FORK_TEST},
    {"live_bytes", "phases", "bytes",
     "Counted: bytes handed out when it ended, each request rounded up to 16.", RELEASE_TEST},
    {"heap_live_bytes", "phases", "bytes",
     "Counted: the same as the allocator of obj accounts for it, with its rounding and headers.",
     RELEASE_TEST},
    {"heap_free_bytes", "phases", "bytes",
     "Counted: free blocks of pools that are in use, of an allocator that tells them.",
     RELEASE_TEST},
    {"mapped_bytes", "phases", "bytes",
     "Counted: what the allocator of obj holds of the system by its own account.", RELEASE_TEST},
    {"workers", "both", "objects",
     "One row for each worker that the workload forked and each of its steps; worker 0 is the "
     "parent.",
     FORK_TEST},
    {"workers_forked", "both", "count",
     "Workers that were forked in all; the array workers has the last of each place.", FORK_TEST},
    {"workers_cpu_ns", "timed", "ns",
     "Processor time of all workers together, without the reading of their memory.", FORK_TEST},
    {"worker", "workers", "number", "1, 2, … in the order of the forks; 0: their parent.",
     FORK_TEST},
    {"step", "workers", "text", "Name of the step that has ended: workload fork has them.",
     FORK_TEST},
    {"private_dirty_bytes", "workers", "bytes",
     "Pages that this process alone maps and has written: what it costs beside the others.",
     FORK_TEST},
    {"shared_bytes", "workers", "bytes", "Pages that others map too.", FORK_TEST},
    {"bytes_by_counts", "workers", "bytes",
     "Counted: pages since the fork whose first write was to a reference count of an object that "
     "was there before.",
     CREW_TEST},
    {"bytes_by_collector", "workers", "bytes",
     "Counted: pages whose first write was to such an object's GC head.", CREW_TEST},
    {"bytes_by_allocation", "workers", "bytes",
     "Counted: pages of the same mappings that were first written anywhere else.", CREW_TEST},

    {"gen", "both", "objects",
     "One row for each generation, youngest first: its collections until the phase run ends.",
     GC_TEST},
    {"collections", "gen", "count", "Collections of this generation.", GC_TEST},
    {"collections_recorded", "gen", "count",
     "Of a replay: collections that the recorded program ran; `collections` are those that its "
     "replayed counts demand.",
     "tests/replay.sh"},
    {"collected", "gen", "count", "Objects that they found unreachable and released.", GC_TEST},
    {"uncollectable", "gen", "count", "Objects that they found and could not release.", GC_TEST},
    {"examined", "gen", "count", "Objects in the collected lists, younger ones merged in.",
     GC_TEST},
    {"empty", "gen", "count", "Collections that found nothing: wasted.", "tests/test_probes.c"},
    {"empty_ns", "gen", "ns", "Sum of the pauses of the empty ones: wasted time.",
     "tests/test_probes.c"},
    {"pause_ns_sum", "gen", "ns", "Sum of the pauses of this generation.", "tests/test_probes.c"},

    {"live_bytes_peak", "counted", "bytes",
     "Most bytes handed out at once, each request rounded up to 16.", COUNT_TEST},
    {"live_bytes_end", "counted", "bytes", "Bytes still handed out at the end: a leak.",
     COUNT_TEST},
    {"live_blocks_end", "counted", "count", "Blocks still handed out at the end: a leak.",
     COUNT_TEST},
    {"mapped_bytes_peak", "counted", "bytes",
     "Most bytes that the allocators held of the OS by their own account; read as live bytes grow "
     "by 3 % and at the end.",
     COUNT_TEST},
    {"requests", "counted", "count", "Allocations at the domains' own API, resizes left out.",
     COUNT_TEST},
    {"requests_obj", "counted", "count", "Those in the obj domain.", COUNT_TEST},
    {"requests_mem", "counted", "count", "Those in the mem domain.", COUNT_TEST},
    {"requests_raw", "counted", "count",
     "Those in the raw domain; what pymalloc passes on to it is not counted again.", COUNT_TEST},
    {"requests_failed", "counted", "count", "Requests that got no memory.", COUNT_TEST},
    {"resizes", "counted", "count", "Resizes of a block.", COUNT_TEST},
    {"releases", "counted", "count", "Releases of a block.", COUNT_TEST},
    {"bytes_requested", "counted", "bytes", "Sum of the sizes asked for; a resize adds its growth.",
     COUNT_TEST},
    {"request_classes", "counted", "objects",
     "Requests by size: multiples of 16 to 512, then powers of two.", COUNT_TEST},
    {"size", "request_classes, classes", "bytes", "Upper bound of the class; size of its blocks.",
     COUNT_TEST},
    {"allocs", "request_classes", "count", "Requests of this class.", COUNT_TEST},
    {"freelists", "counted", "objects", "Free lists of the types list, dict, keys, float, tuple.",
     "tests/test_obj_lifetime.c"},
    {"list", "freelists", "object", "The free list of list heads.", ""},
    {"dict", "freelists", "object", "The free list of dict heads.", ""},
    {"keys", "freelists", "object", "The free list of key tables of 8 places.", ""},
    {"float", "freelists", "object", "The free list of floats.", ""},
    {"tuple", "freelists", "object", "The free lists of tuples, all lengths together.", ""},
    {"hits", "freelists", "count", "Births that found a dead head to reuse.", ""},
    {"misses", "freelists", "count", "Births that found the list empty.", ""},
    {"returns", "freelists", "count", "Deaths that were kept.", ""},
    {"overflows", "freelists", "count", "Deaths that found the list full.", ""},
    {"arenas", "counted", "count", "Regions that the allocator holds when the phase run ends.", ""},
    {"arenas_highwater", "counted", "count", "Most regions that it held at once.", ""},
    {"pools", "counted, classes", "count", "Pools in use when the phase run ends.", ""},
    {"classes", "counted", "objects",
     "Size classes of the obj heap with a pool, when the phase run ends.", ""},
    {"blocks_used", "classes", "count", "Blocks handed out.", ""},
    {"blocks_free", "classes", "count", "Blocks ready in the pools of the class.", ""},

    {"rss_over_live", "derived", "ratio",
     "rss_bytes_peak less rss_bytes_base, over live_bytes_peak of the counted record of the same "
     "cell: what a byte in use costs.",
     STORE_TEST},
    {"returned", "derived", "share",
     "What of the growth to rss_bytes_peak the system had back in the end: rss_bytes_peak less "
     "rss_bytes_after_trim, over rss_bytes_peak less rss_bytes_base.",
     STORE_TEST},
    {"yield", "derived", "share",
     "Objects collected over objects examined: how much of the collector's work found trash.",
     STORE_TEST},
    {"ns_per_examined", "derived", "ns",
     "pause_ns_sum over examined, of one generation: what it costs to look at an object.",
     STORE_TEST},
    {"lbo_time", "derived", "ratio",
     "Lower-bound overhead: run_ns over the least run_ns less gc_run_ns of any cell of the "
     "workload "
     "in the run (Cai and others 2022). Counting references stays in the bound.",
     STORE_TEST},
    {"lbo_memory", "derived", "ratio",
     "Growth of RSS to its peak, over the fewest live_bytes_peak of any cell of the workload.",
     STORE_TEST},
    {"bmu", "derived", "share",
     "Bounded mutator utilisation: the least mmu of a window or any longer one, in "
     "raw/RAW.mmu.tsv.",
     "tests/test_mmu.c"},
    {"hit_rate", "derived", "share", "Hits of a free list over hits and misses.", STORE_TEST},
};

size_t metric_count(void)
{
    return COUNT_OF(metrics);
}

const struct metric_row *metric_at(size_t index)
{
    CHECK(index < COUNT_OF(metrics));
    return &metrics[index];
}

const struct metric_row *metric_find(const char *name)
{
    size_t length = strlen(name);
    static const char *const quantiles[] = {"_p50",   "_p90", "_p99",  "_p999",  "_max",
                                            "_label", "_1ms", "_10ms", "_100ms", "_1s"};
    for (size_t i = 0; i < COUNT_OF(metrics); i++) {
        if (strcmp(metrics[i].name, name) == 0) {
            return &metrics[i];
        }
    }
    for (size_t q = 0; q < COUNT_OF(quantiles); q++) { /* latency_ns_p99 is a row of latency_ns */
        size_t tail = strlen(quantiles[q]);
        for (size_t i = 0; i < COUNT_OF(metrics) && tail < length; i++) {
            if (strcmp(name + length - tail, quantiles[q]) == 0 &&
                strlen(metrics[i].name) == length - tail &&
                strncmp(metrics[i].name, name, length - tail) == 0) {
                return &metrics[i];
            }
        }
    }
    return NULL;
}
