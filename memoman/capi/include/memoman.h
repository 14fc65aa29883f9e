/*
 * memoman: a constant-time memory allocator in memory that the program provides.
 *
 * cbindgen generates this file from memoman/capi/src/types.rs and mm/; edit those.
 *
 * Overview
 *
 *   A HEAP allocates BLOCKS from the memory of its POOLS. The algorithm is TLSF, two-level segregated
 *   fit (Masmano, Ripoll, Crespo, Real, 2004): free blocks are listed by size class, and two bit scans
 *   find the first list whose blocks are all large enough. Free neighbours are merged at once.
 *   mm_malloc, mm_memalign and mm_free take constant time, and so does mm_realloc except for the copy
 *   of a block that moves. Every block is placed where Matthew Conte's TLSF 3.1 places it.
 *
 *   The library has no state of its own: all state of a heap is in the memory that the program gave
 *   it. The library needs memcpy, memmove, memset and abort of the C library, and no operating system.
 *   (Built with feature `guard` it has one variable, the handler of mm_on_misuse, and on Unix it also
 *   needs write.)
 *
 * Example
 *
 *   #include <stdio.h>
 *   #include "memoman.h"
 *
 *   MM_ALIGNED static unsigned char memory[65536];
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
 *   - A heap (mm_t) is NULL or a result of mm_create, mm_create_with_pool or mm_init_in_place. The
 *     program does not move, copy or write its control structure. NULL may be passed where the
 *     documentation says what the call does with it.
 *   - Calls of one heap must not overlap in time: threads that share a heap need a lock. Calls that
 *     only read (those that neither allocate nor free, nor add or remove pools) may overlap each
 *     other. mm_block_size only reads, and is a call of the heap that the block belongs to, although
 *     that heap is not an argument. Calls of different heaps need no lock.
 *   - Only the heap reads or writes its memory, except for allocated blocks: all mm_block_size bytes
 *     of each belong to the program until the block is freed.
 *   - A refused call (NULL or -1) has changed nothing. Every size and every alignment that cannot be
 *     served is refused. A pool is refused if its address or length is wrong: misaligned, too small,
 *     too large, overlapping another pool of the heap or its control structure. No call can check that
 *     the memory exists and belongs to the caller.
 *   - No call checks that a pointer is a block: freeing any other pointer is undefined behaviour, as
 *     it is in C. A library built with feature `guard` does check it; see mm_on_misuse.
 *
 * Invariants
 *
 *   A heap is sound if it obeys ten laws. mm_validate and mm_check check them, and every call leaves
 *   a sound heap sound.
 *
 *   Tiling      blocks of valid sizes cover a pool with no gap
 *   Mirror      each block knows whether the block before it is free
 *   BackLink    the word behind a free block holds the block's address
 *   Coalesced   no two neighbours are free
 *   Sentinel    each pool ends in one used block of size 0
 *   Membership  a block is free exactly if it is in exactly one list
 *   Class       a listed block is in the list of its size
 *   Links       next and previous links of a list agree, and form no cycle
 *   Occupancy   a list's bit is set exactly if the list is not empty
 *   Census      counters, in builds that have them, equal what a walk counts
 *
 * The bytes of a pool
 *
 *   | header | payload | header | payload | ... | sentinel |
 *   A header is one word, mm_alloc_overhead(): the size of the payload and two flags. Payloads are
 *   at multiples of mm_align_size(). A free block keeps its links in its payload, which is why a block
 *   has at least mm_block_size_min() bytes.
 *
 * Known limits
 *
 *   - TLSF is good fit, not best fit: a free block that is just large enough is used only if its size
 *     is the first of its class. So a request can fail that is up to 1/32 smaller than the largest
 *     free block, even for the size of the block freed last.
 *   - mm_realloc does not keep the alignment of mm_memalign when it moves a block.
 *   - Adjacent pools are not merged.
 */
#ifndef MEMOMAN_H
#define MEMOMAN_H


#include <stddef.h>
#include "memoman_config.h"

/* The constructors have the configuration in their symbols: with a library of another configuration, the
 * program does not link. Define MM_ANY_CONFIGURATION to link with any; use none of MM_ALIGN ... then. */
