/* Joining both halves of a record; see record.h. */
#include "bench/record/record.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

const char *record_kind_name(enum record_kind kind)
{
    static const char *const names[RECORD_KINDS] = {"timed", "counted", "instructions"};
    return names[kind];
}

bool record_kind_parse(const char *name, enum record_kind *out)
{
    for (int kind = 0; kind < RECORD_KINDS; kind++) {
        if (strcmp(record_kind_name((enum record_kind)kind), name) == 0) {
            *out = (enum record_kind)kind;
            return true;
        }
    }
    return false;
}

static bool add_heap_part(const struct cell *cell, enum cell_heap heap, const char *name,
                          struct identity *out)
{
    size_t i = out->part_count++;
    out->part[i].name = name;
    return cell_print_heap(&cell->heap[heap], NULL, SPEC_CANONICAL, out->part[i].text,
                           sizeof out->part[i].text) &&
           cell_print_heap(&cell->heap[heap], NULL, SPEC_LABEL, out->part[i].label,
                           sizeof out->part[i].label);
}

/* `allocator` is always there: of two heaps it names both. */
static bool add_allocator_part(const struct cell *cell, struct identity *out)
{
    if (!add_heap_part(cell, CELL_OBJ, "allocator", out)) {
        return false;
    }
    if (!cell->apart) {
        return true;
    }
    char mem[SPEC_TEXT_MAX], label[SPEC_TEXT_MAX];
    size_t n = strlen(out->part[0].text), l = strlen(out->part[0].label);
    return cell_print_heap(&cell->heap[CELL_MEM], NULL, SPEC_CANONICAL, mem, sizeof mem) &&
           cell_print_heap(&cell->heap[CELL_MEM], NULL, SPEC_LABEL, label, sizeof label) &&
           snprintf(out->part[0].text + n, SPEC_TEXT_MAX - n, "|%s", mem) <
               (int)(SPEC_TEXT_MAX - n) &&
           snprintf(out->part[0].label + l, SPEC_TEXT_MAX - l, "|%s", label) <
               (int)(SPEC_TEXT_MAX - l) &&
           add_heap_part(cell, CELL_OBJ, "obj", out) && add_heap_part(cell, CELL_MEM, "mem", out);
}

/* "web at 2000/s": another workload to those who read a report, the same to checksums. */
static bool print_workload_label(const struct cell *cell, char *label, size_t length)
{
    if (!cell_print_workload(cell, SPEC_LABEL, label, length)) {
        return false;
    }
    size_t used = strlen(label);
    return cell->rate == 0 || snprintf(label + used, length - used, " at %llu/s",
                                       (unsigned long long)cell->rate) < (int)(length - used);
}

bool identity_of_cell(const struct cell *cell, struct identity *out)
{
    out->part_count = 0;
    out->seed = cell->seed;
    if (!cell_print(cell, NULL, SPEC_CANONICAL, out->cell, sizeof out->cell) ||
        !cell_print(cell, NULL, SPEC_LABEL, out->label, sizeof out->label) ||
        !add_allocator_part(cell, out)) {
        return false;
    }
    size_t i = out->part_count++;
    out->part[i].name = "collector";
    size_t w = out->part_count++;
    out->part[w].name = "workload";
    return cell_print_collector(&cell->collector, SPEC_CANONICAL, out->part[i].text,
                                SPEC_TEXT_MAX) &&
           cell_print_collector(&cell->collector, SPEC_LABEL, out->part[i].label, SPEC_TEXT_MAX) &&
           cell_print_workload(cell, SPEC_CANONICAL, out->part[w].text, SPEC_TEXT_MAX) &&
           print_workload_label(cell, out->part[w].label, SPEC_TEXT_MAX);
}

struct record_joiner {
    sqlite3 *database;
    sqlite3_stmt *read;  /* verdict, reason, wall_ns, wait_ns of ?1 */
    sqlite3_stmt *strip; /* ?1 without verdict and reason, on one line */
};

