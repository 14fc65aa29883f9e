/* Each function of memoman.h: what it returns, and what it refuses. */
#include "memoman.h"
#include "memoman.h" /* may be included twice */

#include <string.h>

#include "check.h"

#define REGION 65536
#define LEAST (MM_POOL_OVERHEAD + MM_BLOCK_SIZE_MIN)

MM_ALIGNED static unsigned char region[REGION];
MM_ALIGNED static unsigned char more[8192];

/* What a walk has counted. */
struct counts {
    int blocks, used;
    size_t bytes;
    void *last;
    mm_t mm;
};

static void count(void *ptr, size_t size, int used, void *user) {
    struct counts *seen = (struct counts *)user;
    CHECK(used == 0 || used == 1);
    CHECK(mm_block_size(ptr) == size);
    /* A walker may call functions that only read. */
    CHECK(mm_get_pool_for_ptr(seen->mm, ptr) != NULL && mm_check(seen->mm) == 0);
    seen->blocks += 1;
    seen->used += used;
    seen->bytes += size;
    seen->last = ptr;
}

static struct counts walk(mm_t mm) {
    struct counts seen = {0, 0, 0, NULL, NULL};
    seen.mm = mm;
    CHECK(mm_walk_all_pools(mm, count, &seen) == 0);
    return seen;
}

static char *at(void *place, size_t bytes) {
    return (char *)place + bytes;
}

static mm_pool_t pool_at(void *place) {
    return (mm_pool_t)place;
}

static void constants(void) {
    const size_t word = sizeof(size_t);
    CHECK(mm_align_size() == MM_ALIGN && MM_ALIGN % word == 0);
    CHECK(mm_alloc_overhead() == MM_ALLOC_OVERHEAD && MM_ALLOC_OVERHEAD == word);
    CHECK(mm_pool_overhead() == MM_POOL_OVERHEAD);
    CHECK(mm_block_size_min() == MM_BLOCK_SIZE_MIN && MM_BLOCK_SIZE_MIN >= 3 * word);
    CHECK(mm_block_size_max() == MM_BLOCK_SIZE_MAX && (MM_BLOCK_SIZE_MAX + word) % MM_ALIGN == 0);
    CHECK(mm_size() % MM_ALIGN == 0);
}

static void creating(void) {
    const size_t least = mm_size() + mm_pool_overhead() + mm_block_size_min();
    mm_t mm;

    memset(region, 0x5A, sizeof region);
    CHECK(mm_create(NULL) == NULL);
    CHECK(mm_create(at(region, 1)) == NULL);
    CHECK(mm_create_with_pool(NULL, REGION) == NULL);
    CHECK(mm_create_with_pool(at(region, 2), REGION - 2) == NULL);
    CHECK(mm_create_with_pool(region, 0) == NULL);
    CHECK(mm_create_with_pool(region, mm_size()) == NULL);
    CHECK(mm_create_with_pool(region, least - 1) == NULL);
    CHECK(mm_create_with_pool(region, (size_t)-1) == NULL);
    CHECK(mm_create_with_pool((void *)((size_t)-1 - 0x3FFF), REGION) == NULL); /* no such memory */
    CHECK(mm_create_with_pool((void *)((size_t)-1 - 0xFFF), REGION) == NULL);
    CHECK(mm_init_in_place(NULL, REGION) == NULL);
    CHECK(mm_init_in_place(at(region, 1), REGION - 1) == NULL);
    CHECK(mm_init_in_place(region, least - 1) == NULL);
    CHECK(*at(region, 0) == 0x5A && *at(region, mm_size()) == 0x5A); /* nothing was written */

    mm = mm_create_with_pool(region, least);
    CHECK(mm == (mm_t)(void *)region);
    CHECK(mm_get_pool(mm) == pool_at(at(region, mm_size())));
    CHECK(mm_malloc(mm, 1) != NULL && mm_malloc(mm, 1) == NULL);
    CHECK(*at(region, least) == 0x5A); /* nothing is written beyond `bytes` */

    mm = mm_init_in_place(region, REGION);
    CHECK(mm == (mm_t)(void *)region && mm_check(mm) == 0);
    CHECK(walk(mm).bytes == REGION - mm_size() - mm_pool_overhead());

    mm = mm_create(region);
    CHECK(mm == (mm_t)(void *)region && mm_validate(mm));
    CHECK(mm_get_pool(mm) == NULL && mm_malloc(mm, 1) == NULL);
    CHECK(walk(mm).blocks == 0);
    CHECK(mm_add_pool(mm, region, REGION) == NULL); /* overlaps the control structure */
    CHECK(mm_malloc(mm, 1) == NULL && mm_check(mm) == 0);

    mm = mm_create_with_pool(region, REGION);
    CHECK(mm_malloc(mm, 100) != NULL);
    mm_destroy(mm);
    CHECK(mm_malloc(mm, 100) == NULL && mm_get_pool(mm) == NULL && mm_check(mm) == 0);
}