#ifndef MM_ANY_CONFIGURATION
#define mm_create MM_CONFIGURED(mm_create)
#define mm_create_with_pool MM_CONFIGURED(mm_create_with_pool)
#define mm_init_in_place MM_CONFIGURED(mm_init_in_place)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Why a call was refused.
 */
enum mm_error {
  /**
   * Not refused.
   */
  MM_OK = 0,
  /**
   * The heap is NULL.
   */
  MM_NO_HEAP = 1,
  /**
   * An argument is NULL that must not be.
   */
  MM_NULL = 2,
  /**
   * A request of 0 bytes.
   */
  MM_ZERO_SIZE = 3,
  /**
   * More than a block or a pool of this configuration can have.
   */
  MM_TOO_LARGE = 4,
  /**
   * An alignment that is not a power of two.
   */
  MM_BAD_ALIGN = 5,
  /**
   * No free block was found that is certainly large enough.
   */
  MM_OUT_OF_MEMORY = 6,
  /**
   * Memory that is not aligned to mm_align_size().
   */
  MM_MISALIGNED = 7,
  /**
   * Less memory than the control structure or the smallest pool needs.
   */
  MM_TOO_SMALL = 8,
  /**
   * Memory that overlaps a pool of the heap, or its control structure.
   */
  MM_OVERLAPS = 9,
  /**
   * The heap has MM_POOLS_MAX pools.
   */
  MM_POOLS_FULL = 10,
  /**
   * The pool has an allocated block.
   */
  MM_IN_USE = 11,
  /**
   * Not a pool of this heap, or no longer.
   */
  MM_UNKNOWN_POOL = 12,
  /**
   * The pointer is not an allocated block of this heap (found with feature `guard`).
   */
  MM_MISUSE = 13,
  /**
   * The heap is damaged (found by checks, walks, and with feature `guard` by every call).
   */
  MM_DAMAGED = 14
};

/**
 * A heap. Only this library reads and writes it.
 */
struct mm_heap;

/**
 * A pool of a heap. Only this library reads and writes it.
 */
struct mm_pool;

/**
 * A heap: the address of its control structure.
 */
typedef struct mm_heap *mm_t;

/**
 * Called when a library built with feature `guard` detects a misuse. `what` is one line of text,
 * valid until the handler returns: the function that was called, and what is wrong with the call.
 *
 * The call is then refused: it changes nothing, and returns what it returns when memory is short.
 *
 * The handler returns or ends the program. It may call any function of this header, also for the
 * same heap: mm_check and the walks show the state of the heap. It runs inside the call, so under
 * the lock that the caller holds. A misuse by the handler calls the handler again, so a handler
 * that calls mm_malloc on a damaged heap does not end.
 */
typedef void (*mm_misuse)(const char *what);

/**
 * A pool of a heap: the address of its memory, as passed to mm_add_pool.
 */
typedef struct mm_pool *mm_pool_t;

/**
 * Called for each block of a walk, in address order, with the block's payload, its usable bytes,
 * whether it is allocated (1) or free (0), and the `user` argument of the walk.
 *
 * The walker must return, and must not change the heap. Of this header it may call mm_block_size
 * and the functions that only read: mm_get_pool, mm_get_pool_for_ptr, mm_validate*, mm_check* and
 * other walks.
 */
typedef void (*mm_walker)(void *ptr, size_t size, int used, void *user);

/**
 * Makes a heap without pools. mm_add_pool gives it memory.
 *
 * mem: mm_size() bytes at a multiple of mm_align_size(), owned by the caller. They stay in place
 * and belong to the heap until mm_destroy.
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned.
 */
mm_t mm_create(void *mem);

/**
 * Makes a heap in one piece of memory: the control structure, and a pool of the rest.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
 * belong to the heap until mm_destroy.
 * bytes: at least mm_size() + mm_pool_overhead() + mm_block_size_min().
 *
 * Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `bytes`
 * is too small or too large.
 */
mm_t mm_create_with_pool(void *mem, size_t bytes);

