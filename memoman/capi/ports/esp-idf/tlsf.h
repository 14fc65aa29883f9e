/*
 * For ESP-IDF's multi_heap.c, in place of the tlsf.h of its component heap: memoman-capi's README has the steps.
 */
#ifndef MEMOMAN_ESP_IDF_TLSF_H
#define MEMOMAN_ESP_IDF_TLSF_H

#include "tlsf_espressif.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mm_esp_search {
    const unsigned char *address;
    void *block;
};

static inline bool mm_esp_contains(void *block, size_t size, int used, void *user) {
    struct mm_esp_search *search = (struct mm_esp_search *)user;
    const unsigned char *start = (const unsigned char *)block;
    if (used && search->address >= start && search->address < start + size) search->block = block;
    return search->block == NULL;
}

/* The allocated block that contains an address; NULL if none does. Walks the pool. ESP-IDF 5.4 and newer. */
static inline void *tlsf_find_containing_block(pool_t pool, void *address) {
    struct mm_esp_search search;
    search.address = (const unsigned char *)address;
    search.block = NULL;
    tlsf_walk_pool(pool, mm_esp_contains, &search);
    return search.block;
}

#ifdef __cplusplus
}
#endif

#endif