static void allocating(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    const struct counts fresh = walk(mm);
    char *a, *b, *c;

    CHECK(mm_malloc(mm, 0) == NULL);
    CHECK(mm_malloc(mm, REGION) == NULL);
    CHECK(mm_malloc(mm, mm_block_size_max() + 1) == NULL);
    CHECK(mm_malloc(mm, (size_t)-1) == NULL && mm_malloc(mm, (size_t)-7) == NULL);
    CHECK(walk(mm).blocks == 1);

    a = (char *)mm_malloc(mm, 1);
    b = (char *)mm_malloc(mm, 100);
    CHECK(a != NULL && b != NULL);
    CHECK(mm_block_size(a) == mm_block_size_min());
    CHECK(mm_block_size(b) - 100 < MM_ALIGN);
    CHECK(mm_block_size(NULL) == 0);
    CHECK(b == a + mm_block_size(a) + mm_alloc_overhead());
    memset(a, 1, mm_block_size(a));
    memset(b, 2, mm_block_size(b));
    CHECK(mm_check(mm) == 0);

    CHECK(mm_memalign(mm, 0, 8) == NULL && mm_memalign(mm, 48, 8) == NULL);
    CHECK(mm_memalign(mm, 64, 0) == NULL && mm_memalign(mm, 64, (size_t)-1) == NULL);
    CHECK(mm_memalign(mm, (size_t)-1 / 2 + 1, 8) == NULL);
    CHECK(mm_memalign(mm, 8, (size_t)-1 / 2) == NULL);
    CHECK(mm_memalign(mm, 1, (size_t)-1 / 2 + 1) == NULL);
    c = (char *)mm_memalign(mm, 1024, 10);
    CHECK(c != NULL && (size_t)c % 1024 == 0);
    CHECK(walk(mm).used == 3);

    mm_free(mm, NULL);
    CHECK(walk(mm).used == 3);
    mm_free(mm, b);
    mm_free(mm, a);
    mm_free(mm, c);
    CHECK(walk(mm).blocks == 1 && walk(mm).bytes == fresh.bytes && mm_check(mm) == 0);
}

