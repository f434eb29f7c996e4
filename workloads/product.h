/* The object that shops, catalogues and caches are made of, shared by workloads that load many: an
 * instance with a number, a name, a price and two tags. Two tracked objects, about 350 bytes. */
#ifndef HEAPDYNO_WORKLOADS_PRODUCT_H
#define HEAPDYNO_WORKLOADS_PRODUCT_H

#include "workloads/common.h"

/* The first names of a job that makes products. */
enum product_name { PRODUCT_ID, PRODUCT_TITLE, PRODUCT_PRICE, PRODUCT_TAGS, PRODUCT_NAMES };
#define PRODUCT_NAME_TEXTS "id", "name", "price", "tags"

/* Its parts: each new, or NULL. The title has 16 to 63 letters. */
struct object *product_id(struct job *job, uint64_t id);
struct object *product_title(struct job *job, uint64_t id);
struct object *product_price(struct job *job, uint64_t id);
struct object *product_tags(struct job *job);

/* Fill an instance that somebody holds; false: no memory. */
bool product_fill(struct job *job, struct object *product, uint64_t id);

#endif
