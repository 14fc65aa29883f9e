/* Memory for heaps, and what every part of the contract test uses. */
#ifndef CONTRACT_MEMORY_H
#define CONTRACT_MEMORY_H

#include "memoman.h"
#include "memoman.h" /* may be included twice */

#include <string.h>

#include "../check.h"

#define REGION 65536
/* Bytes of the smallest pool. */
#define LEAST (MM_POOL_OVERHEAD + MM_BLOCK_SIZE_MIN)
/* No such size, and no such place. */
#define HUGE_SIZE ((size_t)-1)
#define PLACE(offset) ((void *)((size_t)-1 / MM_ALIGN * MM_ALIGN - (offset)))

MM_ALIGNED static unsigned char region[REGION];
MM_ALIGNED static unsigned char more[8192];
static unsigned char before[REGION];

/* What a walk has counted. */
struct counts {
    int blocks, used;
    size_t bytes;
    mm_t mm;
    int stop_after; /* blocks; 0 for all */
};

static int count(void *ptr, size_t size, int used, void *user) {
    struct counts *seen = (struct counts *)user;
    CHECK(used == 0 || used == 1);
    CHECK((size_t)ptr % MM_ALIGN == 0 && mm_block_size(ptr) == size);
    /* A walker may call functions that only read. */
    CHECK(mm_get_pool_for_ptr(seen->mm, ptr) != NULL && mm_check(seen->mm) == 0);
    seen->blocks += 1;
    seen->used += used;
    seen->bytes += size;
    return seen->blocks == seen->stop_after;
}

static struct counts walk(mm_t mm) {
    struct counts seen = {0, 0, 0, NULL, 0};
    seen.mm = mm;
    CHECK(mm_walk_all_pools(mm, count, &seen) == 0);
    return seen;
}

static void *at(void *place, size_t bytes) {
    return (char *)place + bytes;
}

static mm_pool_t pool_at(void *place, size_t bytes) {
    return (mm_pool_t)at(place, bytes);
}

/* Leaves a reason that is not `expected`, and keeps the pools' bytes. */
static void expect(mm_t mm, enum mm_error expected) {
    if (expected == MM_ZERO_SIZE) {
        CHECK(mm_memalign(mm, 3, 1) == NULL && mm_last_error(mm) == MM_BAD_ALIGN);
    } else {
        CHECK(mm_malloc(mm, 0) == NULL && mm_last_error(mm) == MM_ZERO_SIZE);
    }
    memcpy(before, region, REGION);
}

/* The call was refused for that reason, and the heap in `region` is as it was. */
static int refused(mm_t mm, enum mm_error expected) {
    const size_t pools = (size_t)((unsigned char *)mm - region) + mm_size();
    return mm_last_error(mm) == expected && mm_check(mm) == 0 &&
           memcmp(before + pools, region + pools, REGION - pools) == 0;
}

/* A call on the heap `mm` in `region` that must be refused: what it returns then, and the reason. */
#define REFUSED(mm, claim, reason)                  \
    do {                                            \
        expect(mm, reason);                         \
        CHECK(claim);                               \
        CHECK(refused(mm, reason) && #claim " for " #reason); \
    } while (0)

#endif
