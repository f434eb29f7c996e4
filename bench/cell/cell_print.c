/* Printing a cell: every option resolved and sorted, or only what differs from the defaults. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/cell/cell.h"

static bool append(char *buffer, size_t length, const char *text)
{
    size_t used = strlen(buffer), more = strlen(text);
    if (used + more >= length) {
        return false;
    }
    memcpy(buffer + used, text, more + 1);
    return true;
}

/* A part whose table is not known here (it is in a shared object): as written, sorted by name. */
static bool print_unknown(const struct spec_part *part, char *buffer, size_t length)
{
    bool fits = append(buffer, length, part->name);
    const struct spec_pair *last = NULL;
    for (size_t done = 0; done < part->pair_count; done++) {
        const struct spec_pair *next = NULL;
        for (size_t i = 0; i < part->pair_count; i++) {
            const struct spec_pair *pair = &part->pair[i];
            bool later = last == NULL || strcmp(pair->name, last->name) > 0 ||
                         (strcmp(pair->name, last->name) == 0 && pair > last);
            if (later && (next == NULL || strcmp(pair->name, next->name) < 0)) {
                next = pair;
            }
        }
        fits = fits && append(buffer, length, last == NULL ? ":" : ",") &&
               append(buffer, length, next->name) && append(buffer, length, "=") &&
               spec_escape(next->value, buffer, length);
        last = next;
    }
    return fits;
}

static bool print_part(const struct spec_part *part, const struct option *table, size_t count,
                       enum spec_form form, char *text, size_t length)
{
    struct options options;
    CHECK(spec_options(part, table, count, &options, NULL));
    return spec_print(part->name, &options, form, text, length);
}

bool cell_print_heap(const struct spec *spec, const struct allocator *plugin, enum spec_form form,
                     char *buffer, size_t length)
{
    buffer[0] = '\0';
    const struct spec_part *part = &spec->part[0];
    const struct allocator *allocator = plugin != NULL && strcmp(plugin->name, part->name) == 0
                                            ? plugin
                                            : allocator_find(part->name);
    bool fits = allocator == NULL ? print_unknown(part, buffer, length)
                                  : print_part(part, allocator->options, allocator->option_count,
                                               form, buffer, length);
    for (size_t i = 1; i < spec->part_count; i++) {
        const struct wrapper *wrapper = wrapper_find(spec->part[i].name);
        fits = fits && append(buffer, length, "+") &&
               (wrapper == NULL ? print_unknown(&spec->part[i], buffer, length)
                                : print_part(&spec->part[i], wrapper->options,
                                             wrapper->option_count, form, buffer, length));
    }
    return fits;
}

bool cell_print_collector(const struct spec *spec, enum spec_form form, char *buffer, size_t length)
{
    buffer[0] = '\0';
    const struct collector *collector = collector_find(spec->part[0].name);
    CHECK(collector != NULL);
    return print_part(&spec->part[0], collector->options, collector->option_count, form, buffer,
                      length);
}

bool cell_print_workload(const struct cell *self, enum spec_form form, char *buffer, size_t length)
{
    static const char key[] = "program=";
    const struct spec *spec = &self->workload;
    buffer[0] = '\0';
    if (self->real) {
        return append(buffer, length, key) &&
               program_print(&self->program, form, buffer + strlen(key), length - strlen(key));
    }
    const struct workload *workload = workload_find(spec->part[0].name);
    CHECK(workload != NULL);
    struct option storage[OPTIONS_MAX];
    size_t count;
    const struct option *rows = workload_options(workload, storage, &count);
    return print_part(&spec->part[0], rows, count, form, buffer, length);
}

/* Append " KEY=TEXT"; `text` is a printed spec, already escaped. */
static bool add(char *buffer, size_t length, const char *key, const char *text)
{
    return (buffer[0] == '\0' || append(buffer, length, " ")) && append(buffer, length, key) &&
           append(buffer, length, "=") && append(buffer, length, text);
}

static bool add_heap(char *buffer, size_t length, const char *key, const struct cell *self,
                     enum cell_heap heap, const struct allocator *plugin, enum spec_form form)
{
    char text[SPEC_TEXT_MAX];
    return cell_print_heap(&self->heap[heap], plugin, form, text, sizeof text) &&
           add(buffer, length, key, text);
}

/* raw is glibc's malloc unless set; then it is not worth a word. */
static bool is_default_raw(const struct cell *self)
{
    char text[SPEC_TEXT_MAX];
    return cell_print_heap(&self->heap[CELL_RAW], NULL, SPEC_LABEL, text, sizeof text) &&
           strcmp(text, "malloc") == 0;
}

static bool add_heaps(const struct cell *self, const struct allocator *plugin, enum spec_form form,
                      char *buffer, size_t length)
{
    bool fits = self->apart ? add_heap(buffer, length, "obj", self, CELL_OBJ, plugin, form) &&
                                  add_heap(buffer, length, "mem", self, CELL_MEM, plugin, form)
                            : add_heap(buffer, length, "allocator", self, CELL_OBJ, plugin, form);
    return fits &&
           (is_default_raw(self) || add_heap(buffer, length, "raw", self, CELL_RAW, plugin, form));
}

bool cell_print(const struct cell *self, const struct allocator *plugin, enum spec_form form,
                char *buffer, size_t length)
{
    char text[SPEC_TEXT_MAX];
    buffer[0] = '\0';
    bool fits = add_heaps(self, plugin, form, buffer, length) &&
                cell_print_collector(&self->collector, form, text, sizeof text) &&
                add(buffer, length, "collector", text) &&
                cell_print_workload(self, form, text, sizeof text) &&
                (self->real ? append(buffer, length, " ") && append(buffer, length, text)
                            : add(buffer, length, "workload", text));
    if (form == SPEC_CANONICAL || self->seed != 1) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)self->seed);
        fits = fits && add(buffer, length, "seed", text);
    }
    if (self->rate != 0) {
        snprintf(text, sizeof text, "%llu/s", (unsigned long long)self->rate);
        fits = fits && add(buffer, length, "rate", text);
    }
    text[0] = '\0';
    if (self->plugin[0] != '\0') {
        fits = fits && spec_escape(self->plugin, text, sizeof text) &&
               add(buffer, length, "plugin", text);
    }
    return fits;
}
