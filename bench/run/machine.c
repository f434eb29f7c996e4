/* Fingerprint of a machine; see machine.h, proc(5). */
#include "bench/run/machine.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/cell/memory.h"

/* The text behind "name : " in /proc/cpuinfo, or what `fallback` says. */
static void read_cpu(char *out, size_t length)
{
    char text[4096];
    snprintf(out, length, "unknown");
    if (memory_read_file("/proc/cpuinfo", text, sizeof text) <= 0) {
        return;
    }
    const char *line = strstr(text, "model name"), *colon = line ? strchr(line, ':') : NULL;
    if (colon != NULL) {
        snprintf(out, length, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    }
}

/* The word in brackets of "always [madvise] never". */
static void read_thp(char *out, size_t length)
{
    char text[128];
    const char *path = "/sys/kernel/mm/transparent_hugepage/enabled";
    snprintf(out, length, "unknown");
    if (memory_read_file(path, text, sizeof text) > 0 && strchr(text, '[') != NULL) {
        const char *word = strchr(text, '[') + 1;
        snprintf(out, length, "%.*s", (int)strcspn(word, "]"), word);
    }
}

static uint64_t hash(uint64_t seed, const char *text)
{
    for (; *text != '\0'; text++) { /* FNV-1a */
        seed = (seed ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return seed;
}

static const char *build_name(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return "asan";
#elif defined(HEAPDYNO_CHECK_SLOW)
    return "debug";
#elif defined(__OPTIMIZE__)
    return "opt";
#else
    return "unoptimized";
#endif
}

void machine_read(struct machine *out)
{
    struct utsname name;
    memset(out, 0, sizeof *out);
    if (uname(&name) == 0) {
        snprintf(out->host, sizeof out->host, "%s", name.nodename);
        snprintf(out->kernel, sizeof out->kernel, "%s %s", name.sysname, name.release);
    }
    read_cpu(out->cpu, sizeof out->cpu);
    read_thp(out->thp, sizeof out->thp);
    snprintf(out->libc, sizeof out->libc, "glibc %s", gnu_get_libc_version());
    snprintf(out->compiler, sizeof out->compiler, "%s", __VERSION__);
    snprintf(out->build, sizeof out->build, "%s", build_name());
    out->cores = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    out->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t id = UINT64_C(0xcbf29ce484222325);
    const char *const parts[] = {out->host, out->kernel, out->cpu,      out->thp,
                                 out->libc, out->build,  out->compiler, NULL};
    for (const char *const *part = parts; *part != NULL; part++) {
        id = hash(hash(id, *part), "\n");
    }
    snprintf(out->id, sizeof out->id, "%012llx",
             (unsigned long long)((id ^ out->cores) & UINT64_C(0xffffffffffff)));
}

void machine_print(const struct machine *self, struct json *json)
{
    json_text(json, "machine", self->id);
    json_text(json, "host", self->host);
    json_text(json, "kernel", self->kernel);
    json_text(json, "cpu", self->cpu);
    json_u64(json, "cores", self->cores);
    json_u64(json, "memory_bytes", self->memory_bytes);
    json_text(json, "thp", self->thp);
    json_text(json, "libc", self->libc);
    json_text(json, "compiler", self->compiler);
    json_text(json, "build", self->build);
}
