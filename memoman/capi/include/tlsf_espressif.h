/*
 * memoman under the names of espressif's fork of TLSF (the component of ESP-IDF), for programs written
 * for its tlsf.h: compile against this file in place of that one, and link libmemoman instead of tlsf.c.
 * C99 or C++.
 *
 * cbindgen generates this file from memoman/capi/src/espressif/; edit that.
 *
 * Overview
 *
 *   The names are macros for the functions mm_esp_*. So a program may contain files written for this
 *   header, for tlsf.h and for memoman.h; one file includes only one of the two TLSF headers.
 *
 *   A heap has the control structure that its largest pool needs: second level 8 up to 16 KiB, 16 up to
 *   256 KiB, else 32, and the first level in steps: 4K, 16K, 64K, 256K, 4M, the largest of the library.
 *   Blocks are placed as by TLSF 3.1 with that second level.
 *
 * Hooks
 *
 *   A program may define these functions. This file declares them as weak symbols where the platform has
 *   those (ELF); elsewhere the program defines MM_ESP_HOOKS before it includes this file, and both.
 *
 *   bool tlsf_check_hook(void *start, size_t size, bool is_free);
 *     tlsf_check_pool calls it for the memory of each block: all of an allocated one; of a free one what is
 *     neither a link nor the last word. It returns whether the memory holds what it should.
 *   void block_absorb_post_hook(void *start, size_t size, bool is_free);
 *     called when a block has been merged into another, with the memory of its header and links, which it
 *     may fill. It is called at the end of the call that merged them.
 *
 * Differences from the fork
 *
 *   - Calls that damage the heap there are refused: sizes that wrap, alignments that are not a power of
 *     two, pools that overlap or are too large, memory that is too small for the control structure, the
 *     removal of a pool that is in use, already removed, or of another heap; tlsf_malloc_addr outside of
 *     the pools, or of what is not free.
 *   - Later versions of the fork round a large request up to its class and hand out all of it. Here a
 *     block has the size that was requested, as in TLSF 3.1, and the rest stays free.
 *   - tlsf_size(tlsf) is this library's: mm_esp_size_for(max_bytes) returns it before there is a heap.
 *   - tlsf_malloc_addr and tlsf_fit_size work on 64-bit, and tlsf_malloc_addr in each of the first 8 pools.
 *   - tlsf_walk_pool without a walker does nothing; nothing calls printf.
 *   - The files tlsf_block_functions.h and tlsf_control_functions.h, the fork's inside, have no counterpart.
 *   - A heap remembers 8 pools, and takes any number. What is checked of the others is in tlsf.h, under
 *     "Pools beyond the table".
 */
#ifndef MEMOMAN_TLSF_ESPRESSIF_H
#define MEMOMAN_TLSF_ESPRESSIF_H

#ifdef MEMOMAN_TLSF_H
#error "tlsf.h and tlsf_espressif.h define the same names: include one of them in a file"
#endif


#include <stddef.h>
#include <stdbool.h>
#include "memoman_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Called for the memory of each block that is checked. Returns whether it holds what it should.
 */
typedef bool (*mm_esp_check_hook)(void *start, size_t size, bool is_free);

/**
 * Called for memory that held a header and now belongs to a larger block.
 */
typedef void (*mm_esp_absorb_hook)(void *start, size_t size, bool is_free);

/**
 * A heap: the address of its control structure.
 */
typedef void *tlsf_t;

/**
 * A pool of a heap: the address of its memory, as passed to tlsf_add_pool.
 */
typedef void *pool_t;

/**
 * Called for each block of a walk, in address order, with the block's payload, its usable bytes,
 * whether it is allocated (1) or free (0), and the `user` argument of the walk. Returns whether to go on.
 * It must return, and must not change the heap.
 */
typedef bool (*tlsf_walker)(void *ptr, size_t size, int used, void *user);

/**
 * Sets the functions that watch the heaps of the program: tlsf_check_hook and block_absorb_post_hook. The
 * header calls this; either may be NULL.
 */
void mm_esp_set_hooks(mm_esp_check_hook check, mm_esp_absorb_hook absorb);