struct record_joiner *record_joiner_open(void)
{
    struct record_joiner *self = calloc(1, sizeof *self);
    static const char read[] = "SELECT json_extract(?1,'$.verdict'), json_extract(?1,'$.reason'),"
                               " json_extract(?1,'$.wall_ns'), json_extract(?1,'$.wait_ns')"
                               " WHERE json_valid(?1) AND json_type(?1)='object'";
    static const char strip[] = "SELECT json_remove(?1,'$.verdict','$.reason')";
    if (self == NULL || sqlite3_open(":memory:", &self->database) != SQLITE_OK ||
        sqlite3_prepare_v2(self->database, read, -1, &self->read, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(self->database, strip, -1, &self->strip, NULL) != SQLITE_OK) {
        record_joiner_close(self);
        return NULL;
    }
    return self;
}

void record_joiner_close(struct record_joiner *self)
{
    if (self != NULL) {
        sqlite3_finalize(self->read);
        sqlite3_finalize(self->strip);
        sqlite3_close(self->database);
        free(self);
    }
}

bool record_read_child(struct record_joiner *self, const char *text, struct child_half *out)
{
    *out = (struct child_half){.verdict = VERDICT_FAILED};
    sqlite3_bind_text(self->read, 1, text, -1, SQLITE_STATIC);
    bool ok = sqlite3_step(self->read) == SQLITE_ROW &&
              sqlite3_column_text(self->read, 0) != NULL &&
              verdict_parse((const char *)sqlite3_column_text(self->read, 0), &out->verdict);
    if (ok) {
        const unsigned char *reason = sqlite3_column_text(self->read, 1);
        snprintf(out->reason, sizeof out->reason, "%s", reason ? (const char *)reason : "");
        out->wall_ns = (uint64_t)sqlite3_column_int64(self->read, 2);
        out->wait_ns = (uint64_t)sqlite3_column_int64(self->read, 3);
    }
    sqlite3_reset(self->read);
    return ok;
}

static void print_identity(const struct identity *self, struct json *json)
{
    char name[32];
    json_u64(json, "schema", RECORD_SCHEMA);
    json_text(json, "run", self->run);
    json_text(json, "cell", self->cell);
    json_text(json, "label", self->label);
    for (size_t i = 0; i < self->part_count; i++) {
        json_text(json, self->part[i].name, self->part[i].text);
        snprintf(name, sizeof name, "%s_label", self->part[i].name);
        json_text(json, name, self->part[i].label);
    }
    json_u64(json, "seed", self->seed);
    json_u64(json, "rep", self->rep);
    json_u64(json, "order", self->order);
    json_u64(json, "attempt", self->attempt);
    json_text(json, "kind", record_kind_name(self->kind));
}

static void print_gaps(const struct gaps *before, const struct gaps *after, struct json *json)
{
    json_u64(json, "gaps_before", before->count);
    json_u64(json, "gaps_after", after->count);
    json_u64(json, "gap_ns_before", before->sum_ns);
    json_u64(json, "gap_ns_after", after->sum_ns);
    json_u64(json, "gap_ns_max",
             before->longest_ns > after->longest_ns ? before->longest_ns : after->longest_ns);
}

static void print_supervision(const struct supervision *self, struct json *json)
{
    json_text(json, "verdict", verdict_name(self->verdict));
    if (self->verdict != VERDICT_OK) {
        json_text(json, "reason", self->reason);
    }
    json_u64(json, "started_unix_ms", self->started_unix_ms);
    json_u64(json, "elapsed_ns", self->elapsed_ns);
    json_u64(json, "env_pad_bytes", self->env_pad_bytes);
    json_real(json, "load_before", self->before.load);
    json_real(json, "load_after", self->after.load);
    json_u64(json, "steal_ticks", self->after.steal_ticks - self->before.steal_ticks);
    if (self->before.gaps.read_ns > 0) {
        print_gaps(&self->before.gaps, &self->after.gaps, json);
    }
    if (self->instructions > 0) {
        json_u64(json, "instructions", self->instructions);
    }
    if (self->rss_group_peak > 0) {
        json_u64(json, "rss_bytes_group_peak", self->rss_group_peak);
    }
    json_text(json, "raw", self->raw[0] != '\0' ? self->raw : NULL);
}

/* Append the members of the object `text` to an object that is still open. */
static void print_members(struct record_joiner *self, const char *text, struct json *json)
{
    sqlite3_bind_text(self->strip, 1, text, -1, SQLITE_STATIC);
    if (sqlite3_step(self->strip) == SQLITE_ROW) {
        const char *object = (const char *)sqlite3_column_text(self->strip, 0);
        size_t length = strlen(object);
        char *members = length > 2 ? strndup(object + 1, length - 2) : NULL;
        if (members != NULL) {
            json_raw(json, NULL, members);
        }
        free(members);
    }
    sqlite3_reset(self->strip);
}

size_t record_write(struct record_joiner *self, const struct identity *identity,
                    const struct machine *machine, const struct supervision *supervision,
                    const char *child, char *buffer)
{
    struct json json;
    json_start(&json, buffer, RECORD_MAX - 1);
    json_open(&json, NULL, '{');
    print_identity(identity, &json);
    print_supervision(supervision, &json);
    machine_print(machine, &json);
    if (child != NULL) {
        print_members(self, child, &json);
    }
    json_close(&json, '}');
    if (json.full) {
        return 0;
    }
    buffer[json.length] = '\n';
    buffer[json.length + 1] = '\0';
    return json.length + 1;
}
