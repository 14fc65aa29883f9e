//! The standard library's own `Allocator`, which is unstable. Feature `nightly`.

use core::alloc::{AllocError, Allocator, Layout};
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError as AllocError2, Allocator as Allocator2};

/// Any allocator of the crate `allocator-api2` as one of the standard library: for `std`'s own `Vec`, `Box`,
/// `Arc`, `BTreeMap`, … in a heap of their own. Feature `nightly`, on compilers that have
/// `feature(allocator_api)`; on others the feature adds nothing.
///
/// If a crate turns on the feature `nightly` of `allocator-api2` itself, the two traits are one, and this
/// adapter is not needed. That feature is for a whole program, though: hashbrown, for one, does not compile
/// then without its own feature `nightly`.
///
/// # Examples
/// ```
/// #![feature(allocator_api)]
/// use memoman::{LocalHeap, StaticPool, Std, static_buffer};
///
/// let heap: LocalHeap<StaticPool> = LocalHeap::with_source(static_buffer!(4096));
/// let mut numbers = Vec::new_in(Std(&heap));
/// numbers.extend(0..100_u64);
/// let boxed = Box::new_in([7_u64; 20], Std(&heap));
/// assert_eq!(heap.inspect(|heap| heap.validate().unwrap().used_blocks), 2);
/// # drop((numbers, boxed));
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct Std<A>(pub A);

/// The same error, of the other crate.
fn converted<T>(result: Result<T, AllocError2>) -> Result<T, AllocError> {
    result.map_err(|_| AllocError)
}

// SAFETY: the two traits have the same contract; each call is one of the inner allocator.
unsafe impl<A: Allocator2> Allocator for Std<A> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        converted(self.0.allocate(layout))
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        converted(self.0.allocate_zeroed(layout))
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.0.deallocate(ptr, layout) };
    }

    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's.
        converted(unsafe { self.0.grow(ptr, old, new) })
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's.
        converted(unsafe { self.0.grow_zeroed(ptr, old, new) })
    }

    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's.
        converted(unsafe { self.0.shrink(ptr, old, new) })
    }
}
