/* The memory of LVGL's heap, and the calls of its allocator. */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

/* Bytes of the control structure of LVGL's own allocator, which are in front of its pool. */
extern size_t client_control;

/* The start of the memory: the same address in each run. */
void *client_pool(size_t bytes);

/* lv_mem_core_builtin.c is compiled with these in place of lv_tlsf_malloc, lv_tlsf_realloc and lv_tlsf_free. They
 * call those and print the call. */
void *traced_malloc(void *tlsf, size_t bytes);
void *traced_realloc(void *tlsf, void *block, size_t bytes);
size_t traced_free(void *tlsf, const void *block);

#endif
