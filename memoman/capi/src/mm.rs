//! `memoman.h`: the functions. Each comment is the header's, so it is written for C programs.
//!
//! What C allows and Rust's types exclude is decided here: null blocks, size 0, and sizes and
//! alignments that are no [`Layout`]. The last are refused without a call of the engine.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};

use engine::Pool;

use crate::handle::{HandleHeap, address, exclusive, find_pool, non_null, shared, status, visit};
use crate::types::{CHeap, mm_misuse, mm_pool_t, mm_t, mm_walker};

/// Makes a heap without pools. mm_add_pool gives it memory.
///
/// mem: mm_size() bytes at a multiple of mm_align_size(), owned by the caller. They stay in place
/// and belong to the heap until mm_destroy.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create(mem: *mut c_void) -> mm_t {
    let control = non_null(mem).filter(|mem| mem.cast::<HandleHeap>().is_aligned());
    if let Some(control) = control {
        // SAFETY: aligned; long enough and exclusive by the caller's contract.
        unsafe { control.cast::<HandleHeap>().write(HandleHeap::new()) };
    }
    address(control)
}

/// Makes a heap in one piece of memory: the control structure, and a pool of the rest.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
/// belong to the heap until mm_destroy.
/// bytes: at least mm_size() + mm_pool_overhead() + mm_block_size_min().
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `bytes`
/// is too small or too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create_with_pool(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { mm_init_in_place(mem, bytes) }
}

/// The same as mm_create_with_pool, under the name that it has in Rust.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_init_in_place(mem: *mut c_void, bytes: usize) -> mm_t {
    let Some(mem) = non_null(mem) else { return null_mut() };
    // SAFETY: valid and exclusive by the caller's contract, until mm_destroy.
    let heap = unsafe { HandleHeap::init_in_place(mem, bytes) };
    // `mem`, not the reference: a handle reaches the pool, too, a reference the control only.
    address(heap.is_ok().then_some(mem))
}

/// Ends a heap. All its memory, control structure and pools, belongs to the caller again.
///
/// An empty heap is left in place of the control structure: until that memory is written to, calls
/// of the old handle are refused. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_destroy(mm: mm_t) {
    if let Some(control) = non_null(mm) {
        // SAFETY: a heap, by the caller's contract.
        unsafe { control.cast::<HandleHeap>().write(HandleHeap::new()) };
    }
}

/// Frees all blocks at once. Each pool is then as if just added, in the original order.
///
/// Blocks allocated before must not be used afterwards. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_reset(mm: mm_t) {
    // SAFETY: the caller's contract.
    if let Some(heap) = unsafe { exclusive(mm, "mm_reset") } {
        // SAFETY: the caller's contract.
        unsafe { heap.reset() };
    }
}

/// Returns the pool that mm_create_with_pool made; or NULL if the heap was made without one, if that
/// pool was removed, or if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool(mm: mm_t) -> mm_pool_t {
    let first = mm.wrapping_byte_add(HandleHeap::control_size());
    // SAFETY: the caller's contract.
    let pool = unsafe { shared(mm) }.and_then(|heap| find_pool(heap, first));
    address(pool.map(Pool::start))
}

/// Returns the pool that contains an address, of a block or any other; or NULL if no pool of the
/// heap does, or if the heap is NULL. Takes time in proportion to the number of pools.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool_for_ptr(mm: mm_t, ptr: *const c_void) -> mm_pool_t {
    // SAFETY: the caller's contract.
    let heap = unsafe { shared(mm) };
    let pool = heap.zip(non_null(ptr.cast_mut())).and_then(|(heap, ptr)| heap.pool_of(ptr));
    address(pool.map(Pool::start))
}

/// Gives a heap more memory.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
/// belong to the heap until mm_remove_pool or mm_destroy.
/// bytes: mm_pool_overhead() of them are never payload. The rest, rounded down to a multiple of
/// mm_align_size(), becomes one free block of mm_block_size_min() to mm_block_size_max() bytes.
///
/// Returns the pool, which is `mem`. Returns NULL, without writing anything, if `mem` is NULL or
/// misaligned, if `bytes` is too small or too large, if the memory overlaps another pool of the heap
/// or its control structure, if the heap has MM_POOLS_MAX pools, or if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_add_pool(mm: mm_t, mem: *mut c_void, bytes: usize) -> mm_pool_t {
    // SAFETY: the caller's contract.
    let Some((heap, mem)) = unsafe { exclusive(mm, "mm_add_pool") }.zip(NonNull::new(mem.cast()))
    else {
        return null_mut();
    };
    // SAFETY: valid and exclusive by the caller's contract.
    address(unsafe { heap.add_pool(mem, bytes) }.ok().map(Pool::start))
}

