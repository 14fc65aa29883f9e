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
 *   of a block that moves. With the alignment of a word, every block is placed where Matthew Conte's
 *   TLSF 3.1 places it.
 *
 *   The library has no state of its own: all state of a heap is in the memory that the program gave
 *   it. The library needs memcpy, memmove, memset and abort of the C library, and no operating system.
 *   (Built with feature `guard` it has one variable, the handler of mm_on_misuse, and on Unix it also
 *   needs write.)
 *
 * Configuration
 *
 *   memoman_config.h, which this file includes, has the numbers that the library was built with:
 *   MM_ALIGN (by default that of max_align_t, as malloc has it), MM_POOLS_MAX and others. The symbols
 *   of the functions that make a heap contain these numbers: a program that was compiled with the
 *   numbers of another library does not link.
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
 *     program does not move, copy or write its control structure. The same names with tlsf_ (tlsf.h)
 *     have heaps of their own: a tlsf_t is no mm_t, and mixing the two does not compile.
 *   - Only the heap reads or writes its memory, except for allocated blocks: all mm_block_size bytes
 *     of each belong to the program until the block is freed.
 *   - A refused call returns NULL, -1 or 0 bytes, and has changed nothing. mm_last_error has the reason;
 *     the comment of each function lists which it can be (MM_NO_HEAP if the heap is NULL), after a
 *     colon. With feature `guard`, every call that changes the heap can be refused with MM_DAMAGED, too.
 *     Every size and every alignment that cannot be served is refused; a pool, if its address or length
 *     is wrong. No call can check that memory exists and belongs to the caller.
 *   - No call checks that a pointer is a block: freeing any other pointer is undefined behaviour, as
 *     it is in C. A library built with feature `guard` does check it; see mm_on_misuse.
 *
 * Threads
 *
 *   The comment of each function says with which calls it may overlap in time:
 *
 *   exclusive   with no other call of the same heap; threads that share a heap need a lock
 *   shared      with other shared calls of the same heap: they only read
 *   any         with every call: it uses no heap, or none that another call can know
 *
 *   Calls of different heaps may always overlap.
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
 *   | shift | header | payload | header | payload | ... | sentinel |
 *   A header is one word, mm_alloc_overhead(): the size of the payload and two flags. The shift is what
 *   brings payloads to multiples of mm_align_size(). A free block keeps its links in its payload, which
 *   is why a block has at least mm_block_size_min() bytes.
 *
 * Known limits
 *
 *   - TLSF is good fit, not best fit: a free block that is just large enough is used only if its size
 *     is the first of its class. So a request can fail that is up to 1/MM_SECOND_LEVELS smaller than
 *     the largest free block, even for the size of the block freed last.
 *   - mm_realloc does not keep the alignment of mm_memalign when it moves a block; mm_realloc_aligned
 *     does.
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

/* For mm_check_interval: an interval that grows with the heap. */
#define MM_CHECK_AMORTISED ((size_t)-1)

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Why a call was refused: mm_last_error, mm_create_error, mm_error_text.
 */
