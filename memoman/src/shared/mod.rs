//! The doors for who has no `&mut`: a heap behind a shared reference, as [`GlobalAlloc`] and (in
//! `allocator`) as `Allocator`. Who may be inside is `exclusion`'s to say, what happens there
//! `growing`'s.

#[cfg(feature = "allocator-api2")]
mod allocator;
pub(crate) mod exclusion;
pub(crate) mod growable;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};

use crate::geometry::{CONTE_FL, WORD};
use crate::heap::Tlsf;
use crate::pool::{Pool, PoolError};
#[cfg(feature = "critical-section")]
use crate::shared::exclusion::CriticalSection;
#[cfg(feature = "lock_api")]
use crate::shared::exclusion::Lock;
use crate::shared::exclusion::{Exclusion, SingleThread};
use crate::shared::growable::Growable;
#[cfg(doc)]
use crate::source::Region;
use crate::source::{NoSource, Source};

/// A heap that is used through a shared reference: a [`Tlsf`], what keeps its callers apart, and
/// where it gets more memory.
///
/// | parameter | meaning |
/// |---|---|
/// | `X` | the [`Exclusion`]: [`LocalHeap`], `LockedHeap` and `CriticalHeap` are the ready ones |
/// | `S` | the [`Source`] it asks when it has no block left; none by default |
/// | `ALIGN`, `FL`, `SL`, `POOLS` | as for [`Tlsf`] |
///
/// It is a [`GlobalAlloc`], and with feature `allocator-api2` an `Allocator`. Blocks are valid until
/// they are freed or the heap is dropped; it may be moved, as its pools lie elsewhere.
///
/// The heap inside is a [`Tlsf`], which believes its callers: the pointer policy of feature `guard`,
/// `Guarded`, is not to be had behind a shared reference.
///
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use memoman::LocalHeap;
///
/// let heap: LocalHeap = LocalHeap::new();
/// heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
/// let layout = Layout::new::<[u64; 4]>();
/// // SAFETY: the size is not 0.
/// let block = unsafe { heap.alloc(layout) };
/// assert!(!block.is_null());
/// // SAFETY: allocated here with this layout, and not used afterwards.
/// unsafe { heap.dealloc(block, layout) };
/// assert_eq!(heap.inspect(|heap| heap.validate().unwrap().used_blocks), 0);
/// # Ok::<(), memoman::PoolError>(())
/// ```
///
/// # A caller that is inside already
/// is a [`Source`] that allocates from its own heap, or a closure of [`Shared::inspect`] that does
/// (by way of the global allocator, for one). Behind a lock it waits for ever. Else allocations fail
/// and deallocations are lost; setting up and looking panic.
pub struct Shared<
    X,
    S: Source = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> {
    exclusion: X,
    heap: UnsafeCell<Growable<S, ALIGN, FL, SL, POOLS>>,
}

/// A heap for one thread, where it costs a flag.
pub type LocalHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> = Shared<SingleThread, S, ALIGN, FL, SL, POOLS>;

/// A heap behind a lock `R`, anything that implements [`lock_api::RawMutex`]. Feature `lock_api`.
///
/// ```
/// type Spinning = memoman::LockedHeap<spin::Mutex<()>>;
/// static HEAP: Spinning = Spinning::new();
/// ```
///
/// # As `#[global_allocator]`
/// it must have memory from the start, of a [`Source`]: `std` allocates before `main`, so a heap to
/// which `main` is to add a pool aborts the program before that. [`StaticPool`](crate::StaticPool) is
/// such a source (`memoman/examples/global_allocator_static.rs`), `Mmap` another
/// (`memoman/examples/global_allocator.rs`). Without `std`, before the first allocation is early
/// enough.
///
/// A lock that allocates when it waits cannot guard the global allocator: `parking_lot::RawMutex`
/// is one; it is fine everywhere else.
#[cfg(feature = "lock_api")]
pub type LockedHeap<
    R,
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> = Shared<Lock<R>, S, ALIGN, FL, SL, POOLS>;

/// A heap behind a critical section, fit for interrupt handlers. Feature `critical-section`.
#[cfg(feature = "critical-section")]
pub type CriticalHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> = Shared<CriticalSection, S, ALIGN, FL, SL, POOLS>;

// SAFETY: the heap is reached through `exclusively` only: one caller at a time, on any thread, to
// which a Tlsf is not tied, and neither is a source that is Send.
unsafe impl<X, S, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Sync
    for Shared<X, S, ALIGN, FL, SL, POOLS>
where
    X: Sync,
    S: Source + Send,
{
}

const INSIDE: &str = "the caller is inside this heap already";

impl<X: Exclusion, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Shared<X, NoSource, ALIGN, FL, SL, POOLS>
{
    /// A heap with no memory yet, which will have what pools it is given.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_source(NoSource)
    }
}

