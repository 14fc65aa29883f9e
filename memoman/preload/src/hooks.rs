//! The functions that replace glibc's, with C's names and contracts.
#![allow(missing_docs, clippy::missing_safety_doc)] // C documents them.
#![allow(unreachable_pub)] // The dynamic linker finds them by name.

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::log::LogTurn;
use crate::raw::{CallRecord, FREE, MALLOC, MEMALIGN, REALLOC};

// glibc's own functions, under the names that it has for libraries like this one.
unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
    fn __libc_free(block: *mut c_void);
}

fn call(kind: u64, size: usize, new: *mut c_void) -> CallRecord {
    CallRecord { kind, align: 0, size: size as u64, old: 0, new: new.addr() as u64 }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    let turn = LogTurn::take();
    // SAFETY: the caller's contract.
    let new = unsafe { __libc_malloc(size) };
    turn.record(call(MALLOC, size, new));
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let turn = LogTurn::take();
    // SAFETY: the caller's contract; null if the product wraps.
    let new = unsafe { __libc_calloc(count, size) };
    turn.record(call(MALLOC, count.wrapping_mul(size), new));
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let turn = LogTurn::take();
    // SAFETY: the caller's contract.
    let new = unsafe { __libc_realloc(block, size) };
    turn.record(CallRecord { old: block.addr() as u64, ..call(REALLOC, size, new) });
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    let turn = LogTurn::take();
    turn.record(CallRecord { old: block.addr() as u64, ..call(FREE, 0, ptr::null_mut()) });
    // SAFETY: the caller's contract.
    unsafe { __libc_free(block) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    let turn = LogTurn::take();
    // SAFETY: the caller's contract.
    let new = unsafe { __libc_memalign(align, size) };
    turn.record(CallRecord { align: align as u64, ..call(MEMALIGN, size, new) });
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract; in glibc both are the same function.
    unsafe { memalign(align, size) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    block: *mut *mut c_void,
    align: usize,
    size: usize,
) -> c_int {
    if !align.is_power_of_two() || align % size_of::<usize>() != 0 {
        return libc::EINVAL;
    }
    // SAFETY: the caller's contract.
    let new = unsafe { memalign(align, size) };
    if new.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller's contract.
    unsafe { block.write(new) };
    0
}
