//! `memoman_sized.h`: the functions. Each comment is the header's, so it is written for C programs.

use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};

use crate::configuration::MM_ALIGN;
use crate::control::Walk;
use crate::mm::inspect::see;
use crate::pointer::{address, status};
use crate::sized::{Kind, POOLS, mm_controls, of_kind};
use crate::types::{mm_error, mm_pool_t, mm_stats, mm_walker};

/// The largest number of pools that an mm_sized_t has at a time.
pub const MM_SIZED_POOLS_MAX: usize = 8;
const _: () = assert!(MM_SIZED_POOLS_MAX == POOLS);

/// A heap whose control structure fits its largest pool. Only this library reads and writes it.
#[allow(missing_debug_implementations)]
pub struct mm_sized_heap(());

/// A heap whose control structure fits its largest pool. Not an mm_t: the functions of memoman.h are
/// compiled for one geometry.
pub type mm_sized_t = *mut mm_sized_heap;

/// The kind of a heap.
///
/// # Safety
/// The handle is null or a heap's.
#[inline]
unsafe fn kind(heap: mm_sized_t) -> Option<Kind> {
    // SAFETY: the caller's contract.
    unsafe { Kind::of(heap.cast()) }
}

/// Returns the bytes of the control structure of a heap whose largest pool has `largest_pool` bytes; or
/// 0 if no heap can have so large a pool.
#[unsafe(no_mangle)]
pub extern "C" fn mm_sized_size(largest_pool: usize) -> usize {
    of_kind!(Kind::for_pool(largest_pool), mm_controls::control_size(), else 0)
}

/// Makes a heap without pools. mm_sized_add_pool gives it memory.
///
/// mem: mm_sized_size(largest_pool) bytes at a multiple of mm_align_size(), owned by the caller. They
/// stay in place and belong to the heap until mm_sized_destroy.
/// largest_pool: bytes of the largest pool that the heap is ever given. It may be given a larger one if
/// that needs no larger control structure.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if
/// `largest_pool` is too large. Takes constant time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_create(mem: *mut c_void, largest_pool: usize) -> mm_sized_t {
    let kind = Kind::for_pool(largest_pool);
    let number = kind.map_or(0, |kind| kind as u8);
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind, mm_controls::create_kind(mem, number), else null_mut()) }
}

/// Makes a heap in one piece of memory: the control structure, and a pool of the rest.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
/// belong to the heap until mm_sized_destroy.
/// largest_pool: bytes of the largest pool that the heap is ever given, if that is more than `bytes`;
/// else 0.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if one of the
/// numbers is too small or too large. Takes constant time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_create_with_pool(
    mem: *mut c_void,
    bytes: usize,
    largest_pool: usize,
) -> mm_sized_t {
    let kind = Kind::for_pool(bytes.max(largest_pool));
    let number = kind.map_or(0, |kind| kind as u8);
    // SAFETY: the caller's contract.
    unsafe {
        of_kind!(kind, mm_controls::create_kind_with_pool(mem, bytes, number), else null_mut())
    }
}

/// Returns why mm_sized_create_with_pool would return NULL for these arguments; MM_OK if it would not.
#[unsafe(no_mangle)]
pub extern "C" fn mm_sized_create_error(
    mem: *mut c_void,
    bytes: usize,
    largest_pool: usize,
) -> mm_error {
    let kind = Kind::for_pool(bytes.max(largest_pool));
    of_kind!(kind, mm_controls::unsuitable(mem, bytes), else Some(mm_error::MM_TOO_LARGE))
        .unwrap_or(mm_error::MM_OK)
}

/// Ends a heap. All its memory, control structure and pools, belongs to the caller again. An empty heap
/// is left in place of the control structure. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_destroy(heap: mm_sized_t) {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::destroy(heap.cast()), else ()) }
}

/// Frees all blocks at once, as mm_reset. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_reset(heap: mm_sized_t) {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::reset(heap.cast()), else ()) }
}

/// Returns why the last refused call of a heap was refused, as mm_last_error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_last_error(heap: mm_sized_t) -> mm_error {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::last_error(heap.cast()), else mm_error::MM_NO_HEAP) }
}

/// Returns the bytes of the largest block that this heap can have: what mm_block_size_max() is for an
/// mm_t. For NULL, returns 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_block_size_max(heap: mm_sized_t) -> usize {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::block_size_max(), else 0) }
}

/// Returns the number of free lists for each power of two of block sizes: 8, 16 or 32. For NULL, returns
/// 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_second_levels(heap: mm_sized_t) -> usize {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::second_levels(), else 0) }
}

/// Gives a heap more memory, as mm_add_pool. A heap has at most MM_SIZED_POOLS_MAX pools at a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_add_pool(
    heap: mm_sized_t,
    mem: *mut c_void,
    bytes: usize,
) -> mm_pool_t {
    // SAFETY: the caller's contract.
    let pool: Option<NonNull<u8>> = unsafe {
        let function = "mm_sized_add_pool";
        of_kind!(kind(heap), mm_controls::add_pool(heap.cast(), function, mem, bytes), else None)
    };
    address(pool).cast()
}

