//! The functions that replace glibc's, with C's names and contracts.
#![allow(missing_docs, clippy::missing_safety_doc)] // C documents them.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

use crate::arena::ALIGN;
use crate::errno::set_errno;
use crate::heap;
use crate::range::page;

/// The result of a C function: sets errno if there is no block.
fn or_no_memory(block: Option<NonNull<u8>>) -> *mut c_void {
    match block {
        Some(block) => block.as_ptr().cast(),
        None => {
            set_errno(libc::ENOMEM);
            ptr::null_mut()
        }
    }
}

/// A request of C's: 0 bytes are a block of their own. `None` if no object can be that large.
#[inline]
fn layout(align: usize, size: usize) -> Option<Layout> {
    Layout::from_size_align(size.max(1), align).ok()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    or_no_memory(layout(ALIGN, size).and_then(heap::allocate))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let bytes = count.checked_mul(size);
    or_no_memory(bytes.and_then(|bytes| layout(ALIGN, bytes)).and_then(heap::allocate_zeroed))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if let Some(block) = NonNull::new(block.cast()) {
        // SAFETY: the caller's contract.
        unsafe { heap::free(block) };
    }
}

/// As glibc's: a size of 0 frees the block and returns null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let Some(old) = NonNull::new(block.cast()) else {
        // SAFETY: the caller's contract.
        return unsafe { malloc(size) };
    };
    if size == 0 {
        // SAFETY: the caller's contract.
        unsafe { heap::free(old) };
        return ptr::null_mut();
    }
    // SAFETY: the caller's contract.
    or_no_memory(unsafe { heap::reallocate(old, size) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's contract.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => or_no_memory(None),
    }
}

/// Sets errno to EINVAL if the alignment is no power of two.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        set_errno(libc::EINVAL);
        return ptr::null_mut();
    }
    or_no_memory(layout(align.max(ALIGN), size).and_then(heap::allocate))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract, which is the same.
    unsafe { aligned_alloc(align, size) }
}

/// Returns its error, and leaves errno as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    block: *mut *mut c_void,
    align: usize,
    size: usize,
) -> c_int {
    if !align.is_power_of_two() || align % size_of::<*mut c_void>() != 0 {
        return libc::EINVAL;
    }
    let Some(new) = layout(align.max(ALIGN), size).and_then(heap::allocate) else {
        return libc::ENOMEM;
    };
    // SAFETY: the caller's contract.
    unsafe { block.write(new.as_ptr().cast()) };
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn valloc(size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe { aligned_alloc(page(), size) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pvalloc(size: usize) -> *mut c_void {
    match size.max(1).checked_next_multiple_of(page()) {
        // SAFETY: the caller's contract.
        Some(pages) => unsafe { aligned_alloc(page(), pages) },
        None => or_no_memory(None),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: the caller's contract.
    NonNull::new(block.cast()).map_or(0, |block| unsafe { heap::usable_size(block) })
}

/// C23.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(block: *mut c_void, _size: usize) {
    // SAFETY: the caller's contract.
    unsafe { free(block) };
}

/// C23.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _align: usize, _size: usize) {
    // SAFETY: the caller's contract.
    unsafe { free(block) };
}

/// glibc's: returns free memory to the system. 1 if there was some.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_trim(_keep: usize) -> c_int {
    c_int::from(heap::trim() > 0)
}
