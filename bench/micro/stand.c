/* Opening what a micro-benchmark stands on; see stand.h. */
#include "bench/micro/stand.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/micro/patterns.h"
#include "collector/collector.h"

static bool open_heap(const char *text, struct heap raw, struct heap *out, struct error *error)
{
    struct spec spec;
    return spec_parse(text, strlen(text), &spec, error) && heap_open(&spec, NULL, raw, out, error);
}

void stand_environment(const char *target, struct environment *out)
{
    struct spec spec;
    out->count = 0;
    if (floor_find(target) == FLOOR_NONE && spec_parse(target, strlen(target), &spec, NULL)) {
        heap_environment(&spec, NULL, out);
    }
    if (MICRO_TUNABLES[0] != '\0') {
        environment_set(out, "GLIBC_TUNABLES", MICRO_TUNABLES);
    }
}

static bool open_target(struct stand *self, struct error *error)
{
    struct spec spec;
    if (!spec_parse(self->target, strlen(self->target), &spec, error) ||
        !heap_spec_check(&spec, NULL, error)) {
        return false;
    }
    const struct allocator *allocator = allocator_find(spec.part[0].name);
    const char *why = allocator->unavailable != NULL ? allocator->unavailable() : NULL;
    if (why != NULL) {
        self->skipped = true;
        return error_set(error, "%s", why);
    }
    if (!heap_open(&spec, NULL, self->raw, &self->obj, error)) {
        return false;
    }
    if (allocator->version != NULL) {
        snprintf(self->version, sizeof self->version, "%s", allocator->version());
    }
    return true;
}

bool stand_open(struct stand *self, const char *target, struct error *error)
{
    *self = (struct stand){.target = target};
    if (floor_find(target) != FLOOR_NONE) {
        return true;
    }
    if (!open_heap("malloc", (struct heap){0}, &self->raw, error)) {
        return false;
    }
    if (!open_target(self, error)) {
        heap_close(&self->raw);
        return false;
    }
    return true;
}

void stand_close(struct stand *self)
{
    if (self->obj.methods != NULL) {
        heap_close(&self->obj);
        heap_close(&self->raw);
    }
}

struct runtime *stand_runtime(const struct stand *self, const char *text)
{
    struct spec spec;
    struct options options;
    struct error error;
    struct runtime *runtime;
    CHECK(spec_parse(text, strlen(text), &spec, &error));
    const struct collector *collector = collector_find(spec.part[0].name);
    CHECK(collector != NULL);
    CHECK(
        spec_options(&spec.part[0], collector->options, collector->option_count, &options, &error));
    struct runtime_config config = {.heap = {self->obj, self->obj, self->raw},
                                    .collector = collector,
                                    .collector_options = &options};
    CHECK(runtime_open(&config, &runtime, &error));
    return runtime;
}

void stand_cases(const char *target, struct micro_cases *cases)
{
    enum floor_kind floor = floor_find(target);
    cases->count = 0;
    patterns_add(cases, floor == FLOOR_NONE ? &heap_functions : floor_functions(floor));
    if (floor == FLOOR_NONE) {
        objects_add(cases);
        collections_add(cases);
    }
}
