//! Where a heap gets more memory from when it has none left.

use core::alloc::Layout;
use core::ptr::NonNull;

/// A supply of memory, for a heap that cannot grant a request: the growth hook of
/// [`Shared`](crate::Shared).
///
/// It is called while its heap is locked. It must not allocate from that heap (behind a lock that
/// would wait for itself; the other doors refuse), and must not panic if the heap is the global
/// allocator.
///
/// A heap that grows twice, from memory set aside beforehand:
///
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use core::ptr::NonNull;
/// use memoman::{LocalHeap, Source};
///
/// struct Banks(Vec<&'static mut [u64]>);
///
/// // SAFETY: each bank is handed out once, for good, and no bank is part of another.
/// unsafe impl Source for Banks {
///     fn supply(&mut self, least: Layout, most: usize) -> Option<NonNull<[u8]>> {
///         let fits = |bank: &&mut [u64]| (least.size()..=most).contains(&size_of_val(*bank));
///         let bank = self.0.swap_remove(self.0.iter().position(|bank| fits(bank))?);
///         let bytes = size_of_val(bank);
///         Some(NonNull::slice_from_raw_parts(NonNull::from(bank).cast(), bytes))
///     }
///
///     unsafe fn take_back(&mut self, _region: NonNull<[u8]>) {} // lost: fine for an example
/// }
///
/// let banks = (0..2).map(|_| &mut *Vec::leak(vec![0; 1024])).collect();
/// let heap: LocalHeap<Banks> = LocalHeap::with_source(Banks(banks));
/// // SAFETY: the size is not 0.
/// let block = || unsafe { heap.alloc(Layout::new::<[u64; 900]>()) };
/// assert!(!block().is_null() && !block().is_null());
/// assert!(block().is_null(), "no third bank");
/// ```
///
/// # Safety
/// What [`Source::supply`] returns
/// - is valid for reads and writes, and used by nobody else, until it is taken back or the source
///   is dropped;
/// - belongs to the same allocation as a region supplied before, if it begins where that one ends:
///   the heap will make one pool of them.
pub unsafe trait Source {
    /// Memory of at least `least.size()` bytes, both ends at multiples of `least.align()`. Of more
    /// than `most` bytes the heap can make no pool. `None` if there is none: the request fails then.
    ///
    /// The heap refuses a region that is not as asked, or for which its pool table has no entry
    /// left, and gives it back at once.
    fn supply(&mut self, least: Layout, most: usize) -> Option<NonNull<[u8]>>;

    /// Takes memory back: a region that was refused, or a pool that is empty or whose heap is gone.
    /// A pool may be several regions, each beginning where the one before it ends.
    ///
    /// # Safety
    /// This source has supplied it and not taken it back since; nobody uses it any more.
    unsafe fn take_back(&mut self, region: NonNull<[u8]>);
}

/// No source: the heap has the pools that it was given.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct NoSource;

// SAFETY: it supplies nothing.
unsafe impl Source for NoSource {
    #[inline]
    fn supply(&mut self, _least: Layout, _most: usize) -> Option<NonNull<[u8]>> {
        None
    }

    unsafe fn take_back(&mut self, _region: NonNull<[u8]>) {}
}
