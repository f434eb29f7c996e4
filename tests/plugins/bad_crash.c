/* Crashes as it is loaded. */
#include "plain.h"

__attribute__((constructor)) static void bad_crash(void)
{
    *(volatile int *)8 = 0;
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE};