static void resizing(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    char *a = (char *)mm_realloc(mm, NULL, 100); /* mm_malloc */
    char *b, *wall;
    int i;

    CHECK(a != NULL);
    for (i = 0; i < 100; ++i) a[i] = (char)i;
    CHECK(mm_realloc(mm, a, 200) == a); /* into the free block behind it */
    wall = (char *)mm_malloc(mm, 8);
    CHECK(mm_realloc(mm, a, (size_t)-1) == NULL); /* refused: the block is unchanged */
    CHECK(mm_realloc(mm, a, (size_t)-1 / 2 + 1) == NULL); /* more than half the address space */
    CHECK(mm_realloc(mm, a, (size_t)-1 / 2) == NULL);
    CHECK(mm_realloc(mm, a, mm_block_size_max()) == NULL);
    CHECK(mm_realloc(mm, a, mm_block_size_max() + 1) == NULL);
    CHECK(mm_block_size(a) - 200 < MM_ALIGN && mm_check(mm) == 0);
    b = (char *)mm_realloc(mm, a, 400); /* moved */
    CHECK(b != NULL && b != a);
    CHECK(mm_realloc(mm, b, 50) == b);
    for (i = 0; i < 50; ++i) CHECK(b[i] == (char)i);
    CHECK(mm_realloc(mm, b, 0) == NULL); /* mm_free */
    CHECK(walk(mm).used == 1);
    CHECK(mm_realloc(mm, NULL, 0) == NULL); /* mm_malloc of 0 bytes */
    CHECK(mm_realloc(mm, NULL, (size_t)-1) == NULL);
    CHECK(mm_realloc(mm, NULL, (size_t)-1 / 2 + 1) == NULL);
    CHECK(mm_realloc(mm, NULL, mm_block_size_max()) == NULL);
    a = (char *)mm_realloc(mm, NULL, 1); /* at least the smallest block */
    CHECK(a != NULL && mm_block_size(a) == mm_block_size_min());
    CHECK(mm_realloc(mm, a, 1) == a && mm_block_size(a) == mm_block_size_min());
    mm_free(mm, a);
    CHECK(walk(mm).used == 1 && mm_check(mm) == 0);
    mm_free(mm, wall);
    CHECK(walk(mm).blocks == 1 && mm_check(mm) == 0);
}

static void pools(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    const mm_pool_t first = mm_get_pool(mm);
    const size_t least = mm_pool_overhead() + mm_block_size_min();
    const int first_blocks = walk(mm).blocks;
    struct counts seen = {0, 0, 0, NULL, NULL};
    mm_pool_t second;
    size_t i;
    void *block;

    CHECK(mm_add_pool(mm, NULL, 4096) == NULL);
    CHECK(mm_add_pool(mm, at(more, 1), 4096) == NULL);
    CHECK(mm_add_pool(mm, more, 0) == NULL);
    CHECK(mm_add_pool(mm, more, least - 1) == NULL);
    CHECK(mm_add_pool(mm, more, (size_t)-1) == NULL);
    CHECK(mm_add_pool(mm, (void *)first, 4096) == NULL); /* overlaps */
    CHECK(mm_add_pool(mm, at(region, REGION - 128), 128) == NULL);
    for (i = 0; i <= mm_size() - MM_ALIGN; i += MM_ALIGN) { /* overlaps the control structure */
        CHECK(mm_add_pool(mm, at(region, i), least) == NULL);
    }
    CHECK(mm_add_pool(mm, region, REGION) == NULL);
    CHECK(mm_add_pool(mm, region, mm_size()) == NULL);
    CHECK(mm_add_pool(mm, at(region, mm_size() - 128), 128) == NULL);
    CHECK(mm_check(mm) == 0 && walk(mm).blocks == first_blocks);

    second = mm_add_pool(mm, more, 4096);
    CHECK(second == pool_at(more));
    CHECK(mm_add_pool(mm, more, 4096) == NULL); /* twice */
    CHECK(walk(mm).blocks == first_blocks + 1);
    CHECK(mm_check_pool(mm, first) == 0 && mm_check_pool(mm, second) == 0);
    CHECK(mm_validate_pool(mm, second));

    block = mm_malloc(mm, 64); /* from the pool that was added last */
    CHECK(mm_get_pool_for_ptr(mm, block) == second);
    CHECK(mm_get_pool_for_ptr(mm, at((void *)first, 100)) == first);
    CHECK(mm_get_pool_for_ptr(mm, &seen) == NULL && mm_get_pool_for_ptr(mm, NULL) == NULL);

    seen.mm = mm;
    CHECK(mm_walk_pool(mm, second, count, &seen) == 0);
    CHECK(seen.blocks == 2 && seen.used == 1);
    CHECK(seen.bytes == 4096 - mm_pool_overhead() - mm_alloc_overhead());
    CHECK(mm_walk_pool(mm, second, NULL, NULL) == 0);
    CHECK(mm_walk_pool(mm, pool_at(at((void *)second, 8)), count, &seen) != 0); /* not a pool */
    CHECK(mm_walk_pool(mm, NULL, count, &seen) != 0 && seen.blocks == 2);
    CHECK(mm_walk_all_pools(mm, NULL, NULL) == 0);
    CHECK(mm_check_pool(mm, pool_at(at((void *)second, 8))) != 0 && !mm_validate_pool(mm, NULL));

    CHECK(mm_remove_pool(mm, second) != 0); /* in use */
    CHECK(mm_remove_pool(mm, pool_at(block)) != 0 && mm_remove_pool(mm, NULL) != 0);
    mm_free(mm, block);
    CHECK(mm_remove_pool(mm, second) == 0);
    CHECK(mm_remove_pool(mm, second) != 0); /* already removed */
    CHECK(mm_check_pool(mm, second) != 0 && walk(mm).blocks == first_blocks);

    for (i = 1; i < MM_POOLS_MAX; ++i) CHECK(mm_add_pool(mm, at(more, i * 128), 128) != NULL);
    CHECK(mm_add_pool(mm, more, 128) == NULL); /* the table is full */
    CHECK(mm_remove_pool(mm, first) == 0 && mm_get_pool(mm) == NULL);
    CHECK(mm_add_pool(mm, more, 128) != NULL && mm_check(mm) == 0);
}

