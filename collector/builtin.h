/* Declares the tables that policies/list.def names, collector_NAME. A file that ends in one
 * includes this, so that a forgotten line, or a table of another type, is an error of the compiler.
 */
#ifndef HEAPDYNO_COLLECTOR_BUILTIN_H
#define HEAPDYNO_COLLECTOR_BUILTIN_H

#include "collector/collector.h"

#define COLLECTOR(name) extern const struct collector collector_##name;
#include "collector/policies/list.def"
#undef COLLECTOR

#endif
