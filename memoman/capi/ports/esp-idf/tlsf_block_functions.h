/*
 * For ESP-IDF's multi_heap.c, in place of the file of the same name in its component heap: the blocks of a pool, as
 * memoman.h draws them under "The bytes of a pool". They have the layout of TLSF 3.1.
 */
#ifndef MEMOMAN_ESP_IDF_TLSF_BLOCK_FUNCTIONS_H
#define MEMOMAN_ESP_IDF_TLSF_BLOCK_FUNCTIONS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The word in front of a header belongs to the block before, and is its address only while that one is free. */
typedef struct block_header_t {
    struct block_header_t *previous;
    size_t size_and_flags;
} block_header_t;

static const size_t block_header_overhead = sizeof(size_t);

static inline size_t block_size(const block_header_t *block) {
    return block->size_and_flags & ~(size_t)3;
}

static inline int block_is_free(const block_header_t *block) {
    return (int)(block->size_and_flags & 1);
}

static inline int block_is_last(const block_header_t *block) {
    return block_size(block) == 0;
}

static inline block_header_t *offset_to_block(const void *address, size_t bytes) {
    return (block_header_t *)((char *)address + bytes);
}

static inline block_header_t *block_from_ptr(const void *payload) {
    return offset_to_block(payload, (size_t)0 - sizeof(block_header_t));
}

static inline void *block_to_ptr(const block_header_t *block) {
    return (char *)block + sizeof(block_header_t);
}

static inline block_header_t *block_next(const block_header_t *block) {
    return offset_to_block(block_to_ptr(block), block_size(block) - block_header_overhead);
}

#ifdef __cplusplus
}
#endif

#endif
