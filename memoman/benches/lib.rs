//! What the benchmarks cannot declare themselves: the functions of o1heap, whose C code `build.rs` compiles for
//! this library. The rest of `common`, which the folders of the benchmarks share, is compiled with each of them.

use core::ffi::c_void;

unsafe extern "C" {
    /// Makes a heap of `size` bytes at `base`, or returns null.
    ///
    /// # Safety
    ///
    /// The memory is used by nothing else, and `base` is aligned to four words.
    #[link_name = "o1heapInit"]
    pub fn o1heap_init(base: *mut c_void, size: usize) -> *mut c_void;

    /// A block of at least `amount` bytes, or null.
    ///
    /// # Safety
    ///
    /// A sound heap.
    #[link_name = "o1heapAllocate"]
    pub fn o1heap_allocate(heap: *mut c_void, amount: usize) -> *mut c_void;

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// A sound heap, and a live block or null.
    #[link_name = "o1heapFree"]
    pub fn o1heap_free(heap: *mut c_void, block: *mut c_void);
}
