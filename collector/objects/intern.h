/* The dict of interned strings, for str.c and singletons.c. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_INTERN_H
#define HEAPDYNO_COLLECTOR_OBJECTS_INTERN_H

#include "collector/runtime.h"

/* An interned string of count 0 is about to go: take it out of the dict. */
void intern_forget(struct runtime *runtime, struct object *str);

/* Give the dict back; strings in it that somebody holds become ordinary ones. */
void intern_close(struct runtime *runtime);

#endif