/// Removes a pool in which all blocks are free, as mm_remove_pool. Returns 0; or -1 for a refused call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_remove_pool(heap: mm_sized_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe {
        let function = "mm_sized_remove_pool";
        of_kind!(
            kind(heap),
            mm_controls::remove_pool(heap.cast(), function, pool.cast()),
            else false
        )
    })
}

/// Returns the pool that mm_sized_create_with_pool made, as mm_get_pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_get_pool(heap: mm_sized_t) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { of_kind!(kind(heap), mm_controls::own_pool(heap.cast()), else None) }).cast()
}

/// Returns the pool that contains an address, as mm_get_pool_for_ptr.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_get_pool_for_ptr(
    heap: mm_sized_t,
    ptr: *const c_void,
) -> mm_pool_t {
    // SAFETY: the caller's contract.
    address(unsafe { of_kind!(kind(heap), mm_controls::pool_of(heap.cast(), ptr), else None) })
        .cast()
}

/// Allocates `size` bytes at a multiple of mm_align_size(), as mm_malloc. Takes constant time.
/// mm_block_size returns the usable bytes of a block of any heap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_malloc(heap: mm_sized_t, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "mm_sized_malloc";
        of_kind!(kind(heap), mm_controls::malloc(heap.cast(), function, size), else null_mut())
    }
}

/// Allocates `size` bytes at a multiple of `align`, as mm_memalign. Takes constant time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_memalign(
    heap: mm_sized_t,
    align: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "mm_sized_memalign";
        of_kind!(
            kind(heap),
            mm_controls::memalign(heap.cast(), function, align, size),
            else null_mut()
        )
    }
}

/// Allocates `count` times `size` bytes that are 0, as mm_calloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_calloc(
    heap: mm_sized_t,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "mm_sized_calloc";
        of_kind!(
            kind(heap),
            mm_controls::calloc(heap.cast(), function, count, size),
            else null_mut()
        )
    }
}

/// Changes the size of a block, as mm_realloc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_realloc(
    heap: mm_sized_t,
    ptr: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "mm_sized_realloc";
        of_kind!(
            kind(heap),
            mm_controls::realloc(heap.cast(), function, ptr, MM_ALIGN, size),
            else null_mut()
        )
    }
}

/// Changes the size of a block, as mm_realloc_aligned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_realloc_aligned(
    heap: mm_sized_t,
    ptr: *mut c_void,
    align: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "mm_sized_realloc_aligned";
        of_kind!(
            kind(heap),
            mm_controls::realloc(heap.cast(), function, ptr, align, size),
            else null_mut()
        )
    }
}

/// Makes a block hold at least `size` bytes in place, as mm_try_grow. Returns 0; or -1 for a refused call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_try_grow(
    heap: mm_sized_t,
    ptr: *mut c_void,
    size: usize,
) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe {
        let function = "mm_sized_try_grow";
        of_kind!(kind(heap), mm_controls::grow(heap.cast(), function, ptr, size), else false)
    })
}

/// Frees what a block has beyond `size` bytes, as mm_shrink. Returns 0; or -1 for a refused call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_shrink(heap: mm_sized_t, ptr: *mut c_void, size: usize) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe {
        let function = "mm_sized_shrink";
        of_kind!(kind(heap), mm_controls::shrink(heap.cast(), function, ptr, size), else false)
    })
}

/// Returns the largest request that mm_sized_malloc grants now, as mm_max_allocatable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_max_allocatable(heap: mm_sized_t) -> usize {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::max_allocatable(heap.cast()), else 0) }
}

/// Frees a block, as mm_free. Takes constant time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_free(heap: mm_sized_t, ptr: *mut c_void) {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "mm_sized_free";
        of_kind!(kind(heap), mm_controls::free(heap.cast(), function, ptr), else ());
    }
}

/// Calls `walker` for each block of a pool, as mm_walk_pool, with the same results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_walk_pool(
    heap: mm_sized_t,
    pool: mm_pool_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    let see = |block| see(walker, block, user);
    // SAFETY: the caller's contract.
    let walk = unsafe {
        of_kind!(
            kind(heap),
            mm_controls::walk_pool(heap.cast(), pool.cast(), see),
            else Walk::Refused
        )
    };
    walk as c_int
}

/// Calls `walker` for each block of each pool, as mm_walk_all_pools, with the same results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_walk_all_pools(
    heap: mm_sized_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    let see = |block| see(walker, block, user);
    // SAFETY: the caller's contract.
    let walk =
        unsafe { of_kind!(kind(heap), mm_controls::walk(heap.cast(), see), else Walk::Refused) };
    walk as c_int
}

/// Counts what a heap holds, as mm_stats, with the same results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_stats(heap: mm_sized_t, stats: *mut mm_stats) -> c_int {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(heap), mm_controls::stats(heap.cast(), stats), else -1) }
}

/// Checks every invariant on every block, list and bit of a heap, as mm_validate. Returns 1 if the heap is
/// sound; 0 if it is not, or if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_sized_validate(heap: mm_sized_t) -> c_int {
    // SAFETY: the caller's contract.
    c_int::from(unsafe { of_kind!(kind(heap), mm_controls::is_sound(heap.cast()), else false) })
}
