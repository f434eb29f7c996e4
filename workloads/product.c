/* Products; see product.h. */
#include "workloads/product.h"

enum { PRODUCT_TAG_COUNT = 2, TITLE_LETTERS_MIN = 16, TITLE_LETTERS_MORE = 48 };

struct object *product_id(struct job *job, uint64_t id)
{
    return int_new(job->runtime, (int64_t)(1000 + id)); /* beyond the cached ones */
}

struct object *product_title(struct job *job, uint64_t id)
{
    return job_text(job, id, TITLE_LETTERS_MIN + (int64_t)job_below(job, TITLE_LETTERS_MORE));
}

struct object *product_price(struct job *job, uint64_t id)
{
    return float_new(job->runtime, (double)(id % 1000) / 4);
}

struct object *product_tags(struct job *job)
{
    struct object *tags = list_new(job->runtime, PRODUCT_TAG_COUNT);
    for (int64_t i = 0; i < PRODUCT_TAG_COUNT && tags != NULL; i++) {
        list_init_take(tags, i, newref(job_name(job, (size_t)i)));
    }
    return tags;
}

bool product_fill(struct job *job, struct object *product, uint64_t id)
{
    struct runtime *runtime = job->runtime;
    return attr_give(runtime, product, job_name(job, PRODUCT_ID), product_id(job, id)) &&
           attr_give(runtime, product, job_name(job, PRODUCT_TITLE), product_title(job, id)) &&
           attr_give(runtime, product, job_name(job, PRODUCT_PRICE), product_price(job, id)) &&
           attr_give(runtime, product, job_name(job, PRODUCT_TAGS), product_tags(job));
}
