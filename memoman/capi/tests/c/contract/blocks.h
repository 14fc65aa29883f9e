/* Allocating, freeing and resizing. */

static void allocating(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    const struct counts fresh = walk(mm);
    unsigned char *a, *b, *c;
    size_t size, i;

    REFUSED(mm, mm_malloc(mm, 0) == NULL, MM_ZERO_SIZE);
    REFUSED(mm, mm_malloc(mm, REGION - 1000) == NULL, MM_OUT_OF_MEMORY);
    REFUSED(mm, mm_malloc(mm, mm_block_size_max() + 1) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_malloc(mm, HUGE_SIZE) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_malloc(mm, HUGE_SIZE - 6) == NULL, MM_TOO_LARGE);

    a = (unsigned char *)mm_malloc(mm, 1);
    b = (unsigned char *)mm_malloc(mm, 100);
    CHECK(a != NULL && b != NULL);
    CHECK(mm_block_size(a) == mm_block_size_min());
    CHECK(mm_block_size(b) - 100 < MM_ALIGN || mm_block_size(b) == MM_BLOCK_SIZE_MIN);
    CHECK(mm_block_size(NULL) == 0);
    CHECK(b == a + mm_block_size(a) + mm_alloc_overhead());
    memset(a, 1, mm_block_size(a));
    memset(b, 2, mm_block_size(b));
    CHECK(mm_check(mm) == 0);
    mm_free(mm, a);
    CHECK(walk(mm).used == 1);
    mm_free(mm, NULL);
    CHECK(walk(mm).used == 1);
    mm_free(mm, b);
    CHECK(walk(mm).blocks == 1 && walk(mm).bytes == fresh.bytes);

    for (size = 1; size < 400; ++size) { /* every block suits every type */
        a = (unsigned char *)mm_malloc(mm, size);
        CHECK(a != NULL && (size_t)a % MM_ALIGN == 0 && mm_block_size(a) >= size);
        memset(a, 0x5A, mm_block_size(a));
        mm_free(mm, a);
        b = (unsigned char *)mm_calloc(mm, 1, size);
        CHECK(b == a);
        for (i = 0; i < size; ++i) CHECK(b[i] == 0);
        mm_free(mm, b);
    }
    REFUSED(mm, mm_calloc(mm, 0, 8) == NULL, MM_ZERO_SIZE);
    REFUSED(mm, mm_calloc(mm, 8, 0) == NULL, MM_ZERO_SIZE);
    REFUSED(mm, mm_calloc(mm, HUGE_SIZE / 2 + 1, 2) == NULL, MM_TOO_LARGE); /* the product is 0 */
    REFUSED(mm, mm_calloc(mm, HUGE_SIZE / 8 + 2, 8) == NULL, MM_TOO_LARGE); /* the product is 8 */
    REFUSED(mm, mm_calloc(mm, REGION, 1) == NULL, MM_OUT_OF_MEMORY);
    c = (unsigned char *)mm_calloc(mm, 3, 50);
    CHECK(c != NULL && mm_block_size(c) >= 150);
    mm_free(mm, c);

    /* Every alignment that is no power of two. */
    for (size = 0; size < 300; ++size) {
        if ((size & (size - 1)) == 0 && size != 0) {
            c = (unsigned char *)mm_memalign(mm, size, 10);
            CHECK(c != NULL && (size_t)c % size == 0 && (size_t)c % MM_ALIGN == 0);
            mm_free(mm, c);
        } else {
            REFUSED(mm, mm_memalign(mm, size, 8) == NULL, MM_BAD_ALIGN);
            REFUSED(mm, mm_realloc_aligned(mm, NULL, size, 8) == NULL, MM_BAD_ALIGN);
        }
    }
    REFUSED(mm, mm_memalign(mm, 1024, 0) == NULL, MM_ZERO_SIZE);
    REFUSED(mm, mm_memalign(mm, 1024, HUGE_SIZE) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_memalign(mm, HUGE_SIZE / 2 + 1, 8) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_memalign(mm, 8, HUGE_SIZE / 2) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_memalign(mm, 1, HUGE_SIZE / 2 + 1) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_memalign(mm, 4096, REGION - 4096) == NULL, MM_OUT_OF_MEMORY);
    CHECK(walk(mm).blocks == 1 && walk(mm).bytes == fresh.bytes && mm_check(mm) == 0);

    size = mm_max_allocatable(mm);
    REFUSED(mm, mm_malloc(mm, size + 1) == NULL, MM_OUT_OF_MEMORY);
    CHECK(mm_malloc(mm, size) != NULL && mm_max_allocatable(mm) < size);
}

static void fill(unsigned char *block) {
    size_t i;
    for (i = 0; i < mm_block_size(block); ++i) block[i] = (unsigned char)(i % 251);
}

static void holds(const unsigned char *block, size_t bytes) {
    size_t i;
    for (i = 0; i < bytes; ++i) CHECK(block[i] == i % 251);
}

