//! A heap behind a shared reference: `exclusion` admits one caller at a time, `growable` gets more memory
//! from a source, `engine` is what is inside. `global` and `allocator` are the traits that allocators
//! implement, `pools` the operations on pools, `aliases` the names.

pub(crate) mod aliases;
#[cfg(feature = "allocator-api2")]
pub(crate) mod aligned;
#[cfg(feature = "allocator-api2")]
mod allocator;
#[cfg(feature = "guard")]
mod checked;
pub(crate) mod engine;
pub(crate) mod exclusion;
mod global;
pub(crate) mod growable;
#[cfg(all(feature = "nightly", has_allocator_api))]
pub(crate) mod nightly;
mod pools;

use core::cell::UnsafeCell;
use core::fmt;

use crate::heap::Tlsf;
use crate::shared::engine::Engine;
use crate::shared::exclusion::Exclusion;
use crate::shared::growable::Growable;
#[cfg(doc)]
use crate::source::Region;
use crate::source::{NoSource, Source};

/// A heap that is used through a shared reference: an exclusion of its callers, the heap inside, and a
/// source of more memory.
///
/// | parameter | meaning |
/// |---|---|
/// | `X` | the [`Exclusion`]: [`LocalHeap`](crate::LocalHeap), `BlockingHeap`, `LockedHeap` and `CriticalHeap` have one |
/// | `H` | the heap inside, an [`Engine`]: a [`Tlsf`], or a `Guarded`, which checks every call |
/// | `S` | the [`Source`] of more memory when no block is left; none by default |
///
/// It is a [`GlobalAlloc`](core::alloc::GlobalAlloc), and with feature `allocator-api2` an `Allocator`. Blocks
/// are valid until they are freed or the heap is dropped. The heap may be moved, as its pools are not part of
/// it.
///
/// # A heap that checks every call
/// With feature `guard` there is a type `Guarded…` for each of these, whose heap is a `Guarded`. At a misuse
/// it prints what is wrong and ends the program (`Reaction::Abort`); without feature `std` it panics.
/// [`Shared::from_parts`] takes a heap that reacts in another way, or that checks less often.
///
/// The reaction comes when the heap is free again, so a handler may allocate from it. A panic does not unwind
/// out of an allocation, reallocation or deallocation: it ends the program there, after its message was
/// printed. (To print it `std` allocates, and for a backtrace many blocks, which takes minutes in a heap that
/// checks every pointer: `Reaction::Abort` is the better one for a global allocator.)
///
/// # Reentrant calls
/// A [`Source`] that allocates from its own heap calls it again from inside, and so does a closure of
/// [`Shared::inspect`] that allocates, perhaps through the global allocator. Behind a lock of `lock_api` such
/// a call waits for ever. With another exclusion, that of `BlockingHeap` included, allocations are refused,
/// deallocations leak, and the other functions panic.
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
pub struct Shared<X, H: Engine = Tlsf, S: Source = NoSource> {
    exclusion: X,
    heap: UnsafeCell<Growable<H, S>>,
}

// SAFETY: the heap is reached through `exclusively` only: one caller at a time, on any thread, to
// which neither a heap nor a source is tied that is Send.
unsafe impl<X: Sync, H: Engine + Send, S: Source + Send> Sync for Shared<X, H, S> {}

const INSIDE: &str = "reentrant call: the caller is inside this heap already";

impl<X: Exclusion, H: Engine> Shared<X, H> {
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

impl<X: Exclusion, H: Engine, S: Source> Shared<X, H, S> {
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
        Self::from_parts(H::NEW, source)
    }

    /// Creates a heap of a heap and a source: for a heap that is configured, or has pools already.
    ///
    /// # Examples
    #[cfg_attr(all(feature = "guard", target_has_atomic = "ptr"), doc = "```")]
    #[cfg_attr(not(all(feature = "guard", target_has_atomic = "ptr")), doc = "```ignore")]
    /// use memoman::{Guarded, GuardedLocalHeap, Reaction, StaticPool, static_buffer};
    ///
    /// // Pointers are checked in every call, the whole heap in one of 1,000.
    /// let heap: GuardedLocalHeap<StaticPool> = GuardedLocalHeap::from_parts(
    ///     Guarded::new(Reaction::Panic).check_every(1000),
    ///     static_buffer!(1 << 16),
    /// );
    /// # assert_eq!(heap.trim(), 0);
    /// ```
    #[must_use]
    pub const fn from_parts(heap: H, source: S) -> Self {
        Self { exclusion: X::FREE, heap: UnsafeCell::new(Growable::new(heap, source)) }
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
    pub fn inspect<T>(&self, look: impl FnOnce(&H) -> T) -> T {
        self.exclusively(|heap| look(&heap.heap)).expect(INSIDE)
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
    pub unsafe fn with_heap<T>(&self, f: impl FnOnce(&mut H) -> T) -> T {
        self.exclusively(|heap| f(&mut heap.heap)).expect(INSIDE)
    }

    /// `None` if the caller is inside already.
    #[inline]
    pub(crate) fn exclusively<T>(&self, f: impl FnOnce(&mut Growable<H, S>) -> T) -> Option<T> {
        // SAFETY: the contract of `Exclusion`: this is the only reference while the closure runs.
        self.exclusion.exclusively(|| f(unsafe { &mut *self.heap.get() }))
    }
}

impl<X: Exclusion, H: Engine> Default for Shared<X, H> {
    fn default() -> Self {
        Self::new()
    }
}

/// Prints nothing of the heap, which another caller may be using: see [`Shared::inspect`].
impl<X, H: Engine, S: Source> fmt::Debug for Shared<X, H, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
