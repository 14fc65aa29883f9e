/*
 * memoman: a memory allocator that works in constant time, in memory that you give it.
 *
 * This file is written by cbindgen from memoman/capi/src/mm.rs; edit that.
 *
 * Overview
 *
 *   A HEAP hands out BLOCKS of the memory of its POOLS. It is TLSF, two-level segregated fit
 *   (Masmano, Ripoll, Crespo, Real, 2004): free blocks are listed by size class, and two bit scans
 *   find the first list whose blocks are all large enough; free neighbours are merged at once.
 *   mm_malloc, mm_memalign and mm_free take constant time, and so does mm_realloc but for the copy
 *   of a block that moves. Every block is placed where Matthew Conte's TLSF 3.1 would place it.
 *
 *   The library keeps no state of its own: all there is to a heap is in the memory you gave it. It
 *   needs memcpy, memmove, memset and abort of the C library, and no operating system. (Built with
 *   feature `guard` it remembers one thing, who asked by mm_on_misuse to be told, and on Unix it
 *   needs write.)
 *
 * Example
 *
 *   #include <stdio.h>
 *   #include "memoman.h"
 *
 *   static size_t memory[8192];
 *
 *   int main(void) {
 *       mm_t mm = mm_create_with_pool(memory, sizeof memory);
 *       char *text = (char *)mm_malloc(mm, 100);
 *       if (text == NULL) return 1;
 *       sprintf(text, "a block of %u bytes", (unsigned)mm_block_size(text));
 *       puts(text);
 *       mm_free(mm, text);
 *       return mm_check(mm);
 *   }
 *
 * Contract of every call
 *
 *   - A heap (mm_t) is NULL or what mm_create, mm_create_with_pool or mm_init_in_place returned, its
 *     control structure never moved, copied or written to by others. Where the documentation says
 *     what a call does with NULL, it may be passed.
 *   - Calls of one heap must not overlap in time: threads that share a heap share a lock. Calls that
 *     only look (those that neither give nor take memory) may overlap each other. mm_block_size is
 *     such a call, of the heap whose block it is, although it is not given that heap. Different
 *     heaps need nothing.
 *   - The heap's memory is touched by nobody else, blocks handed out excepted: they are yours, all
 *     mm_block_size bytes of each, until they are freed.
 *   - What is refused (NULL or -1) has changed nothing. No size or alignment is so wrong that it is
 *     not refused. A pool is refused for what its address and length tell (misaligned, too small,
 *     too large, over another pool of the heap or its control structure); whether there is memory,
 *     and yours to give, no call can see.
 *   - Nor can one see pointers that are no blocks: freeing one is undefined behaviour, as it is in C.
 *     To have them found, build the library with feature `guard`; see mm_on_misuse.
 *
 * Invariants
 *
 *   What mm_validate and mm_check find sound obeys ten laws; each call leaves a heap sound if it
 *   found it sound.
 *
 *   Tiling      blocks of legal sizes cover a pool with no gap
 *   Mirror      each block knows whether the one before it is free
 *   BackLink    behind a free block stands its own address
 *   Coalesced   no two neighbours are free
 *   Sentinel    each pool ends in one used block of size 0
 *   Membership  a block is free exactly if it is in exactly one list
 *   Class       a listed block is in the list of its size
 *   Links       next and previous links of a list agree, and form no cycle
 *   Occupancy   a list's bit is set exactly if the list is not empty
 *   Census      counters, where there are any, equal what a walk counts
 *
 * The bytes of a pool
 *
 *   | header | payload | header | payload | ... | sentinel |
 *   A header is one word, mm_alloc_overhead(): the size of the payload and two flags. Payloads are
 *   multiples of mm_align_size() in size and address. A free block keeps its links in its payload,
 *   hence mm_block_size_min().
 *
 * Known limits
 *
 *   - Good fit, not best fit: a free block that would just hold a request is passed over, unless its
 *     size starts a class. So a request may fail that is up to 1/32 smaller than the largest free
 *     block, even that of the block just freed.
 *   - mm_realloc forgets alignments of mm_memalign when it moves a block.
 *   - Pools next to each other are not merged.
 */
#ifndef MEMOMAN_H
#define MEMOMAN_H


#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Pools that a heap can have at a time. (TLSF 3.1 has no such limit: it keeps no table of them,
 * and so cannot refuse a pool that overlaps another.)
 */
#define MM_POOLS_MAX 32

/**
 * A heap: the address of its control structure.
 */
typedef void *mm_t;

/**
 * A pool of a heap: the address of its memory, as it was given.
 */