/**
 * The same as mm_create_with_pool, under the name that it has in Rust.
 */
mm_t mm_init_in_place(void *mem, size_t bytes);

/**
 * Returns why mm_create_with_pool(mem, bytes) would return NULL, or mm_create(mem) with enough `bytes`;
 * MM_OK if it would not.
 */
enum mm_error mm_create_error(void *mem, size_t bytes);

/**
 * Ends a heap. All its memory, control structure and pools, belongs to the caller again.
 *
 * An empty heap is left in place of the control structure: until that memory is written to, calls
 * of the old handle are refused. NULL is ignored.
 */
void mm_destroy(mm_t mm);

/**
 * Frees all blocks at once. Each pool is then as if just added, in the original order.
 *
 * Blocks allocated before must not be used afterwards. NULL is ignored.
 */
void mm_reset(mm_t mm);

/**
 * Returns why the last refused call of a heap was refused: MM_OK if none was, MM_NO_HEAP for NULL. A
 * call that succeeds leaves the reason of an earlier one.
 */
enum mm_error mm_last_error(mm_t mm);

/**
 * Returns the text of a reason, which is valid for ever; "unknown reason" for any other number.
 */
const char *mm_error_text(int error);

/**
 * Sets the handler that a library built with feature `guard` calls when it detects a misuse: a call
 * that frees or resizes a pointer which is no allocated block of the heap (a block freed before, the
 * inside of a block, a block of another heap), or a call of a damaged heap. Damage is looked for
 * before every call that changes the heap.
 *
 * handler: for all heaps, from now on. NULL, as at the start, prints the misuse to standard error,
 * where the platform has it, and calls abort().
 *
 * Not checked are mm_block_size, the functions that only read, and mm_reset, which repairs a damaged
 * heap.
 *
 * Returns 1; or 0 if this library was built without `guard`, and never calls the handler.
 */
int mm_on_misuse(mm_misuse handler);

/**
 * Returns the bytes of the control structure, which mm_create needs.
 */
size_t mm_size(void);

/**
 * Returns the alignment of every block, and of all memory given to a heap: MM_ALIGN.
 */
size_t mm_align_size(void);

/**
 * Returns the bytes of the smallest block. Smaller requests are rounded up to it.
 */
size_t mm_block_size_min(void);

/**
 * Returns the bytes of the largest block. Larger requests always fail.
 */
size_t mm_block_size_max(void);

/**
 * Returns the bytes of a pool that are never payload.
 */
size_t mm_pool_overhead(void);

/**
 * Returns the bytes of the header in front of every block.
 */
size_t mm_alloc_overhead(void);

/**
 * Returns the pool that mm_create_with_pool made; or NULL if the heap was made without one, if that
 * pool was removed, or if the heap is NULL.
 */
mm_pool_t mm_get_pool(mm_t mm);

/**
 * Returns the pool that contains an address, of a block or any other; or NULL if no pool of the
 * heap does, or if the heap is NULL. Takes time in proportion to the number of pools.
 */
mm_pool_t mm_get_pool_for_ptr(mm_t mm, const void *ptr);

/**
 * Gives a heap more memory.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
 * belong to the heap until mm_remove_pool or mm_destroy.
 * bytes: mm_pool_overhead() of them are never payload. The rest, rounded down to a multiple of
 * mm_align_size(), becomes one free block of mm_block_size_min() to mm_block_size_max() bytes.
 *
 * Returns the pool, which is `mem`. Returns NULL, without writing anything, if `mem` is NULL or
 * misaligned, if `bytes` is too small or too large, if the memory overlaps another pool of the heap
 * or its control structure, if the heap has MM_POOLS_MAX pools, or if the heap is NULL.
 */
mm_pool_t mm_add_pool(mm_t mm, void *mem, size_t bytes);

/**
 * Removes a pool in which all blocks are free. Its memory belongs to the caller again.
 *
 * Returns 0; or -1, without changing anything, if the pool has an allocated block, if it is not (or
 * no longer) a pool of this heap, or if one of the two is NULL.
 */
int mm_remove_pool(mm_t mm, mm_pool_t pool);

