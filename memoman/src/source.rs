//! Where a heap gets more memory from when it has none left.

use core::alloc::Layout;
use core::ptr::NonNull;

/// Memory that a [`Source`] supplies.
///
/// Two regions that happen to be neighbours are still two: each has its own allocation to be freed
/// as, and a block that spanned both would be of neither. So a heap makes one pool of them only if
/// it is told so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Region {
    /// On its own, whatever it may lie beside: it becomes a pool.
    Apart(NonNull<[u8]>),
    /// It continues the region that ends where it begins, and becomes part of that one's pool; a
    /// pool of its own if there is none, or if that can be no longer.
    Continuing(NonNull<[u8]>),
}

impl Region {
    /// The memory.
    #[must_use]
    pub const fn memory(self) -> NonNull<[u8]> {
        match self {
            Self::Apart(memory) | Self::Continuing(memory) => memory,
        }
    }
}

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
/// use memoman::{LocalHeap, Region, Source};
///
/// struct Banks(Vec<&'static mut [u64]>);
///
/// // SAFETY: each bank is handed out once, for good, and no bank is part of another.
/// unsafe impl Source for Banks {
///     fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
///         let fits = |bank: &&mut [u64]| (least.size()..=most).contains(&size_of_val(*bank));
///         let bank = self.0.swap_remove(self.0.iter().position(|bank| fits(bank))?);
///         let bytes = size_of_val(bank);
///         let start = NonNull::from(bank).cast();
///         Some(Region::Apart(NonNull::slice_from_raw_parts(start, bytes)))
///     }
///
///     unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {} // lost: fine for an example
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
/// - if it is [`Region::Continuing`], belongs to the same allocation as the region that ends where
///   it begins, if one does that was supplied and not taken back since.
pub unsafe trait Source {
    /// Memory of at least `least.size()` bytes, both ends at multiples of `least.align()`. Of more
    /// than `most` bytes the heap can make no pool. `None` if there is none: the request fails then.
    ///
    /// The heap refuses a region that is not as asked, or for which its pool table has no entry
    /// left, and gives it back at once.
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region>;

    /// Takes memory back: a region that was refused, or a pool that is empty or whose heap is gone.
    /// A pool may be several regions, each [continuing](Region::Continuing) the one before it.
    ///
    /// # Safety
    /// This source has supplied it and not taken it back since; nobody uses it any more.
    unsafe fn take_back(&mut self, memory: NonNull<[u8]>);
}

/// No source: the heap has the pools that it was given.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct NoSource;

// SAFETY: it supplies nothing.
unsafe impl Source for NoSource {
    #[inline]
    fn supply(&mut self, _least: Layout, _most: usize) -> Option<Region> {
        None
    }

    unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {}
}