static void resetting(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    void *first;
    int i;

    CHECK(mm_add_pool(mm, more, sizeof more) != NULL);
    first = mm_malloc(mm, 40);
    for (i = 0; i < 50; ++i) CHECK(mm_malloc(mm, 40) != NULL);
    mm_reset(mm);
    CHECK(walk(mm).blocks == 2 && walk(mm).used == 0 && mm_check(mm) == 0);
    CHECK(mm_malloc(mm, 40) == first);
}

static void damage(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    char *a = (char *)mm_malloc(mm, 100);
    size_t *header = (size_t *)(void *)a - 1;
    const size_t sound = *header;

    CHECK(mm_validate(mm) && mm_check(mm) == 0);
    *header = sound + 2 * sizeof(size_t);
    CHECK(!mm_validate(mm) && mm_check(mm) != 0);
    CHECK(!mm_validate_pool(mm, mm_get_pool(mm)) && mm_check_pool(mm, mm_get_pool(mm)) != 0);
    *header = (size_t)-8; /* no address space is that large: checks do not follow it */
    CHECK(!mm_validate(mm) && mm_check_pool(mm, mm_get_pool(mm)) != 0);
    CHECK(walk(mm).blocks == 0);
    *header = sound;
    CHECK(mm_validate(mm) && mm_check(mm) == 0);
}

static void null_arguments(void) {
    mm_destroy(NULL);
    mm_reset(NULL);
    mm_free(NULL, NULL);
    mm_free(NULL, more);
    CHECK(mm_get_pool(NULL) == NULL && mm_get_pool_for_ptr(NULL, more) == NULL);
    CHECK(mm_add_pool(NULL, more, 4096) == NULL && mm_remove_pool(NULL, pool_at(more)) != 0);
    CHECK(mm_malloc(NULL, 8) == NULL && mm_memalign(NULL, 64, 8) == NULL);
    CHECK(mm_realloc(NULL, NULL, 8) == NULL && mm_realloc(NULL, more, 0) == NULL);
    CHECK(mm_walk_pool(NULL, pool_at(more), count, NULL) != 0 && mm_walk_all_pools(NULL, count, NULL) != 0);
    CHECK(!mm_validate(NULL) && mm_check(NULL) != 0);
    CHECK(!mm_validate_pool(NULL, pool_at(more)) && mm_check_pool(NULL, pool_at(more)) != 0);
}

int main(void) {
    constants();
    creating();
    allocating();
    resizing();
    pools();
    resetting();
    damage();
    null_arguments();
    return 0;
}
