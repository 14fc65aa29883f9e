/*
 * memoman under the names of Matthew Conte's TLSF 3.1, for programs that are written for its tlsf.h:
 * compile against this file or that one, and link libmemoman instead of tlsf.c.
 *
 * This file is written by cbindgen from memoman/capi/src/tlsf_names.rs; edit that.
 *
 * Overview
 *
 *   The types, the functions and what they answer are TLSF 3.1's: same blocks, at the same addresses
 *   of a pool, with the same sizes. memoman.h has the same calls as mm_*, most of which tell more or
 *   refuse more, with their full contracts, the invariants and the limits; both may be included, and
 *   a tlsf_t is an mm_t.
 *
 * Where it differs
 *
 *   - What TLSF 3.1 corrupts its heap on is refused: sizes and alignments that wrap, alignments that
 *     are not a power of two, pools that overlap (each other, or the control structure) or are too
 *     large, memory that is NULL or too small for the control structure, the removal of a pool that
 *     is in use, gone or of another heap.
 *   - A heap has at most 32 pools at a time (MM_POOLS_MAX); TLSF 3.1 has no limit.
 *   - tlsf_size() is larger, for the table of pools: ask for it, assume no number. So the first pool
 *     of tlsf_create_with_pool starts further into the memory and is smaller.
 *   - tlsf_walk_pool without a walker calls nothing, instead of printf.
 *   - tlsf_check checks more, stops at the first fault, and always ends. There are no assertions.
 */
#ifndef MEMOMAN_TLSF_H
#define MEMOMAN_TLSF_H


#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A heap: the address of its control structure.
 */
typedef void *tlsf_t;

/**
 * A pool of a heap: the address of its memory, as it was given.
 */
typedef void *pool_t;

/**
 * Called for each block of a walk, in address order: the block's payload, its usable bytes, whether
 * it is handed out (1) or free (0), and the `user` of the walk. It must return, and must not change
 * the heap.
 */
typedef void (*tlsf_walker)(void *ptr, size_t size, int used, void *user);

/**
 * Makes a heap without memory of tlsf_size() bytes at `mem`.
 *
 * Returns it; NULL if `mem` is NULL or misaligned.
 */
tlsf_t tlsf_create(void *mem);

/**
 * Makes a heap of one piece of memory: tlsf_size() bytes of control structure, and a pool of the
 * rest.
 *
 * Returns it; NULL if `mem` is NULL or misaligned, or `bytes` too few or too many. Nothing is
 * written then.
 */
tlsf_t tlsf_create_with_pool(void *mem, size_t bytes);

/**
 * Ends a heap. Reads and writes nothing: its memory may be gone already.
 */
void tlsf_destroy(tlsf_t tlsf);

/**
 * The pool that tlsf_create_with_pool made: the address behind the control structure, whether there
 * (still) is a pool or not. NULL for a heap that is NULL.
 */
pool_t tlsf_get_pool(tlsf_t tlsf);

/**
 * Gives a heap more memory.
 *
 * Returns the pool, which is `mem`; NULL if `mem` is NULL or misaligned, if `bytes` are too few or
 * too many, if it overlaps another pool or the control structure, or if the heap has 32 pools
 * already.
 */
pool_t tlsf_add_pool(tlsf_t tlsf, void *mem, size_t bytes);

/**
 * Takes a pool back, all blocks of which are free. One with live blocks, or of another heap, is
 * left alone.
 */
void tlsf_remove_pool(tlsf_t tlsf, pool_t pool);

/**
 * Allocates `bytes` bytes. Returns the block; NULL for 0 bytes, or if it cannot be had.
 */
void *tlsf_malloc(tlsf_t tlsf, size_t bytes);

/**
 * Allocates `bytes` bytes at a multiple of `align`. Returns the block; NULL for 0 bytes, if `align`
 * is not a power of two, or if it cannot be had.
 */
void *tlsf_memalign(tlsf_t tlsf, size_t align, size_t bytes);

/**
 * Changes the size of a block, in place or by moving it; tlsf_malloc if `ptr` is NULL, tlsf_free if
 * `size` is 0. Returns the block; NULL if it cannot be had, and `ptr` is then as it was.
 */
void *tlsf_realloc(tlsf_t tlsf, void *ptr, size_t size);

/**
 * Frees a live block of this heap; NULL is ignored.
 */
void tlsf_free(tlsf_t tlsf, void *ptr);

/**
 * Bytes that a live block holds; 0 for NULL. Counts as a call of the block's heap: it reads there.
 */
size_t tlsf_block_size(void *ptr);

/**
 * Bytes of the control structure: more than TLSF 3.1's, for the table of pools.
 */
size_t tlsf_size(void);

/**
 * Alignment of every block, and of all memory given to a heap.
 */
size_t tlsf_align_size(void);

/**
 * Bytes of the least block.
 */
size_t tlsf_block_size_min(void);

/**
 * The first size that is too large, as TLSF 3.1 has it; mm_block_size_max is the last that is not.
 */
size_t tlsf_block_size_max(void);

/**
 * Bytes of a pool that are never payload.
 */
size_t tlsf_pool_overhead(void);

/**
 * Bytes in front of every block that are the heap's.
 */
size_t tlsf_alloc_overhead(void);

/**
 * Calls `walker` for each block of a pool, in address order.
 *
 * pool: a pool of any sound heap; NULL is ignored.
 * walker: NULL to call nothing. (TLSF 3.1 prints then; this library knows no printf.)
 */
void tlsf_walk_pool(pool_t pool, tlsf_walker walker, void *user);

/**
 * Checks every invariant on every block, list and bit of a heap, ending on any damage.
 *
 * Returns 0 if it is sound; -1 if not, or for NULL.
 */
int tlsf_check(tlsf_t tlsf);

/**
 * Checks the invariants of address order on one pool.
 *
 * As it knows no heap, it goes by the sizes it finds, up to the first that is none: a size that is
 * damaged but possible may lead it out of the pool. tlsf_check and mm_check_pool know where pools
 * end.
 *
 * Returns 0 if it is sound; -1 if not, or for NULL.
 */
int tlsf_check_pool(pool_t pool);

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_TLSF_H */
