/* Each function of tlsf.h, as a program written for TLSF 3.1 calls it. */
#include "memoman.h"
#include "tlsf.h"
#include "tlsf.h" /* may be included twice, and with memoman.h */

#include <string.h>

#include "check.h"

#define REGION 65536

static size_t region[REGION / sizeof(size_t)];
static size_t more[4096 / sizeof(size_t)];

static void count(void *ptr, size_t size, int used, void *user) {
    size_t *seen = (size_t *)user;
    CHECK(tlsf_block_size(ptr) == size);
    seen[0] += 1;
    seen[1] += used ? size : 0;
}

/* Any number of pools: those beyond the table, too, can be used, checked and removed. */
static void many_pools(void) {
    enum { POOLS = MM_POOLS_MAX + 40, BYTES = 256 };
    static size_t memory[(size_t)POOLS * BYTES / sizeof(size_t)];
    static size_t control[16384 / sizeof(size_t)];
    static char *blocks[POOLS];
    tlsf_t tlsf = tlsf_create(control), other;
    pool_t pools[POOLS], pool;
    int i, seen = 0;

    CHECK(tlsf_size() <= sizeof control && tlsf != NULL);
    for (i = 0; i < POOLS; ++i) {
        pool = (pool_t)((char *)memory + (size_t)i * BYTES);
        pools[i] = tlsf_add_pool(tlsf, pool, BYTES);
        CHECK(pools[i] == pool && tlsf_check(tlsf) == 0 && tlsf_check_pool(pool) == 0);
    }
    CHECK(tlsf_add_pool(tlsf, control, sizeof control) == NULL);
    CHECK(tlsf_add_pool(tlsf, pools[0], BYTES) == NULL);
    CHECK(tlsf_add_pool(tlsf, (char *)memory + 1, BYTES) == NULL);
    for (i = 0; i < POOLS; ++i) { /* the pool that was added last comes first */
        blocks[i] = (char *)tlsf_malloc(tlsf, BYTES - 2 * tlsf_pool_overhead());
        CHECK(blocks[i] == (char *)pools[POOLS - 1 - i] + tlsf_alloc_overhead());
        memset(blocks[i], i, tlsf_block_size(blocks[i]));
    }
    CHECK(tlsf_malloc(tlsf, 1) == NULL && tlsf_check(tlsf) == 0);
    for (i = 0; i < POOLS; ++i) tlsf_remove_pool(tlsf, pools[i]); /* in use: unchanged */
    for (i = 0; i < POOLS; ++i) {
        CHECK(blocks[i][0] == (char)i && tlsf_free(tlsf, blocks[i]) > 0);
    }
    CHECK(tlsf_check(tlsf) == 0);
    other = tlsf_create(region);
    pool = tlsf_add_pool(other, more, sizeof more);
    tlsf_remove_pool(tlsf, pool); /* of another heap: unchanged */
    CHECK(tlsf_check(tlsf) == 0 && tlsf_malloc(other, sizeof more / 2) != NULL);
    for (i = 0; i < POOLS; i += 2) {
        tlsf_remove_pool(tlsf, pools[i]);
        tlsf_remove_pool(tlsf, pools[i]); /* already removed: unchanged */
    }
    CHECK(tlsf_check(tlsf) == 0);
    while (tlsf_malloc(tlsf, BYTES / 2) != NULL) ++seen;
    CHECK(seen == POOLS / 2);
}

