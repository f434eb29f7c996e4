/* Allocators from shared objects. What is checked before the first call: the table's abi and size,
 * which stand first in every version; its name; the functions without which nothing runs. A library
 * that crashes or hangs in its constructor takes the process with it: only children load plug-ins.
 */
#include "allocators/plugin.h"

#include <dlfcn.h>
#include <string.h>

#include "base/check.h"
#include "base/spec.h"

/* As in spec.h: [a-z][a-z0-9_-]*, so that it can stand in a cell, a label and a file name. */
static bool name_is_legal(const char *name)
{
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    return name[0] >= 'a' && name[0] <= 'z' && strspn(name, rest) == strlen(name) &&
           strlen(name) < SPEC_NAME_LENGTH;
}

/* NULL, or what is wrong with an option row. */
static const char *option_fault(const struct option *row)
{
    if (row->name == NULL || !name_is_legal(row->name)) {
        return "an option has no legal name";
    }
    if (row->help == NULL) {
        return "an option has no help";
    }
    if (row->type > OPTION_TEXT || (row->type == OPTION_CHOICE && row->choices == NULL)) {
        return "an option has no legal type";
    }
    return NULL;
}

static const char *table_fault(const struct allocator *table)
{
    if (table->name == NULL || !name_is_legal(table->name)) {
        return "its name is not of the form [a-z][a-z0-9_-]*, at most 31 bytes";
    }
    if (allocator_find(table->name) != NULL) {
        return "a built-in allocator has its name";
    }
    if (table->summary == NULL) {
        return "it has no summary";
    }
    if (table->open == NULL) {
        return "it has no function open";
    }
    if (table->option_count > OPTIONS_MAX || (table->option_count > 0 && table->options == NULL)) {
        return "it has more options than allowed, or no table of them";
    }
    for (size_t i = 0; i < table->option_count; i++) {
        const char *fault = option_fault(&table->options[i]);
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

const struct allocator *allocator_plugin_load(const char *path, struct error *error)
{
    /* Without a slash dlopen would search the system's folders. */
    if (strchr(path, '/') == NULL) {
        error_set(error, "plug-in \"%s\": give a path with a slash, such as ./%s", path, path);
        return NULL;
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        error_set(error, "plug-in \"%s\" cannot be loaded: %s", path, dlerror());
        return NULL;
    }
    const struct allocator *table = dlsym(library, "heapdyno_allocator");
    if (table == NULL) {
        error_set(error, "plug-in \"%s\" does not export heapdyno_allocator", path);
        return NULL;
    }
    if (table->abi != ALLOCATOR_ABI) {
        error_set(error, "plug-in \"%s\" has abi %u, this program has %d: compile it again", path,
                  table->abi, ALLOCATOR_ABI);
        return NULL;
    }
    if (table->struct_size != sizeof(struct allocator)) {
        error_set(error, "plug-in \"%s\" has a table of %u bytes, this program has %zu", path,
                  table->struct_size, sizeof(struct allocator));
        return NULL;
    }
    const char *fault = table_fault(table);
    if (fault != NULL) {
        error_set(error, "plug-in \"%s\": %s", path, fault);
        return NULL;
    }
    return table;
}
