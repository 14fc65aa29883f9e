//! The C code alone: 32 second-level lists, no assertions, no checks. For benchmarks.
//!
//! This is what a C program links in a release build (`-O3 -DNDEBUG`), called directly. The names
//! are TLSF's own; `tlsf` is what [`create`] returned.

use core::ffi::c_void;

unsafe extern "C" {
    /// Bytes of the control structure.
    #[link_name = "conte_bare_size"]
    pub safe fn size() -> usize;

    /// Makes a control structure of `memory`, or returns null if it is misaligned.
    ///
    /// # Safety
    ///
    /// [`size`] bytes, the caller's alone, that stay where they are.
    #[link_name = "conte_bare_create"]
    pub fn create(memory: *mut c_void) -> *mut c_void;

    /// Makes a pool of `memory`, or returns null.
    ///
    /// # Safety
    ///
    /// `bytes` of it, the caller's alone, no part of a pool yet, payload below the maximum.
    #[link_name = "conte_bare_add_pool"]
    pub fn add_pool(tlsf: *mut c_void, memory: *mut c_void, bytes: usize) -> *mut c_void;

    /// A block of at least `size` bytes, or null.
    ///
    /// # Safety
    ///
    /// A sound heap, and a size that [`Call::Malloc`](crate::Call) admits.
    #[link_name = "conte_bare_malloc"]
    pub fn malloc(tlsf: *mut c_void, size: usize) -> *mut c_void;

    /// The same at a multiple of `align`, or null.
    ///
    /// # Safety
    ///
    /// A sound heap, and arguments that [`Call::Memalign`](crate::Call) admits.
    #[link_name = "conte_bare_memalign"]
    pub fn memalign(tlsf: *mut c_void, align: usize, size: usize) -> *mut c_void;

    /// Grows, shrinks or moves a block; null if it cannot, or if `size` is 0.
    ///
    /// # Safety
    ///
    /// A sound heap, a live block or null, and a size that [`Call::Realloc`](crate::Call) admits.
    #[link_name = "conte_bare_realloc"]
    pub fn realloc(tlsf: *mut c_void, payload: *mut c_void, size: usize) -> *mut c_void;

    /// Frees a block. The return value has no meaning.
    ///
    /// # Safety
    ///
    /// A sound heap, and a live block or null.
    #[link_name = "conte_bare_free"]
    pub fn free(tlsf: *mut c_void, payload: *mut c_void) -> usize;

    /// Bytes of payload that a block really has.
    ///
    /// # Safety
    ///
    /// A live block or null.
    #[link_name = "conte_bare_block_size"]
    pub fn block_size(payload: *mut c_void) -> usize;
}
