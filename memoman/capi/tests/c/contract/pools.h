/* Pools: adding, removing and resizing. */

static void adding(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    const mm_pool_t first = mm_get_pool(mm);
    const struct counts fresh = walk(mm);
    size_t i;
    mm_pool_t second;
    void *block;

    REFUSED(mm, mm_add_pool(mm, NULL, 4096) == NULL, MM_NULL);
    for (i = 1; i < MM_ALIGN; ++i) { /* every misaligned offset */
        REFUSED(mm, mm_add_pool(mm, at(more, i), 4096) == NULL, MM_MISALIGNED);
    }
    REFUSED(mm, mm_add_pool(mm, more, 0) == NULL, MM_TOO_SMALL);
    REFUSED(mm, mm_add_pool(mm, more, LEAST - 1) == NULL, MM_TOO_SMALL);
    REFUSED(mm, mm_add_pool(mm, more, HUGE_SIZE) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_add_pool(mm, PLACE(0x1000), 0x2000) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_add_pool(mm, (void *)first, 4096) == NULL, MM_OVERLAPS);
    REFUSED(mm, mm_add_pool(mm, at(region, REGION - 256), 256) == NULL, MM_OVERLAPS);
    for (i = 0; i < mm_size(); i += MM_ALIGN) { /* every place in the control structure */
        REFUSED(mm, mm_add_pool(mm, at(region, i), LEAST) == NULL, MM_OVERLAPS);
    }
    REFUSED(mm, mm_add_pool(mm, region, REGION) == NULL, MM_OVERLAPS);
    CHECK(walk(mm).blocks == 1 && walk(mm).bytes == fresh.bytes);

    second = mm_add_pool(mm, more, 4096 + MM_ALIGN - 1);
    CHECK(second == pool_at(more, 0) && mm_pool_bytes(mm, second) == 4096 + MM_ALIGN - 1);
    CHECK(walk(mm).blocks == 2 && walk(mm).bytes == fresh.bytes + 4096 - MM_POOL_OVERHEAD);
    REFUSED(mm, mm_add_pool(mm, more, 4096) == NULL, MM_OVERLAPS); /* twice */
    REFUSED(mm, mm_pool_bytes(mm, NULL) == 0, MM_NULL);
    REFUSED(mm, mm_pool_bytes(mm, pool_at(more, MM_ALIGN)) == 0, MM_UNKNOWN_POOL);

    block = mm_malloc(mm, 64); /* from the pool that was added last */
    CHECK(mm_get_pool_for_ptr(mm, block) == second);
    CHECK(mm_get_pool_for_ptr(mm, at((void *)first, 100)) == first);
    REFUSED(mm, mm_get_pool_for_ptr(mm, &mm) == NULL, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_get_pool_for_ptr(mm, region) == NULL, MM_UNKNOWN_POOL); /* the control structure */
    REFUSED(mm, mm_get_pool_for_ptr(mm, NULL) == NULL, MM_NULL);

    REFUSED(mm, mm_remove_pool(mm, second) == -1, MM_IN_USE);
    REFUSED(mm, mm_remove_pool(mm, pool_at(block, 0)) == -1, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_remove_pool(mm, NULL) == -1, MM_NULL);
    mm_free(mm, block);
    CHECK(mm_remove_pool(mm, second) == 0 && walk(mm).bytes == fresh.bytes);
    /* After removal it is no pool. */
    REFUSED(mm, mm_remove_pool(mm, second) == -1, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_extend_pool(mm, second, 1024) == 0, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_shrink_pool(mm, second, 1024) == 0, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_pool_bytes(mm, second) == 0, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_walk_pool(mm, second, count, NULL) == -1, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_check_pool(mm, second) == -1, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_get_pool_for_ptr(mm, block) == NULL, MM_UNKNOWN_POOL);
    CHECK(mm_malloc(mm, 64) != NULL && walk(mm).blocks == 2);
    mm_reset(mm);

    CHECK(mm_remove_pool(mm, first) == 0);
    REFUSED(mm, mm_get_pool(mm) == NULL, MM_UNKNOWN_POOL);
    CHECK(mm_add_pool(mm, (void *)first, REGION - mm_size()) == first && mm_get_pool(mm) == first);
}

static void table(void) {
    mm_t mm = mm_create(region);
    char *place = (char *)at(region, mm_size());
    int i;

    for (i = 0; i < MM_POOLS_MAX; ++i) {
        CHECK(mm_add_pool(mm, place, 256) == pool_at(place, 0));
        place += 256;
    }
    CHECK(place <= (char *)region + REGION - 256);
    REFUSED(mm, mm_add_pool(mm, place, 256) == NULL, MM_POOLS_FULL);
    CHECK(mm_remove_pool(mm, pool_at(region, mm_size())) == 0);
    CHECK(mm_add_pool(mm, place, 256) != NULL && mm_check(mm) == 0);
    CHECK(walk(mm).blocks == MM_POOLS_MAX);
}

