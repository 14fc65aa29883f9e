/* The names of LVGL's allocator, on memoman's C library. The pool is where LVGL's own allocator has it: behind the
 * bytes of its control structure, which is smaller than memoman's. So memoman's is elsewhere. */
#include <stdint.h>
#include <stdlib.h>

#include "tlsf.h"

#include "pool.h"

static union {
    uint64_t align;
    char bytes[32 << 10];
} control;

static void *pool;

void *lv_tlsf_create_with_pool(void *mem, size_t bytes)
{
    tlsf_t tlsf;
    if(tlsf_size() > sizeof(control)) abort();
    tlsf = tlsf_create(&control);
    pool = tlsf_add_pool(tlsf, (char *)mem + client_control, bytes - client_control);
    return pool ? tlsf : NULL;
}

size_t lv_tlsf_size(void)
{
    return tlsf_size();
}

void lv_tlsf_destroy(void *tlsf)
{
    tlsf_destroy((tlsf_t)tlsf);
}

void *lv_tlsf_get_pool(void *tlsf)
{
    (void)tlsf;
    return pool;
}

void *lv_tlsf_add_pool(void *tlsf, void *mem, size_t bytes)
{
    return tlsf_add_pool((tlsf_t)tlsf, mem, bytes);
}

void lv_tlsf_remove_pool(void *tlsf, void *removed)
{
    tlsf_remove_pool((tlsf_t)tlsf, removed);
}

void *lv_tlsf_malloc(void *tlsf, size_t bytes)
{
    return tlsf_malloc((tlsf_t)tlsf, bytes);
}

void *lv_tlsf_memalign(void *tlsf, size_t align, size_t bytes)
{
    return tlsf_memalign((tlsf_t)tlsf, align, bytes);
}

void *lv_tlsf_realloc(void *tlsf, void *block, size_t bytes)
{
    return tlsf_realloc((tlsf_t)tlsf, block, bytes);
}

size_t lv_tlsf_free(void *tlsf, const void *block)
{
    return tlsf_free((tlsf_t)tlsf, (void *)(uintptr_t)block);
}

size_t lv_tlsf_block_size(void *block)
{
    return tlsf_block_size(block);
}

void lv_tlsf_walk_pool(void *walked, tlsf_walker walker, void *user)
{
    tlsf_walk_pool(walked, walker, user);
}

int lv_tlsf_check(void *tlsf)
{
    return tlsf_check((tlsf_t)tlsf);
}

int lv_tlsf_check_pool(void *checked)
{
    return tlsf_check_pool(checked);
}
