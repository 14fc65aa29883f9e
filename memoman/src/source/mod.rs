//! Sources: where a heap gets more memory when it has none left.

pub(crate) mod allocator;
pub(crate) mod buffer;
#[cfg(all(feature = "mmap", unix))]
pub(crate) mod mmap;
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) mod wasm;
#[cfg(all(feature = "mmap", windows))]
pub(crate) mod windows;

use core::alloc::Layout;
use core::num::NonZero;
use core::ptr::NonNull;

/// Memory that a [`Source`] supplies.
///
/// Two regions that happen to be neighbours may be two allocations, each to be freed as it was
/// allocated, and a block must not span both. So a heap makes one pool of them only if the source
/// returns [`Region::Contiguous`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Region {
    /// The memory becomes a pool of its own, even if it is adjacent to another region.
    Separate(NonNull<[u8]>),
    /// The memory continues the region that ends where it begins, and lengthens the pool of that
    /// region. It becomes a pool of its own if no such region exists or the pool can be no longer.
    Contiguous(NonNull<[u8]>),
}

impl Region {
    /// The memory.
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// use memoman::Region;
    /// let bytes = NonNull::from(&mut [0_u8; 64][..]);
    /// assert_eq!(Region::Separate(bytes).memory().len(), 64);
    /// ```
    #[must_use]
    pub const fn memory(self) -> NonNull<[u8]> {
        match self {
            Self::Separate(memory) | Self::Contiguous(memory) => memory,
        }
    }
}

/// A supply of memory for a heap that cannot grant a request: the growth hook of
/// [`Shared`](crate::Shared).
///
/// It is called while its heap is locked. It must not allocate from that heap (a lock of `lock_api` would wait
/// for itself; the other exclusions refuse), and must not panic if the heap is the global allocator.
///
/// # Safety
/// What [`Source::supply`] returns
/// - is valid for reads and writes, and used by nothing else, until it is taken back, the source is
///   dropped, or the lifetime of the source's type ends;
/// - if it is [`Region::Contiguous`] and begins where a region ends that this source has supplied and
///   not taken back since, belongs to the same allocation as that region, and may be accessed through
///   the pointer of the first of these contiguous regions.
///
/// # Examples
/// A heap that grows twice, from memory set aside beforehand:
///
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use core::ptr::NonNull;
/// use memoman::{LocalHeap, Region, Source};
///
/// struct Banks(Vec<&'static mut [u64]>);
///
/// // SAFETY: each bank is supplied once and never reused, and no bank is part of another.
/// unsafe impl Source for Banks {
///     fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
///         let fits = |bank: &&mut [u64]| (least.size()..=most).contains(&size_of_val(*bank));
///         let bank = self.0.swap_remove(self.0.iter().position(|bank| fits(bank))?);
///         let bytes = size_of_val(bank);
///         let start = NonNull::from(bank).cast();
///         Some(Region::Separate(NonNull::slice_from_raw_parts(start, bytes)))
///     }
///
///     unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {} // leaked: enough for an example
/// }
///
/// let banks = (0..2).map(|_| &mut *Vec::leak(vec![0; 1024])).collect();
/// let heap: LocalHeap<Banks> = LocalHeap::with_source(Banks(banks));
/// // SAFETY: the size is not 0.
/// let block = || unsafe { heap.alloc(Layout::new::<[u64; 900]>()) };
/// assert!(!block().is_null() && !block().is_null());
/// assert!(block().is_null(), "no third bank");
/// ```
pub unsafe trait Source {
    /// Returns memory of at least `least.size()` bytes and at most `most`, with both ends at multiples
    /// of `least.align()`; `None` if it has none, and the request is refused.
    ///
    /// The heap gives a region back at once if it is not as specified, or if the table of pools is
    /// full.
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region>;

    /// Takes memory back: a region that was refused, a pool that is empty, or a pool whose heap is
    /// dropped. A pool may be several regions, each [contiguous](Region::Contiguous) to the one
    /// before it. If there is a [`Source::tail_unit`], also the end of a pool whose first part stays in use.
    ///
    /// # Safety
    /// This source has supplied it and not taken it back since; it is not used any more. If it is the end of a
    /// pool, it starts at a multiple of the unit.
    unsafe fn take_back(&mut self, memory: NonNull<[u8]>);

    /// Returns the unit in which the source takes back the end of a pool, a power of two: such an end starts at
    /// a multiple of it. `None`, as here by default: it takes back whole pools only.
    ///
    /// [`Shared::trim`](crate::Shared::trim) calls it.
    fn tail_unit(&self) -> Option<NonZero<usize>> {
        None
    }
}

/// No source: the heap has only the pools that callers add to it.
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