/* In the middle of `region`: pools below and above the control structure. */
static void extending(void) {
    const size_t middle = REGION / 4;
    mm_t mm = mm_create(at(region, middle));
    const size_t behind = REGION - middle - mm_size();
    mm_pool_t low = mm_add_pool(mm, region, 1024);
    mm_pool_t high = mm_add_pool(mm, at((void *)mm, mm_size()), 1024);
    void *block;
    size_t most;

    CHECK(low != NULL && high == mm_get_pool(mm));
    REFUSED(mm, mm_extend_pool(mm, NULL, 1024) == 0, MM_NULL);
    REFUSED(mm, mm_extend_pool(mm, pool_at(region, MM_ALIGN), 1024) == 0, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_extend_pool(mm, high, 0) == 0, MM_TOO_SMALL);
    REFUSED(mm, mm_extend_pool(mm, high, MM_ALIGN - 1) == 0, MM_TOO_SMALL);
    REFUSED(mm, mm_extend_pool(mm, high, HUGE_SIZE) == 0, MM_TOO_LARGE);
    REFUSED(mm, mm_extend_pool(mm, high, HUGE_SIZE - 1024) == 0, MM_TOO_LARGE);
    /* The control structure begins `middle` bytes behind the start of `low`, and is mm_size() long. */
    for (most = middle - 1024 + MM_ALIGN; most <= middle + mm_size() - 1024; most += MM_ALIGN) {
        REFUSED(mm, mm_extend_pool(mm, low, most) == 0, MM_OVERLAPS);
    }
    REFUSED(mm, mm_extend_pool(mm, low, REGION / 2) == 0, MM_OVERLAPS); /* and beyond it */

    CHECK(mm_extend_pool(mm, high, 1024 + MM_ALIGN - 1) == 1024); /* joins the free block */
    CHECK(mm_pool_bytes(mm, high) == 2048 && walk(mm).blocks == 2 && mm_check(mm) == 0);
    CHECK(walk(mm).bytes == 1024 + 2048 - 2 * MM_POOL_OVERHEAD);
    CHECK(mm_extend_pool(mm, low, middle - 1024) == middle - 1024); /* up to the control structure */
    CHECK(mm_shrink_pool(mm, low, middle - 1024) == middle - 1024);

    while ((block = mm_malloc(mm, MM_BLOCK_SIZE_MIN)) != NULL) {} /* until both are full */
    REFUSED(mm, mm_extend_pool(mm, high, MM_BLOCK_SIZE_MIN) == 0, MM_TOO_SMALL);
    REFUSED(mm, mm_shrink_pool(mm, high, MM_ALIGN) == 0, MM_IN_USE);
    CHECK(mm_extend_pool(mm, high, behind - 2048) == behind - 2048); /* a block of its own */
    CHECK(mm_malloc(mm, 2000) != NULL && mm_check(mm) == 0);
    mm_reset(mm);

    most = behind - LEAST;
    most -= most % MM_ALIGN;
    REFUSED(mm, mm_shrink_pool(mm, NULL, 1024) == 0, MM_NULL);
    REFUSED(mm, mm_shrink_pool(mm, pool_at(region, MM_ALIGN), 1024) == 0, MM_UNKNOWN_POOL);
    REFUSED(mm, mm_shrink_pool(mm, high, 0) == 0, MM_TOO_SMALL);
    REFUSED(mm, mm_shrink_pool(mm, high, most + 1) == 0, MM_TOO_LARGE);
    REFUSED(mm, mm_shrink_pool(mm, high, HUGE_SIZE) == 0, MM_TOO_LARGE);
    CHECK(mm_shrink_pool(mm, high, 1) == MM_ALIGN); /* rounded up */
    CHECK(mm_pool_bytes(mm, high) == behind - MM_ALIGN && mm_check(mm) == 0);
    CHECK(mm_shrink_pool(mm, high, most - MM_ALIGN) == most - MM_ALIGN);
    CHECK(mm_pool_bytes(mm, high) == behind - most && mm_check(mm) == 0);
    /* What it returned is the caller's again. */
    memset(at((void *)high, mm_pool_bytes(mm, high)), 0x5A, most);
    CHECK(mm_check(mm) == 0 && walk(mm).blocks == 2);
    CHECK(mm_remove_pool(mm, high) == 0 && mm_remove_pool(mm, low) == 0);
}

static void pools(void) {
    adding();
    table();
    extending();
}
