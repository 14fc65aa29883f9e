//! Where a heap gets more memory from when it has none left.

#[cfg(all(feature = "mmap", unix))]
pub(crate) mod mmap;

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// Memory that a [`Source`] supplies.
///
/// Two regions that happen to be neighbours are still two: each has its own allocation to be freed
/// as, and a block that spanned both would be of neither. So a heap makes one pool of them only if
/// it is told so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Region {
    /// On its own, whatever it may lie beside: it becomes a pool.
    Separate(NonNull<[u8]>),
    /// It continues the region that ends where it begins, and becomes part of that one's pool; a
    /// pool of its own if there is none, or if that can be no longer.
    Contiguous(NonNull<[u8]>),
}

impl Region {
    /// The memory.
    #[must_use]
    pub const fn memory(self) -> NonNull<[u8]> {
        match self {
            Self::Separate(memory) | Self::Contiguous(memory) => memory,
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
///         Some(Region::Separate(NonNull::slice_from_raw_parts(start, bytes)))
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
/// - is valid for reads and writes through the pointer returned, and used by nothing else, until it is
///   taken back or the source is dropped;
/// - if it is [`Region::Contiguous`], belongs to the same allocation as the region that ends where
///   it begins, if one does that was supplied and not taken back since. The pointer returned for that
///   one, and for each that it continues, has the provenance to access this one, too.
pub unsafe trait Source {
    /// Memory of at least `least.size()` bytes, both ends at multiples of `least.align()`. Of more
    /// than `most` bytes the heap can make no pool. `None` if there is none: the request fails then.
    ///
    /// The heap refuses a region that is not as asked, or for which its pool table has no entry
    /// left, and gives it back at once.
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region>;

    /// Takes memory back: a region that was refused, or a pool that is empty or whose heap is gone.
    /// A pool may be several regions, each [continuing](Region::Contiguous) the one before it.
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

/// One static buffer, supplied as a whole when the first request comes: for a heap that must have
/// memory before any code of the program can give it some, as the global allocator of a program with
/// `std` does, which allocates before `main`.
///
/// Its ends are moved inward to ALIGN. A heap that is [trimmed](crate::Shared::trim) gives it back,
/// and gets it again when it needs it.
///
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use core::mem::MaybeUninit;
/// use core::ptr::NonNull;
/// use memoman::{LocalHeap, StaticPool};
///
/// static mut MEMORY: [MaybeUninit<u8>; 4096] = [MaybeUninit::uninit(); 4096];
///
/// // SAFETY: the only use of MEMORY, once: the source is not made a second time.
/// let source = StaticPool::new(unsafe { &mut *(&raw mut MEMORY) });
/// let heap: LocalHeap<StaticPool> = LocalHeap::with_source(source);
/// // SAFETY: the size is not 0.
/// assert!(!unsafe { heap.alloc(Layout::new::<[u64; 100]>()) }.is_null());
/// ```
#[derive(Debug)]
pub struct StaticPool {
    /// Unless it is supplied.
    memory: Option<&'static mut [MaybeUninit<u8>]>,
}

impl StaticPool {
    /// A `const fn`: fit for the initialiser of a `static` heap.
    #[must_use]
    pub const fn new(memory: &'static mut [MaybeUninit<u8>]) -> Self {
        Self { memory: Some(memory) }
    }
}

// SAFETY: its own for good, and supplied only while it is not.
unsafe impl Source for StaticPool {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        let memory = self.memory.take()?;
        let inward = memory.as_ptr().addr().wrapping_neg() & (least.align() - 1);
        let bytes = memory.len().saturating_sub(inward).min(most) & !(least.align() - 1);
        if bytes < least.size() {
            // Too little for this request may be enough for another.
            self.memory = Some(memory);
            return None;
        }
        let supplied = &mut memory[inward..][..bytes];
        Some(Region::Separate(NonNull::slice_from_raw_parts(NonNull::from(supplied).cast(), bytes)))
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        let (start, bytes) = (memory.cast(), memory.len());
        // SAFETY: the caller's: what was supplied, from a buffer that is ours for good.
        self.memory = Some(unsafe { NonNull::slice_from_raw_parts(start, bytes).as_mut() });
    }
}
