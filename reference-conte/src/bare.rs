//! The C functions alone, for benchmarks: 32 second-level lists, no assertions, no checks.
//!
//! A C program links the same code in a release build (`-O3 -DNDEBUG`). The names are TLSF's own;
//! `tlsf` is the result of [`create`].

use core::ffi::c_void;

unsafe extern "C" {
    /// The bytes of the control structure.
    #[link_name = "conte_bare_size"]
    pub safe fn size() -> usize;

    /// Makes a control structure of `memory`, or returns null if it is misaligned.
    ///
    /// # Safety
    ///
    /// `memory` has [`size`] bytes, is used by nothing else, and stays in place.
    #[link_name = "conte_bare_create"]
    pub fn create(memory: *mut c_void) -> *mut c_void;

    /// Makes a pool of `memory`, or returns null.
    ///
    /// # Safety
    ///
    /// `memory` has `bytes` bytes, is used by nothing else and is in no pool; the payload is below the
    /// maximum.
    #[link_name = "conte_bare_add_pool"]
    pub fn add_pool(tlsf: *mut c_void, memory: *mut c_void, bytes: usize) -> *mut c_void;

    /// A block of at least `size` bytes, or null.
    ///
    /// # Safety
    ///
    /// A sound heap, and a size that [`ConteCall::Malloc`](crate::ConteCall) admits.
    #[link_name = "conte_bare_malloc"]
    pub fn malloc(tlsf: *mut c_void, size: usize) -> *mut c_void;

    /// The same at a multiple of `align`, or null.
    ///
    /// # Safety
    ///
    /// A sound heap, and arguments that [`ConteCall::Memalign`](crate::ConteCall) admits.
    #[link_name = "conte_bare_memalign"]
    pub fn memalign(tlsf: *mut c_void, align: usize, size: usize) -> *mut c_void;

    /// Grows, shrinks or moves a block; null if it cannot, or if `size` is 0.
    ///
    /// # Safety
    ///
    /// A sound heap, a live block or null, and a size that [`ConteCall::Realloc`](crate::ConteCall) admits.
    #[link_name = "conte_bare_realloc"]
    pub fn realloc(tlsf: *mut c_void, payload: *mut c_void, size: usize) -> *mut c_void;

    /// Frees a block. The result has no meaning.
    ///
    /// # Safety
    ///
    /// A sound heap, and a live block or null.
    #[link_name = "conte_bare_free"]
    pub fn free(tlsf: *mut c_void, payload: *mut c_void) -> usize;

    /// The usable bytes of a block.
    ///
    /// # Safety
    ///
    /// A live block or null.
    #[link_name = "conte_bare_block_size"]
    pub fn block_size(payload: *mut c_void) -> usize;
}
