/* Each function of memoman_sized.h, for heaps of every geometry. Prints the bytes of each control. */
#include "memoman_sized.h"

#include <string.h>

#include "check.h"

#define LARGEST ((size_t)1 << 22)

MM_ALIGNED static unsigned char memory[LARGEST];
MM_ALIGNED static unsigned char more[4096];

static size_t free_bytes;

static int count_free(void *ptr, size_t size, int used, void *user) {
    CHECK(ptr != NULL);
    if (!used) free_bytes += size;
    return user != NULL;
}

static void every_call(size_t bytes, size_t lists) {
    const size_t control = mm_sized_size(bytes);
    mm_sized_t heap;
    unsigned char *first, *second, *third, *fourth;
    struct mm_stats stats;
    mm_pool_t pool;
    size_t size;

    printf("%lu bytes: control %lu, %lu lists for each power of two\n", (unsigned long)bytes, (unsigned long)control, (unsigned long)lists);
    heap = mm_sized_create_with_pool(memory, bytes, 0);
    CHECK(heap != NULL);
    CHECK(mm_sized_create_error(memory, bytes, 0) == MM_OK);
    CHECK(mm_sized_second_levels(heap) == lists);
    CHECK(mm_sized_block_size_max(heap) >= bytes - control - mm_pool_overhead());
    pool = mm_sized_get_pool(heap);
    CHECK((void *)pool == (void *)(memory + control));

    /* The whole pool is one free block, and is one again in the end. */
    free_bytes = 0;
    CHECK(mm_sized_walk_pool(heap, pool, count_free, NULL) == 0);
    size = free_bytes;
    CHECK(size == (bytes - control) / MM_ALIGN * MM_ALIGN - mm_pool_overhead());

    first = (unsigned char *)mm_sized_malloc(heap, 100);
    second = (unsigned char *)mm_sized_memalign(heap, 256, 60);
    third = (unsigned char *)mm_sized_malloc(heap, 1);
    CHECK(first != NULL && second != NULL && third != NULL);
    CHECK((size_t)first % MM_ALIGN == 0 && (size_t)second % 256 == 0 && (size_t)third % MM_ALIGN == 0);
    CHECK(mm_block_size(first) >= 100 && mm_block_size(second) >= 60);
    CHECK(mm_sized_get_pool_for_ptr(heap, second) == pool);
    memset(first, 1, mm_block_size(first));
    memset(second, 2, mm_block_size(second));
    first = (unsigned char *)mm_sized_realloc(heap, first, 300);
    CHECK(first != NULL && first[0] == 1 && first[99] == 1);
    CHECK(mm_sized_validate(heap) == 1);
    CHECK(mm_sized_walk_all_pools(heap, count_free, NULL) == 0);
    CHECK(mm_sized_walk_all_pools(heap, count_free, heap) == 1);
    CHECK(mm_sized_stats(heap, &stats) == 0 && stats.used_blocks == 3 && stats.pools == 1);
    CHECK(mm_sized_stats(heap, NULL) == -1 && mm_sized_last_error(heap) == MM_NULL);
    size = mm_sized_max_allocatable(heap);
    CHECK(size > 0 && size <= stats.largest_free && mm_sized_malloc(heap, size + 1) == NULL);
    /* In the last class, no heap of this geometry grants it. */
    CHECK(mm_sized_last_error(heap) == MM_OUT_OF_MEMORY || mm_sized_last_error(heap) == MM_TOO_LARGE);
    fourth = (unsigned char *)mm_sized_malloc(heap, size);
    CHECK(fourth != NULL);
    CHECK(mm_sized_shrink(heap, fourth, 1) == 0 && mm_sized_try_grow(heap, fourth, size) == 0);
    CHECK(mm_sized_try_grow(heap, fourth, bytes) == -1 && mm_block_size(fourth) >= size);
    mm_sized_free(heap, fourth);
    fourth = (unsigned char *)mm_sized_calloc(heap, 10, 10);
    CHECK(fourth != NULL && fourth[0] == 0 && fourth[99] == 0);
    CHECK(mm_sized_calloc(heap, (size_t)-1, 2) == NULL && mm_sized_last_error(heap) == MM_TOO_LARGE);
    fourth = (unsigned char *)mm_sized_realloc_aligned(heap, fourth, 128, 200);
    CHECK(fourth != NULL && (size_t)fourth % 128 == 0 && fourth[99] == 0);
    mm_sized_free(heap, fourth);
    CHECK(mm_sized_remove_pool(heap, pool) == -1 && mm_sized_last_error(heap) == MM_IN_USE);

    /* Refused, with the reason. */
    CHECK(mm_sized_malloc(heap, 0) == NULL && mm_sized_last_error(heap) == MM_ZERO_SIZE);
    CHECK(mm_sized_malloc(heap, (size_t)-1) == NULL && mm_sized_last_error(heap) == MM_TOO_LARGE);
    CHECK(mm_sized_malloc(heap, bytes) == NULL);
    CHECK(mm_sized_memalign(heap, 3, 8) == NULL && mm_sized_last_error(heap) == MM_BAD_ALIGN);
    CHECK(mm_sized_realloc(heap, first, (size_t)-1) == NULL && first[0] == 1);
    CHECK(mm_sized_add_pool(heap, memory, 512) == NULL && mm_sized_last_error(heap) == MM_OVERLAPS);
    CHECK(mm_sized_add_pool(heap, more + 1, 512) == NULL && mm_sized_last_error(heap) == MM_MISALIGNED);
    CHECK(mm_sized_add_pool(heap, more, 1) == NULL && mm_sized_last_error(heap) == MM_TOO_SMALL);

    /* As many pools as promised. */
    for (size = 1; size < MM_SIZED_POOLS_MAX; ++size) CHECK(mm_sized_add_pool(heap, more + 256 * size, 256) != NULL);
    CHECK(mm_sized_add_pool(heap, more, 256) == NULL && mm_sized_last_error(heap) == MM_POOLS_FULL);
    CHECK(mm_sized_remove_pool(heap, (mm_pool_t)(more + 256)) == 0);
    CHECK(mm_sized_remove_pool(heap, (mm_pool_t)(more + 256)) == -1 && mm_sized_last_error(heap) == MM_UNKNOWN_POOL);

    CHECK(second[59] == 2);
    mm_sized_free(heap, first);
    mm_sized_free(heap, second);
    mm_sized_free(heap, third);
    mm_sized_free(heap, NULL);
    CHECK(mm_sized_validate(heap) == 1);
    mm_sized_reset(heap);
    CHECK(mm_sized_validate(heap) == 1);
    mm_sized_destroy(heap);
    CHECK(mm_sized_malloc(heap, 1) == NULL && mm_sized_get_pool(heap) == NULL);
    CHECK(mm_sized_second_levels(heap) == lists);
}

