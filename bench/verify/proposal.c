/* A setting that is proposed; see proposal.h. */
#include "bench/verify/proposal.h"

#include <stdlib.h>
#include <string.h>

#include "allocators/allocator.h"
#include "base/check.h"

/* How a Python program comes by an allocator. The soname is found where the loader looks. */
static const struct {
    const char *name, *python_malloc, *library, *package;
} allocators[] = {
    {"pymalloc", "pymalloc", NULL, NULL},
    {"malloc", "malloc", NULL, NULL},
    {"jemalloc", "malloc", "libjemalloc.so.2", "libjemalloc2"},
    {"mimalloc", "malloc", "libmimalloc.so.2", "libmimalloc2.0"},
    {"tcmalloc", "malloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"},
};

static bool parse_thresholds(const char *value, struct proposal *out, struct error *error)
{
    unsigned long n[3] = {700, 10, 10};
    int used = 0;
    bool ok =
        (sscanf(value, "%lu/%lu/%lu%n", &n[0], &n[1], &n[2], &used) == 3 && value[used] == '\0') ||
        (sscanf(value, "%lu%n", &n[0], &used) == 1 && value[used] == '\0');
    for (size_t i = 0; i < 3; i++) {
        ok = ok && n[i] <= INT32_MAX && strchr(value, '-') == NULL;
        out->threshold[i] = (uint32_t)n[i];
    }
    out->thresholds = true;
    return ok || error_set(error, "threshold=%.40s: one number or three, 700/10/10, each 0 to %d",
                           value, INT32_MAX);
}

static bool parse_part(const char *name, const char *value, struct proposal *out,
                       struct error *error)
{
    if (strcmp(name, "threshold") == 0) {
        return parse_thresholds(value, out, error);
    }
    if (strcmp(name, "gc") == 0) {
        out->gc_off = strcmp(value, "off") == 0;
        return out->gc_off || strcmp(value, "on") == 0 ||
               error_set(error, "gc=%.40s: on or off", value);
    }
    if (strcmp(name, "freeze") == 0) {
        out->freeze = strcmp(value, "fork") == 0           ? PROPOSAL_FREEZE
                      : strcmp(value, "collect-fork") == 0 ? PROPOSAL_COLLECT_FREEZE
                                                           : PROPOSAL_NO_FREEZE;
        return out->freeze != PROPOSAL_NO_FREEZE || strcmp(value, "off") == 0 ||
               error_set(error, "freeze=%.40s: off, fork or collect-fork", value);
    }
    return error_set(error, "'%.40s': there are threshold, freeze and gc", name);
}

static bool parse_set(const char *set, struct proposal *out, struct error *error)
{
    char text[sizeof out->text], *rest = text;
    if (strlen(set) >= sizeof text) {
        return error_set(error, "a setting of %zu bytes; at most %zu", strlen(set),
                         sizeof text - 1);
    }
    memcpy(text, set, strlen(set) + 1);
    for (char *part; (part = strsep(&rest, ",")) != NULL;) {
        char *value = strchr(part, '=');
        if (value == NULL) {
            return error_set(error, "'%.40s': settings are NAME=VALUE, separated by commas", part);
        }
        *value++ = '\0';
        if (!parse_part(part, value, out, error)) {
            return false;
        }
    }
    return true;
}

static bool parse_allocator(const char *name, struct proposal *out, struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(allocators); i++) {
        if (strcmp(allocators[i].name, name) == 0) {
            out->allocator = allocators[i].name;
            out->library = allocators[i].library;
            return true;
        }
    }
    return error_set(error,
                     "allocator %.40s: a Python program can have pymalloc, malloc, jemalloc, "
                     "mimalloc or tcmalloc",
                     name);
}

bool proposal_parse(const char *set, const char *allocator, struct proposal *out,
                    struct error *error)
{
    *out = (struct proposal){0};
    if (set == NULL && allocator == NULL) {
        return error_set(error, "what is proposed? --set threshold=50000/20/100 or --allocator");
    }
    snprintf(out->text, sizeof out->text, "%s", set != NULL ? set : "");
    snprintf(out->all, sizeof out->all, "%s%s%s", out->text,
             set != NULL && allocator != NULL ? ", " : "", allocator != NULL ? allocator : "");
    return (set == NULL || parse_set(set, out, error)) &&
           (allocator == NULL || parse_allocator(allocator, out, error));
}

bool proposal_available(const struct proposal *self, struct error *error)
{
    const struct allocator *allocator =
        self->library != NULL ? allocator_find(self->allocator) : NULL;
    const char *why =
        allocator != NULL && allocator->unavailable != NULL ? allocator->unavailable() : NULL;
    return why == NULL || error_set(error, "%s: %s", self->allocator, why);
}

