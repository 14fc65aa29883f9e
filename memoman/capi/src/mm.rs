//! `memoman.h`. Each comment is the header's: written for C.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::NonNull;

use crate::handle::{Engine, Heap, answer, bytes, heap, look, own_pool, status, tell};

/// Pools that a heap can have at a time. (TLSF 3.1 has no such limit: it keeps no table of them,
/// and so cannot refuse a pool that overlaps another.)
pub const MM_POOLS_MAX: usize = 32;

/// A heap: the address of its control structure.
pub type mm_t = *mut c_void;

/// A pool of a heap: the address of its memory, as it was given.
pub type mm_pool_t = *mut c_void;

/// Called for each block of a walk, in address order: the block's payload, its usable bytes, whether
/// it is handed out (1) or free (0), and the `user` of the walk.
///
/// It must return, and must not change the heap: of this header it may call mm_block_size, and
/// what only looks (mm_get_pool, mm_get_pool_for_ptr, mm_validate*, mm_check*, other walks).
pub type mm_walker =
    Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void)>;

/// Makes a heap without memory: give it some with mm_add_pool.
///
/// mem: mm_size() bytes at a multiple of mm_align_size(), the caller's, which stay where they are
/// and are the heap's until mm_destroy.
///
/// Returns the heap, or NULL if `mem` is NULL or misaligned; nothing is written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create(mem: *mut c_void) -> mm_t {
    let fit = bytes(mem).filter(|mem| mem.cast::<Heap>().is_aligned());
    if let Some(mem) = fit {
        // SAFETY: aligned; long enough and ours by contract.
        unsafe { mem.cast::<Heap>().write(Heap::new()) };
    }
    answer(fit)
}

/// Makes a heap of one piece of memory: the control structure, and a pool of the rest.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), the caller's, which stay where they are and
/// are the heap's until mm_destroy.
/// bytes: at least mm_size() + mm_pool_overhead() + mm_block_size_min().
///
/// Returns the heap, or NULL if `mem` is NULL or misaligned, or `bytes` too few or too many; nothing
/// is written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create_with_pool(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's.
    unsafe { mm_init_in_place(mem, bytes) }
}

/// The same as mm_create_with_pool, under the name that it has in Rust.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_init_in_place(mem: *mut c_void, bytes: usize) -> mm_t {
    let Some(mem) = NonNull::new(mem.cast()) else { return answer(None) };
    // SAFETY: valid and ours by contract, until mm_destroy.
    let heap = unsafe { Heap::init_in_place(mem, bytes) };
    // Not the reference, which may reach the control only: a handle reaches the pool behind it.
    answer(heap.is_ok().then_some(mem))
}

/// Ends a heap: its memory, control structure and pools, is the caller's again.
///
/// Leaves an empty heap in place of the control structure: as long as nothing else is written there,
/// what is asked of it is refused. A heap that is NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_destroy(mm: mm_t) {
    if let Some(control) = bytes(mm) {
        // SAFETY: the caller's: a heap.
        unsafe { control.cast::<Heap>().write(Heap::new()) };
    }
}

/// Frees all blocks at once: each pool is as if just added, in the same order.
///
/// No block handed out before may be used afterwards. A heap that is NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_reset(mm: mm_t) {
    // SAFETY: the caller's.
    if let Some(heap) = unsafe { heap(mm, "mm_reset") } {
        // SAFETY: the caller's.
        unsafe { heap.reset() };
    }
}

/// The pool that mm_create_with_pool made.
///
/// Returns it, or NULL if the heap is NULL, was made without one, or has had it removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool(mm: mm_t) -> mm_pool_t {
    let behind = mm.cast_const().wrapping_byte_add(Heap::control_size());
    // SAFETY: the caller's.
    let pool = unsafe { look(mm) }.and_then(|heap| own_pool(heap, behind));
    answer(pool.map(engine::Pool::start))
}

/// The pool that an address lies in: that of a block, or any other.
///
/// Returns it, or NULL if the address is in none, or the heap is NULL. Takes time in proportion to
/// the number of pools.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_get_pool_for_ptr(mm: mm_t, ptr: *const c_void) -> mm_pool_t {
    // SAFETY: the caller's.
    let pool =
        unsafe { look(mm) }.zip(bytes(ptr.cast_mut())).and_then(|(heap, ptr)| heap.pool_of(ptr));
    answer(pool.map(engine::Pool::start))
}

