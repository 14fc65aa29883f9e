//! A heap behind a shared reference, as [`GlobalAlloc`] and (in `allocator`) as `Allocator`.
//! `exclusion` admits one caller at a time, `growable` allocates.

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

/// A heap that is used through a shared reference: a [`Tlsf`], an exclusion of its callers, and a
/// source of more memory.
///
/// | parameter | meaning |
/// |---|---|
/// | `X` | the [`Exclusion`]: [`LocalHeap`], `LockedHeap` and `CriticalHeap` have one |
/// | `S` | the [`Source`] of more memory when no block is left; none by default |
/// | `ALIGN`, `FL`, `SL`, `POOLS` | as for [`Tlsf`] |
///
/// It is a [`GlobalAlloc`], and with feature `allocator-api2` an `Allocator`. Blocks are valid until
/// they are freed or the heap is dropped. The heap may be moved, as its pools are not part of it.
///
/// The heap inside is a [`Tlsf`], which relies on its callers: the pointer policy of feature `guard`,
/// `Guarded`, is not available behind a shared reference.
///
/// # Reentrant calls
/// A [`Source`] that allocates from its own heap calls it again from inside, and so does a closure of
/// [`Shared::inspect`] that allocates, perhaps through the global allocator. Behind a lock such a call
/// waits for ever. With another exclusion allocations are refused, deallocations leak, and the other
/// functions panic.
///
/// # Examples
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

/// A heap for one thread. It costs a flag per call.
///
/// # Examples
/// See [`Buffer`](crate::Buffer) for one in borrowed memory.
pub type LocalHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> = Shared<SingleThread, S, ALIGN, FL, SL, POOLS>;

/// A heap behind a lock `R`: any type that implements [`lock_api::RawMutex`]. Feature `lock_api`.
///
/// # As `#[global_allocator]`
/// The heap must have a [`Source`] with memory: `std` allocates before `main`, so a heap to which
/// `main` adds a pool aborts the program before that. [`static_buffer!`](crate::static_buffer) is such
/// a source (`memoman/examples/global_allocator_static.rs`), `Mmap` another
/// (`memoman/examples/global_allocator.rs`). Without `std`, a pool may be added at any time before the
/// first allocation.
///
/// A lock that allocates when it waits, such as `parking_lot::RawMutex`, cannot guard the global
/// allocator. It works everywhere else.
///
/// # Examples
/// ```
/// type SpinHeap = memoman::LockedHeap<spin::Mutex<()>>;
/// static HEAP: SpinHeap = SpinHeap::new();
/// ```
#[cfg(feature = "lock_api")]
pub type LockedHeap<
    R,
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
> = Shared<Lock<R>, S, ALIGN, FL, SL, POOLS>;

/// A heap behind a critical section, for interrupt handlers. Feature `critical-section`.
///
/// # Examples
/// ```
/// static HEAP: memoman::CriticalHeap = memoman::CriticalHeap::new();
/// ```
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

const INSIDE: &str = "reentrant call: the caller is inside this heap already";

impl<X: Exclusion, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Shared<X, NoSource, ALIGN, FL, SL, POOLS>
{
    /// Creates a heap with no memory: every request is refused until a pool is added.
    ///
    /// # Examples
    /// ```
    /// use memoman::LocalHeap;
    /// let heap: LocalHeap = LocalHeap::new();
    /// heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
    /// assert!(heap.inspect(|heap| heap.max_allocatable()) > 3000);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
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
    /// Creates a heap with no memory that gets some from `source` when a request needs it.
    ///
    /// A request that finds no block is tried once more after the source has supplied a [`Region`]: a
    /// pool of its own, or part of the one that it continues. If the pool table is full, or the region
    /// is refused for another reason, the source gets it back and the request is refused.
    ///
    /// # Examples
    /// See [`Buffer`](crate::Buffer), [`Source`] and [`static_buffer!`](crate::static_buffer).
    #[must_use]
    pub const fn with_source(source: S) -> Self {
        Self { exclusion: X::FREE, heap: UnsafeCell::new(Growable::new(source)) }
    }