/**
 * Returns the bytes of the control structure of a heap for `max_bytes`, which mm_esp_create needs. (The
 * fork has no such function: its tlsf_size needs a heap.) Returns 0 if no heap can have so large a pool.
 */
size_t mm_esp_size_for(size_t max_bytes);

/**
 * Makes a heap without pools, whose control structure fits pools of up to `max_bytes` bytes.
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `max_bytes`
 * is less than the control structure has, or too large.
 */
tlsf_t mm_esp_create(void *mem, size_t max_bytes);

/**
 * Makes a heap in one piece of memory of `pool_bytes` bytes: the control structure, for pools of up to
 * `max_bytes` (0 stands for `pool_bytes`), and a pool of the rest.
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if one of the
 * numbers is too small or too large. (The fork returns a heap without a pool if only the rest is too
 * small for one.)
 */
tlsf_t mm_esp_create_with_pool(void *mem, size_t pool_bytes, size_t max_bytes);

/**
 * Ends a heap. Neither reads nor writes its memory, which the program may have freed already.
 */
void mm_esp_destroy(tlsf_t tlsf);

/**
 * Returns the pool that tlsf_create_with_pool made: the address behind the control structure, whether a
 * pool is there or not. For NULL, returns NULL.
 */
pool_t mm_esp_get_pool(tlsf_t tlsf);

/**
 * Gives a heap more memory.
 *
 * Returns the pool, which is `mem`; or NULL if `mem` is NULL or misaligned, if `bytes` is too small or
 * too large, or if the memory overlaps the control structure or a pool that the heap knows: see the
 * overview for pools beyond the table.
 */
pool_t mm_esp_add_pool(tlsf_t tlsf, void *mem, size_t bytes);

/**
 * Removes a pool in which all blocks are free. A pool with allocated blocks, or of another heap, is left
 * unchanged.
 */
void mm_esp_remove_pool(tlsf_t tlsf, pool_t pool);

/**
 * Allocates `size` bytes. Returns the block; or NULL if `size` is 0, or if no free block is found.
 */
void *mm_esp_malloc(tlsf_t tlsf, size_t size);

/**
 * Allocates `size` bytes at a multiple of `align`. Returns the block; or NULL if `size` is 0, if `align` is
 * not a power of two, or if no free block is found.
 */
void *mm_esp_memalign(tlsf_t tlsf, size_t align, size_t size);

/**
 * Allocates `size` bytes so that the byte at `offset`, rounded up to a multiple of tlsf_align_size(), is at
 * a multiple of `align`. `size` includes the bytes in front of it. Returns the block; or NULL in the cases
 * of tlsf_memalign.
 */
void *mm_esp_memalign_offs(tlsf_t tlsf, size_t align, size_t size, size_t offset);

/**
 * Allocates a block that contains the `size` bytes at `address`, rounded down to a multiple of
 * tlsf_align_size(). All of them must be free, in a pool that the heap knows.
 *
 * Returns the block, which starts at `address` if the bytes in front of it can be a free block; or NULL
 * if `size` is 0, or if not all of the bytes are free. Takes time in proportion to the blocks of the pool.
 */
void *mm_esp_malloc_addr(tlsf_t tlsf, size_t size, void *address);

/**
 * Changes the size of a block, in place or by moving it. If `ptr` is NULL, the call is tlsf_malloc; else,
 * if `size` is 0, it is tlsf_free and returns NULL. Returns the block; or NULL if no free block is found,
 * and leaves the block at `ptr` unchanged.
 */
void *mm_esp_realloc(tlsf_t tlsf, void *ptr, size_t size);

/**
 * Frees an allocated block of this heap. NULL is ignored.
 */
void mm_esp_free(tlsf_t tlsf, void *ptr);

/**
 * Returns the usable bytes of an allocated block; 0 for NULL.
 */
size_t mm_esp_block_size(void *ptr);

/**
 * Returns the largest request that a free block of `size` bytes serves for certain: `size`, rounded down to
 * the first size of its class; below the first class of more than one size, rounded up to a block size. 0
 * for 0 and for NULL.
 */
