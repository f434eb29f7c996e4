/* Random numbers and the data made of them: permutations, texts, Zipf ranks; see common.h. */
#include <math.h>
#include <string.h>

#include "workloads/common.h"

void shuffle_order(struct rng *rng, uint32_t *order, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t j = rng_below(rng, i + 1);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
}

static uint64_t text_letters(uint64_t hash)
{
    return ((hash >> 3) & UINT64_C(0x0f0f0f0f0f0f0f0f)) + UINT64_C(0x6161616161616161);
}

struct object *job_text(struct job *job, uint64_t id, int64_t length)
{
    struct object *text = str_new_uninitialized(job->runtime, length);
    if (text == NULL || length == 0) {
        return text;
    }
    /* Eight letters of a … p at once, few instructions each: the time belongs to the core. */
    char *out = str_fill(text);
    uint64_t state = id;
    uint64_t hash = rng_split(&state);
    int64_t at = 0;
    for (; at + 8 <= length; at += 8) {
        uint64_t letters = text_letters(hash);
        memcpy(out + at, &letters, 8);
        hash = hash * 5 + 1;
    }
    for (uint64_t letters = text_letters(hash); at < length; letters >>= 8) {
        out[at++] = (char)(letters & 0x7f);
    }
    return text;
}

struct object *dict_get_int(struct runtime *runtime, struct object *dict, uint64_t key, bool *ok)
{
    struct object *number = int_new(runtime, (int64_t)key);
    *ok = number != NULL;
    if (number == NULL) {
        return NULL;
    }
    struct object *value = dict_get(dict, number);
    decref(runtime, number);
    return value;
}

/* Give each rank a row: full ones (scaled weight ≥ 1) lend to poor ones until all hold exactly 1.
 * `weight` and `work` are scratch of `count` places; poor rows are stacked from the front of work,
 * rich ones from its back. */
static void zipf_fill(struct zipf_row *row, double *weight, uint32_t *work, uint64_t count)
{
    uint64_t poor = 0, rich = count;
    for (uint64_t i = 0; i < count; i++) {
        if (weight[i] < 1.0) {
            work[poor++] = (uint32_t)i;
        } else {
            work[--rich] = (uint32_t)i;
        }
    }
    while (poor > 0 && rich < count) {
        uint32_t small = work[--poor];
        uint32_t big = work[rich];
        row[small].threshold = (uint32_t)(weight[small] * 0x1p32);
        row[small].alias = big;
        weight[big] -= 1.0 - weight[small];
        if (weight[big] < 1.0) {
            rich++;
            work[poor++] = big;
        }
    }
    while (rich < count) {
        row[work[rich++]].threshold = UINT32_MAX;
    }
    while (poor > 0) {
        row[work[--poor]].threshold = UINT32_MAX;
    }
}

bool zipf_make(struct job *job, uint64_t count, double skew, struct zipf *out)
{
    const struct heap *heap = runtime_heap(job->runtime, HEAP_RAW);
    struct zipf_row *row = job_block(job, count * sizeof *row);
    if (row == NULL) {
        return false;
    }
    size_t scratch_bytes = count * (sizeof(double) + sizeof(uint32_t));
    double *weight = heap_alloc(heap, scratch_bytes);
    if (weight == NULL) {
        return false;
    }
    double sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        weight[i] = pow((double)(i + 1), -skew);
        sum += weight[i];
    }
    for (uint64_t i = 0; i < count; i++) {
        weight[i] *= (double)count / sum;
    }
    zipf_fill(row, weight, (uint32_t *)(void *)(weight + count), count);
    heap_release(heap, weight, scratch_bytes);
    *out = (struct zipf){row, count};
    return true;
}
