/* Walks, checks and counts; calls of a heap that is NULL. */

static void walking(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    mm_pool_t second = mm_add_pool(mm, more, 4096);
    struct counts seen = {0, 0, 0, NULL, 0};
    void *block = mm_malloc(mm, 64);
    int i;

    CHECK(block != NULL);
    seen.mm = mm;
    CHECK(mm_walk_pool(mm, second, count, &seen) == 0);
    CHECK(seen.blocks == 2 && seen.used == 1);
    CHECK(seen.bytes == 4096 - MM_POOL_OVERHEAD - MM_ALLOC_OVERHEAD);
    CHECK(walk(mm).blocks == 3 && walk(mm).used == 1);
    for (i = 1; i <= 3; ++i) { /* the walker ends the walk */
        seen.blocks = 0;
        seen.stop_after = i;
        CHECK(mm_walk_all_pools(mm, count, &seen) == 1 && seen.blocks == i);
    }
    seen.blocks = 0;
    CHECK(mm_walk_pool(mm, second, count, &seen) == 0 && seen.blocks == 2);
    seen.stop_after = 2; /* with the last block */
    seen.blocks = 0;
    CHECK(mm_walk_pool(mm, second, count, &seen) == 1 && seen.blocks == 2);

    CHECK(mm_walk_pool(mm, second, NULL, NULL) == 0 && mm_walk_all_pools(mm, NULL, NULL) == 0);
    REFUSED(mm, mm_walk_pool(mm, pool_at(more, MM_ALIGN), count, &seen) == -1, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_walk_pool(mm, NULL, count, &seen) == -1, MM_NULL);
    CHECK(seen.blocks == 2);
    CHECK(mm_check_pool(mm, second) == 0 && mm_validate_pool(mm, second) == 1);
    REFUSED(mm, mm_check_pool(mm, pool_at(more, MM_ALIGN)) == -1, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_validate_pool(mm, pool_at(more, MM_ALIGN)) == 0, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_check_pool(mm, NULL) == -1, MM_NULL);
    REFUSED(mm, mm_validate_pool(mm, NULL) == 0, MM_NULL);
}

static void counting(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    struct mm_stats stats;
    void *a = mm_malloc(mm, 100);
    void *b = mm_malloc(mm, 1000);
    size_t a_bytes = mm_block_size(a), b_bytes = mm_block_size(b);
    size_t whole = REGION - mm_size() - MM_POOL_OVERHEAD;

    CHECK(mm_malloc(mm, REGION) == NULL);
    mm_free(mm, a);
    CHECK(mm_stats(mm, &stats) == 0);
    CHECK(stats.pools == 1 && stats.used_blocks == 1 && stats.used_bytes == b_bytes);
    CHECK(stats.free_blocks == 2 && stats.free_bytes == whole - b_bytes - 2 * MM_ALLOC_OVERHEAD);
    CHECK(stats.largest_free == stats.free_bytes - a_bytes);
    CHECK(mm_max_allocatable(mm) <= stats.largest_free && mm_max_allocatable(mm) > a_bytes);
    if (stats.counted) {
        CHECK(stats.counted == 1 && stats.peak_used_bytes == a_bytes + b_bytes);
        CHECK(stats.largest_request == REGION && stats.failures == 1);
    } else {
        CHECK(stats.peak_used_bytes == 0 && stats.largest_request == 0 && stats.failures == 0);
    }
    CHECK(mm_remove_pool(mm, mm_get_pool(mm)) == -1);
    REFUSED(mm, mm_stats(mm, NULL) == -1, MM_NULL);
    memset(&stats, 0x5A, sizeof stats);
    CHECK(mm_stats(NULL, &stats) == -1 && *(unsigned char *)&stats == 0x5A);
}

/* A call that finds damage, and reports it. */
#define DAMAGED(mm, claim)                                                  \
    do {                                                                    \
        CHECK(mm_get_pool_for_ptr(mm, NULL) == NULL && mm_last_error(mm) == MM_NULL); \
        CHECK(claim);                                                       \
        CHECK(mm_last_error(mm) == MM_DAMAGED);                             \
    } while (0)

static int ignore(void *ptr, size_t size, int used, void *user) {
    (void)size;
    (void)used;
    *(int *)user += ptr != NULL;
    return 0;
}