size_t mm_esp_fit_size(tlsf_t tlsf, size_t size);

/**
 * Returns the bytes of the control structure of a heap; 0 for NULL.
 */
size_t mm_esp_size(tlsf_t tlsf);

/**
 * Returns the alignment of every block, and of all memory given to a heap.
 */
size_t mm_esp_align_size(void);

/**
 * Returns the bytes of the smallest block.
 */
size_t mm_esp_block_size_min(void);

/**
 * Returns the first size that is too large for a block of this heap, as the fork does; 0 for NULL.
 */
size_t mm_esp_block_size_max(tlsf_t tlsf);

/**
 * Returns the bytes of a pool that are never payload.
 */
size_t mm_esp_pool_overhead(void);

/**
 * Returns the bytes of the header in front of every block.
 */
size_t mm_esp_alloc_overhead(void);

/**
 * Calls `walker` for each block of a pool, in address order, until it returns false.
 *
 * pool: a pool of any sound heap. NULL is ignored.
 * walker: if it is NULL, nothing is called.
 */
void mm_esp_walk_pool(pool_t pool, tlsf_walker walker, void *user);

/**
 * Checks every invariant on every block, list and bit of a heap. Ends on any damage.
 *
 * Returns 0 if the heap is sound; -1 if it is not, or if it is NULL.
 */
int mm_esp_check(tlsf_t tlsf);

/**
 * Checks the invariants of address order on one pool, and calls tlsf_check_hook for the memory of each
 * block.
 *
 * The function does not know the heap, so it follows the sizes in the headers, up to the first that is
 * impossible. tlsf_check knows where pools end.
 *
 * Returns 0 if the pool is sound and the hook returned true for each block; else -1, also for NULL.
 */
int mm_esp_check_pool(pool_t pool);

#if defined(__ELF__) && (defined(__GNUC__) || defined(__clang__))
#define MM_ESP_HOOKS
__attribute__((weak)) bool tlsf_check_hook(void *start, size_t size, bool is_free);
__attribute__((weak)) void block_absorb_post_hook(void *start, size_t size, bool is_free);
#elif defined(MM_ESP_HOOKS)
bool tlsf_check_hook(void *start, size_t size, bool is_free);
void block_absorb_post_hook(void *start, size_t size, bool is_free);
#endif

static inline void mm_esp_register_hooks(void) {
#ifdef MM_ESP_HOOKS
    mm_esp_set_hooks(tlsf_check_hook, block_absorb_post_hook);
#endif
}

static inline tlsf_t tlsf_create(void *mem, size_t max_bytes) {
    mm_esp_register_hooks();
    return mm_esp_create(mem, max_bytes);
}

static inline tlsf_t tlsf_create_with_pool(void *mem, size_t pool_bytes, size_t max_bytes) {
    mm_esp_register_hooks();
    return mm_esp_create_with_pool(mem, pool_bytes, max_bytes);
}

#define tlsf_destroy mm_esp_destroy
#define tlsf_get_pool mm_esp_get_pool
#define tlsf_add_pool mm_esp_add_pool
#define tlsf_remove_pool mm_esp_remove_pool
#define tlsf_malloc mm_esp_malloc
#define tlsf_memalign mm_esp_memalign
#define tlsf_memalign_offs mm_esp_memalign_offs
#define tlsf_malloc_addr mm_esp_malloc_addr
#define tlsf_realloc mm_esp_realloc
#define tlsf_free mm_esp_free
#define tlsf_block_size mm_esp_block_size
#define tlsf_size mm_esp_size
#define tlsf_align_size mm_esp_align_size
#define tlsf_block_size_min mm_esp_block_size_min
#define tlsf_block_size_max mm_esp_block_size_max
#define tlsf_pool_overhead mm_esp_pool_overhead
#define tlsf_alloc_overhead mm_esp_alloc_overhead
#define tlsf_fit_size mm_esp_fit_size
#define tlsf_walk_pool mm_esp_walk_pool
#define tlsf_check mm_esp_check
#define tlsf_check_pool mm_esp_check_pool

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_TLSF_ESPRESSIF_H */