static void reallocating(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    unsigned char *a = (unsigned char *)mm_realloc(mm, NULL, 100); /* mm_malloc */
    unsigned char *b, *wall;
    size_t had, align;

    CHECK(a != NULL);
    fill(a);
    CHECK(mm_realloc(mm, a, 1000) == a); /* into the free block behind it */
    holds(a, 100);
    fill(a);
    wall = (unsigned char *)mm_malloc(mm, 8);
    had = mm_block_size(a);
    REFUSED(mm, mm_realloc(mm, a, HUGE_SIZE) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_realloc(mm, a, HUGE_SIZE / 2 + 1) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_realloc(mm, a, HUGE_SIZE / 2) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_realloc(mm, a, mm_block_size_max()) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_realloc(mm, a, mm_block_size_max() + 1) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_realloc(mm, a, REGION - 1000) == NULL, MM_OUT_OF_MEMORY);
    CHECK(mm_block_size(a) == had);
    holds(a, had);

    b = (unsigned char *)mm_realloc(mm, a, 2000); /* moved: `a` is free */
    CHECK(b != NULL && b != a && walk(mm).used == 2);
    holds(b, had);
    fill(b);
    CHECK(mm_realloc(mm, b, 50) == b && mm_block_size(b) < 1000);
    holds(b, 50);
    CHECK(mm_realloc(mm, b, 0) == NULL && walk(mm).used == 1); /* mm_free */
    REFUSED(mm, mm_realloc(mm, NULL, 0) == NULL, MM_ZERO_SIZE);
    REFUSED(mm, mm_realloc(mm, NULL, HUGE_SIZE) == NULL, MM_TOO_LARGE);
    REFUSED(mm, mm_realloc(mm, NULL, mm_block_size_max()) == NULL, MM_TOO_LARGE);
    a = (unsigned char *)mm_realloc(mm, NULL, 1); /* at least the smallest block */
    CHECK(a != NULL && mm_block_size(a) == mm_block_size_min());
    CHECK(mm_realloc(mm, a, 1) == a && mm_block_size(a) == mm_block_size_min());

    /* Aligned: a block that is misaligned moves, others do not. */
    for (align = 1; align <= 1024; align *= 2) {
        b = (unsigned char *)mm_realloc_aligned(mm, NULL, align, 100);
        CHECK(b != NULL && (size_t)b % align == 0 && (size_t)b % MM_ALIGN == 0);
        fill(b);
        CHECK(mm_realloc_aligned(mm, b, align, 60) == b);
        b = (unsigned char *)mm_realloc_aligned(mm, b, 2048, 300);
        CHECK(b != NULL && (size_t)b % 2048 == 0);
        holds(b, 60);
        REFUSED(mm, mm_realloc_aligned(mm, b, 3, 100) == NULL, MM_BAD_ALIGN);
        REFUSED(mm, mm_realloc_aligned(mm, b, 0, 0) == NULL, MM_BAD_ALIGN);
        REFUSED(mm, mm_realloc_aligned(mm, b, align, HUGE_SIZE) == NULL, MM_TOO_LARGE);
        REFUSED(mm, mm_realloc_aligned(mm, b, align, REGION) == NULL, MM_OUT_OF_MEMORY);
        holds(b, 60);
        CHECK(mm_realloc_aligned(mm, b, align, 0) == NULL && walk(mm).used == 2);
    }
    mm_free(mm, a);
    mm_free(mm, wall);
    CHECK(walk(mm).blocks == 1 && mm_check(mm) == 0);
}

static void in_place(void) {
    mm_t mm = mm_create_with_pool(region, REGION);
    unsigned char *a = (unsigned char *)mm_malloc(mm, 2000);
    unsigned char *b = (unsigned char *)mm_malloc(mm, 2000);
    unsigned char *wall = (unsigned char *)mm_malloc(mm, 100);
    size_t had = mm_block_size(a);

    CHECK(wall != NULL);
    fill(a);
    REFUSED(mm, mm_try_grow(mm, NULL, 100) == -1, MM_NULL);
    REFUSED(mm, mm_try_grow(mm, a, had + 1) == -1, MM_OUT_OF_MEMORY); /* `b` is behind it */
    REFUSED(mm, mm_try_grow(mm, a, mm_block_size_max() + 1) == -1, MM_TOO_LARGE);
    REFUSED(mm, mm_try_grow(mm, a, HUGE_SIZE) == -1, MM_TOO_LARGE);
    CHECK(mm_try_grow(mm, a, had) == 0 && mm_try_grow(mm, a, 1) == 0 && mm_try_grow(mm, a, 0) == 0);
    CHECK(mm_block_size(a) == had);
    holds(a, had);
    mm_free(mm, b);
    REFUSED(mm, mm_try_grow(mm, a, 5000) == -1, MM_OUT_OF_MEMORY);
    CHECK(mm_try_grow(mm, a, 3000) == 0 && mm_block_size(a) >= 3000 && mm_check(mm) == 0);
    holds(a, had);

    had = mm_block_size(a);
    fill(a);
    REFUSED(mm, mm_shrink(mm, NULL, 1) == -1, MM_NULL);
    REFUSED(mm, mm_shrink(mm, a, 0) == -1, MM_ZERO_SIZE);
    REFUSED(mm, mm_shrink(mm, a, had + 1) == -1, MM_TOO_LARGE);
    REFUSED(mm, mm_shrink(mm, a, HUGE_SIZE) == -1, MM_TOO_LARGE);
    CHECK(mm_shrink(mm, a, had) == 0 && mm_block_size(a) == had);
    CHECK(mm_shrink(mm, a, 1000) == 0 && mm_block_size(a) - 1000 < MM_ALIGN);
    holds(a, 1000);
    CHECK(mm_shrink(mm, a, 1) == 0 && mm_block_size(a) == mm_block_size_min());
    CHECK(walk(mm).used == 2 && mm_check(mm) == 0);
}

static void blocks(void) {
    allocating();
    reallocating();
    in_place();
}