    /// [`Tlsf::add_pool`]. Memory that overlaps any byte of this value is refused.
    ///
    /// # Errors
    /// A [`PoolError`].
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`].
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// let mut memory = [0_usize; 512];
    /// let heap: memoman::LocalHeap = memoman::LocalHeap::new();
    /// let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe { heap.add_pool(start, bytes) }?;
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn add_pool(&self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        let control = Pool::of(self);
        // SAFETY: the caller's.
        self.set_up(|heap| unsafe { heap.tlsf.add_pool_beside(control, mem, bytes) })
    }

    /// [`Tlsf::add_static_pool`].
    ///
    /// # Errors
    /// A [`PoolError`].
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Examples
    /// See [`Shared`].
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
    ///
    /// # Examples
    /// ```
    /// let heap: memoman::LocalHeap = memoman::LocalHeap::new();
    /// let pool = heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
    /// assert_eq!(heap.remove_pool(pool)?.len(), pool.bytes());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn remove_pool(&self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        self.set_up(|heap| heap.remove_pool(pool))
    }

    /// Gives the source back those of its pools that are empty, and returns their bytes.
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Complexity
    /// O(pools), plus what the source does with them.
    ///
    /// # Examples
    /// ```
    /// use core::alloc::{GlobalAlloc, Layout};
    /// use memoman::{LocalHeap, StaticPool, static_buffer};
    /// let heap: LocalHeap<StaticPool> = LocalHeap::with_source(static_buffer!(4096));
    /// let layout = Layout::new::<[u64; 8]>();
    /// // SAFETY: the size is not 0; freed as allocated.
    /// unsafe { heap.dealloc(heap.alloc(layout), layout) };
    /// assert_eq!(heap.trim(), 4096);
    /// ```
    pub fn trim(&self) -> usize {
        self.set_up(Growable::trim)
    }

    /// Runs a closure on the heap inside, to inspect it, while no other caller is admitted. The closure
    /// must not use this `Shared` in another way.
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Examples
    /// ```
    /// use memoman::{LocalHeap, Tlsf};
    /// let heap: LocalHeap = LocalHeap::new();
    /// heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
    /// assert_eq!(heap.inspect(Tlsf::validate).expect("no damage").free_blocks, 1);
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn inspect<T>(&self, look: impl FnOnce(&Tlsf<ALIGN, FL, SL, POOLS>) -> T) -> T {
        self.set_up(|heap| look(&heap.tlsf))
    }

    /// Runs a closure on the heap inside while no other caller is admitted, for the operations that
    /// this type does not have.
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Safety
    /// The closure leaves the heap in its place (no `core::mem::swap`), frees and moves no block that
    /// another caller holds, does not change the pools of the source, and adds no memory that overlaps this
    /// value.
    ///
    /// # Examples
    /// ```
    /// let heap: memoman::LocalHeap = memoman::LocalHeap::new();
    /// heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
    /// // SAFETY: it only allocates.
    /// let block = unsafe { heap.with_heap(|heap| heap.malloc(100)) };
    /// assert!(block.is_some());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
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

// SAFETY: blocks of the engine have that size and alignment, do not overlap, and are valid while the
// heap lives. The operations here do not panic.
unsafe impl<
    X: Exclusion,
    S: Source,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> GlobalAlloc for Shared<X, S, ALIGN, FL, SL, POOLS>
{
    /// Returns null also for a size of 0.
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

    /// In place where the block and a free successor allow it. The layout's alignment is kept.
    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Some(ptr) = NonNull::new(ptr) else { return ptr };
        // SAFETY: the caller's: the new size, rounded up to the alignment, is no more than isize::MAX.
        let layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the caller's.
        or_null(self.exclusively(|heap| unsafe { heap.reallocate(ptr, layout) }).flatten())
    }
}
