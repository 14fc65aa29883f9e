//! The functions that are taken over, under C's names and with C's contracts.
#![allow(missing_docs, clippy::missing_safety_doc)] // C documents them.
#![allow(unreachable_pub)] // They are reached by name.

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::log::Turn;
use crate::raw::{FREE, MALLOC, MEMALIGN, REALLOC, Record};

// glibc's own, under the names that it keeps for such as us.
unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
    fn __libc_free(block: *mut c_void);
}

fn call(kind: u64, size: usize, new: *mut c_void) -> Record {
    Record { kind, align: 0, size: size as u64, old: 0, new: new.addr() as u64 }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    let turn = Turn::take();
    // SAFETY: passed on.
    let new = unsafe { __libc_malloc(size) };
    turn.note(call(MALLOC, size, new));
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let turn = Turn::take();
    // SAFETY: passed on; it is null if the product wraps.
    let new = unsafe { __libc_calloc(count, size) };
    turn.note(call(MALLOC, count.wrapping_mul(size), new));
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let turn = Turn::take();
    // SAFETY: passed on.
    let new = unsafe { __libc_realloc(block, size) };
    turn.note(Record { old: block.addr() as u64, ..call(REALLOC, size, new) });
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    let turn = Turn::take();
    turn.note(Record { old: block.addr() as u64, ..call(FREE, 0, ptr::null_mut()) });
    // SAFETY: passed on.
    unsafe { __libc_free(block) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    let turn = Turn::take();
    // SAFETY: passed on.
    let new = unsafe { __libc_memalign(align, size) };
    turn.note(Record { align: align as u64, ..call(MEMALIGN, size, new) });
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    // SAFETY: passed on; glibc takes both for the same.
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
    // SAFETY: passed on.
    let new = unsafe { memalign(align, size) };
    if new.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller's.
    unsafe { block.write(new) };
    0
}
