/*
 * memoman for small memories: heaps whose control structure fits their largest pool.
 *
 * cbindgen generates this file from memoman/capi/src/sized/mm_sized.rs; edit that.
 *
 * Overview
 *
 *   An mm_t of memoman.h has the geometry that the library was built with, and a control structure of
 *   mm_size() bytes, 7 KB by default on 64-bit. An mm_sized_t has one of six geometries, chosen when the
 *   heap is made by the bytes of its largest pool: by default on 64-bit, 560 bytes of control for
 *   4 KiB and 1,344 for 64 KiB. Each call has the contract of its mm_* counterpart, and takes a few
 *   instructions more: it finds the geometry in the control structure.
 *
 *   largest pool          lists for each power of two
 *   4 KiB, 16 KiB         8
 *   64 KiB, 256 KiB       16
 *   4 MiB, the largest    32
 *
 *   A program that links the static library with --gc-sections contains the six geometries only if it
 *   calls these functions. A program whose heaps all have one size is smaller with a library that is
 *   built for it: scripts/install-c --largest-pool 16K --second-levels 8.
 *
 * Example
 *
 *   #include <stdio.h>
 *   #include "memoman_sized.h"
 *
 *   static MM_ALIGNED unsigned char memory[4096];
 *
 *   int main(void) {
 *       mm_sized_t heap = mm_sized_create_with_pool(memory, sizeof memory, 0);
 *       char *text = (char *)mm_sized_malloc(heap, 100);
 *       if (text == NULL) return 1;
 *       sprintf(text, "%u bytes of control", (unsigned)mm_sized_size(sizeof memory));
 *       puts(text);
 *       mm_sized_free(heap, text);
 *       return !mm_sized_validate(heap);
 *   }
 */
#ifndef MEMOMAN_SIZED_H
#define MEMOMAN_SIZED_H


#include "memoman.h"

/* The constructors have the configuration in their symbols, as those of memoman.h. */
#ifndef MM_ANY_CONFIGURATION
#define mm_sized_create MM_CONFIGURED(mm_sized_create)
#define mm_sized_create_with_pool MM_CONFIGURED(mm_sized_create_with_pool)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The largest number of pools that an mm_sized_t has at a time.
 */
#define MM_SIZED_POOLS_MAX 8

/**
 * A heap whose control structure fits its largest pool. Only this library reads and writes it.
 */
struct mm_sized_heap;

/**
 * A heap whose control structure fits its largest pool. Not an mm_t: the functions of memoman.h are
 * compiled for one geometry.
 */
typedef struct mm_sized_heap *mm_sized_t;

/**
 * Returns the bytes of the control structure of a heap whose largest pool has `largest_pool` bytes; or
 * 0 if no heap can have so large a pool.
 */
size_t mm_sized_size(size_t largest_pool);

/**
 * Makes a heap without pools. mm_sized_add_pool gives it memory.
 *
 * mem: mm_sized_size(largest_pool) bytes at a multiple of mm_align_size(), owned by the caller. They
 * stay in place and belong to the heap until mm_sized_destroy.
 * largest_pool: bytes of the largest pool that the heap is ever given. It may be given a larger one if
 * that needs no larger control structure.
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if
 * `largest_pool` is too large. Takes constant time.
 */
mm_sized_t mm_sized_create(void *mem, size_t largest_pool);

/**
 * Makes a heap in one piece of memory: the control structure, and a pool of the rest.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
 * belong to the heap until mm_sized_destroy.
 * largest_pool: bytes of the largest pool that the heap is ever given, if that is more than `bytes`;
 * else 0.
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if one of the
 * numbers is too small or too large. Takes constant time.
 */
mm_sized_t mm_sized_create_with_pool(void *mem, size_t bytes, size_t largest_pool);

/**
 * Returns why mm_sized_create_with_pool would return NULL for these arguments; MM_OK if it would not.
 */
enum mm_error mm_sized_create_error(void *mem, size_t bytes, size_t largest_pool);

/**
 * Ends a heap. All its memory, control structure and pools, belongs to the caller again. An empty heap
 * is left in place of the control structure. NULL is ignored.
 */
