/* Making and ending heaps, reasons, numbers. */

static void numbers(void) {
    const size_t word = sizeof(size_t);
    CHECK(mm_align_size() == MM_ALIGN && MM_ALIGN % word == 0);
    CHECK(mm_alloc_overhead() == MM_ALLOC_OVERHEAD && MM_ALLOC_OVERHEAD == word);
    CHECK(mm_pool_overhead() == MM_POOL_OVERHEAD);
    CHECK(mm_block_size_min() == MM_BLOCK_SIZE_MIN && MM_BLOCK_SIZE_MIN >= 3 * word);
    CHECK(mm_block_size_max() == MM_BLOCK_SIZE_MAX && (MM_BLOCK_SIZE_MAX + word) % MM_ALIGN == 0);
    CHECK(mm_size() % MM_ALIGN == 0 && mm_size() < REGION / 2);
    CHECK(mm_size() <= MM_SIZE_MAX && MM_SIZE_MAX < mm_size() + mm_size() / 4 + 512);
}

static void planning(void) {
    struct mm_request requests[5] = {{100, 0}, {1, 0}, {500, 256}, {0, 0}, {40, 1}};
    const int orders[3][5] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}};
    const size_t bytes = mm_pool_bytes_for(requests, 5);
    int order, i;

    CHECK(bytes >= 641 && bytes <= 4096);
    for (order = 0; order < 3; ++order) { /* enough, in any order and at any address */
        mm_t mm = mm_create(region);
        CHECK(mm_add_pool(mm, at(more, (size_t)order * MM_ALIGN), bytes) != NULL);
        for (i = 0; i < 5; ++i) {
            const struct mm_request request = requests[orders[order][i]];
            const size_t align = request.align == 0 ? MM_ALIGN : request.align;
            if (request.size > 0) CHECK(mm_memalign(mm, align, request.size) != NULL);
        }
    }
    CHECK(mm_pool_bytes_for(requests, 0) == LEAST && mm_pool_bytes_for(NULL, 0) == LEAST);
    CHECK(mm_pool_bytes_for(requests + 3, 1) == LEAST);
    CHECK(mm_pool_bytes_for(NULL, 1) == 0);
    requests[4].align = 24;
    CHECK(mm_pool_bytes_for(requests, 4) > 0 && mm_pool_bytes_for(requests, 5) == 0);
    requests[4].align = 0;
    requests[4].size = HUGE_SIZE;
    CHECK(mm_pool_bytes_for(requests, 5) == 0);
    requests[4].size = mm_block_size_max();
    CHECK(mm_pool_bytes_for(requests, 5) == 0);
}

/* A call that makes no heap, and the reason. Nothing is written. */
static void none(mm_t result, void *mem, size_t bytes, enum mm_error reason) {
    size_t i;
    CHECK(result == NULL && mm_create_error(mem, bytes) == reason);
    for (i = 0; i < REGION; ++i) CHECK(region[i] == 0x5A);
}

static void creating(void) {
    const size_t least = mm_size() + LEAST;
    size_t offset;
    mm_t mm;

    memset(region, 0x5A, sizeof region);
    none(mm_create(NULL), NULL, REGION, MM_NULL);
    none(mm_create_with_pool(NULL, REGION), NULL, REGION, MM_NULL);
    none(mm_init_in_place(NULL, REGION), NULL, REGION, MM_NULL);
    for (offset = 1; offset < MM_ALIGN; ++offset) {
        void *mem = at(region, offset);
        none(mm_create(mem), mem, REGION - offset, MM_MISALIGNED);
        none(mm_create_with_pool(mem, REGION - offset), mem, REGION - offset, MM_MISALIGNED);
    }
    none(mm_create_with_pool(region, 0), region, 0, MM_TOO_SMALL);
    none(mm_create_with_pool(region, mm_size()), region, mm_size(), MM_TOO_SMALL);
    none(mm_create_with_pool(region, least - 1), region, least - 1, MM_TOO_SMALL);
    none(mm_init_in_place(region, least - 1), region, least - 1, MM_TOO_SMALL);
    none(mm_create_with_pool(region, HUGE_SIZE), region, HUGE_SIZE, MM_TOO_LARGE);
    none(mm_create_with_pool(PLACE(0x3FFF), REGION), PLACE(0x3FFF), REGION, MM_MISALIGNED);
    none(mm_create_with_pool(PLACE(0x4000), REGION), PLACE(0x4000), REGION, MM_TOO_LARGE);
    none(mm_create_with_pool(PLACE(MM_ALIGN), REGION), PLACE(MM_ALIGN), REGION, MM_TOO_LARGE);
    CHECK(mm_create_error(region, least) == MM_OK && mm_create_error(region, REGION) == MM_OK);

    mm = mm_create_with_pool(region, least);
    CHECK((void *)mm == region && mm_last_error(mm) == MM_OK);
    CHECK(mm_get_pool(mm) == pool_at(region, mm_size()) && mm_pool_bytes(mm, mm_get_pool(mm)) == LEAST);
    CHECK(mm_malloc(mm, 1) != NULL && mm_malloc(mm, 1) == NULL);
    CHECK(region[least] == 0x5A); /* nothing is written beyond `bytes` */

    mm = mm_init_in_place(region, REGION);
    CHECK((void *)mm == region && mm_check(mm) == 0);
    CHECK(walk(mm).bytes == REGION - mm_size() - MM_POOL_OVERHEAD);

    memset(region, 0x5A, sizeof region);
    mm = mm_create(region);
    CHECK((void *)mm == region && mm_validate(mm) && mm_last_error(mm) == MM_OK);
    CHECK(region[mm_size()] == 0x5A);
    REFUSED(mm, mm_malloc(mm, 1) == NULL, MM_OUT_OF_MEMORY);
    REFUSED(mm, mm_get_pool(mm) == NULL, MM_UNKNOWN_POOL);
    CHECK(walk(mm).blocks == 0 && mm_max_allocatable(mm) == 0);
}

