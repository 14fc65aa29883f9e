//! The two allocators: memoman, and with feature `conte` TLSF 3.1 in C, with the same calls.

use core::alloc::Layout;
use core::ptr::NonNull;

use memoman::Tlsf;

/// A block, or a pool's memory.
pub type Start = NonNull<u8>;

/// A call of an allocator. A pool is named by its start.
#[allow(missing_docs, reason = "sizes and alignments in bytes")]
#[derive(Clone, Copy, Debug)]
pub enum Call {
    AddPool { start: Start, bytes: usize },
    RemovePool { start: Start },
    Malloc { size: usize },
    Memalign { align: usize, size: usize },
    Realloc { block: Start, size: usize },
    Free { block: Start },
}

/// An allocator that makes calls.
pub trait Allocator {
    /// Makes a call; returns the block of one that allocates or resizes, unless it is refused.
    ///
    /// # Safety
    /// A pool's memory is valid and used by nothing else; a block is live; a pool to be removed has no live
    /// block. `size` is not 0 and below the geometry's largest block.
    unsafe fn call(&mut self, call: Call) -> Option<Start>;

    /// Checks the whole heap.
    fn check(&self) {}
}

impl Allocator for Tlsf {
    unsafe fn call(&mut self, call: Call) -> Option<Start> {
        let layout = |align, size| Layout::from_size_align(size, align).ok();
        // SAFETY: the caller's.
        unsafe {
            match call {
                Call::AddPool { start, bytes } => {
                    self.add_pool(start, bytes).expect("a pool that overlaps no other");
                    None
                }
                Call::RemovePool { start } => {
                    let pool = self.pools().find(|pool| pool.start() == start);
                    self.remove_pool(pool.expect("a pool of this heap")).expect("it is empty");
                    None
                }
                Call::Malloc { size } => self.malloc(size),
                Call::Memalign { align, size } => self.allocate(layout(align, size)?),
                Call::Realloc { block, size } => self.reallocate(block, layout(1, size)?),
                Call::Free { block } => {
                    self.deallocate(block);
                    None
                }
            }
        }
    }

    fn check(&self) {
        self.validate().expect("a sound heap");
    }
}

/// TLSF 3.1 in C, from an object file with the prefix `conte_bare_`.
#[cfg(feature = "conte")]
pub mod conte {
    use core::ffi::c_void;

    use super::{Allocator, Call, NonNull, Start};

    type Pointer = *mut c_void;

    unsafe extern "C" {
        fn conte_bare_size() -> usize;
        fn conte_bare_create(memory: Pointer) -> Pointer;
        fn conte_bare_add_pool(tlsf: Pointer, memory: Pointer, bytes: usize) -> Pointer;
        fn conte_bare_remove_pool(tlsf: Pointer, pool: Pointer);
        fn conte_bare_malloc(tlsf: Pointer, size: usize) -> Pointer;
        fn conte_bare_memalign(tlsf: Pointer, align: usize, size: usize) -> Pointer;
        fn conte_bare_realloc(tlsf: Pointer, payload: Pointer, size: usize) -> Pointer;
        fn conte_bare_free(tlsf: Pointer, payload: Pointer) -> usize;
    }

    /// Where gcc has no instruction for it, the C code's "find first set" is a function of libgcc.
    #[cfg(target_os = "none")]
    #[unsafe(no_mangle)]
    extern "C" fn __ffssi2(word: i32) -> i32 {
        if word == 0 { 0 } else { word.trailing_zeros() as i32 + 1 }
    }

    /// A heap of the C code.
    pub struct Conte(Pointer);

    impl Conte {
        /// A heap without pools.
        ///
        /// # Safety
        /// `control` has `bytes` bytes, is aligned to a word and used by nothing else.
        ///
        /// # Panics
        /// If `bytes` are too few.
        pub unsafe fn new(control: Start, bytes: usize) -> Self {
            // SAFETY: the function reads nothing.
            assert!(unsafe { conte_bare_size() } <= bytes, "the control structure is larger");
            // SAFETY: the caller's.
            Self(unsafe { conte_bare_create(control.as_ptr().cast()) })
        }
    }

    impl Allocator for Conte {
        unsafe fn call(&mut self, call: Call) -> Option<Start> {
            let Self(tlsf) = *self;
            // SAFETY: the caller's. A pool is named by its start.
            let block = unsafe {
                match call {
                    Call::AddPool { start, bytes } => {
                        assert!(!conte_bare_add_pool(tlsf, start.as_ptr().cast(), bytes).is_null());
                        return None;
                    }
                    Call::RemovePool { start } => {
                        conte_bare_remove_pool(tlsf, start.as_ptr().cast());
                        return None;
                    }
                    Call::Malloc { size } => conte_bare_malloc(tlsf, size),
                    Call::Memalign { align, size } => conte_bare_memalign(tlsf, align, size),
                    Call::Realloc { block, size } => {
                        conte_bare_realloc(tlsf, block.as_ptr().cast(), size)
                    }
                    Call::Free { block } => {
                        conte_bare_free(tlsf, block.as_ptr().cast());
                        return None;
                    }
                }
            };
            NonNull::new(block.cast())
        }
    }
}