/// Gives a heap more memory.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), the caller's, which stay where they are and
/// are the heap's until mm_remove_pool or mm_destroy.
/// bytes: of these, mm_pool_overhead() are never payload; the rest is one free block, from
/// mm_block_size_min() to mm_block_size_max() bytes after rounding down to mm_align_size().
///
/// Returns the pool, which is `mem`; or NULL if `mem` is NULL or misaligned, `bytes` too few or too
/// many, if it overlaps another pool of the heap or the heap's control structure, if the heap has
/// MM_POOLS_MAX pools, or is NULL. Neither heap nor memory is written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_add_pool(mm: mm_t, mem: *mut c_void, bytes: usize) -> mm_pool_t {
    // SAFETY: the caller's.
    let Some((heap, mem)) = unsafe { heap(mm, "mm_add_pool") }.zip(NonNull::new(mem.cast())) else {
        return answer(None);
    };
    // SAFETY: valid and ours by contract.
    answer(unsafe { heap.add_pool(mem, bytes) }.ok().map(engine::Pool::start))
}

/// Takes a pool back, all blocks of which are free: its memory is the caller's again.
///
/// Returns 0; or -1 if it has a live block, is not (or no longer) a pool of this heap, or one of the
/// two is NULL. Nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_remove_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's.
    let own = unsafe { look(mm) }.and_then(|heap| own_pool(heap, pool));
    // SAFETY: the caller's.
    let heap = unsafe { heap(mm, "mm_remove_pool") };
    status(heap.zip(own).is_some_and(|(heap, own)| heap.remove_pool(own).is_ok()))
}

/// Allocates `size` bytes at a multiple of mm_align_size(). Constant time.
///
/// Returns the block, its bytes not initialised; or NULL if `size` is 0 or above
/// mm_block_size_max(), if no free block that surely holds it is found, or the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_malloc(mm: mm_t, size: usize) -> *mut c_void {
    // SAFETY: the caller's.
    answer(unsafe { heap(mm, "mm_malloc") }.and_then(|heap| heap.malloc(size)))
}

/// Allocates `size` bytes at a multiple of `align`, a power of two. Constant time.
///
/// It searches for `align` bytes and a least block more, and gives them back at once: it can fail
/// where mm_malloc would not.
///
/// Returns the block; or NULL as mm_malloc does, and if `align` is 0 or not a power of two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_memalign(mm: mm_t, align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's.
    answer(unsafe { heap(mm, "mm_memalign") }.and_then(|heap| heap.memalign(align, size)))
}

/// Changes the size of a block: in place if it, with a free block behind it, is large enough, else
/// by moving it. Constant time, and the copy if it moves.
///
/// ptr: a live block of this heap, or NULL, which makes it mm_malloc.
/// size: in bytes; 0 makes it mm_free, and the answer NULL.
///
/// Returns the block, which holds what it held, up to the smaller of both sizes; `ptr` is dead if
/// the answer differs. Or NULL if the memory cannot be had, or the heap is NULL: unless `size` was
/// 0, `ptr` is then live and untouched.
///
/// A block that moves is aligned to mm_align_size() only, whatever mm_memalign gave it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_realloc(mm: mm_t, ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's, for both.
    answer(unsafe { heap(mm, "mm_realloc").and_then(|heap| heap.reallocate(bytes(ptr), size)) })
}

/// Frees a block, and merges it with its free neighbours. Constant time.
///
/// ptr: a live block of this heap, dead afterwards; or NULL, which does nothing, as does a heap that
/// is NULL. Anything else (freed before, inside of a block, of another heap) is undefined behaviour;
/// a library built with feature `guard` refuses it (mm_on_misuse).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_free(mm: mm_t, ptr: *mut c_void) {
    // SAFETY: the caller's.
    if let (Some(heap), Some(ptr)) = (unsafe { heap(mm, "mm_free") }, bytes(ptr)) {
        // SAFETY: the caller's.
        unsafe { heap.deallocate(ptr) };
    }
}

/// Bytes that a live block holds: at least what was asked for, all of them usable.
///
/// ptr: a live block of any heap; 0 is returned for NULL. Nothing is checked, even with feature
/// `guard`: without a heap there is nothing to compare with.
///
/// It reads the heap's memory, so it counts as a call of the block's heap, one that only looks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_block_size(ptr: *const c_void) -> usize {
    // A block knows its size; that the engine asks for a heap is Rust's concern, not C's.
    const ANY: &Engine = &Engine::new();
    // SAFETY: the caller's; the size is read from the block's header alone.
    bytes(ptr.cast_mut()).map_or(0, |ptr| unsafe { ANY.usable_size(ptr) })
}

