/* Never comes back from being loaded. */
#include <unistd.h>

#include "plain.h"

__attribute__((constructor)) static void bad_hang(void)
{
    for (;;) {
        pause();
    }
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE};
