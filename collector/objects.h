/* All object types: what a workload includes.
 *
 * Conventions of every operation here
 *   a new object comes with one reference that the caller owns; NULL: no memory, nothing changed
 *   arguments are borrowed: whoever stores one takes its own reference (the last argument of a
 *   function that ends in _take is taken over instead, also when it fails)
 *   results of _get functions are borrowed
 *   bool results: false means no memory, nothing changed
 * Kinds are checked in debug builds only: giving a dict to list_append is a programmer's error. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_H
#define HEAPDYNO_COLLECTOR_OBJECTS_H

#include "collector/objects/bytes.h"
#include "collector/objects/callable.h"
#include "collector/objects/class.h"
#include "collector/objects/closure.h"
#include "collector/objects/dict.h"
#include "collector/objects/list.h"
#include "collector/objects/number.h"
#include "collector/objects/range.h"
#include "collector/objects/singletons.h"
#include "collector/objects/str.h"
#include "collector/objects/tuple.h"
#include "collector/objects/weakref.h"
#include "collector/refcount.h"

#endif
