/* cp313: when CPython 3.12, 3.13 and 3.14.5 collect. The allocation that exceeds the threshold only
 * requests a collection; the next safe point runs it, if a generation is still due by then. All
 * else is cp311's. Source: CPython 3.13 Python/gc.c, Python/ceval_gil.c. Not good at: C loops
 * without safe points, where garbage waits. */
#include "collector/builtin.h"
#include "collector/gc.h"
#include "collector/generations.h"

enum cp313_version { VERSION_312, VERSION_313 };

static const struct option cp313_options[] = {
    GENERATIONS_OPTIONS("2000/10/10"),
    {.name = "version",
     .type = OPTION_CHOICE,
     .fallback = "3.13",
     .choices = "3.12|3.13",
     .help = "at the safe point 3.13 drops the request if gc was disabled meanwhile, 3.12 does not "
             "(whose threshold was 700)"},
};

static bool cp313_open(struct runtime *runtime, const struct options *options, struct error *error)
{
    runtime->gc.run_disabled = options_number(options, "version") == VERSION_312;
    return generations_open(runtime, options, error);
}

static void cp313_on_alloc(struct runtime *runtime)
{
    runtime->gc.pending = true;
    gc_retrigger(runtime);
}

static void cp313_safe_point(struct runtime *runtime)
{
    if (runtime->gc.collecting) {
        return;
    }
    runtime->gc.pending = false;
    gc_retrigger(runtime);
    int generation = generations_due(runtime);
    if (generation >= 0 && (runtime->gc.enabled || runtime->gc.run_disabled)) {
        generations_collect(runtime, generation);
    }
}

const struct collector collector_cp313 = {
    .name = "cp313",
    .summary = "CPython 3.12 to 3.14.5: cp311, requested by allocations, run at safe points",
    .model = MODEL_NAME,
    .options = cp313_options,
    .option_count = COUNT_OF(cp313_options),
    .open = cp313_open,
    .on_alloc = cp313_on_alloc,
    .safe_point = cp313_safe_point,
    .collect = generations_collect,
    .freeze = generations_freeze,
    .unfreeze = generations_unfreeze,
};
