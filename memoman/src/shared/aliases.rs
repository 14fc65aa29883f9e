//! The names of shared heaps: one for each exclusion, with and without the pointer policy.

use crate::geometry::{CONTE_FL, WORD};
#[cfg(feature = "guard")]
use crate::guard::Guarded;
use crate::heap::Tlsf;
use crate::shared::Shared;
#[cfg(feature = "std")]
use crate::shared::exclusion::Blocking;
#[cfg(feature = "critical-section")]
use crate::shared::exclusion::CriticalSection;
#[cfg(feature = "lock_api")]
use crate::shared::exclusion::Lock;
use crate::shared::exclusion::SingleThread;
use crate::source::NoSource;

/// A heap for all threads: they wait for each other as for a [`Mutex`](std::sync::Mutex) of `std`. Feature
/// `std`.
///
/// This is the one to take as `#[global_allocator]` of a program with `std`; see [`Blocking`] for the
/// platforms on which it can be. It needs a [`Source`](crate::Source) then: `std` allocates before `main`, so a
/// heap to which `main` adds a pool aborts the program before that. `Mmap` is such a source
/// (`memoman/examples/global_allocator.rs`), [`static_buffer!`](crate::static_buffer) another
/// (`memoman/examples/global_allocator_static.rs`).
///
/// # Examples
/// ```
/// use memoman::{BlockingHeap, StaticPool, static_buffer};
///
/// #[global_allocator]
/// static HEAP: BlockingHeap<StaticPool> = BlockingHeap::with_source(static_buffer!(1 << 20));
///
/// assert_eq!(vec![7; 100].len(), 100);
/// let census = HEAP.inspect(|heap| heap.validate()).expect("no damage");
/// assert!(census.used_blocks > 0);
/// ```
#[cfg(feature = "std")]
pub type BlockingHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> = Shared<Blocking, Tlsf<ALIGN, FL, SL, POOLS, SEARCH>, S>;

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
    const SEARCH: usize = 0,
> = Shared<SingleThread, Tlsf<ALIGN, FL, SL, POOLS, SEARCH>, S>;

/// A heap behind a lock `R`: any type that implements [`lock_api::RawMutex`]. Feature `lock_api`.
///
/// # As `#[global_allocator]`
/// As for `BlockingHeap`, the heap needs a source with memory. Without `std`, a pool may be added at any time
/// before the first allocation.
///
/// A lock that allocates when it waits, such as `parking_lot::RawMutex`, cannot guard the global
/// allocator. It works everywhere else. A lock that spins, such as `spin::Mutex`, allocates nothing; while a
/// thread that holds it is not running, the others spin in vain.
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
    const SEARCH: usize = 0,
> = Shared<Lock<R>, Tlsf<ALIGN, FL, SL, POOLS, SEARCH>, S>;

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
    const SEARCH: usize = 0,
> = Shared<CriticalSection, Tlsf<ALIGN, FL, SL, POOLS, SEARCH>, S>;

/// A [`BlockingHeap`] that checks every call: see [`Guarded`]. Features `std` and `guard`.
///
/// # Examples
/// `memoman/examples/checked_heap.rs`.
#[cfg(all(feature = "std", feature = "guard"))]
pub type GuardedBlockingHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> = Shared<Blocking, Guarded<ALIGN, FL, SL, POOLS, SEARCH>, S>;

/// A [`LocalHeap`] that checks every call: see [`Guarded`]. Feature `guard`.
///
/// # Examples
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use memoman::{Guarded, GuardedLocalHeap, NoSource, Reaction};
///
/// let heap: GuardedLocalHeap = GuardedLocalHeap::from_parts(
///     Guarded::new(Reaction::Handler(|misuse| println!("{misuse}"))),
///     NoSource,
/// );
/// heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
/// let layout = Layout::new::<[u64; 8]>();
/// // SAFETY: the heap refuses the second deallocation, and calls the handler.
/// unsafe {
///     let block = heap.alloc(layout);
///     heap.dealloc(block, layout);
///     heap.dealloc(block, layout);
///     assert_ne!(heap.alloc(layout), heap.alloc(layout), "no block is in two lists");
/// }
/// # Ok::<(), memoman::GuardError>(())
/// ```
#[cfg(feature = "guard")]
pub type GuardedLocalHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> = Shared<SingleThread, Guarded<ALIGN, FL, SL, POOLS, SEARCH>, S>;

/// A [`LockedHeap`] that checks every call: see [`Guarded`]. Features `lock_api` and `guard`.
///
/// # Examples
/// ```
/// type SpinHeap = memoman::GuardedLockedHeap<spin::Mutex<()>>;
/// static HEAP: SpinHeap = SpinHeap::new();
/// ```
#[cfg(all(feature = "lock_api", feature = "guard"))]
pub type GuardedLockedHeap<
    R,
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> = Shared<Lock<R>, Guarded<ALIGN, FL, SL, POOLS, SEARCH>, S>;

/// A [`CriticalHeap`] that checks every call: see [`Guarded`]. Features `critical-section` and `guard`.
///
/// A call takes time in proportion to the blocks of the heap, and interrupts wait for that long.
///
/// # Examples
/// ```
/// static HEAP: memoman::GuardedCriticalHeap = memoman::GuardedCriticalHeap::new();
/// ```
#[cfg(all(feature = "critical-section", feature = "guard"))]
pub type GuardedCriticalHeap<
    S = NoSource,
    const ALIGN: usize = WORD,
    const FL: usize = CONTE_FL,
    const SL: usize = 32,
    const POOLS: usize = 4,
    const SEARCH: usize = 0,
> = Shared<CriticalSection, Guarded<ALIGN, FL, SL, POOLS, SEARCH>, S>;
