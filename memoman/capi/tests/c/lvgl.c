/* LVGL's own lv_malloc and lv_realloc on ports/lv_mem_memoman.c: linked with LVGL's lv_mem.c. */
#include "lvgl.h"
#include "lvgl_private.h"

#include "check.h"
#include "memoman.h"

/* Of lv_init.c, which needs all of LVGL. */
lv_global_t lv_global;

MM_ALIGNED static unsigned char more[16384];

int main(void) {
    lv_mem_monitor_t monitor;
    void *blocks[200], *large;
    lv_mem_pool_t pool;
    int i;

    lv_global.memory_zero = ZERO_MEM_SENTINEL;
    lv_mem_init();
    lv_mem_monitor(&monitor);
    CHECK(monitor.used_cnt == 0 && monitor.free_cnt == 1 && monitor.used_pct == 0 && monitor.frag_pct == 0);
    CHECK(monitor.total_size > LV_MEM_SIZE - 8192 && monitor.free_biggest_size == monitor.total_size);

    for (i = 0; i < 200; i++) {
        blocks[i] = lv_zalloc(100);
        CHECK(blocks[i] != NULL && ((unsigned char *)blocks[i])[99] == 0);
        lv_memset(blocks[i], i, 100);
    }
    for (i = 0; i < 200; i += 2) lv_free(blocks[i]);
    for (i = 1; i < 200; i += 2) {
        blocks[i] = lv_realloc(blocks[i], 150);
        CHECK(blocks[i] != NULL && ((unsigned char *)blocks[i])[99] == i);
    }
    lv_mem_monitor(&monitor);
    CHECK(monitor.used_cnt == 100 && monitor.used_pct > 20 && monitor.used_pct < 40 && monitor.frag_pct > 0);
    CHECK(monitor.max_used >= 100 * 150 && lv_mem_test() == LV_RESULT_OK);

    CHECK(lv_malloc(LV_MEM_SIZE) == NULL);
    do large = lv_malloc(8192);
    while (large != NULL);
    pool = lv_mem_add_pool(more, sizeof more);
    large = lv_malloc(8192);
    CHECK(pool != NULL && large != NULL);
    lv_mem_remove_pool(pool); /* in use: stays */
    lv_free(large);
    CHECK(lv_malloc(8192) == large);
    lv_free(large);
    lv_mem_remove_pool(pool);
    CHECK(lv_malloc(8192) == NULL && lv_mem_test() == LV_RESULT_OK);
    lv_mem_deinit();
    return 0;
}
