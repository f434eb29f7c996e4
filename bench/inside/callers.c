/* Functions of a source file by the symbol table of /proc/self/exe: the local symbols after the one
 * that names the file. See callers.h. */
#include "bench/inside/callers.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#include "base/check.h"

/* The program's file, mapped. */
struct image {
    const char *base;
    size_t size;
    const ElfW(Sym) * symbol; /* symbol[count] */
    size_t count;
    const char *strings;
    uintptr_t load; /* what to add to an address of the file */
};

static int first_object(struct dl_phdr_info *info, size_t size, void *load)
{
    (void)size;
    *(uintptr_t *)load = info->dlpi_addr;
    return 1; /* the first one is the program */
}

static bool find_symbols(struct image *self)
{
    const ElfW(Ehdr) *head = (const void *)self->base;
    if (self->size < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_shoff + head->e_shnum * sizeof(ElfW(Shdr)) > self->size) {
        return false;
    }
    const ElfW(Shdr) *section = (const void *)(self->base + head->e_shoff);
    for (int i = 0; i < head->e_shnum; i++) {
        if (section[i].sh_type == SHT_SYMTAB && section[i].sh_link < head->e_shnum) {
            self->symbol = (const void *)(self->base + section[i].sh_offset);
            self->count = section[i].sh_size / sizeof *self->symbol;
            self->strings = self->base + section[section[i].sh_link].sh_offset;
            return true;
        }
    }
    return false; /* stripped */
}

static bool image_open(struct image *self)
{
    struct stat status;
    *self = (struct image){.base = MAP_FAILED};
    dl_iterate_phdr(first_object, &self->load);
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0) {
        self->size = (size_t)status.st_size;
        self->base = mmap(NULL, self->size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    return self->base != MAP_FAILED && find_symbols(self);
}

static void image_close(struct image *self)
{
    if (self->base != MAP_FAILED) {
        munmap((void *)(uintptr_t)self->base, self->size);
    }
}

static bool is_function(const ElfW(Sym) * symbol)
{
    return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_size > 0;
}

static void add(struct callers *self, const struct image *image, const ElfW(Sym) * symbol)
{
    struct caller *caller = &self->function[self->count++];
    const char *name = image->strings + symbol->st_name;
    size_t length = strcspn(name, "."); /* web_row.part.0 is web_row */
    length = length < CALLER_NAME_LENGTH ? length : CALLER_NAME_LENGTH - 1;
    *caller = (struct caller){.from = image->load + symbol->st_value};
    caller->to = caller->from + symbol->st_size;
    memcpy(caller->name, name, length);
}

static bool is_file(const ElfW(Sym) * symbol)
{
    return ELF64_ST_TYPE(symbol->st_info) == STT_FILE;
}

void callers_open(struct callers *self, const void *function)
{
    struct image image;
    *self = (struct callers){.count = 0};
    if (image_open(&image)) {
        uintptr_t wanted = (uintptr_t)function - image.load;
        size_t first = 0, end;
        bool found = false;
        for (end = 0; end < image.count && !(found && is_file(&image.symbol[end])); end++) {
            first = is_file(&image.symbol[end]) ? end : first;
            found =
                found || (is_function(&image.symbol[end]) && image.symbol[end].st_value == wanted);
        }
        self->function = found ? calloc(end - first, sizeof *self->function) : NULL;
        for (size_t i = first; i < end && self->function != NULL; i++) {
            if (is_function(&image.symbol[i]) &&
                ELF64_ST_BIND(image.symbol[i].st_info) == STB_LOCAL) {
                add(self, &image, &image.symbol[i]);
            }
        }
    }
    image_close(&image);
}

void callers_close(struct callers *self)
{
    free(self->function);
    *self = (struct callers){.count = 0};
}

struct search {
    const struct callers *callers;
    const struct caller *found;
};

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *argument)
{
    struct search *search = argument;
    uintptr_t at = _Unwind_GetIP(context) - 1; /* inside of the call */
    for (size_t i = 0; i < search->callers->count; i++) {
        const struct caller *caller = &search->callers->function[i];
        if (at - caller->from < caller->to - caller->from) {
            search->found = caller;
            return _URC_END_OF_STACK;
        }
    }
    return _URC_NO_REASON;
}

const struct caller *callers_find(const struct callers *self)
{
    struct search search = {self, NULL};
    if (self->count > 0) {
        _Unwind_Backtrace(look, &search);
    }
    return search.found;
}