int main(void) {
    size_t seen[2] = {0, 0};
    tlsf_walker walker = count;
    tlsf_t tlsf;
    pool_t pool;
    char *a, *b;
    size_t *header, sound;

    CHECK(tlsf_align_size() == sizeof(size_t) && tlsf_alloc_overhead() == sizeof(size_t));
    CHECK(tlsf_pool_overhead() == 2 * sizeof(size_t));
    CHECK(tlsf_block_size_min() == 3 * sizeof(size_t));
    CHECK(tlsf_block_size_max() % sizeof(size_t) == 0 && tlsf_size() % sizeof(size_t) == 0);

    /* In one piece. */
    CHECK(tlsf_create_with_pool(region, 100) == NULL);
    tlsf = tlsf_create_with_pool(region, REGION);
    CHECK(tlsf == (tlsf_t)(void *)region && tlsf_check(tlsf) == 0);
    pool = tlsf_get_pool(tlsf);
    CHECK(pool == (pool_t)((char *)region + tlsf_size()) && tlsf_check_pool(pool) == 0);
    tlsf_destroy(tlsf);
    CHECK(tlsf_get_pool(NULL) == NULL);

    /* In two. */
    tlsf = tlsf_create(region);
    CHECK(tlsf != NULL && tlsf_malloc(tlsf, 8) == NULL);
    CHECK(tlsf_add_pool(tlsf, region, REGION) == NULL); /* overlaps the control structure */
    pool = tlsf_add_pool(tlsf, more, sizeof more);
    CHECK(pool == (pool_t)more);
    CHECK(tlsf_add_pool(tlsf, more, sizeof more) == NULL); /* TLSF 3.1: a list with a cycle */

    a = (char *)tlsf_malloc(tlsf, 100);
    b = (char *)tlsf_memalign(tlsf, 256, 100);
    CHECK(a != NULL && b != NULL && (size_t)b % 256 == 0);
    CHECK(tlsf_block_size(a) == 104 || sizeof(size_t) != 8);
    CHECK(tlsf_block_size(NULL) == 0);
    memset(a, 'a', 100);
    a = (char *)tlsf_realloc(tlsf, a, 600);
    CHECK(a != NULL && a[0] == 'a' && a[99] == 'a');
    CHECK(tlsf_malloc(tlsf, (size_t)-1) == NULL); /* TLSF 3.1: a block of the smallest size */
    CHECK(tlsf_realloc(tlsf, NULL, 0) == NULL && tlsf_realloc(tlsf, NULL, (size_t)-1) == NULL);
    CHECK(tlsf_realloc(tlsf, a, (size_t)-1) == NULL && a[99] == 'a'); /* TLSF 3.1: shrinks the block and succeeds */
    CHECK(tlsf_memalign(tlsf, 24, 8) == NULL);

    tlsf_walk_pool(pool, walker, seen);
    CHECK(seen[0] >= 3 && seen[1] == tlsf_block_size(a) + tlsf_block_size(b));
    tlsf_walk_pool(pool, NULL, NULL);
    tlsf_walk_pool(NULL, count, seen);
    CHECK(tlsf_check(tlsf) == 0 && tlsf_check_pool(pool) == 0);
    CHECK(tlsf_check(NULL) != 0 && tlsf_check_pool(NULL) != 0);

    /* tlsf_check_pool finds damage without the heap. */
    header = (size_t *)(void *)b - 1;
    sound = *header;
    *header = sound ^ 2; /* flips the flag "the block in front is free" */
    CHECK(tlsf_check_pool(pool) != 0 && tlsf_check(tlsf) != 0);
    *header = sizeof(size_t); /* a size that no block has */
    CHECK(tlsf_check_pool(pool) != 0 && tlsf_check(tlsf) != 0);
    *header = sound;
    CHECK(tlsf_check_pool(pool) == 0 && tlsf_check(tlsf) == 0);

    tlsf_remove_pool(tlsf, pool); /* in use: unchanged */
    CHECK(tlsf_check_pool(pool) == 0 && tlsf_block_size(a) >= 600);
    CHECK(tlsf_realloc(tlsf, a, 0) == NULL);
    CHECK(tlsf_free(tlsf, b) >= 100 && tlsf_free(tlsf, NULL) == 0);
    memset(seen, 0, sizeof seen);
    tlsf_walk_pool(pool, walker, seen);
    CHECK(seen[0] == 1 && seen[1] == 0);
    tlsf_remove_pool(tlsf, pool);
    CHECK(tlsf_malloc(tlsf, 8) == NULL);
    tlsf_remove_pool(tlsf, pool); /* already removed: unchanged */
    CHECK(tlsf_check(tlsf) == 0);
    tlsf_destroy(tlsf);
    many_pools();
    return 0;
}
