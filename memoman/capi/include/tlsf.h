/*
 * memoman under the names of Matthew Conte's TLSF 3.1, for programs written for its tlsf.h: compile
 * against this file or that one, and link libmemoman instead of tlsf.c.
 *
 * cbindgen generates this file from memoman/capi/src/tlsf_names.rs; edit that.
 *
 * Overview
 *
 *   The types, the functions and their results are TLSF 3.1's: the same blocks, at the same addresses
 *   of a pool, with the same sizes, aligned to a word. memoman.h has heaps of another kind, with the
 *   alignment of malloc and more functions; it has the invariants and the limits of both kinds. A
 *   program may include both headers. Mixing their handles does not compile.
 *
 * Differences from TLSF 3.1
 *
 *   - Calls that damage the heap in TLSF 3.1 are refused: sizes and alignments that wrap, alignments
 *     that are not a power of two, pools that overlap (each other, or the control structure) or are
 *     too large, memory that is NULL or too small for the control structure, the removal of a pool
 *     that is in use, already removed, or of another heap.
 *   - A heap keeps a table of its first MM_POOLS_MAX pools. Any number of pools can be added beyond
 *     it, in constant time, as in TLSF 3.1; see below.
 *   - tlsf_size() is larger, for the table of pools. So the first pool of tlsf_create_with_pool starts
 *     further into the memory and is smaller. Programs should call tlsf_size(), not assume a number.
 *   - tlsf_t is the address of a struct, not of void: handing one function's heap to another kind of
 *     heap is an error of the compiler. (A tlsf_t converts to void *, but void * to it only in C.)
 *   - tlsf_free returns the block's size.
 *   - tlsf_walk_pool without a walker does nothing; TLSF 3.1 calls printf.
 *   - tlsf_check checks more, stops at the first fault, and always ends. It has no assertions.
 *
 * Pools beyond the table
 *
 *   Up to MM_POOLS_MAX pools at a time are in the heap's table, and everything that this file says holds
 *   for them. Of the pools beyond, the heap only keeps how many there are and between which addresses
 *   they lie. They are allocated from, freed to and removed as all others, with these differences:
 *
 *   - tlsf_add_pool does not detect an overlap of two such pools. It detects one with the control structure
 *     and with the pools in the table.
 *   - tlsf_remove_pool of a pool that is in use, removed before, or of another heap is still refused, in
 *     time proportional to the free blocks of the same size class. But it reads the first header to
 *     know that: the memory must still be there. The address of a free block at the end of a pool is
 *     taken for a pool.
 *   - tlsf_check follows the lists into such a pool and checks the free blocks that it finds there, with
 *     both neighbours; it does not walk the pool. tlsf_check_pool does.
 *   - Feature `guard` checks a pointer into such a pool by the headers around it. It can take bytes that
 *     look like a block for one.
 *
 *   In a library configured with enough pools (scripts/install-c --pools) none is beyond the table.
 */
#ifndef MEMOMAN_TLSF_H
#define MEMOMAN_TLSF_H

#ifdef MEMOMAN_TLSF_ESPRESSIF_H
#error "tlsf.h and tlsf_espressif.h define the same names: include one of them in a file"
#endif


#include <stddef.h>
#include "memoman_config.h"

/* The constructors have the configuration in their symbols: with a library of another configuration, the
 * program does not link. Define MM_ANY_CONFIGURATION to link with any, or with TLSF 3.1 itself. */
#ifndef MM_ANY_CONFIGURATION
#define tlsf_create TLSF_CONFIGURED(tlsf_create)
#define tlsf_create_with_pool TLSF_CONFIGURED(tlsf_create_with_pool)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A heap. Only this library reads and writes it.
 */
struct tlsf_heap;

/**
 * A heap: the address of its control structure. Not an mm_t: blocks of the two may have different
 * alignments.
 */
typedef struct tlsf_heap *tlsf_t;

/**
 * A pool of a heap: the address of its memory, as passed to tlsf_add_pool.
 */
typedef void *pool_t;

/**
 * Called for each block of a walk, in address order, with the block's payload, its usable bytes,
 * whether it is allocated (1) or free (0), and the `user` argument of the walk. It must return, and
 * must not change the heap.
 */
typedef void (*tlsf_walker)(void *ptr, size_t size, int used, void *user);

