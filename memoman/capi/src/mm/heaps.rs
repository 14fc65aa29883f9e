//! Making and ending heaps, the reasons of refusals, and misuse.

use core::ffi::{c_char, c_int, c_void};

use super::MmControl;
use crate::pointer::status;
use crate::types::{mm_error, mm_misuse, mm_t};

/// Makes a heap without pools. mm_add_pool gives it memory.
///
/// mem: mm_size() bytes at a multiple of mm_align_size(), owned by the caller. They stay in place
/// and belong to the heap until mm_destroy.
///
/// Returns the heap, which is at `mem`; or NULL, without writing anything, if `mem` is NULL or misaligned.
/// mm_create_error has the reason: MM_NULL, MM_MISALIGNED.
///
/// Cost: that of writing mm_size() bytes. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create(mem: *mut c_void) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { MmControl::create(mem) }.cast()
}

/// Makes a heap in one piece of memory: the control structure, and a pool of the rest.
///
/// mem: `bytes` bytes at a multiple of mm_align_size(), owned by the caller. They stay in place and
/// belong to the heap until mm_destroy.
/// bytes: at least mm_size() + mm_pool_overhead() + mm_block_size_min().
///
/// Returns the heap, which is at `mem`; or NULL, without writing anything, if `mem` is NULL or misaligned,
/// or if `bytes` is too small or too large. mm_create_error has the reason: MM_NULL, MM_MISALIGNED,
/// MM_TOO_SMALL, MM_TOO_LARGE.
///
/// Cost: that of writing mm_size() bytes. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create_with_pool(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { MmControl::create_with_pool(mem, bytes) }.cast()
}

/// mm_create_with_pool under the name that it has in Rust.
///
/// Cost: that of writing mm_size() bytes. Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_init_in_place(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { mm_create_with_pool(mem, bytes) }
}

/// Returns why mm_create_with_pool(mem, bytes) would be refused: MM_NULL, MM_MISALIGNED, MM_TOO_SMALL,
/// MM_TOO_LARGE; or MM_OK. The first two are the reasons of mm_create, too. Reads and writes no memory.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_create_error(mem: *mut c_void, bytes: usize) -> mm_error {
    MmControl::unsuitable(mem, bytes).unwrap_or(mm_error::MM_OK)
}

/// Ends a heap. All its memory, control structure and pools, belongs to the caller again.
///
/// An empty heap is left in place of the control structure: until that memory is written to, calls
/// of the old handle find no pool and no memory. NULL is ignored.
///
/// Cost: that of writing mm_size() bytes. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_destroy(mm: mm_t) {
    // SAFETY: the caller's contract.
    unsafe { MmControl::destroy(mm.cast()) };
}

/// Frees all blocks at once. Each pool is then as if just added, in the original order; a damaged heap is
/// sound. NULL is ignored.
///
/// Blocks allocated before must not be used afterwards.
///
/// Cost: proportional to the number of lists and pools. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_reset(mm: mm_t) {
    // SAFETY: the caller's contract.
    unsafe { MmControl::reset(mm.cast()) };
}

/// Returns why the last refused call of a heap was refused; MM_OK if none was since mm_create, MM_NO_HEAP
/// for NULL. A call that succeeds leaves the reason of an earlier one: read it after a call that returned
/// NULL, -1 or 0 bytes. Of refused calls that overlap in time, any one's reason is kept.
///
/// Cost: constant. Threads: shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_last_error(mm: mm_t) -> mm_error {
    // SAFETY: the caller's contract.
    unsafe { MmControl::last_error(mm.cast()) }
}

/// Returns a reason in words, as text that stays valid; "unknown reason" for a number that is none.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_error_text(error: c_int) -> *const c_char {
    let error = usize::try_from(error).ok().and_then(|error| mm_error::ALL.get(error));
    error.map_or(c"unknown reason", |error| error.text()).as_ptr()
}

/// Sets the handler that a library built with feature `guard` calls when it detects a misuse: a call
/// that frees or resizes a pointer which is no allocated block of the heap (a block freed before, the
/// inside of a block, a block of another heap), or a call of a damaged heap. Damage is looked for
/// before calls that change the heap, at the interval of mm_check_interval.
///
/// handler: for all heaps, from now on. NULL, as at the start, prints the misuse to standard error,
/// where the platform has it, and calls abort().
///
/// Not checked are mm_block_size, the functions that only read, and mm_reset, which repairs a damaged
/// heap.
///
/// Returns the handler before, to restore it; NULL for none. Without feature `guard` it does nothing and
/// returns NULL: see mm_is_guarded.
///
/// Cost: constant. Threads: any, but two calls of it must not overlap in time.
#[unsafe(no_mangle)]
pub extern "C" fn mm_on_misuse(handler: mm_misuse) -> mm_misuse {
    #[cfg(feature = "guard")]
    let before = crate::report::set_handler(handler);
    #[cfg(not(feature = "guard"))]
    let before = {
        let _ = handler;
        None
    };
    before
}

/// Sets how often a library built with feature `guard` checks the whole heap, as mm_check does. Pointers
/// are checked by every call, whatever the interval.
///
/// calls: the whole heap is checked before the next call that changes it, and then before every
/// `calls`-th: 1 for every call, 0 for none. MM_CHECK_AMORTISED, as at the start, is every call while the
/// heap has less than 256 blocks, and then an interval that grows with their number. A heap that was
/// found damaged is checked by every call until it is sound. Between two checks, a call may use a damaged
/// link as a library without `guard` does.
///
/// Returns 0; or -1: MM_NO_HEAP. Without feature `guard` there are no checks, and the interval is ignored.
///
/// Cost: constant. Threads: exclusive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_check_interval(mm: mm_t, calls: usize) -> c_int {
    // SAFETY: the caller's contract.
    status(unsafe { MmControl::check_interval(mm.cast(), calls) })
}

/// Returns 1 if this library was built with feature `guard`, and detects misuse; else 0.
///
/// Cost: constant. Threads: any.
#[unsafe(no_mangle)]
pub extern "C" fn mm_is_guarded() -> c_int {
    c_int::from(cfg!(feature = "guard"))
}
