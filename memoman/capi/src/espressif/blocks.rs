//! Blocks of a heap. Each comment is the header's.

use core::ffi::c_void;
use core::ptr::{NonNull, copy_nonoverlapping, null_mut};

use engine::{Heap, WORD};

use super::hooks::{OldHeader, absorb};
use super::types::{kind, tlsf_t};
use crate::control::block_size;
use crate::pointer::non_null;
use crate::sized::{esp_controls, of_kind};

/// Allocates `size` bytes. Returns the block; or NULL if `size` is 0, or if no free block is found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_malloc(tlsf: tlsf_t, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "tlsf_malloc";
        of_kind!(kind(tlsf), esp_controls::malloc(tlsf.cast(), function, size), else null_mut())
    }
}

/// Allocates `size` bytes at a multiple of `align`. Returns the block; or NULL if `size` is 0, if `align` is
/// not a power of two, or if no free block is found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_memalign(tlsf: tlsf_t, align: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "tlsf_memalign";
        of_kind!(
            kind(tlsf),
            esp_controls::memalign(tlsf.cast(), function, align, size),
            else null_mut()
        )
    }
}

/// Allocates `size` bytes so that the byte at `offset`, rounded up to a multiple of tlsf_align_size(), is at
/// a multiple of `align`. `size` includes the bytes in front of it. Returns the block; or NULL in the cases
/// of tlsf_memalign.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_memalign_offs(
    tlsf: tlsf_t,
    align: usize,
    size: usize,
    offset: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "tlsf_memalign_offs";
        of_kind!(
            kind(tlsf),
            esp_controls::memalign_offset(tlsf.cast(), function, align, size, offset),
            else null_mut()
        )
    }
}

/// Allocates a block that contains the `size` bytes at `address`, rounded down to a multiple of
/// tlsf_align_size(). All of them must be free, in a pool that the heap knows.
///
/// Returns the block, which starts at `address` if the bytes in front of it can be a free block; or NULL
/// if `size` is 0, or if not all of the bytes are free. Takes time in proportion to the blocks of the pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_malloc_addr(
    tlsf: tlsf_t,
    size: usize,
    address: *mut c_void,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        let function = "tlsf_malloc_addr";
        of_kind!(
            kind(tlsf),
            esp_controls::malloc_at(tlsf.cast(), function, address, size),
            else null_mut()
        )
    }
}

/// Changes the size of a block, in place or by moving it. If `ptr` is NULL, the call is tlsf_malloc; else,
/// if `size` is 0, it is tlsf_free and returns NULL. Returns the block; or NULL if no free block is found,
/// and leaves the block at `ptr` unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_realloc(
    tlsf: tlsf_t,
    ptr: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's contract.
    unsafe {
        match non_null(ptr) {
            Some(block) if size > 0 && absorb().is_some() => realloc_and_fill(tlsf, block, size),
            Some(_) if size == 0 => {
                mm_esp_free(tlsf, ptr);
                null_mut()
            }
            _ => {
                let function = "tlsf_realloc";
                of_kind!(
                    kind(tlsf),
                    esp_controls::realloc(tlsf.cast(), function, ptr, WORD, size),
                    else null_mut()
                )
            }
        }
    }
}

/// tlsf_realloc with a hook for merged headers, by the same steps: in place, or else malloc, copy, free.
///
/// # Safety
/// `block` is an allocated block of this heap.
unsafe fn realloc_and_fill(tlsf: tlsf_t, block: NonNull<u8>, size: usize) -> *mut c_void {
    let start = block.addr().get();
    // SAFETY: the caller's contract; the old block is freed only after the copy.
    unsafe {
        let old = block_size(block.as_ptr().cast());
        let merges = Heap::free_neighbours(block).1;
        let function = "tlsf_realloc";
        let resized = if size <= old {
            of_kind!(
                kind(tlsf),
                esp_controls::shrink(tlsf.cast(), function, block.as_ptr().cast(), size),
                else false
            )
        } else {
            of_kind!(
                kind(tlsf),
                esp_controls::grow(tlsf.cast(), function, block.as_ptr().cast(), size),
                else false
            )
        };
        if resized {
            let new = block_size(block.as_ptr().cast());
            if merges && new != old {
                fill_behind(block.as_ptr(), OldHeader::of(start + old + WORD), start + new);
            }
            return block.as_ptr().cast();
        }
        let moved = mm_esp_malloc(tlsf, size);
        if !moved.is_null() {
            copy_nonoverlapping(block.as_ptr(), moved.cast::<u8>(), old.min(size));
            mm_esp_free(tlsf, block.as_ptr().cast());
        }
        moved
    }
}

/// Fills what a block that ends at `end`, and a free rest behind it, have of an old header.
///
/// # Safety
/// `memory` is that block, and the one behind it may be read.
unsafe fn fill_behind(memory: *mut u8, old: OldHeader, end: usize) {
    // SAFETY: the block, and the free one behind it but for its header, links and last word.
    unsafe {
        old.fill(memory, memory.addr(), end);
        let (_, rest_is_free) = Heap::free_neighbours(NonNull::new_unchecked(memory));
        if rest_is_free {
            let rest = end + WORD;
            let size = block_size(memory.with_addr(rest).cast());
            old.fill(memory, rest + 2 * WORD, rest + size - WORD);
        }
    }
}

/// Frees an allocated block of this heap. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_free(tlsf: tlsf_t, ptr: *mut c_void) {
    let Some(block) = non_null(ptr) else { return };
    // SAFETY: the caller's contract. What was a header is inside a free block, beside its links, which are
    // at its start, and its last word.
    unsafe {
        let merges = absorb().map(|_| (Heap::free_neighbours(block), block_size(ptr)));
        let function = "tlsf_free";
        of_kind!(kind(tlsf), esp_controls::free(tlsf.cast(), function, ptr), else ());
        if let Some(((before, behind), size)) = merges {
            let start = block.addr().get();
            if before {
                OldHeader::of(start).fill(block.as_ptr(), 0, usize::MAX);
            }
            if behind {
                OldHeader::of(start + size + WORD).fill(block.as_ptr(), 0, usize::MAX);
            }
        }
    }
}

/// Returns the usable bytes of an allocated block; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_block_size(ptr: *mut c_void) -> usize {
    // SAFETY: the caller's contract.
    unsafe { block_size(ptr) }
}

/// Returns the largest request that a free block of `size` bytes serves for certain: `size`, rounded down to
/// the first size of its class; below the first class of more than one size, rounded up to a block size. 0
/// for 0 and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_fit_size(tlsf: tlsf_t, size: usize) -> usize {
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind(tlsf), esp_controls::fit_size(size), else 0) }
}