enum mm_error {
  /**
   * No call was refused.
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
   * More bytes than a heap of this configuration can have in one block or pool, more than the
   * address space has, or more than the block or pool has that is to shrink.
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
   * Memory that is not at a multiple of mm_align_size().
   */
  MM_MISALIGNED = 7,
  /**
   * Fewer bytes than the control structure, a pool or a block needs.
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
   * An allocated block is in the way: in the pool to remove, at the end of the pool to shrink.
   */
  MM_IN_USE = 11,
  /**
   * The address is of no pool of this heap, or of one that was removed.
   */
  MM_UNKNOWN_POOL = 12,
  /**
   * The pointer is no allocated block of this heap. Only a library with feature `guard` finds this.
   */
  MM_MISUSE = 13,
  /**
   * The heap is damaged. Checks, walks and mm_stats find this, and with feature `guard` every call
   * that changes the heap.
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
 * Returns 0 to go on, another number to end the walk. It must return, and must not change the heap. It
 * may call the functions of this header whose threads are "shared" or "any".
 */
typedef int (*mm_walker)(void *ptr, size_t size, int used, void *user);

/**
 * What a heap holds: mm_stats.
 */
struct mm_stats {
  /**
   * Pools.
   */
  size_t pools;
  /**
   * Allocated blocks.
   */
  size_t used_blocks;
  /**
   * Their usable bytes.
   */
  size_t used_bytes;
  /**
   * Free blocks.
   */
  size_t free_blocks;
  /**
   * Their bytes.
   */
  size_t free_bytes;
  /**
   * The bytes of the largest free block. mm_max_allocatable is what a request can get.
   */
  size_t largest_free;
  /**
   * 1 if the library has feature `stats` and counted what follows; else 0, and they are 0.
   */
  int counted;
  /**
   * The most `used_bytes` since the heap was made or reset.
   */
  size_t peak_used_bytes;
  /**
   * The largest request since then, granted or not.
   */
  size_t largest_request;
  /**
   * Requests refused since then, except those of 0 bytes.
   */
  size_t failures;
};

/**
 * A block to plan for: mm_pool_bytes_for.
 */
struct mm_request {
  /**
   * Bytes, as passed to mm_malloc or mm_memalign. A request of 0 bytes needs nothing.
   */
  size_t size;
  /**
   * The alignment, as passed to mm_memalign; 0 for mm_malloc.
   */
  size_t align;
};

/**
 * Makes a heap without pools. mm_add_pool gives it memory.
 *
 * mem: mm_size() bytes at a multiple of mm_align_size(), owned by the caller. They stay in place
 * and belong to the heap until mm_destroy.
 *
 * Returns the heap, which is at `mem`; or NULL, without writing anything, if `mem` is NULL or misaligned.
 * mm_create_error has the reason: MM_NULL, MM_MISALIGNED.
 *
 * Cost: that of writing mm_size() bytes. Threads: any.
 */
mm_t mm_create(void *mem);

/**
 * Makes a heap in one piece of memory: the control structure, and a pool of the rest.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
 * belong to the heap until mm_destroy.
 * bytes: at least mm_size() + mm_pool_overhead() + mm_block_size_min().
 *
 * Returns the heap, which is at `mem`; or NULL, without writing anything, if `mem` is NULL or misaligned,
 * or if `bytes` is too small or too large. mm_create_error has the reason: MM_NULL, MM_MISALIGNED,
 * MM_TOO_SMALL, MM_TOO_LARGE.
 *
 * Cost: that of writing mm_size() bytes. Threads: any.
 */
mm_t mm_create_with_pool(void *mem, size_t bytes);

/**
 * mm_create_with_pool under the name that it has in Rust.
 *
 * Cost: that of writing mm_size() bytes. Threads: any.
 */
mm_t mm_init_in_place(void *mem, size_t bytes);

/**
 * Returns why mm_create_with_pool(mem, bytes) would be refused: MM_NULL, MM_MISALIGNED, MM_TOO_SMALL,
 * MM_TOO_LARGE; or MM_OK. The first two are the reasons of mm_create, too. Reads and writes no memory.
 *
 * Cost: constant. Threads: any.
 */
enum mm_error mm_create_error(void *mem, size_t bytes);

/**
 * Ends a heap. All its memory, control structure and pools, belongs to the caller again.
 *
 * An empty heap is left in place of the control structure: until that memory is written to, calls
 * of the old handle find no pool and no memory. NULL is ignored.
 *
 * Cost: that of writing mm_size() bytes. Threads: exclusive.
 */
void mm_destroy(mm_t mm);

/**
 * Frees all blocks at once. Each pool is then as if just added, in the original order; a damaged heap is
 * sound. NULL is ignored.
 *
 * Blocks allocated before must not be used afterwards.
 *
 * Cost: proportional to the number of lists and pools. Threads: exclusive.
 */
void mm_reset(mm_t mm);

/**
 * Returns why the last refused call of a heap was refused; MM_OK if none was since mm_create, MM_NO_HEAP
 * for NULL. A call that succeeds leaves the reason of an earlier one: read it after a call that returned
 * NULL, -1 or 0 bytes. Of refused calls that overlap in time, any one's reason is kept.
 *
 * Cost: constant. Threads: shared.
 */
enum mm_error mm_last_error(mm_t mm);

/**
 * Returns a reason in words, as text that stays valid; "unknown reason" for a number that is none.
 *
 * Cost: constant. Threads: any.
 */
const char *mm_error_text(int error);

/**
 * Sets the handler that a library built with feature `guard` calls when it detects a misuse: a call
 * that frees or resizes a pointer which is no allocated block of the heap (a block freed before, the
 * inside of a block, a block of another heap), or a call of a damaged heap. Damage is looked for
 * before calls that change the heap, at the interval of mm_check_interval.
 *
 * handler: for all heaps, from now on. NULL, as at the start, prints the misuse to standard error,
 * where the platform has it, and calls abort().
 *
 * Not checked are mm_block_size, the functions that only read, and mm_reset, which repairs a damaged
 * heap.
 *
 * Returns the handler before, to restore it; NULL for none. Without feature `guard` it does nothing and
 * returns NULL: see mm_is_guarded.
 *
 * Cost: constant. Threads: any, but two calls of it must not overlap in time.
 */
mm_misuse mm_on_misuse(mm_misuse handler);

/**
 * Sets how often a library built with feature `guard` checks the whole heap, as mm_check does. Pointers
 * are checked by every call, whatever the interval.
 *
 * calls: the whole heap is checked before the next call that changes it, and then before every
 * `calls`-th: 1 for every call, 0 for none. MM_CHECK_AMORTISED, as at the start, is every call while the
 * heap has less than 256 blocks, and then an interval that grows with their number. A heap that was
 * found damaged is checked by every call until it is sound. Between two checks, a call may use a damaged
 * link as a library without `guard` does.
 *
 * Returns 0; or -1: MM_NO_HEAP. Without feature `guard` there are no checks, and the interval is ignored.
 *
 * Cost: constant. Threads: exclusive.
 */
int mm_check_interval(mm_t mm, size_t calls);

/**
 * Returns 1 if this library was built with feature `guard`, and detects misuse; else 0.
 *
 * Cost: constant. Threads: any.
 */
int mm_is_guarded(void);

/**
 * Gives a heap more memory.
 *
 * mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
 * belong to the heap until mm_remove_pool or mm_destroy.
 * bytes: mm_pool_overhead() of them are never payload. The rest, rounded down, becomes one free block of
 * mm_block_size_min() to mm_block_size_max() bytes.
 *
 * Returns the pool, which is at `mem`; or NULL, without writing to the memory: MM_NO_HEAP, MM_NULL,
 * MM_MISALIGNED, MM_TOO_SMALL, MM_TOO_LARGE (also beyond the end of the address space), MM_OVERLAPS,
 * MM_POOLS_FULL.
 *
 * Cost: proportional to the number of pools. Threads: exclusive.
 */
mm_pool_t mm_add_pool(mm_t mm, void *mem, size_t bytes);

/**
 * Removes a pool in which all blocks are free. Its memory belongs to the caller again.
 *
 * Returns 0; or -1, without changing anything: MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL, MM_IN_USE.
 *
 * Cost: proportional to the number of pools; and of the pool's blocks, if it is refused. Threads:
 * exclusive.
 */
int mm_remove_pool(mm_t mm, mm_pool_t pool);

/**
 * Lengthens a pool by the memory behind its end, which is mm_pool_bytes bytes behind its start, rounded
 * down to a multiple of mm_align_size(). The new bytes join a free block at the end, or become one.
 *
 * more: bytes behind the pool's end, owned by the caller, of the same object in C's terms as the pool.
 * They belong to the heap from now on. Rounded down to a multiple of mm_align_size().
 *
 * Returns by how many bytes the pool grew. Returns 0, without writing to the memory: MM_NO_HEAP, MM_NULL,
 * MM_UNKNOWN_POOL, MM_TOO_SMALL (less than mm_align_size(); behind an allocated block, less than the
 * smallest block and its header), MM_TOO_LARGE, MM_OVERLAPS.
 *
 * Cost: proportional to the number of pools. Threads: exclusive.
 */
size_t mm_extend_pool(mm_t mm, mm_pool_t pool, size_t more);

/**
 * Shortens a pool at its end, which must be a free block: that block keeps at least mm_block_size_min()
 * bytes. The memory behind the new end belongs to the caller again.
 *
 * less: in bytes, rounded up to a multiple of mm_align_size().
 *
 * Returns by how many bytes the pool shrank. Returns 0, without changing anything: MM_NO_HEAP, MM_NULL,
 * MM_UNKNOWN_POOL, MM_TOO_SMALL (`less` is 0), MM_TOO_LARGE (more than the free block can lose),
 * MM_IN_USE (the last block is allocated).
 *
 * Cost: proportional to the number of pools; and of the pool's blocks, if it is refused. Threads:
 * exclusive.
 */
size_t mm_shrink_pool(mm_t mm, mm_pool_t pool, size_t less);

/**
 * Returns the bytes of a pool: those of mm_add_pool, until mm_extend_pool or mm_shrink_pool changes them.
 * Returns 0 if it is no pool of this heap: MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL.
 *
 * Cost: proportional to the number of pools. Threads: shared.
 */
size_t mm_pool_bytes(mm_t mm, mm_pool_t pool);

/**
 * Returns the pool that mm_create_with_pool made; or NULL if the heap was made without one, or if that
 * pool was removed: MM_NO_HEAP, MM_UNKNOWN_POOL.
 *
 * Cost: proportional to the number of pools. Threads: shared.
 */
mm_pool_t mm_get_pool(mm_t mm);

/**
 * Returns the pool that contains an address, of a block or any other; or NULL if no pool of the heap does:
 * MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL. The address is compared, not followed.
 *
 * Cost: proportional to the number of pools. Threads: shared.
 */
mm_pool_t mm_get_pool_for_ptr(mm_t mm, const void *ptr);

/**
 * Allocates `size` bytes at a multiple of mm_align_size().
 *
 * Returns the block, whose bytes are not initialised; or NULL: MM_NO_HEAP, MM_ZERO_SIZE, MM_TOO_LARGE,
 * MM_OUT_OF_MEMORY (no free block was found that is certainly large enough).
 *
 * Cost: constant. Threads: exclusive.
 */
void *mm_malloc(mm_t mm, size_t size);

/**
 * mm_malloc of `count * size` bytes, which are set to 0.
 *
 * Returns the block; or NULL: as mm_malloc, and MM_TOO_LARGE if the product overflows.
 *
 * Cost: constant, plus setting the bytes. Threads: exclusive.
 */
void *mm_calloc(mm_t mm, size_t count, size_t size);

/**
 * Allocates `size` bytes at a multiple of `align`, a power of two. One of at most mm_align_size() is
 * mm_malloc.
 *
 * The search is for a block that is larger by up to `align` and the smallest block size. What is left of the
 * block is freed at once. So this function can fail where mm_malloc would succeed.
 *
 * Returns the block; or NULL: as mm_malloc, and MM_BAD_ALIGN.
 *
 * Cost: constant. Threads: exclusive.
 */
void *mm_memalign(mm_t mm, size_t align, size_t size);

/**
 * Changes the size of a block: in place if the block and a free block behind it are large enough
 * together, else by moving it.
 *
 * ptr: an allocated block of this heap; or NULL, then the call is mm_malloc(mm, size).
 * size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
 *
 * Returns the block, with its content up to the smaller of both sizes. If its address is not `ptr`,
 * the block at `ptr` is freed. Returns NULL, and leaves the block at `ptr` allocated and unchanged:
 * MM_NO_HEAP, MM_TOO_LARGE, MM_OUT_OF_MEMORY, and with `guard` MM_MISUSE.
 *
 * A block that moves is aligned to mm_align_size() only, also if mm_memalign allocated it; see
 * mm_realloc_aligned.
 *
 * Cost: constant, plus the copy of a block that moves. Threads: exclusive.
 */
void *mm_realloc(mm_t mm, void *ptr, size_t size);

/**
 * mm_realloc to a block at a multiple of `align`, a power of two: a block that is none is moved, whatever
 * its size.
 *
 * ptr: an allocated block of this heap, of any alignment; or NULL, then the call is
 * mm_memalign(mm, align, size).
 * size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
 *
 * Returns as mm_realloc, and NULL with MM_BAD_ALIGN, whatever `ptr` and `size` are.
 *
 * Cost: constant, plus the copy of a block that moves. Threads: exclusive.
 */
void *mm_realloc_aligned(mm_t mm, void *ptr, size_t align, size_t size);

/**
 * Makes a block hold at least `size` bytes without moving it, if a free block behind it allows that. It
 * never makes a block smaller.
 *
 * ptr: an allocated block of this heap.
 *
 * Returns 0 if the block has that many bytes now, or had them before; or -1, and the block is unchanged:
 * MM_NO_HEAP, MM_NULL, MM_TOO_LARGE, MM_OUT_OF_MEMORY, and with `guard` MM_MISUSE.
 *
 * Cost: constant. Threads: exclusive.
 */
int mm_try_grow(mm_t mm, void *ptr, size_t size);

/**
 * Frees what a block has beyond `size` bytes, if that can be a block of its own. The block stays in place.
 *
 * ptr: an allocated block of this heap.
 * size: 1 to mm_block_size(ptr).
 *
 * Returns 0; or -1, and the block is unchanged: MM_NO_HEAP, MM_NULL, MM_ZERO_SIZE, MM_TOO_LARGE (more than
 * the block has), and with `guard` MM_MISUSE.
 *
 * Cost: constant. Threads: exclusive.
 */
int mm_shrink(mm_t mm, void *ptr, size_t size);

/**
 * Frees a block, and merges it with free neighbours.
 *
 * ptr: an allocated block of this heap, which must not be used afterwards. NULL is ignored, as is
 * a heap that is NULL. Any other pointer (a block freed before, the inside of a block, a block of
 * another heap) is undefined behaviour; a library built with feature `guard` refuses it with MM_MISUSE and
 * reports it as mm_on_misuse configures.
 *
 * Cost: constant. Threads: exclusive.
 */
void mm_free(mm_t mm, void *ptr);

/**
 * Returns the usable bytes of an allocated block: at least as many as requested.
 *
 * ptr: an allocated block of any heap; for NULL the result is 0. The pointer is not checked, also
 * not with feature `guard`, because the function does not know the heap.
 *
 * Cost: constant. Threads: shared, with the heap of the block: it reads the block's header.
 */
size_t mm_block_size(const void *ptr);

/**
 * Returns the largest request that mm_malloc would grant now, exactly: one byte more is refused. Returns 0
 * if every request would be refused, or if the heap is NULL.
 *
 * It is less than the largest free block, unless that block's size is the first of its class: see "Known
 * limits".
 *
 * Cost: constant. Threads: shared.
 */
size_t mm_max_allocatable(mm_t mm);

/**
 * Calls `walker` for each block of a pool, in address order.
 *
 * walker: if it is NULL, nothing is called. It may end the walk.
 * user: passed to the walker unchanged.
 *
 * Returns 0 after the last block; 1 if the walker ended the walk; -1, without calling the walker:
 * MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL; -2 if the walk ended at a damaged header: MM_DAMAGED. The walk
 * never leaves the pool, and ends on any damage; mm_check finds damage that does not end a walk.
 *
 * Cost: proportional to the number of blocks and pools. Threads: shared.
 */
int mm_walk_pool(mm_t mm, mm_pool_t pool, mm_walker walker, void *user);

/**
 * mm_walk_pool for each pool of a heap, in the order of mm_add_pool.
 *
 * Returns as mm_walk_pool: 0, 1, -1 with MM_NO_HEAP, or -2 with MM_DAMAGED; the pools behind the damaged one
 * are not walked.
 *
 * Cost: proportional to the number of blocks. Threads: shared.
 */
int mm_walk_all_pools(mm_t mm, mm_walker walker, void *user);

/**
 * Checks every invariant on every block, list and bit of a heap.
 *
 * The check trusts the table of pools in the control structure, reads only inside these pools, and
 * ends on any damage.
 *
 * Returns 1 if the heap is sound; 0 if it is not: MM_NO_HEAP, MM_DAMAGED.
 *
 * Cost: proportional to the number of blocks and lists. Threads: shared.
 */
int mm_validate(mm_t mm);

/**
 * Checks the first five invariants, those of address order, on one pool.
 *
 * Returns 1 if the pool is sound; 0 if it is not: MM_NO_HEAP, MM_NULL, MM_UNKNOWN_POOL, MM_DAMAGED.
 *
 * Cost: proportional to the number of the pool's blocks. Threads: shared.
 */
int mm_validate_pool(mm_t mm, mm_pool_t pool);

/**
 * mm_validate with the results of TLSF 3.1: 0 if the heap is sound, -1 if it is not: MM_NO_HEAP,
 * MM_DAMAGED.
 *
 * Cost: proportional to the number of blocks and lists. Threads: shared.
 */
int mm_check(mm_t mm);

/**
 * mm_validate_pool with the results of TLSF 3.1: 0 if the pool is sound, -1 if it is not: MM_NO_HEAP,
 * MM_NULL, MM_UNKNOWN_POOL, MM_DAMAGED.
 *
 * Cost: proportional to the number of the pool's blocks. Threads: shared.
 */
int mm_check_pool(mm_t mm, mm_pool_t pool);

/**
 * Counts what a heap holds, and checks it as mm_validate does.
 *
 * stats: where the result is written.
 *
 * Returns 0; -1, without writing: MM_NO_HEAP, MM_NULL; or -2, without writing, if the heap is damaged:
 * MM_DAMAGED.
 *
 * Cost: proportional to the number of blocks and lists. mm_max_allocatable takes constant time. Threads:
 * shared.
 */
int mm_stats(mm_t mm, struct mm_stats *stats);

/**
 * Returns the bytes of the control structure, which mm_create needs: a multiple of mm_align_size(), at
 * most MM_SIZE_MAX. (With feature `guard` or `stats` it is larger.)
 *
 * Cost: constant. Threads: any.
 */
size_t mm_size(void);

/**
 * Returns the alignment of every block, and of all memory given to a heap: MM_ALIGN.
 *
 * Cost: constant. Threads: any.
 */
size_t mm_align_size(void);

/**
 * Returns the bytes of the smallest block: MM_BLOCK_SIZE_MIN. Smaller requests are rounded up to it.
 *
 * Cost: constant. Threads: any.
 */
size_t mm_block_size_min(void);

/**
 * Returns the bytes of the largest block: MM_BLOCK_SIZE_MAX. Larger requests always fail.
 *
 * Cost: constant. Threads: any.
 */
size_t mm_block_size_max(void);

/**
 * Returns the bytes of a pool that are never payload: MM_POOL_OVERHEAD.
 *
 * Cost: constant. Threads: any.
 */
size_t mm_pool_overhead(void);

/**
 * Returns the bytes of the header in front of every block: MM_ALLOC_OVERHEAD.
 *
 * Cost: constant. Threads: any.
 */
size_t mm_alloc_overhead(void);

/**
 * Returns the bytes of a pool in which blocks for all these requests can be allocated at once, in any order
 * and at any address of the pool, if none is freed in between. (Blocks that are freed in between leave
 * gaps.)
 *
 * requests: `count` of them; may be NULL if `count` is 0.
 *
 * Returns 0 if an alignment is neither 0 nor a power of two, if no pool can be that large, or if
 * `requests` is NULL and `count` is not 0.
 *
 * Cost: proportional to `count`. Threads: any.
 */
size_t mm_pool_bytes_for(const struct mm_request *requests, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* MEMOMAN_H */
