/*
 * LVGL's memory from memoman. In lv_conf.h:
 *
 *   #define LV_USE_STDLIB_MALLOC LV_STDLIB_CUSTOM
 *
 * Compile this file with the program, and link libmemoman.a. For LVGL 9; tried with 9.5.
 */
#include "lvgl.h"
#include "memoman.h"

#if LV_USE_STDLIB_MALLOC != LV_STDLIB_CUSTOM
#error "lv_conf.h: LV_USE_STDLIB_MALLOC must be LV_STDLIB_CUSTOM"
#endif

/* As for LVGL's own allocator; lv_mem_add_pool gives it more. */
#ifndef LV_MEM_SIZE
#define LV_MEM_SIZE (64 * 1024U)
#endif

/* With an operating system, LVGL's threads share the heap. */
#if LV_USE_OS
#include "lvgl_private.h"
static lv_mutex_t mutex;
#define LOCK() lv_mutex_lock(&mutex)
#define UNLOCK() lv_mutex_unlock(&mutex)
#else
#define LOCK()
#define UNLOCK()
#endif

MM_ALIGNED static unsigned char memory[LV_MEM_SIZE];
static mm_t heap;
static size_t max_used;

void lv_mem_init(void) {
#if LV_USE_OS
    lv_mutex_init(&mutex);
#endif
    heap = mm_create_with_pool(memory, sizeof memory);
    max_used = 0;
}

void lv_mem_deinit(void) {
    mm_destroy(heap);
    heap = NULL;
#if LV_USE_OS
    lv_mutex_delete(&mutex);
#endif
}

/* The memory is aligned to mm_align_size(). */
lv_mem_pool_t lv_mem_add_pool(void *mem, size_t bytes) {
    lv_mem_pool_t pool;
    LOCK();
    pool = (lv_mem_pool_t)mm_add_pool(heap, mem, bytes);
    if (pool == NULL) LV_LOG_WARN("no pool at %p: %s", mem, mm_error_text(mm_last_error(heap)));
    UNLOCK();
    return pool;
}

/* A pool with allocated blocks is kept. */
void lv_mem_remove_pool(lv_mem_pool_t pool) {
    LOCK();
    if (mm_remove_pool(heap, (mm_pool_t)pool) != 0)
        LV_LOG_WARN("pool %p is not removed: %s", pool, mm_error_text(mm_last_error(heap)));
    UNLOCK();
}

void *lv_malloc_core(size_t size) {
    void *block;
    LOCK();
    block = mm_malloc(heap, size);
    UNLOCK();
    return block;
}

void *lv_realloc_core(void *block, size_t size) {
    LOCK();
    block = mm_realloc(heap, block, size);
    UNLOCK();
    return block;
}

void lv_free_core(void *block) {
    LOCK();
    mm_free(heap, block);
    UNLOCK();
}

lv_result_t lv_mem_test_core(void) {
    int damaged;
    LOCK();
    damaged = mm_check(heap);
    UNLOCK();
    return damaged ? LV_RESULT_INVALID : LV_RESULT_OK;
}

/* max_used is exact in a library with feature `stats`; else it is the most that a call of this function saw. */
void lv_mem_monitor_core(lv_mem_monitor_t *monitor) {
    struct mm_stats stats;
    int result;
    LOCK();
    result = mm_stats(heap, &stats);
    UNLOCK();
    if (result != 0) return;
    if (max_used < stats.used_bytes) max_used = stats.used_bytes;
    if (stats.counted) max_used = stats.peak_used_bytes;
    monitor->total_size = stats.used_bytes + stats.free_bytes;
    monitor->free_cnt = stats.free_blocks;
    monitor->free_size = stats.free_bytes;
    monitor->free_biggest_size = stats.largest_free;
    monitor->used_cnt = stats.used_blocks;
    monitor->max_used = max_used;
    monitor->used_pct = (uint8_t)(100 - 100 * (uint64_t)stats.free_bytes / monitor->total_size);
    if (stats.free_bytes != 0)
        monitor->frag_pct = (uint8_t)(100 - 100 * (uint64_t)stats.largest_free / stats.free_bytes);
}