/// Removes a pool in which all blocks are free. Its memory belongs to the caller again.
///
/// Returns 0; or -1, without changing anything, if the pool has an allocated block, if it is not (or
/// no longer) a pool of this heap, or if one of the two is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_remove_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    let own = unsafe { shared(mm) }.and_then(|heap| find_pool(heap, pool));
    // SAFETY: the caller's contract; the shared borrow has ended.
    let heap = unsafe { exclusive(mm, "mm_remove_pool") };
    status(heap.zip(own).is_some_and(|(heap, own)| heap.remove_pool(own).is_ok()))
}

/// Allocates `size` bytes at a multiple of mm_align_size(). Takes constant time.
///
/// Returns the block, whose bytes are not initialised; or NULL if `size` is 0 or above
/// mm_block_size_max(), if no free block is found that is certainly large enough, or if the heap is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_malloc(mm: mm_t, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    address(unsafe { exclusive(mm, "mm_malloc") }.and_then(|heap| heap.malloc(size)))
}

/// Allocates `size` bytes at a multiple of `align`, a power of two. Takes constant time.
///
/// The search is for a block that is larger by `align` and the smallest block size. What is left of the
/// block is freed at once. So this function can fail where mm_malloc would succeed.
///
/// Returns the block; or NULL in the cases of mm_malloc, and if `align` is 0 or not a power of two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_memalign(mm: mm_t, align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    let Some(heap) = (unsafe { exclusive(mm, "mm_memalign") }) else { return null_mut() };
    let layout = Layout::from_size_align(size, align).ok();
    address(layout.and_then(|layout| heap.allocate(layout)))
}

/// Changes the size of a block: in place if the block and a free block behind it are large enough
/// together, else by moving it. Takes constant time, plus the time to copy a block that moves.
///
/// ptr: an allocated block of this heap; or NULL, then the call is mm_malloc(mm, size).
/// size: in bytes; if it is 0, the call is mm_free(mm, ptr) and returns NULL.
///
/// Returns the block, with its content up to the smaller of both sizes. If its address is not `ptr`,
/// the block at `ptr` is freed. Returns NULL, and leaves the block at `ptr` allocated and unchanged,
/// if `size` is above mm_block_size_max(), if no free block is found, or if the heap is NULL.
///
/// A block that moves is aligned to mm_align_size() only, also if mm_memalign allocated it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_realloc(mm: mm_t, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    let Some(heap) = (unsafe { exclusive(mm, "mm_realloc") }) else { return null_mut() };
    let Some(block) = non_null(ptr) else { return address(heap.malloc(size)) };
    if size == 0 {
        // SAFETY: the caller's contract.
        unsafe { heap.deallocate(block) };
        return null_mut();
    }
    let Ok(layout) = Layout::from_size_align(size, CHeap::ALIGN) else { return null_mut() };
    // SAFETY: the caller's contract.
    address(unsafe { heap.reallocate(block, layout) })
}

/// Frees a block, and merges it with free neighbours. Takes constant time.
///
/// ptr: an allocated block of this heap, which must not be used afterwards. NULL is ignored, as is
/// a heap that is NULL. Any other pointer (a block freed before, the inside of a block, a block of
/// another heap) is undefined behaviour; a library built with feature `guard` refuses it and reports
/// it as mm_on_misuse configures.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_free(mm: mm_t, ptr: *mut c_void) {
    // SAFETY: the caller's contract.
    if let (Some(heap), Some(ptr)) = (unsafe { exclusive(mm, "mm_free") }, non_null(ptr)) {
        // SAFETY: the caller's contract.
        unsafe { heap.deallocate(ptr) };
    }
}

/// Returns the usable bytes of an allocated block: at least as many as requested.
///
/// ptr: an allocated block of any heap; for NULL the result is 0. The pointer is not checked, also
/// not with feature `guard`, because the function does not know the heap.
///
/// It reads the block's header, so it counts as a call of the block's heap, one that only reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_block_size(ptr: *const c_void) -> usize {
    // The size is in the block's header. Any heap of this type can read it.
    const ANY: &CHeap = &CHeap::new();
    // SAFETY: an allocated block, by the caller's contract.
    non_null(ptr.cast_mut()).map_or(0, |ptr| unsafe { ANY.usable_size(ptr) })
}

