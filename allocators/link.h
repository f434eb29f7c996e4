/* Free lists threaded through the free blocks themselves, which sanitizers let nobody else touch. */
#ifndef HEAPDYNO_ALLOCATORS_LINK_H
#define HEAPDYNO_ALLOCATORS_LINK_H

#include "allocators/annotate.h"

/* The link in a free block, which nobody else may touch. */
static inline ANNOTATE_TRUSTED void *link_read(void *const *block)
{
    annotate_link(block);
    void *next = *block;
    annotate_hide(block, sizeof(void *));
    return next;
}

/* The same, of a block that is about to be handed out. */
static inline ANNOTATE_TRUSTED void *link_take(void *const *block)
{
    annotate_link(block);
    return *block;
}

static inline ANNOTATE_TRUSTED void link_write(void **block, void *next)
{
    annotate_link(block);
    *block = next;
    annotate_hide(block, sizeof(void *));
}

#endif