/**
 * Allocates `size` bytes at a multiple of mm_align_size(). Takes constant time.
 *
 * Returns the block, whose bytes are not initialised; or NULL if `size` is 0 or above
 * mm_block_size_max(), if no free block is found that is certainly large enough, or if the heap is
 * NULL.
 */
void *mm_malloc(mm_t mm, size_t size);

/**
 * Allocates `size` bytes at a multiple of `align`, a power of two. Takes constant time.
 *
 * The search is for a block that is larger by `align` and the smallest block size. What is left of the
 * block is freed at once. So this function can fail where mm_malloc would succeed.
 *
 * Returns the block; or NULL in the cases of mm_malloc, and if `align` is 0 or not a power of two.
 */
void *mm_memalign(mm_t mm, size_t align, size_t size);

/**
 * Changes the size of a block: in place if the block and a free block behind it are large enough
 * together, else by moving it. Takes constant time, plus the time to copy a block that moves.
 *
 * ptr: an allocated block of this heap; or NULL, then the call is mm_malloc(mm, size).
 * size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
 *
 * Returns the block, with its content up to the smaller of both sizes. If its address is not `ptr`,
 * the block at `ptr` is freed. Returns NULL, and leaves the block at `ptr` allocated and unchanged,
 * if `size` is above mm_block_size_max(), if no free block is found, or if the heap is NULL.
 *
 * A block that moves is aligned to mm_align_size() only, also if mm_memalign allocated it.
 */
void *mm_realloc(mm_t mm, void *ptr, size_t size);

/**
 * Frees a block, and merges it with free neighbours. Takes constant time.
 *
 * ptr: an allocated block of this heap, which must not be used afterwards. NULL is ignored, as is
 * a heap that is NULL. Any other pointer (a block freed before, the inside of a block, a block of
 * another heap) is undefined behaviour; a library built with feature `guard` refuses it and reports
 * it as mm_on_misuse configures.
 */
void mm_free(mm_t mm, void *ptr);

/**
 * Returns the usable bytes of an allocated block: at least as many as requested.
 *
 * ptr: an allocated block of any heap; for NULL the result is 0. The pointer is not checked, also
 * not with feature `guard`, because the function does not know the heap.
 *
 * It reads the block's header, so it counts as a call of the block's heap, one that only reads.
 */
size_t mm_block_size(const void *ptr);

/**
 * Calls `walker` for each block of a pool, in address order.
 *
 * walker: if it is NULL, nothing is called.
 * user: passed to the walker unchanged.
 *
 * Returns 0; or -1, without calling the walker, if `pool` is not a pool of this heap, or if one of
 * the two is NULL. On a damaged heap the walk ends early and never leaves the pool.
 */
int mm_walk_pool(mm_t mm, mm_pool_t pool, mm_walker walker, void *user);

/**
 * Calls `walker` as mm_walk_pool does, for each pool of a heap, in the order of mm_add_pool.
 *
 * Returns 0; or -1 if the heap is NULL.
 */
int mm_walk_all_pools(mm_t mm, mm_walker walker, void *user);

/**
 * Checks every invariant on every block, list and bit of a heap.
 *
 * The check trusts the table of pools in the control structure, reads only inside these pools, and
 * ends on any damage. It takes time in proportion to the number of blocks.
 *
 * Returns 1 if the heap is sound; 0 if it is not, or if it is NULL.
 */
int mm_validate(mm_t mm);

/**
 * Checks the first five invariants, those of address order, on one pool.
 *
 * Returns 1 if the pool is sound; 0 if it is not, if it is not a pool of this heap, or if one of the
 * two is NULL.
 */
int mm_validate_pool(mm_t mm, mm_pool_t pool);

/**
 * mm_validate with the results of TLSF 3.1: 0 if the heap is sound; -1 if it is not, or if it is
 * NULL.
 */
int mm_check(mm_t mm);

/**
 * mm_validate_pool with the results of TLSF 3.1: 0 if the pool is sound, -1 otherwise.
 */
int mm_check_pool(mm_t mm, mm_pool_t pool);

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_H */
