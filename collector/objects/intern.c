/* Interned strings: a dict from each to itself, whose two references are not counted, so that a
 * string that nobody else holds dies and takes itself out. Source: CPython 3.11
 * Objects/unicodeobject.c, PyUnicode_InternInPlace. The dict is made with the first string. */
#include "collector/objects/intern.h"

#include "collector/objects/dict.h"
#include "collector/objects/str.h"
#include "collector/refcount.h"

enum { INTERN_UNCOUNTED = 2 }; /* the dict's key and value */

static bool intern_add(struct runtime *runtime, struct object *str)
{
    if (runtime->interned == NULL) {
        runtime->interned = dict_new(runtime);
        if (runtime->interned == NULL) {
            return false;
        }
    }
    if (!dict_put(runtime, runtime->interned, str, str)) {
        return false;
    }
    refcount_set(str, str->refcount - INTERN_UNCOUNTED);
    ((struct str *)str)->state |= STR_INTERNED;
    return true;
}

bool str_intern(struct runtime *runtime, struct object **place)
{
    struct object *str = *place;
    if (str_is_interned(str)) {
        return true;
    }
    struct object *known = runtime->interned == NULL ? NULL : dict_get(runtime->interned, str);
    if (known == NULL) {
        return intern_add(runtime, str);
    }
    *place = newref(known);
    decref(runtime, str);
    return true;
}

struct object *str_interned(struct runtime *runtime, const char *text)
{
    struct object *str = str_from(runtime, text);
    if (str != NULL && !str_intern(runtime, &str)) {
        decref(runtime, str);
        return NULL;
    }
    return str;
}

void intern_forget(struct runtime *runtime, struct object *str)
{
    /* One above the dict's two, so that releasing those does not end here again. */
    refcount_set(str, INTERN_UNCOUNTED + 1);
    CHECK(dict_remove(runtime, runtime->interned, str));
    refcount_set(str, 0);
}

void intern_close(struct runtime *runtime)
{
    struct object *interned = runtime->interned;
    if (interned == NULL) {
        return;
    }
    int64_t position = 0;
    struct object *str;
    struct object *same;
    while (dict_next(interned, &position, &str, &same)) {
        refcount_set(str, str->refcount + INTERN_UNCOUNTED);
        ((struct str *)str)->state &= ~(uint32_t)STR_INTERNED;
    }
    runtime->interned = NULL;
    decref(runtime, interned);
}