/**
 * Makes a heap without pools in the tlsf_size() bytes at `mem`.
 *
 * Returns the heap; or NULL if `mem` is NULL or misaligned.
 */
tlsf_t tlsf_create(void *mem);

/**
 * Makes a heap in one piece of memory: tlsf_size() bytes of control structure, and a pool of the
 * rest.
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `bytes`
 * is too small or too large.
 */
tlsf_t tlsf_create_with_pool(void *mem, size_t bytes);

/**
 * Ends a heap. Neither reads nor writes its memory, which the program may have freed already.
 */
void tlsf_destroy(tlsf_t tlsf);

/**
 * Returns the pool that tlsf_create_with_pool made: the address behind the control structure,
 * whether a pool is there or not. For NULL, returns NULL.
 */
pool_t tlsf_get_pool(tlsf_t tlsf);

/**
 * Gives a heap more memory. There is no limit to the number of pools. Constant time.
 *
 * Returns the pool, which is `mem`; or NULL if `mem` is NULL or misaligned, if `bytes` is too small
 * or too large, or if the memory overlaps the control structure or a pool of the table.
 */
pool_t tlsf_add_pool(tlsf_t tlsf, void *mem, size_t bytes);

/**
 * Removes a pool in which all blocks are free. A pool with allocated blocks, of another heap, or
 * already removed is left unchanged.
 */
void tlsf_remove_pool(tlsf_t tlsf, pool_t pool);

/**
 * Allocates `bytes` bytes. Returns the block; or NULL if `bytes` is 0, or if no free block is found.
 */
void *tlsf_malloc(tlsf_t tlsf, size_t bytes);

/**
 * Allocates `bytes` bytes at a multiple of `align`. Returns the block; or NULL if `bytes` is 0, if
 * `align` is not a power of two, or if no free block is found.
 */
void *tlsf_memalign(tlsf_t tlsf, size_t align, size_t bytes);

/**
 * Changes the size of a block, in place or by moving it. If `ptr` is NULL, the call is tlsf_malloc;
 * else, if `size` is 0, it is tlsf_free and returns NULL. Returns the block; or NULL if no free block
 * is found, and leaves the block at `ptr` unchanged.
 */
void *tlsf_realloc(tlsf_t tlsf, void *ptr, size_t size);

/**
 * Frees an allocated block of this heap. NULL is ignored. Returns the usable bytes that the block had,
 * as LVGL's TLSF does; 0 for NULL. (TLSF 3.1 returns nothing.)
 */
size_t tlsf_free(tlsf_t tlsf, void *ptr);

/**
 * Returns the usable bytes of an allocated block; 0 for NULL. It reads the block's header, so it
 * counts as a call of the block's heap.
 */
size_t tlsf_block_size(void *ptr);

/**
 * Returns the bytes of the control structure: more than TLSF 3.1's, for the table of pools.
 */
size_t tlsf_size(void);

/**
 * Returns the alignment of every block, and of all memory given to a heap.
 */
size_t tlsf_align_size(void);

/**
 * Returns the bytes of the smallest block.
 */
size_t tlsf_block_size_min(void);

/**
 * Returns the first size that is too large, as TLSF 3.1 does.
 */
size_t tlsf_block_size_max(void);

/**
 * Returns the bytes of a pool that are never payload.
 */
size_t tlsf_pool_overhead(void);

/**
 * Returns the bytes of the header in front of every block.
 */
size_t tlsf_alloc_overhead(void);

/**
 * Calls `walker` for each block of a pool, in address order.
 *
 * pool: a pool of any sound heap. NULL is ignored.
 * walker: if it is NULL, nothing is called. (TLSF 3.1 prints the blocks; this library does not use
 * printf.)
 */
void tlsf_walk_pool(pool_t pool, tlsf_walker walker, void *user);

/**
 * Checks every invariant on every block, list and bit of a heap. Ends on any damage.
 *
 * Returns 0 if the heap is sound; -1 if it is not, or if it is NULL.
 */
int tlsf_check(tlsf_t tlsf);

/**
 * Checks the invariants of address order on one pool.
 *
 * The function does not know the heap, so it follows the sizes in the headers, up to the first that
 * is impossible. A size that is damaged but possible may lead it out of the pool. tlsf_check knows
 * where pools end.
 *
 * Returns 0 if the pool is sound; -1 if it is not, or if it is NULL.
 */
int tlsf_check_pool(pool_t pool);

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_TLSF_H */