void mm_sized_destroy(mm_sized_t heap);

/**
 * Frees all blocks at once, as mm_reset. NULL is ignored.
 */
void mm_sized_reset(mm_sized_t heap);

/**
 * Returns why the last refused call of a heap was refused, as mm_last_error.
 */
enum mm_error mm_sized_last_error(mm_sized_t heap);

/**
 * Returns the bytes of the largest block that this heap can have: what mm_block_size_max() is for an
 * mm_t. For NULL, returns 0.
 */
size_t mm_sized_block_size_max(mm_sized_t heap);

/**
 * Returns the number of free lists for each power of two of block sizes: 8, 16 or 32. For NULL, returns
 * 0.
 */
size_t mm_sized_second_levels(mm_sized_t heap);

/**
 * Gives a heap more memory, as mm_add_pool. A heap has at most MM_SIZED_POOLS_MAX pools at a time.
 */
mm_pool_t mm_sized_add_pool(mm_sized_t heap, void *mem, size_t bytes);

/**
 * Removes a pool in which all blocks are free, as mm_remove_pool. Returns 0; or -1 for a refused call.
 */
int mm_sized_remove_pool(mm_sized_t heap, mm_pool_t pool);

/**
 * Returns the pool that mm_sized_create_with_pool made, as mm_get_pool.
 */
mm_pool_t mm_sized_get_pool(mm_sized_t heap);

/**
 * Returns the pool that contains an address, as mm_get_pool_for_ptr.
 */
mm_pool_t mm_sized_get_pool_for_ptr(mm_sized_t heap, const void *ptr);

/**
 * Allocates `size` bytes at a multiple of mm_align_size(), as mm_malloc. Takes constant time.
 * mm_block_size returns the usable bytes of a block of any heap.
 */
void *mm_sized_malloc(mm_sized_t heap, size_t size);

/**
 * Allocates `size` bytes at a multiple of `align`, as mm_memalign. Takes constant time.
 */
void *mm_sized_memalign(mm_sized_t heap, size_t align, size_t size);

/**
 * Allocates `count` times `size` bytes that are 0, as mm_calloc.
 */
void *mm_sized_calloc(mm_sized_t heap, size_t count, size_t size);

/**
 * Changes the size of a block, as mm_realloc.
 */
void *mm_sized_realloc(mm_sized_t heap, void *ptr, size_t size);

/**
 * Changes the size of a block, as mm_realloc_aligned.
 */
void *mm_sized_realloc_aligned(mm_sized_t heap, void *ptr, size_t align, size_t size);

/**
 * Makes a block hold at least `size` bytes in place, as mm_try_grow. Returns 0; or -1 for a refused call.
 */
int mm_sized_try_grow(mm_sized_t heap, void *ptr, size_t size);

/**
 * Frees what a block has beyond `size` bytes, as mm_shrink. Returns 0; or -1 for a refused call.
 */
int mm_sized_shrink(mm_sized_t heap, void *ptr, size_t size);

/**
 * Returns the largest request that mm_sized_malloc grants now, as mm_max_allocatable.
 */
size_t mm_sized_max_allocatable(mm_sized_t heap);

/**
 * Frees a block, as mm_free. Takes constant time.
 */
void mm_sized_free(mm_sized_t heap, void *ptr);

/**
 * Calls `walker` for each block of a pool, as mm_walk_pool, with the same results.
 */
int mm_sized_walk_pool(mm_sized_t heap, mm_pool_t pool, mm_walker walker, void *user);

/**
 * Calls `walker` for each block of each pool, as mm_walk_all_pools, with the same results.
 */
int mm_sized_walk_all_pools(mm_sized_t heap, mm_walker walker, void *user);

/**
 * Counts what a heap holds, as mm_stats, with the same results.
 */
int mm_sized_stats(mm_sized_t heap, struct mm_stats *stats);

/**
 * Checks every invariant on every block, list and bit of a heap, as mm_validate. Returns 1 if the heap is
 * sound; 0 if it is not, or if it is NULL.
 */
int mm_sized_validate(mm_sized_t heap);

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_SIZED_H */