static void null_heaps(void) {
    CHECK(mm_sized_malloc(NULL, 1) == NULL && mm_sized_memalign(NULL, 8, 1) == NULL);
    CHECK(mm_sized_realloc(NULL, NULL, 1) == NULL && mm_sized_last_error(NULL) == MM_NO_HEAP);
    CHECK(mm_sized_add_pool(NULL, more, 4096) == NULL && mm_sized_remove_pool(NULL, NULL) == -1);
    CHECK(mm_sized_get_pool(NULL) == NULL && mm_sized_get_pool_for_ptr(NULL, more) == NULL);
    CHECK(mm_sized_validate(NULL) == 0 && mm_sized_walk_pool(NULL, NULL, count_free, NULL) == -1);
    CHECK(mm_sized_walk_all_pools(NULL, count_free, NULL) == -1 && mm_sized_stats(NULL, NULL) == -1);
    CHECK(mm_sized_calloc(NULL, 1, 1) == NULL && mm_sized_realloc_aligned(NULL, NULL, 8, 1) == NULL);
    CHECK(mm_sized_try_grow(NULL, NULL, 1) == -1 && mm_sized_shrink(NULL, NULL, 1) == -1);
    CHECK(mm_sized_max_allocatable(NULL) == 0);
    CHECK(mm_sized_block_size_max(NULL) == 0 && mm_sized_second_levels(NULL) == 0);
    mm_sized_free(NULL, NULL);
    mm_sized_reset(NULL);
    mm_sized_destroy(NULL);
}

static void refused_constructors(void) {
    size_t offset;
    CHECK(mm_sized_create_with_pool(NULL, 4096, 0) == NULL && mm_sized_create_error(NULL, 4096, 0) == MM_NULL);
    for (offset = 1; offset < MM_ALIGN; ++offset) {
        CHECK(mm_sized_create(more + offset, 2048) == NULL);
        CHECK(mm_sized_create_with_pool(more + offset, 2048, 0) == NULL);
        CHECK(mm_sized_create_error(more + offset, 2048, 0) == MM_MISALIGNED);
    }
    CHECK(mm_sized_create_with_pool(more, mm_sized_size(100), 0) == NULL);
    CHECK(mm_sized_create_error(more, mm_sized_size(100), 0) == MM_TOO_SMALL);
    CHECK(mm_sized_size((size_t)-1) == 0 && mm_sized_create(more, (size_t)-1) == NULL);
    CHECK(mm_sized_create_error(more, 4096, (size_t)-1) == MM_TOO_LARGE);
}

static void a_heap_may_be_made_for_larger_pools(void) {
    mm_sized_t heap = mm_sized_create_with_pool(more, 4096, LARGEST / 2);
    CHECK(heap != NULL && mm_sized_second_levels(heap) == 32);
    CHECK(mm_sized_malloc(heap, LARGEST / 8) == NULL);
    CHECK(mm_sized_add_pool(heap, memory, LARGEST / 2) != NULL);
    CHECK(mm_sized_malloc(heap, LARGEST / 4) != NULL);

    heap = mm_sized_create(more, 4096);
    CHECK(heap != NULL && mm_sized_get_pool(heap) == NULL && mm_sized_malloc(heap, 1) == NULL);
    CHECK(mm_sized_add_pool(heap, memory, LARGEST) == NULL && mm_sized_last_error(heap) == MM_TOO_LARGE);
    CHECK(mm_sized_add_pool(heap, memory, 4096) != NULL);
    CHECK(mm_sized_malloc(heap, 1000) != NULL);
}

int main(void) {
    every_call(4096, 8);
    every_call(16384, 8);
    every_call(16385, 16);
    every_call(65536, 16);
    every_call(262144, 16);
    every_call(262145, 32);
    every_call(LARGEST, 32);
    null_heaps();
    refused_constructors();
    a_heap_may_be_made_for_larger_pools();
    /* The guarded heap has a larger control. Aligned to 8 (s390x), there is one row of lists more. */
    if (sizeof(void *) == 8 && MM_ALIGN <= 16 && !mm_is_guarded()) {
        CHECK(mm_sized_size(4096) <= (MM_ALIGN == 8 ? 640 : 600));
        CHECK(mm_sized_size(65536) <= 1638);
    }
    return 0;
}
