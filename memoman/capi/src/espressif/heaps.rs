//! Making heaps, and giving them memory. Each comment is the header's.

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use super::hooks::{self, mm_esp_absorb_hook, mm_esp_check_hook};
use super::types::{kind, pool_t, tlsf_t};
use crate::pointer::address;
use crate::sized::{Kind, esp_controls, of_kind};

/// Sets the functions that watch the heaps of the program: tlsf_check_hook and block_absorb_post_hook. The
/// header calls this; either may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_set_hooks(check: mm_esp_check_hook, absorb: mm_esp_absorb_hook) {
    hooks::set(check, absorb);
}

/// Returns the bytes of the control structure of a heap for `max_bytes`, which mm_esp_create needs. (The
/// fork has no such function: its tlsf_size needs a heap.) Returns 0 if no heap can have so large a pool.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_size_for(max_bytes: usize) -> usize {
    of_kind!(Kind::for_pool(max_bytes), esp_controls::control_size(), else 0)
}

/// Makes a heap without pools, whose control structure fits pools of up to `max_bytes` bytes.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if `max_bytes`
/// is less than the control structure has, or too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_create(mem: *mut c_void, max_bytes: usize) -> tlsf_t {
    if max_bytes < mm_esp_size_for(max_bytes) {
        return null_mut();
    }
    let kind = Kind::for_pool(max_bytes);
    let number = kind.map_or(0, |kind| kind as u8);
    // SAFETY: the caller's contract.
    unsafe { of_kind!(kind, esp_controls::create_kind(mem, number), else null_mut()) }
}

/// Makes a heap in one piece of memory of `pool_bytes` bytes: the control structure, for pools of up to
/// `max_bytes` (0 stands for `pool_bytes`), and a pool of the rest.
///
/// Returns the heap; or NULL, without writing anything, if `mem` is NULL or misaligned, or if one of the
/// numbers is too small or too large. (The fork returns a heap without a pool if only the rest is too
/// small for one.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_create_with_pool(
    mem: *mut c_void,
    pool_bytes: usize,
    max_bytes: usize,
) -> tlsf_t {
    let kind = Kind::for_pool(pool_bytes.max(max_bytes));
    let number = kind.map_or(0, |kind| kind as u8);
    // SAFETY: the caller's contract.
    unsafe {
        of_kind!(
            kind,
            esp_controls::create_kind_with_pool(mem, pool_bytes, number),
            else null_mut()
        )
    }
}

/// Ends a heap. Neither reads nor writes its memory, which the program may have freed already.
#[unsafe(no_mangle)]
pub extern "C" fn mm_esp_destroy(tlsf: tlsf_t) {
    let _ = tlsf;
}

/// Returns the pool that tlsf_create_with_pool made: the address behind the control structure, whether a
/// pool is there or not. For NULL, returns NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_get_pool(tlsf: tlsf_t) -> pool_t {
    // SAFETY: the caller's contract.
    let size = unsafe { of_kind!(kind(tlsf), esp_controls::control_size(), else 0) };
    if size == 0 { null_mut() } else { tlsf.wrapping_byte_add(size) }
}

/// Gives a heap more memory.
///
/// Returns the pool, which is `mem`; or NULL if `mem` is NULL or misaligned, if `bytes` is too small or
/// too large, or if the memory overlaps the control structure or a pool that the heap knows: see the
/// overview for pools beyond the table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_add_pool(tlsf: tlsf_t, mem: *mut c_void, bytes: usize) -> pool_t {
    // SAFETY: the caller's contract.
    let pool: Option<NonNull<u8>> = unsafe {
        let function = "tlsf_add_pool";
        of_kind!(kind(tlsf), esp_controls::add_pool(tlsf.cast(), function, mem, bytes), else None)
    };
    address(pool)
}

/// Removes a pool in which all blocks are free. A pool with allocated blocks, or of another heap, is left
/// unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mm_esp_remove_pool(tlsf: tlsf_t, pool: pool_t) {
    // SAFETY: the caller's contract.
    let _refused = unsafe {
        let function = "tlsf_remove_pool";
        of_kind!(kind(tlsf), esp_controls::remove_pool(tlsf.cast(), function, pool), else false)
    };
}
