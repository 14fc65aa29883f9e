//! The constructors under the names that the headers give them: those of the configuration. A program
//! that was compiled with another configuration's header does not link. (The plain names are for other
//! languages, `dlsym` and programs that define MM_ANY_CONFIGURATION.)

use core::ffi::c_void;

use crate::types::mm_t;

macro_rules! of_mm {
    ($name:literal) => {
        concat!($name, "_", env!("MEMOMAN_MM_CONFIGURATION"))
    };
}

#[unsafe(export_name = of_mm!("mm_create"))]
unsafe extern "C" fn mm_create(mem: *mut c_void) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { crate::mm::heaps::mm_create(mem) }
}

#[unsafe(export_name = of_mm!("mm_create_with_pool"))]
unsafe extern "C" fn mm_create_with_pool(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { crate::mm::heaps::mm_create_with_pool(mem, bytes) }
}

#[unsafe(export_name = of_mm!("mm_init_in_place"))]
unsafe extern "C" fn mm_init_in_place(mem: *mut c_void, bytes: usize) -> mm_t {
    // SAFETY: the caller's contract.
    unsafe { crate::mm::heaps::mm_init_in_place(mem, bytes) }
}

#[cfg(feature = "sized")]
mod sized {
    use core::ffi::c_void;

    use crate::sized::mm_sized::{self, mm_sized_t};

    #[unsafe(export_name = of_mm!("mm_sized_create"))]
    unsafe extern "C" fn mm_sized_create(mem: *mut c_void, largest_pool: usize) -> mm_sized_t {
        // SAFETY: the caller's contract.
        unsafe { mm_sized::mm_sized_create(mem, largest_pool) }
    }

    #[unsafe(export_name = of_mm!("mm_sized_create_with_pool"))]
    unsafe extern "C" fn mm_sized_create_with_pool(
        mem: *mut c_void,
        bytes: usize,
        largest_pool: usize,
    ) -> mm_sized_t {
        // SAFETY: the caller's contract.
        unsafe { mm_sized::mm_sized_create_with_pool(mem, bytes, largest_pool) }
    }
}

#[cfg(feature = "tlsf-names")]
mod tlsf {
    use core::ffi::c_void;

    use crate::tlsf_names::tlsf_t;

    macro_rules! of_tlsf {
        ($name:literal) => {
            concat!($name, "_", env!("MEMOMAN_TLSF_CONFIGURATION"))
        };
    }

    #[unsafe(export_name = of_tlsf!("tlsf_create"))]
    unsafe extern "C" fn tlsf_create(mem: *mut c_void) -> tlsf_t {
        // SAFETY: the caller's contract.
        unsafe { crate::tlsf_names::tlsf_create(mem) }
    }

    #[unsafe(export_name = of_tlsf!("tlsf_create_with_pool"))]
    unsafe extern "C" fn tlsf_create_with_pool(mem: *mut c_void, bytes: usize) -> tlsf_t {
        // SAFETY: the caller's contract.
        unsafe { crate::tlsf_names::tlsf_create_with_pool(mem, bytes) }
    }
}