impl<
    X: Exclusion,
    S: Source,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> Shared<X, S, ALIGN, FL, SL, POOLS>
{
    /// A heap with no memory yet, which asks `source` when it needs some.
    ///
    /// A request that finds no block is tried once more after the source has supplied a [`Region`]: a
    /// pool of its own, or part of the one that it says it continues. If the pool table is full,
    /// or the region is refused for another reason, the source gets it back and the request fails.
    #[must_use]
    pub const fn with_source(source: S) -> Self {
        Self { exclusion: X::FREE, heap: UnsafeCell::new(Growable::new(source)) }
    }

    /// [`Tlsf::add_pool`].
    ///
    /// # Errors
    /// See [`PoolError`].
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`].
    pub unsafe fn add_pool(&self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        let control = Pool::of(self);
        // SAFETY: the caller's.
        self.set_up(|heap| unsafe { heap.tlsf.add_pool_beside(control, mem, bytes) })
    }

    /// [`Tlsf::add_static_pool`].
    ///
    /// # Errors
    /// See [`PoolError`].
    ///
    /// # Panics
    /// If the caller is inside already.
    pub fn add_static_pool(
        &self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<Pool, PoolError> {
        self.set_up(|heap| heap.tlsf.add_static_pool(memory))
    }

    /// [`Tlsf::remove_pool`], for pools that did not come from the source.
    ///
    /// # Errors
    /// As [`Tlsf::remove_pool`]; [`PoolError::Unknown`] also for a pool of the source.
    ///
    /// # Panics
    /// If the caller is inside already.
    pub fn remove_pool(&self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        self.set_up(|heap| heap.remove_pool(pool))
    }

    /// Gives the source back those of its pools that are empty: the bytes given back. O(pools), and
    /// what the source does with them.
    ///
    /// # Panics
    /// If the caller is inside already.
    pub fn trim(&self) -> usize {
        self.set_up(Growable::trim)
    }

    /// Looks at the heap while nobody else is inside: its pools, its blocks, whether it is sound.
    /// The closure must not use this heap in another way.
    ///
    /// # Panics
    /// If the caller is inside already.
    pub fn inspect<T>(&self, look: impl FnOnce(&Tlsf<ALIGN, FL, SL, POOLS>) -> T) -> T {
        self.set_up(|heap| look(&heap.tlsf))
    }

    /// Runs a closure on the heap itself while nobody else is inside, for the verbs that have no
    /// door of their own.
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Safety
    /// The closure leaves the heap in its place (no `core::mem::swap`), leaves every block alone that
    /// others hold, and the pools that came from the source as they are.
    pub unsafe fn with_heap<T>(&self, f: impl FnOnce(&mut Tlsf<ALIGN, FL, SL, POOLS>) -> T) -> T {
        self.set_up(|heap| f(&mut heap.tlsf))
    }

    fn set_up<T>(&self, f: impl FnOnce(&mut Growable<S, ALIGN, FL, SL, POOLS>) -> T) -> T {
        self.exclusively(f).expect(INSIDE)
    }

    /// `None` if the caller is inside already.
    #[inline]
    pub(crate) fn exclusively<T>(
        &self,
        f: impl FnOnce(&mut Growable<S, ALIGN, FL, SL, POOLS>) -> T,
    ) -> Option<T> {
        // SAFETY: the contract of `Exclusion`: this is the only reference while the closure runs.
        self.exclusion.exclusively(|| f(unsafe { &mut *self.heap.get() }))
    }
}

impl<X: Exclusion, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Default
    for Shared<X, NoSource, ALIGN, FL, SL, POOLS>
{
    fn default() -> Self {
        Self::new()
    }
}

/// Prints nothing of the heap, which another caller may be using: see [`Shared::inspect`].
impl<X, S: Source, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    fmt::Debug for Shared<X, S, ALIGN, FL, SL, POOLS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

fn or_null(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

// SAFETY: blocks of the engine: of that size and alignment, apart, valid while the heap lives. It
// does not unwind, and no verb here panics.
unsafe impl<
    X: Exclusion,
    S: Source,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> GlobalAlloc for Shared<X, S, ALIGN, FL, SL, POOLS>
{
    /// Null also for a size of 0.
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        or_null(self.exclusively(|heap| heap.allocate(layout)).flatten())
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        let Some(ptr) = NonNull::new(ptr) else { return };
        // SAFETY: the caller's.
        self.exclusively(|heap| unsafe { heap.tlsf.deallocate_sized(ptr, layout) });
    }

    /// In place where block and free successor allow it; the layout's alignment is kept.
    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Some(ptr) = NonNull::new(ptr) else { return ptr };
        // SAFETY: the caller's: the new size, rounded up to the alignment, is no more than isize::MAX.
        let layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the caller's, who also knows that the new size is not 0.
        or_null(self.exclusively(|heap| unsafe { heap.reallocate(ptr, layout) }).flatten())
    }
}
