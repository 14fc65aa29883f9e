//! `tlsf.h`: TLSF 3.1's names. Each comment is the header's, so it is written for C programs.
//!
//! Every heap is a [`TlsfControl`]: TLSF 3.1's alignment, whatever that of `mm` heaps is.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use engine::WORD;

use crate::configuration::{MM_POOLS_MAX, SECOND_LEVELS, TLSF_FIRST_LEVELS, TlsfEngine};
use crate::control::{Control, Unlimited, block_size};
use crate::pointer::{address, non_null, status};

/// What a `tlsf_t` points at.
type TlsfControl = Control<WORD, TLSF_FIRST_LEVELS, SECOND_LEVELS, MM_POOLS_MAX, Unlimited>;

/// A heap. Only this library reads and writes it.
#[allow(missing_debug_implementations)]
pub struct tlsf_heap(());

/// A heap: the address of its control structure. Not an mm_t: blocks of the two may have different
/// alignments.
pub type tlsf_t = *mut tlsf_heap;

/// A pool of a heap: the address of its memory, as passed to tlsf_add_pool.
pub type pool_t = *mut c_void;

/// Called for each block of a walk, in address order, with the block's payload, its usable bytes,
/// whether it is allocated (1) or free (0), and the `user` argument of the walk. It must return, and
/// must not change the heap.
pub type tlsf_walker =
    Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void)>;

/// Makes a heap without pools in the tlsf_size() bytes at `mem`.
///
/// Returns the heap; or NULL if `mem` is NULL or misaligned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_create(mem: *mut c_void) -> tlsf_t {
    // SAFETY: the caller's contract.
    unsafe { TlsfControl::create(mem) }.cast()
}

/// Makes a heap in one piece of memory: tlsf_size() bytes of control structure, and a pool of the
/// rest.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `bytes`
/// is too small or too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_create_with_pool(mem: *mut c_void, bytes: usize) -> tlsf_t {
    // SAFETY: the caller's contract.
    unsafe { TlsfControl::create_with_pool(mem, bytes) }.cast()
}

/// Ends a heap. Neither reads nor writes its memory, which the program may have freed already.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_destroy(tlsf: tlsf_t) {
    let _ = tlsf;
}

/// Returns the pool that tlsf_create_with_pool made: the address behind the control structure,
/// whether a pool is there or not. For NULL, returns NULL.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_get_pool(tlsf: tlsf_t) -> pool_t {
    if tlsf.is_null() {
        null_mut()
    } else {
        tlsf.cast::<c_void>().wrapping_byte_add(TlsfControl::control_size())
    }
}

/// Gives a heap more memory. There is no limit to the number of pools. Constant time.
///
/// Returns the pool, which is `mem`; or NULL if `mem` is NULL or misaligned, if `bytes` is too small
/// or too large, or if the memory overlaps the control structure or a pool of the table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_add_pool(tlsf: tlsf_t, mem: *mut c_void, bytes: usize) -> pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { TlsfControl::add_pool(tlsf.cast(), "tlsf_add_pool", mem, bytes) })
}

/// Removes a pool in which all blocks are free. A pool with allocated blocks, of another heap, or
/// already removed is left unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_remove_pool(tlsf: tlsf_t, pool: pool_t) {
    // SAFETY: the caller's contract.
    let _refused = unsafe { TlsfControl::remove_pool(tlsf.cast(), "tlsf_remove_pool", pool) };
}

/// Allocates `bytes` bytes. Returns the block; or NULL if `bytes` is 0, or if no free block is found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_malloc(tlsf: tlsf_t, bytes: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { TlsfControl::malloc(tlsf.cast(), "tlsf_malloc", bytes) }
}

/// Allocates `bytes` bytes at a multiple of `align`. Returns the block; or NULL if `bytes` is 0, if
/// `align` is not a power of two, or if no free block is found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_memalign(tlsf: tlsf_t, align: usize, bytes: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { TlsfControl::memalign(tlsf.cast(), "tlsf_memalign", align, bytes) }
}

/// Changes the size of a block, in place or by moving it. If `ptr` is NULL, the call is tlsf_malloc;
/// else, if `size` is 0, it is tlsf_free and returns NULL. Returns the block; or NULL if no free block
/// is found, and leaves the block at `ptr` unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_realloc(tlsf: tlsf_t, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { TlsfControl::realloc(tlsf.cast(), "tlsf_realloc", ptr, WORD, size) }
}

/// Frees an allocated block of this heap. NULL is ignored. Returns the usable bytes that the block had,
/// as LVGL's TLSF does; 0 for NULL. (TLSF 3.1 returns nothing.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_free(tlsf: tlsf_t, ptr: *mut c_void) -> usize {
    // SAFETY: the caller's contract.
    unsafe { TlsfControl::release(tlsf.cast(), "tlsf_free", ptr) }
}

/// Returns the usable bytes of an allocated block; 0 for NULL. It reads the block's header, so it
/// counts as a call of the block's heap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_block_size(ptr: *mut c_void) -> usize {
    // SAFETY: the caller's contract.
    unsafe { block_size(ptr) }
}

/// Returns the bytes of the control structure: more than TLSF 3.1's, for the table of pools.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_size() -> usize {
    TlsfControl::control_size()
}

/// Returns the alignment of every block, and of all memory given to a heap.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_align_size() -> usize {
    TlsfEngine::ALIGN
}

/// Returns the bytes of the smallest block.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_block_size_min() -> usize {
    TlsfEngine::BLOCK_SIZE_MIN
}

/// Returns the first size that is too large, as TLSF 3.1 does.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_block_size_max() -> usize {
    TlsfEngine::BLOCK_SIZE_MAX + WORD
}

/// Returns the bytes of a pool that are never payload.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_pool_overhead() -> usize {
    TlsfEngine::POOL_OVERHEAD
}

/// Returns the bytes of the header in front of every block.
#[unsafe(no_mangle)]
pub extern "C" fn tlsf_alloc_overhead() -> usize {
    TlsfEngine::ALLOC_OVERHEAD
}

/// Calls `walker` for each block of a pool, in address order.
///
/// pool: a pool of any sound heap. NULL is ignored.
/// walker: if it is NULL, nothing is called. (TLSF 3.1 prints the blocks; this library does not use
/// printf.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_walk_pool(pool: pool_t, walker: tlsf_walker, user: *mut c_void) {
    if let (Some(start), Some(walker)) = (non_null(pool), walker) {
        // SAFETY: a pool of a sound heap, which the walker does not change: the caller's contract.
        unsafe {
            for block in TlsfEngine::blocks_of(TlsfEngine::pool_at(start)) {
                let (payload, used) = (block.payload.as_ptr().cast(), c_int::from(!block.is_free));
                walker(payload, block.size, used, user);
            }
        }
    }
}

/// Checks every invariant on every block, list and bit of a heap. Ends on any damage.
///
/// Returns 0 if the heap is sound; -1 if it is not, or if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_check(tlsf: tlsf_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { TlsfControl::is_sound(tlsf.cast()) })
}

/// Checks the invariants of address order on one pool.
///
/// The function does not know the heap, so it follows the sizes in the headers, up to the first that
/// is impossible. A size that is damaged but possible may lead it out of the pool. tlsf_check knows
/// where pools end.
///
/// Returns 0 if the pool is sound; -1 if it is not, or if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsf_check_pool(pool: pool_t) -> c_int {
    // SAFETY: a pool of a heap, by the caller's contract.
    status(
        non_null(pool).is_some_and(|start| unsafe { TlsfEngine::validate_pool_at(start) }.is_ok()),
    )
}
