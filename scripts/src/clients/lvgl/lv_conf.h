/* LVGL without a screen: its core, widgets and software renderer, with the allocator that comes with it. What is
 * not here is as LVGL's defaults have it. */
#ifndef LV_CONF_H
#define LV_CONF_H

#define LV_COLOR_DEPTH 16
#define LV_USE_OS LV_OS_NONE
#define LV_USE_LOG 0
#define LV_USE_ASSERT_NULL 1
#define LV_USE_ASSERT_MALLOC 1
#define LV_USE_ASSERT_MEM_INTEGRITY 0
#define LV_ASSERT_HANDLER_INCLUDE <stdlib.h>
#define LV_ASSERT_HANDLER abort();
#define LV_DRAW_SW_COMPLEX 1
#define LV_USE_DRAW_SW_ASM LV_DRAW_SW_ASM_NONE
#define LV_BUILD_EXAMPLES 0
#define LV_BUILD_DEMOS 0

#define LV_USE_STDLIB_MALLOC LV_STDLIB_BUILTIN
#define LV_USE_STDLIB_STRING LV_STDLIB_BUILTIN
#define LV_USE_STDLIB_SPRINTF LV_STDLIB_BUILTIN

/* LARGEST_POOL is the sum of both, and also the largest pool of the library that takes the allocator's place. */
#define LV_MEM_POOL_EXPAND_SIZE (64 * 1024)
#define LV_MEM_SIZE (LARGEST_POOL - LV_MEM_POOL_EXPAND_SIZE)
#define LV_MEM_ADR 0
#define LV_MEM_POOL_INCLUDE "pool.h"
#define LV_MEM_POOL_ALLOC client_pool

#endif
