/* Places by name; see reference.h. */
#include "bench/inside/reference.h"

#include <stdio.h>

#include "collector/objects/attribute.h"
#include "collector/objects/dict.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/list.h"
#include "collector/objects/number.h"
#include "collector/objects/str.h"
#include "collector/objects/tuple.h"
#include "collector/objects/weakref.h"

enum { TEXT_SHOWN = 16 };

/* Letters of a string that are safe anywhere; the rest is dots. */
static void text_of(const struct object *str, char text[TEXT_SHOWN + 4])
{
    int64_t length = str_length(str);
    int64_t shown = length < TEXT_SHOWN ? length : TEXT_SHOWN;
    for (int64_t i = 0; i < shown; i++) {
        unsigned char letter = (unsigned char)str_text(str)[i];
        bool plain = letter >= ' ' && letter < 127 && letter != '"' && letter != '\\';
        text[i] = plain ? (char)letter : '.';
    }
    snprintf(text + shown, 4, "%s", length > shown ? "..." : "");
}

char *object_says(const struct object *object, char *buffer, size_t length)
{
    char text[TEXT_SHOWN + 4];
    buffer[0] = '\0';
    if (str_is(object)) {
        text_of(object, text);
        snprintf(buffer, length, "'%s'", text);
    } else if (int_is(object)) {
        snprintf(buffer, length, "%lld", (long long)int_value(object));
    } else if (list_is(object)) {
        snprintf(buffer, length, "%lld items", (long long)list_length(object));
    } else if (tuple_is(object)) {
        snprintf(buffer, length, "%lld items", (long long)tuple_length(object));
    } else if (dict_is(object)) {
        snprintf(buffer, length, "%lld keys", (long long)dict_length(object));
    }
    return buffer;
}

static void key_name(const struct object *key, char *buffer, size_t length)
{
    char text[TEXT_SHOWN + 4];
    const char *says = object_says(key, text, sizeof text);
    snprintf(buffer, length, "[%s]", says[0] != '\0' ? says : key->type->name);
}

static void dict_place(const struct object *holder, const struct object *referent, char *buffer,
                       size_t length)
{
    const struct dict *dict = (const struct dict *)holder;
    const struct dict_keys *keys = dict->keys;
    for (int64_t i = 0; i < keys->entries; i++) {
        const struct object *key, *value;
        if (keys->kind == KEYS_GENERAL) {
            key = keys_general_entries(keys)[i].key;
            value = keys_general_entries(keys)[i].value;
        } else {
            key = keys_str_entries(keys)[i].key;
            value = dict->values != NULL ? dict->values->item[i] : keys_str_entries(keys)[i].value;
        }
        if (value == referent) {
            key_name(key, buffer, length);
            return;
        }
        if (key == referent && value != NULL) {
            snprintf(buffer, length, "a key");
            return;
        }
    }
}

static void array_place(struct object *const *items, int64_t count, const struct object *referent,
                        char *buffer, size_t length)
{
    for (int64_t i = 0; i < count; i++) {
        if (items[i] == referent) {
            snprintf(buffer, length, "[%lld]", (long long)i);
            return;
        }
    }
}

static void instance_place(const struct object *holder, const struct object *referent, char *buffer,
                           size_t length)
{
    const struct class *class = class_of(holder);
    for (uint32_t i = 0; i < class->slots; i++) {
        if (instance_slot(holder, i) == referent) {
            snprintf(buffer, length, "slot %u", i);
            return;
        }
    }
    if ((holder->type->flags & TYPE_MANAGED_DICT) == 0) {
        return;
    }
    const struct instance_prefix *prefix = instance_prefix_of(holder);
    if (prefix->dict == referent) {
        snprintf(buffer, length, ".__dict__");
        return;
    }
    char text[TEXT_SHOWN + 4];
    for (int64_t i = 0; prefix->values != NULL && i < class->keys->entries; i++) {
        if (prefix->values->item[i] == referent) {
            text_of(keys_str_entries(class->keys)[i].key, text);
            snprintf(buffer, length, ".%s", text);
            return;
        }
    }
}

char *reference_name(const struct object *holder, const struct object *referent, char *buffer,
                     size_t length)
{
    buffer[0] = '\0';
    if (list_is(holder)) {
        array_place(((const struct list *)(const void *)holder)->items, list_length(holder),
                    referent, buffer, length);
    } else if (tuple_is(holder)) {
        array_place(((const struct tuple *)(const void *)holder)->items, tuple_length(holder),
                    referent, buffer, length);
    } else if (dict_is(holder)) {
        dict_place(holder, referent, buffer, length);
    } else if (weakref_is(holder)) {
        snprintf(buffer, length, "callback");
    } else if ((holder->type->flags & TYPE_INSTANCE) != 0) {
        instance_place(holder, referent, buffer, length);
    }
    return buffer;
}