static void damage(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    mm_pool_t pool = mm_get_pool(mm);
    mm_pool_t second = mm_add_pool(mm, more, sizeof more);
    void *a, *b;
    size_t *header, sound;
    struct mm_stats stats;
    int seen = 0;

    a = mm_malloc(mm, REGION / 2); /* `pool` only has that much */
    b = mm_malloc(mm, 9000);
    CHECK(mm_get_pool_for_ptr(mm, a) == pool && mm_get_pool_for_ptr(mm, b) == pool);
    header = (size_t *)b - 1;
    sound = *header;
    CHECK(mm_validate(mm) == 1 && mm_check(mm) == 0);
    *header = sound + 2 * MM_ALIGN; /* leads into a free block */
    DAMAGED(mm, mm_validate(mm) == 0);
    DAMAGED(mm, mm_check(mm) == -1);
    DAMAGED(mm, mm_validate_pool(mm, pool) == 0);
    DAMAGED(mm, mm_check_pool(mm, pool) == -1);
    DAMAGED(mm, mm_stats(mm, &stats) == -2);
    CHECK(mm_check_pool(mm, second) == 0 && mm_validate_pool(mm, second) == 1);
    *header = (size_t)-8; /* no address space is that large: nothing follows it */
    DAMAGED(mm, mm_check(mm) == -1);
    DAMAGED(mm, mm_check_pool(mm, pool) == -1);
    DAMAGED(mm, mm_walk_pool(mm, pool, ignore, &seen) == -2);
    CHECK(seen == 1); /* the block in front of the damage */
    DAMAGED(mm, mm_walk_all_pools(mm, ignore, &seen) == -2);
    CHECK(mm_walk_pool(mm, second, ignore, &seen) == 0);
    *header = 0; /* as the sentinel's */
    DAMAGED(mm, mm_walk_pool(mm, pool, NULL, NULL) == -2);
    *header = sound;
    CHECK(mm_validate(mm) == 1 && mm_check(mm) == 0);
    *header = (size_t)-8;
    mm_reset(mm); /* repairs */
    CHECK(mm_check(mm) == 0 && walk(mm).used == 0);
}

static void null_heap(void) {
    struct mm_stats stats;
    mm_destroy(NULL);
    mm_reset(NULL);
    mm_free(NULL, NULL);
    mm_free(NULL, more);
    CHECK(mm_get_pool(NULL) == NULL && mm_get_pool_for_ptr(NULL, more) == NULL);
    CHECK(mm_add_pool(NULL, more, 4096) == NULL && mm_add_pool(NULL, NULL, 4096) == NULL);
    CHECK(mm_remove_pool(NULL, pool_at(more, 0)) == -1 && mm_remove_pool(NULL, NULL) == -1);
    CHECK(mm_extend_pool(NULL, pool_at(more, 0), 64) == 0);
    CHECK(mm_shrink_pool(NULL, pool_at(more, 0), 64) == 0);
    CHECK(mm_pool_bytes(NULL, pool_at(more, 0)) == 0);
    CHECK(mm_malloc(NULL, 8) == NULL && mm_malloc(NULL, 0) == NULL);
    CHECK(mm_calloc(NULL, 1, 8) == NULL && mm_calloc(NULL, HUGE_SIZE, 8) == NULL);
    CHECK(mm_memalign(NULL, 64, 8) == NULL && mm_memalign(NULL, 3, 8) == NULL);
    CHECK(mm_realloc(NULL, NULL, 8) == NULL && mm_realloc(NULL, more, 0) == NULL);
    CHECK(mm_realloc(NULL, more, 8) == NULL && mm_realloc_aligned(NULL, more, 8, 8) == NULL);
    CHECK(mm_realloc_aligned(NULL, more, 3, 0) == NULL);
    CHECK(mm_try_grow(NULL, more, 8) == -1 && mm_shrink(NULL, more, 8) == -1);
    CHECK(mm_try_grow(NULL, NULL, 8) == -1 && mm_shrink(NULL, NULL, 8) == -1);
    CHECK(mm_max_allocatable(NULL) == 0 && mm_stats(NULL, &stats) == -1);
    CHECK(mm_stats(NULL, NULL) == -1);
    CHECK(mm_walk_pool(NULL, pool_at(more, 0), ignore, NULL) == -1);
    CHECK(mm_walk_all_pools(NULL, ignore, NULL) == -1);
    CHECK(mm_validate(NULL) == 0 && mm_check(NULL) == -1);
    CHECK(mm_validate_pool(NULL, pool_at(more, 0)) == 0);
    CHECK(mm_check_pool(NULL, pool_at(more, 0)) == -1 && mm_last_error(NULL) == MM_NO_HEAP);
}

static void inspect(void) {
    walking();
    counting();
    damage();
    null_heap();
}