/// Calls `walker` for each block of a pool, in address order.
///
/// walker: if it is NULL, nothing is called.
/// user: passed to the walker unchanged.
///
/// Returns 0; or -1, without calling the walker, if `pool` is not a pool of this heap, or if one of
/// the two is NULL. On a damaged heap the walk ends early and never leaves the pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_pool(
    mm: mm_t,
    pool: mm_pool_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller's contract.
    let Some(heap) = (unsafe { shared(mm) }) else { return status(false) };
    let own = find_pool(heap, pool);
    if let Some(own) = own {
        // SAFETY: the caller's contract.
        unsafe { visit(heap.blocks(own), walker, user) };
    }
    status(own.is_some())
}

/// Calls `walker` as mm_walk_pool does, for each pool of a heap, in the order of mm_add_pool.
///
/// Returns 0; or -1 if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_all_pools(
    mm: mm_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller's contract.
    let Some(heap) = (unsafe { shared(mm) }) else { return status(false) };
    // SAFETY: the caller's contract.
    unsafe { visit(heap.pools().flat_map(|pool| heap.blocks(pool)), walker, user) };
    status(true)
}

/// Checks every invariant on every block, list and bit of a heap.
///
/// The check trusts the table of pools in the control structure, reads only inside these pools, and
/// ends on any damage. It takes time in proportion to the number of blocks.
///
/// Returns 1 if the heap is sound; 0 if it is not, or if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate(mm: mm_t) -> c_int {
    // SAFETY: the caller's contract.
    c_int::from(unsafe { shared(mm) }.is_some_and(|heap| heap.validate().is_ok()))
}

/// Checks the first five invariants, those of address order, on one pool.
///
/// Returns 1 if the pool is sound; 0 if it is not, if it is not a pool of this heap, or if one of the
/// two is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    let sound = unsafe { shared(mm) }
        .and_then(|heap| heap.validate_pool(find_pool(heap, pool)?))
        .is_some_and(|result| result.is_ok());
    c_int::from(sound)
}

/// mm_validate with the results of TLSF 3.1: 0 if the heap is sound; -1 if it is not, or if it is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check(mm: mm_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { mm_validate(mm) } != 0)
}

/// mm_validate_pool with the results of TLSF 3.1: 0 if the pool is sound, -1 otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { mm_validate_pool(mm, pool) } != 0)
}

/// Sets the handler that a library built with feature `guard` calls when it detects a misuse: a call
/// that frees or resizes a pointer which is no allocated block of the heap (a block freed before, the
/// inside of a block, a block of another heap), or a call of a damaged heap. Damage is looked for
/// before every call that changes the heap.
///
/// handler: for all heaps, from now on. NULL, as at the start, prints the misuse to standard error,
/// where the platform has it, and calls abort().
///
/// Not checked are mm_block_size, the functions that only read, and mm_reset, which repairs a damaged
/// heap.
///
/// Returns 1; or 0 if this library was built without `guard`, and never calls the handler.
#[unsafe(no_mangle)]
pub extern "C" fn mm_on_misuse(handler: mm_misuse) -> c_int {
    #[cfg(feature = "guard")]
    crate::checked::set_handler(handler);
    #[cfg(not(feature = "guard"))]
    let _ = handler;
    c_int::from(cfg!(feature = "guard"))
}

/// Returns the bytes of the control structure, which mm_create needs.
#[unsafe(no_mangle)]
pub extern "C" fn mm_size() -> usize {
    HandleHeap::control_size()
}

/// Returns the alignment of every block, and of all memory given to a heap: the size of a word.
#[unsafe(no_mangle)]
pub extern "C" fn mm_align_size() -> usize {
    CHeap::ALIGN
}

/// Returns the bytes of the smallest block. Smaller requests are rounded up to it.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_min() -> usize {
    CHeap::BLOCK_SIZE_MIN
}

/// Returns the bytes of the largest block. Larger requests always fail.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_max() -> usize {
    CHeap::BLOCK_SIZE_MAX
}

/// Returns the bytes of a pool that are never payload.
#[unsafe(no_mangle)]
pub extern "C" fn mm_pool_overhead() -> usize {
    CHeap::POOL_OVERHEAD
}

/// Returns the bytes of the header in front of every block.
#[unsafe(no_mangle)]
pub extern "C" fn mm_alloc_overhead() -> usize {
    CHeap::ALLOC_OVERHEAD
}