typedef void *mm_pool_t;

/**
 * Called for each block of a walk, in address order: the block's payload, its usable bytes, whether
 * it is handed out (1) or free (0), and the `user` of the walk.
 *
 * It must return, and must not change the heap: of this header it may call mm_block_size, and
 * what only looks (mm_get_pool, mm_get_pool_for_ptr, mm_validate*, mm_check*, other walks).
 */
typedef void (*mm_walker)(void *ptr, size_t size, int used, void *user);

/**
 * Told what is wrong with a call: one line of text, which is gone when it returns: the function
 * (tlsf_* by its name here), and what it found. The call is refused then, nothing has changed, and
 * it answers as if the memory could not be had.
 *
 * It returns, or ends the program. Of this header it may call anything, with the same heap too:
 * mm_check and the walks show what there is. It runs inside of the call, so under the lock that the
 * caller holds; and what it misuses in turn, it is told of in turn (mm_malloc in a damaged heap,
 * without end).
 */
typedef void (*mm_misuse)(const char *what);

/**
 * Makes a heap without memory: give it some with mm_add_pool.
 *
 * mem: mm_size() bytes at a multiple of mm_align_size(), the caller's, which stay where they are
 * and are the heap's until mm_destroy.
 *
 * Returns the heap, or NULL if `mem` is NULL or misaligned; nothing is written then.
 */
mm_t mm_create(void *mem);

/**
 * Makes a heap of one piece of memory: the control structure, and a pool of the rest.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), the caller's, which stay where they are and
 * are the heap's until mm_destroy.
 * bytes: at least mm_size() + mm_pool_overhead() + mm_block_size_min().
 *
 * Returns the heap, or NULL if `mem` is NULL or misaligned, or `bytes` too few or too many; nothing
 * is written then.
 */
mm_t mm_create_with_pool(void *mem, size_t bytes);

/**
 * The same as mm_create_with_pool, under the name that it has in Rust.
 */
mm_t mm_init_in_place(void *mem, size_t bytes);

/**
 * Ends a heap: its memory, control structure and pools, is the caller's again.
 *
 * Leaves an empty heap in place of the control structure: as long as nothing else is written there,
 * what is asked of it is refused. A heap that is NULL is ignored.
 */
void mm_destroy(mm_t mm);

/**
 * Frees all blocks at once: each pool is as if just added, in the same order.
 *
 * No block handed out before may be used afterwards. A heap that is NULL is ignored.
 */
void mm_reset(mm_t mm);

/**
 * The pool that mm_create_with_pool made.
 *
 * Returns it, or NULL if the heap is NULL, was made without one, or has had it removed.
 */
mm_pool_t mm_get_pool(mm_t mm);

/**
 * The pool that an address lies in: that of a block, or any other.
 *
 * Returns it, or NULL if the address is in none, or the heap is NULL. Takes time in proportion to
 * the number of pools.
 */
mm_pool_t mm_get_pool_for_ptr(mm_t mm, const void *ptr);

/**
 * Gives a heap more memory.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), the caller's, which stay where they are and
 * are the heap's until mm_remove_pool or mm_destroy.
 * bytes: of these, mm_pool_overhead() are never payload; the rest is one free block, from
 * mm_block_size_min() to mm_block_size_max() bytes after rounding down to mm_align_size().
 *
 * Returns the pool, which is `mem`; or NULL if `mem` is NULL or misaligned, `bytes` too few or too
 * many, if it overlaps another pool of the heap or the heap's control structure, if the heap has
 * MM_POOLS_MAX pools, or is NULL. Neither heap nor memory is written then.
 */
mm_pool_t mm_add_pool(mm_t mm, void *mem, size_t bytes);

/**
 * Takes a pool back, all blocks of which are free: its memory is the caller's again.
 *
 * Returns 0; or -1 if it has a live block, is not (or no longer) a pool of this heap, or one of the
 * two is NULL. Nothing has changed then.
 */
int mm_remove_pool(mm_t mm, mm_pool_t pool);

/**
 * Allocates `size` bytes at a multiple of mm_align_size(). Constant time.
 *
 * Returns the block, its bytes not initialised; or NULL if `size` is 0 or above
 * mm_block_size_max(), if no free block that surely holds it is found, or the heap is NULL.
 */
void *mm_malloc(mm_t mm, size_t size);

/**
 * Allocates `size` bytes at a multiple of `align`, a power of two. Constant time.
 *
 * It searches for `align` bytes and a least block more, and gives them back at once: it can fail
 * where mm_malloc would not.
 *
 * Returns the block; or NULL as mm_malloc does, and if `align` is 0 or not a power of two.
 */
