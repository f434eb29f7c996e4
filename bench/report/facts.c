/* What a run was made with; see facts.h. */
#include "bench/report/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static char *copy(const unsigned char *text)
{
    char *result = strdup(text != NULL ? (const char *)text : "");
    CHECK(result != NULL);
    return result;
}

/* Rows of name, value and whether it is of the machine. */
static const char query[] =
    "SELECT name, group_concat(value, ', '), max(machine) FROM (SELECT DISTINCT name, value, "
    "machine"
    " FROM (SELECT key AS name, atom AS value, key IN ('host', 'cpu', 'cores') AS machine"
    "  FROM shown, json_each(shown.json) WHERE key IN ('host', 'cpu', 'cores', 'kernel', 'thp',"
    "  'libc', 'compiler', 'build')"
    " UNION ALL SELECT 'version of ' || coalesce(json->>'$.allocator', '?'),"
    "  json->>'$.allocator_version', 0 FROM shown WHERE json->>'$.allocator_version' IS NOT NULL)"
    " ORDER BY name, value) GROUP BY name ORDER BY max(machine) DESC, name";

void facts_read(sqlite3 *database, struct facts *out)
{
    sqlite3_stmt *row = NULL;
    *out = (struct facts){0};
    CHECK(sqlite3_prepare_v2(database, query, -1, &row, NULL) == SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW) {
        out->fact = reallocarray(out->fact, out->count + 1, sizeof *out->fact);
        CHECK(out->fact != NULL);
        out->fact[out->count++] =
            (struct fact){copy(sqlite3_column_text(row, 0)), copy(sqlite3_column_text(row, 1)),
                          sqlite3_column_int(row, 2) != 0};
    }
    sqlite3_finalize(row);
}

void facts_close(struct facts *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->fact[i].name);
        free(self->fact[i].value);
    }
    free(self->fact);
    *self = (struct facts){0};
}

static const struct fact *find(const struct facts *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->fact[i].name, name) == 0) {
            return &self->fact[i];
        }
    }
    return NULL;
}

size_t facts_differ(const struct facts *a, const struct facts *b,
                    void (*say)(const struct fact *a, const struct fact *b), size_t *others)
{
    size_t machine = 0;
    *others = 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct fact *here = &a->fact[i], *there = find(b, here->name);
        if (there == NULL || strcmp(here->value, there->value) == 0) {
            continue;
        }
        say(here, there);
        *(here->machine ? &machine : others) += 1;
    }
    return machine;
}
