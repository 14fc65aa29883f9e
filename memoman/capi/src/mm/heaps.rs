//! Making and ending heaps; reasons, misuse and numbers.

use core::ffi::{c_char, c_int, c_void};

use engine::Tlsf;

use super::MmControl;
use crate::configuration::{MM_ALIGN, MM_FIRST_LEVELS, MM_POOLS_MAX, SECOND_LEVELS};
use crate::types::{mm_error, mm_misuse, mm_t};

type Engine = Tlsf<MM_ALIGN, MM_FIRST_LEVELS, SECOND_LEVELS, MM_POOLS_MAX>;

/// Makes a heap without pools. mm_add_pool gives it memory.
///
/// mem: mm_size() bytes at a multiple of mm_align_size(), owned by the caller. They stay in place
/// and belong to the heap until mm_destroy.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned.
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
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `bytes`
/// is too small or too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_create_with_pool(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { MmControl::create_with_pool(mem, bytes) }.cast()
}

/// The same as mm_create_with_pool, under the name that it has in Rust.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_init_in_place(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { mm_create_with_pool(mem, bytes) }
}

/// Returns why mm_create_with_pool(mem, bytes) would return NULL, or mm_create(mem) with enough `bytes`;
/// MM_OK if it would not.
#[unsafe(no_mangle)]
pub extern "C" fn mm_create_error(mem: *mut c_void, bytes: usize) -> mm_error {
    MmControl::unsuitable(mem, bytes).unwrap_or(mm_error::MM_OK)
}

/// Ends a heap. All its memory, control structure and pools, belongs to the caller again.
///
/// An empty heap is left in place of the control structure: until that memory is written to, calls
/// of the old handle are refused. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_destroy(mm: mm_t) {
    // SAFETY: the caller's contract.
    unsafe { MmControl::destroy(mm.cast()) };
}

/// Frees all blocks at once. Each pool is then as if just added, in the original order.
///
/// Blocks allocated before must not be used afterwards. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_reset(mm: mm_t) {
    // SAFETY: the caller's contract.
    unsafe { MmControl::reset(mm.cast()) };
}

/// Returns why the last refused call of a heap was refused: MM_OK if none was, MM_NO_HEAP for NULL. A
/// call that succeeds leaves the reason of an earlier one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_last_error(mm: mm_t) -> mm_error {
    // SAFETY: the caller's contract.
    unsafe { MmControl::last_error(mm.cast()) }
}

/// Returns the text of a reason, which is valid for ever; "unknown reason" for any other number.
#[unsafe(no_mangle)]
pub extern "C" fn mm_error_text(error: c_int) -> *const c_char {
    let error = usize::try_from(error).ok().and_then(|error| mm_error::ALL.get(error));
    error.map_or(c"unknown reason", |error| error.text()).as_ptr()
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
    crate::report::set_handler(handler);
    #[cfg(not(feature = "guard"))]
    let _ = handler;
    c_int::from(cfg!(feature = "guard"))
}

/// Returns the bytes of the control structure, which mm_create needs.
#[unsafe(no_mangle)]
pub extern "C" fn mm_size() -> usize {
    MmControl::control_size()
}

/// Returns the alignment of every block, and of all memory given to a heap: MM_ALIGN.
#[unsafe(no_mangle)]
pub extern "C" fn mm_align_size() -> usize {
    Engine::ALIGN
}

/// Returns the bytes of the smallest block. Smaller requests are rounded up to it.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_min() -> usize {
    Engine::BLOCK_SIZE_MIN
}

/// Returns the bytes of the largest block. Larger requests always fail.
#[unsafe(no_mangle)]
pub extern "C" fn mm_block_size_max() -> usize {
    Engine::BLOCK_SIZE_MAX
}

/// Returns the bytes of a pool that are never payload.
#[unsafe(no_mangle)]
pub extern "C" fn mm_pool_overhead() -> usize {
    Engine::POOL_OVERHEAD
}

/// Returns the bytes of the header in front of every block.
#[unsafe(no_mangle)]
pub extern "C" fn mm_alloc_overhead() -> usize {
    Engine::ALLOC_OVERHEAD
}