void *mm_memalign(mm_t mm, size_t align, size_t size);

/**
 * Changes the size of a block: in place if it, with a free block behind it, is large enough, else
 * by moving it. Constant time, and the copy if it moves.
 *
 * ptr: a live block of this heap, or NULL, which makes it mm_malloc.
 * size: in bytes; 0 makes it mm_free, and the answer NULL.
 *
 * Returns the block, which holds what it held, up to the smaller of both sizes; `ptr` is dead if
 * the answer differs. Or NULL if the memory cannot be had, or the heap is NULL: unless `size` was
 * 0, `ptr` is then live and untouched.
 *
 * A block that moves is aligned to mm_align_size() only, whatever mm_memalign gave it.
 */
void *mm_realloc(mm_t mm, void *ptr, size_t size);

/**
 * Frees a block, and merges it with its free neighbours. Constant time.
 *
 * ptr: a live block of this heap, dead afterwards; or NULL, which does nothing, as does a heap that
 * is NULL. Anything else (freed before, inside of a block, of another heap) is undefined behaviour;
 * a library built with feature `guard` refuses it (mm_on_misuse).
 */
void mm_free(mm_t mm, void *ptr);

/**
 * Bytes that a live block holds: at least what was asked for, all of them usable.
 *
 * ptr: a live block of any heap; 0 is returned for NULL. Nothing is checked, even with feature
 * `guard`: without a heap there is nothing to compare with.
 *
 * It reads the heap's memory, so it counts as a call of the block's heap, one that only looks.
 */
size_t mm_block_size(const void *ptr);

/**
 * Calls `walker` for each block of a pool, in address order.
 *
 * walker: NULL to call nothing.
 * user: handed on to the walker as it is.
 *
 * Returns 0; or -1 if it is not a pool of this heap, or one of the two is NULL: nothing is called
 * then. On a damaged heap the walk ends early rather than leave the pool.
 */
int mm_walk_pool(mm_t mm, mm_pool_t pool, mm_walker walker, void *user);

/**
 * mm_walk_pool for each pool of a heap, in order of addition.
 *
 * Returns 0; or -1 if the heap is NULL.
 */
int mm_walk_all_pools(mm_t mm, mm_walker walker, void *user);

/**
 * Checks every invariant on every block, list and bit of a heap.
 *
 * It trusts the control structure's table of pools, reads only inside these, and ends on any
 * damage. Takes time in proportion to the number of blocks.
 *
 * Returns nonzero if the heap is sound; 0 if it is not, or is NULL.
 */
int mm_validate(mm_t mm);

/**
 * Checks the invariants of address order, the first five, on one pool.
 *
 * Returns nonzero if it is sound; 0 if not, if it is no pool of this heap, or one of the two is
 * NULL.
 */
int mm_validate_pool(mm_t mm, mm_pool_t pool);

/**
 * mm_validate as TLSF 3.1's checks answer: 0 if the heap is sound, -1 if it is not, or is NULL.
 */
int mm_check(mm_t mm);

/**
 * mm_validate_pool as TLSF 3.1's checks answer: 0 if the pool is sound, -1 otherwise.
 */
int mm_check_pool(mm_t mm, mm_pool_t pool);

/**
 * Says who is told when a library that was built with feature `guard` finds a call misused: a pointer
 * that is freed or resized is no live block of the heap (freed before, inside of a block, of
 * another heap), or the heap is damaged, which is looked into before every call.
 *
 * told: for all heaps, from now on; NULL, as in the beginning, for a line on standard error (where
 * the platform has one) and abort().
 *
 * Not checked are mm_block_size, the calls that only look, and mm_reset, which makes a damaged heap
 * whole.
 *
 * Returns 1; or 0 if this library does not check: then `told` never is.
 */
int mm_on_misuse(mm_misuse told);

/**
 * Bytes of the control structure: what mm_create needs.
 */
size_t mm_size(void);

/**
 * Alignment of every block, and of all memory given to a heap: the size of a word.
 */
size_t mm_align_size(void);

/**
 * Bytes of the least block: smaller requests are rounded up to it.
 */
size_t mm_block_size_min(void);

/**
 * Bytes of the largest block. No larger request can succeed.
 */
size_t mm_block_size_max(void);

/**
 * Bytes of a pool that are never payload.
 */
size_t mm_pool_overhead(void);

/**
 * Bytes in front of every block that are the heap's.
 */
size_t mm_alloc_overhead(void);

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_H */