/// Calls `walker` for each block of a pool, in address order.
///
/// walker: NULL to call nothing.
/// user: handed on to the walker as it is.
///
/// Returns 0; or -1 if it is not a pool of this heap, or one of the two is NULL: nothing is called
/// then. On a damaged heap the walk ends early rather than leave the pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_pool(
    mm: mm_t,
    pool: mm_pool_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller's.
    let Some(heap) = (unsafe { look(mm) }) else { return status(false) };
    let own = own_pool(heap, pool);
    if let Some(own) = own {
        // SAFETY: the caller's.
        unsafe { tell(heap.blocks(own), walker, user) };
    }
    status(own.is_some())
}

/// mm_walk_pool for each pool of a heap, in order of addition.
///
/// Returns 0; or -1 if the heap is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_walk_all_pools(
    mm: mm_t,
    walker: mm_walker,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller's.
    let Some(heap) = (unsafe { look(mm) }) else { return status(false) };
    // SAFETY: the caller's.
    unsafe { tell(heap.pools().flat_map(|pool| heap.blocks(pool)), walker, user) };
    status(true)
}

/// Checks every invariant on every block, list and bit of a heap.
///
/// It trusts the control structure's table of pools, reads only inside these, and ends on any
/// damage. Takes time in proportion to the number of blocks.
///
/// Returns nonzero if the heap is sound; 0 if it is not, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate(mm: mm_t) -> c_int {
    // SAFETY: the caller's.
    c_int::from(unsafe { look(mm) }.is_some_and(|heap| heap.validate().is_ok()))
}

/// Checks the invariants of address order, the first five, on one pool.
///
/// Returns nonzero if it is sound; 0 if not, if it is no pool of this heap, or one of the two is
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_validate_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's.
    let sound = unsafe { look(mm) }
        .and_then(|heap| heap.validate_pool(own_pool(heap, pool)?))
        .is_some_and(|verdict| verdict.is_ok());
    c_int::from(sound)
}

/// mm_validate as TLSF 3.1's checks answer: 0 if the heap is sound, -1 if it is not, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check(mm: mm_t) -> c_int {
    // SAFETY: the caller's.
    status(unsafe { mm_validate(mm) } != 0)
}

/// mm_validate_pool as TLSF 3.1's checks answer: 0 if the pool is sound, -1 otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check_pool(mm: mm_t, pool: mm_pool_t) -> c_int {
    // SAFETY: the caller's.
    status(unsafe { mm_validate_pool(mm, pool) } != 0)
}

/// Told what is wrong with a call: one line of text, which is gone when it returns: the function
/// (tlsf_* by its name here), and what it found. The call is refused then, nothing has changed, and
/// it answers as if the memory could not be had.
///
/// It returns, or ends the program. Of this header it may call anything, with the same heap too:
/// mm_check and the walks show what there is. It runs inside of the call, so under the lock that the
/// caller holds; and what it misuses in turn, it is told of in turn (mm_malloc in a damaged heap,
/// without end).
pub type mm_misuse = Option<unsafe extern "C" fn(what: *const c_char)>;

/// Says who is told when a library that was built with feature `guard` finds a call misused: a pointer
/// that is freed or resized is no live block of the heap (freed before, inside of a block, of
/// another heap), or the heap is damaged, which is looked into before every call.
///
/// told: for all heaps, from now on; NULL, as in the beginning, for a line on standard error (where
/// the platform has one) and abort().
///
/// Not checked are mm_block_size, the calls that only look, and mm_reset, which makes a damaged heap
/// whole.
///
/// Returns 1; or 0 if this library does not check: then `told` never is.
#[unsafe(no_mangle)]
pub extern "C" fn mm_on_misuse(told: mm_misuse) -> c_int {
    #[cfg(feature = "guard")]
    crate::checked::tell_of_misuse(told);
    #[cfg(not(feature = "guard"))]
    let _ = told;
    c_int::from(cfg!(feature = "guard"))
}

/// Bytes of the control structure: what mm_create needs.
#[unsafe(no_mangle)]
pub extern "C" fn mm_size() -> usize {
    Heap::control_size()
}

/// Alignment of every block, and of all memory given to a heap: the size of a word.
#[unsafe(no_mangle)]
pub extern "C" fn mm_align_size() -> usize {
    Engine::ALIGN
}

/// Bytes of the least block: smaller requests are rounded up to it.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_min() -> usize {
    Engine::BLOCK_SIZE_MIN
}

/// Bytes of the largest block. No larger request can succeed.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_max() -> usize {
    Engine::BLOCK_SIZE_MAX
}

/// Bytes of a pool that are never payload.
#[unsafe(no_mangle)]
pub extern "C" fn mm_pool_overhead() -> usize {
    Engine::POOL_OVERHEAD
}

/// Bytes in front of every block that are the heap's.
#[unsafe(no_mangle)]
pub extern "C" fn mm_alloc_overhead() -> usize {
    Engine::ALLOC_OVERHEAD
}