static void ending(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    void *first;
    int i;

    CHECK(mm_add_pool(mm, more, sizeof more) != NULL);
    first = mm_malloc(mm, 40);
    for (i = 0; i < 50; ++i) CHECK(mm_malloc(mm, 40) != NULL);
    mm_reset(mm);
    CHECK(walk(mm).blocks == 2 && walk(mm).used == 0 && mm_check(mm) == 0);
    CHECK(mm_malloc(mm, 40) == first); /* the pools are in the original order */

    mm_destroy(mm);
    CHECK(mm_check(mm) == 0 && walk(mm).blocks == 0);
    CHECK(mm_malloc(mm, 100) == NULL && mm_get_pool(mm) == NULL);
    CHECK(mm_get_pool_for_ptr(mm, first) == NULL && mm_remove_pool(mm, pool_at(more, 0)) == -1);
}

static void reasons(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    int i, j;

    CHECK(mm_last_error(NULL) == MM_NO_HEAP && mm_last_error(mm) == MM_OK);
    CHECK(mm_malloc(mm, 0) == NULL && mm_last_error(mm) == MM_ZERO_SIZE);
    CHECK(mm_malloc(mm, 8) != NULL && mm_last_error(mm) == MM_ZERO_SIZE); /* success leaves it */
    for (i = MM_OK; i <= MM_DAMAGED; ++i) {
        CHECK(strcmp(mm_error_text(i), "unknown reason") != 0);
        for (j = MM_OK; j < i; ++j) CHECK(strcmp(mm_error_text(i), mm_error_text(j)) != 0);
    }
    CHECK(strcmp(mm_error_text(MM_DAMAGED + 1), "unknown reason") == 0);
    CHECK(strcmp(mm_error_text(-1), "unknown reason") == 0);
}

static void handler(const char *what) {
    (void)what;
}

/* A handler is returned when it is replaced; tests/c/misuse.c calls them. */
static void handlers(void) {
    mm_misuse first = mm_is_guarded() ? handler : NULL;
    CHECK(mm_is_guarded() == 0 || mm_is_guarded() == 1);
    CHECK(mm_on_misuse(handler) == NULL);
    CHECK(mm_on_misuse(handler) == first);
    CHECK(mm_on_misuse(NULL) == first);
    CHECK(mm_on_misuse(NULL) == NULL);
}

static void intervals(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    CHECK(mm_check_interval(NULL, 1) == -1);
    CHECK(mm_check_interval(mm, 0) == 0 && mm_malloc(mm, 1) != NULL);
    CHECK(mm_check_interval(mm, 1000) == 0 && mm_malloc(mm, 1) != NULL);
    CHECK(mm_check_interval(mm, MM_CHECK_AMORTISED) == 0 && mm_malloc(mm, 1) != NULL);
    CHECK(mm_last_error(mm) == MM_OK);
}

static void heaps(void) {
    numbers();
    planning();
    creating();
    ending();
    reasons();
    handlers();
    intervals();
}
