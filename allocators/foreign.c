/* Loading allocator libraries: dlopen(RTLD_NOW | RTLD_LOCAL) in the process that will use them, so
 * that nothing is interposed: the program's own malloc stays glibc's, and the harness's memory
 * never pollutes the one measured. Never RTLD_DEEPBIND: sanitizers abort on it. A library is never
 * unloaded: its threads and thread-local destructors would outlive its code.
 *
 * Blocks are at least 16 bytes: below that the libraries align to 8 only. */
#include "allocators/foreign.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocators/os_pages.h"
#include "base/check.h"

void *foreign_alloc(void *self, size_t size)
{
    return ((const struct foreign *)self)->alloc(foreign_size(size));
}

void *foreign_calloc(void *self, size_t size)
{
    return ((const struct foreign *)self)->calloc(1, foreign_size(size));
}

void *foreign_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    (void)old_size;
    return ((const struct foreign *)self)->resize(p, foreign_size(new_size));
}

void foreign_release(void *self, void *p, size_t size)
{
    ((const struct foreign *)self)->release.sized(p, foreign_size(size));
}

void foreign_release_unrounded(void *self, void *p, size_t size)
{
    ((const struct foreign *)self)->release.sized(p, size);
}

void foreign_release_flagged(void *self, void *p, size_t size)
{
    if (likely(p != NULL)) {
        ((const struct foreign *)self)->release.flagged(p, foreign_size(size), 0);
    }
}

size_t foreign_size_of(void *self, const void *p)
{
    return ((const struct foreign *)self)->size_of(p);
}

/* Whether one of the loader's search folders has the file. */
static bool found_in_search_path(const char *soname)
{
    Dl_serinfo need;
    void *program = dlopen(NULL, RTLD_LAZY);
    if (program == NULL || dlinfo(program, RTLD_DI_SERINFOSIZE, &need) != 0) {
        return false;
    }
    size_t page = os_pages_size();
    size_t size = (need.dls_size + page - 1) & ~(page - 1);
    Dl_serinfo *folders = os_pages_map(size);
    if (folders == NULL) {
        return false;
    }
    *folders = need;
    bool found = false;
    if (dlinfo(program, RTLD_DI_SERINFO, folders) == 0) {
        for (unsigned i = 0; i < folders->dls_cnt && !found; i++) {
            char path[512];
            int n = snprintf(path, sizeof(path), "%s/%s", folders->dls_serpath[i].dls_name, soname);
            found = n > 0 && (size_t)n < sizeof(path) && access(path, R_OK) == 0;
        }
    }
    os_pages_unmap(folders, size);
    return found;
}

/* Whether /etc/ld.so.cache names the file: it holds paths as strings, "/…/SONAME\0". */
static bool found_in_cache(const char *soname)
{
    char needle[128];
    int length = snprintf(needle, sizeof(needle), "/%s", soname);
    int file = open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0) {
        return false;
    }
    bool found = false;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *cache = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (cache != MAP_FAILED) {
            found = memmem(cache, size, needle, (size_t)length + 1) != NULL;
            munmap(cache, size);
        }
    }
    close(file);
    return found;
}

const char *foreign_unavailable(const struct foreign_library *library)
{
    for (const char *const *name = library->sonames; *name != NULL; name++) {
        if (found_in_search_path(*name) || found_in_cache(*name)) {
            return NULL;
        }
    }
    return "its library is not installed (see the package list in README.md)";
}

/* Open the file, or the first of the sonames that loads; NULL with the last reason. */
static void *library_load(const struct foreign_library *library, const char *file,
                          struct error *error)
{
    const char *const given[] = {file, NULL};
    char reasons[ERROR_LENGTH / 2] = "";
    for (const char *const *name = file != NULL ? given : library->sonames; *name != NULL; name++) {
        void *handle = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
        if (handle != NULL) {
            return handle;
        }
        size_t used = strlen(reasons);
        snprintf(reasons + used, sizeof(reasons) - used, "%s%s", used > 0 ? "; " : "", dlerror());
    }
    const char *hint = strstr(reasons, "static TLS") == NULL
                           ? ""
                           : " (start the program with GLIBC_TUNABLES="
                             "glibc.rtld.optional_static_tls=16384)";
    error_set(error, "cannot load the library: %s%s", reasons, hint);
    return NULL;
}

static foreign_function_f *library_symbol(void *handle, const char *name, struct error *error)
{
    foreign_function_f *function = NULL;
    void *address = dlsym(handle, name);
    if (address == NULL) {
        error_set(error, "the library has no function %s: not the one expected", name);
        return NULL;
    }
    memcpy(&function, &address, sizeof(function)); /* as POSIX has it for dlsym */
    return function;
}

/* Fill `self` from the symbols; false with the first that is missing. */
static bool library_bind(const struct foreign_library *library, void *handle, struct foreign *self,
                         struct error *error)
{
    const struct {
        const char *name;
        void *place;
    } wanted[] = {
        {library->alloc, &self->alloc},       {library->calloc, &self->calloc},
        {library->resize, &self->resize},     {library->release, &self->release},
        {library->size_of, &self->size_of},   {library->extra[0], &self->extra[0]},
        {library->extra[1], &self->extra[1]}, {library->extra[2], &self->extra[2]},
        {library->extra[3], &self->extra[3]},
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        if (wanted[i].name != NULL) {
            foreign_function_f *function = library_symbol(handle, wanted[i].name, error);
            if (function == NULL) {
                return false;
            }
            memcpy(wanted[i].place, &function, sizeof(function));
        }
    }
    return true;
}

bool foreign_open(const struct foreign_library *library, const struct heap_methods *methods,
                  const struct allocator_config *config, struct heap *out, struct error *error)
{
    const struct option_value *file = options_get(config->options, "library");
    void *handle = library_load(library, file->set ? file->text : NULL, error);
    if (handle == NULL) {
        return false;
    }
    struct foreign *self = os_pages_map(os_pages_size());
    if (self == NULL) {
        return error_set(error, "no memory for the table of the library's functions");
    }
    if (!library_bind(library, handle, self, error)) {
        os_pages_unmap(self, os_pages_size());
        return false;
    }
    *out = heap_make(self, methods);
    return true;
}

void foreign_close(void *self)
{
    os_pages_unmap(self, os_pages_size());
}

/* Looking for the loaded object that defines a function. */
struct search {
    const char *name;
    void *found;
};

static int search_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    struct search *search = data;
    if (info->dlpi_name == NULL || info->dlpi_name[0] == '\0') {
        return 0;
    }
    void *handle = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == NULL) {
        return 0;
    }
    search->found = dlsym(handle, search->name);
    dlclose(handle);
    return search->found != NULL;
}

foreign_function_f *foreign_symbol(const struct foreign_library *library, const char *name)
{
    foreign_function_f *function = NULL;
    struct search search = {.name = library->release};
    Dl_info where;
    if (dl_iterate_phdr(search_object, &search) == 0 || dladdr(search.found, &where) == 0) {
        return NULL;
    }
    void *handle = dlopen(where.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (handle != NULL) {
        void *address = dlsym(handle, name);
        memcpy(&function, &address, sizeof(function));
        dlclose(handle);
    }
    return function;
}

const char *foreign_version(const struct foreign_library *library, const char *version, char *text,
                            size_t length)
{
    struct search search = {.name = library->release};
    Dl_info where;
    if (dl_iterate_phdr(search_object, &search) != 0 && dladdr(search.found, &where) != 0) {
        snprintf(text, length, "%s (%s)", version, where.dli_fname);
    } else {
        snprintf(text, length, "%s", version);
    }
    return text;
}