static const char *python_malloc(const struct proposal *self)
{
    for (size_t i = 0; i < COUNT_OF(allocators); i++) {
        if (self->allocator == allocators[i].name) {
            return allocators[i].python_malloc;
        }
    }
    return NULL;
}

void proposal_apply(const struct proposal *self)
{
    setenv("HEAPDYNO_SET", self != NULL && self->text[0] != '\0' ? self->text : "gc=on", 1);
    if (self != NULL && self->allocator != NULL) {
        setenv("PYTHONMALLOC", python_malloc(self), 1);
    }
    if (self != NULL && self->library != NULL) {
        setenv("LD_PRELOAD", self->library, 1);
    }
}

void proposal_undo(const struct proposal *self)
{
    unsetenv("HEAPDYNO_SET");
    if (self != NULL && self->allocator != NULL) {
        unsetenv("PYTHONMALLOC");
    }
    if (self != NULL && self->library != NULL) {
        unsetenv("LD_PRELOAD");
    }
}

/* What is set once, as early as can be: loading is collected by it too, as it was when it was tried. */
static void advise_settings(const struct proposal *self, const char *where, FILE *out)
{
    if (self->gc_off) {
        fprintf(out, "    gc.disable()  # %s\n", where);
    }
    if (self->thresholds) {
        fprintf(out, "    gc.set_threshold(%u, %u, %u)  # %s\n", self->threshold[0],
                self->threshold[1], self->threshold[2], where);
    }
}

static void advise_freeze(const struct proposal *self, const char *indent, const char *where,
                          FILE *out)
{
    if (self->freeze == PROPOSAL_COLLECT_FREEZE) {
        fprintf(out, "%sgc.collect()\n", indent);
    }
    if (self->freeze != PROPOSAL_NO_FREEZE) {
        fprintf(out, "%sgc.freeze()%s%s\n", indent, where[0] != '\0' ? "  # " : "", where);
    }
}

static void advise_servers(const struct proposal *self, FILE *out)
{
    bool freeze = self->freeze != PROPOSAL_NO_FREEZE;
    fputs("gunicorn.conf.py\n    import gc\n", out);
    advise_settings(self, "before the application is loaded; workers inherit it", out);
    if (freeze) {
        fputs("    preload_app = True  # as with --preload; without it nothing is there to freeze\n"
              "    def when_ready(server):  # loaded, no worker forked yet\n",
              out);
        advise_freeze(self, "        ", "", out);
    }
    fputs("uwsgi, in the module of the application\n    import gc\n", out);
    advise_settings(self, "at its top; workers inherit it", out);
    advise_freeze(self, "    ", "at its end: loaded, no worker forked yet; not with --lazy-apps",
                  out);
    fputs("celery, in the module of the application (-A)\n    import gc\n", out);
    advise_settings(self, "at its top; workers inherit it", out);
    if (freeze) {
        fputs("    from celery.signals import worker_init\n"
              "    @worker_init.connect  # tasks are imported, no worker of the prefork pool is "
              "forked\n"
              "    def freeze(**_):\n",
              out);
        advise_freeze(self, "        ", "", out);
    }
}

static void advise_allocator(const struct proposal *self, FILE *out)
{
    for (size_t i = 0; i < COUNT_OF(allocators); i++) {
        const char *library = allocators[i].library, *package = allocators[i].package;
        if (self->allocator != allocators[i].name) {
            continue;
        }
        fprintf(out, "Dockerfile%s\n", package != NULL ? ", on Debian 12" : "");
        if (package != NULL) {
            fprintf(out,
                    "    RUN apt-get update && apt-get install -y --no-install-recommends %s && "
                    "rm -rf /var/lib/apt/lists/*\n",
                    package);
        }
        fprintf(out, "    ENV PYTHONMALLOC=%s%s%s\n", allocators[i].python_malloc,
                library != NULL ? " LD_PRELOAD=" : "", library != NULL ? library : "");
        fputs("elsewhere: the same variables in the environment of the service\n", out);
    }
}

void proposal_advise(const struct proposal *self, FILE *out)
{
    if (self->gc_off || self->thresholds || self->freeze != PROPOSAL_NO_FREEZE) {
        fputs("plain Python\n    import gc\n", out);
        advise_settings(self, "first of all", out);
        advise_freeze(self, "    ", "when all is loaded, before the first fork", out);
        advise_servers(self, out);
    }
    advise_allocator(self, out);
}
