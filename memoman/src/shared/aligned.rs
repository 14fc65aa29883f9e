//! An allocator with more alignment than its layouts ask for. Feature `allocator-api2`.

use core::alloc::Layout;
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};

/// An allocator whose blocks are all aligned to at least `N` bytes: for a `Vec<f32>` that is read by SIMD
/// instructions, or a buffer for DMA.
///
/// The alignment of a `Vec`'s buffer is that of its elements, and the heap's ALIGN if that is more. This
/// adapter raises it. An empty `Vec` has no buffer, and its pointer is not aligned further than an element.
/// Two other ways need no adapter: elements that are `#[repr(align(64))]`, and a heap with ALIGN 64, in which
/// every block is aligned and each search is as fast as without.
///
/// `N` must be a power of two; any other value does not compile.
///
/// # Examples
/// ```
/// use allocator_api2::vec::Vec;
/// use memoman::{Aligned, LocalHeap, StaticPool, static_buffer};
///
/// let heap: LocalHeap<StaticPool> = LocalHeap::with_source(static_buffer!(64 * 1024));
/// let mut samples: Vec<f32, Aligned<64, &LocalHeap<StaticPool>>> = Vec::new_in(Aligned(&heap));
/// for sample in 0..1000 {
///     samples.push(sample as f32);
///     assert_eq!(samples.as_ptr().addr() % 64, 0);
/// }
/// ```
/// ```compile_fail
/// # use memoman::{Aligned, LocalHeap};
/// # let heap: LocalHeap = LocalHeap::new();
/// let samples: allocator_api2::vec::Vec<f32, _> =
///     allocator_api2::vec::Vec::with_capacity_in(8, Aligned::<48, _>(&heap)); // no power of two
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct Aligned<const N: usize, A>(pub A);

impl<const N: usize, A> Aligned<N, A> {
    /// The layout that the inner allocator gets. An error if no memory is that long.
    fn raise(layout: Layout) -> Result<Layout, AllocError> {
        const { assert!(N.is_power_of_two(), "N must be a power of two") };
        layout.align_to(N).map_err(|_| AllocError)
    }
}

// SAFETY: the inner allocator's blocks, each with the raised layout in every call, which is that of the
// caller or more aligned. (A block's layout could be raised when it was allocated.)
unsafe impl<const N: usize, A: Allocator> Allocator for Aligned<N, A> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.0.allocate(Self::raise(layout)?)
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.0.allocate_zeroed(Self::raise(layout)?)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if let Ok(layout) = Self::raise(layout) {
            // SAFETY: the caller's.
            unsafe { self.0.deallocate(ptr, layout) };
        }
    }

    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's; sizes are as they were.
        unsafe { self.0.grow(ptr, Self::raise(old)?, Self::raise(new)?) }
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's; sizes are as they were.
        unsafe { self.0.grow_zeroed(ptr, Self::raise(old)?, Self::raise(new)?) }
    }

    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's; sizes are as they were.
        unsafe { self.0.shrink(ptr, Self::raise(old)?, Self::raise(new)?) }
    }
}
