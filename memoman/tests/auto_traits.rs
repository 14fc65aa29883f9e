//! Which types may go to another thread, and which may be used by two at a time. All of it is checked when this
//! is compiled; the test says that it was.

use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;

use memoman::{
    BlockInfo, Blocks, Buffer, FromAllocator, LocalHeap, NoSource, Pool, PoolError, Region,
    RequestError, Shared, SingleThread, Source, Tlsf, Violation,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

/// A source that is tied to its thread.
struct Tied(Rc<Cell<u8>>);

// SAFETY: it supplies nothing.
unsafe impl Source for Tied {
    fn supply(&mut self, _least: std::alloc::Layout, _most: usize) -> Option<Region> {
        self.0.set(1);
        None
    }

    unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {}
}

// Heaps: they own their pools, and each call takes `&mut`, or is a query that no other thread may see change.
assert_impl_all!(Tlsf: Send);
assert_not_impl_any!(Tlsf: Sync);
#[cfg(feature = "guard")]
assert_impl_all!(memoman::Guarded: Send);
#[cfg(feature = "guard")]
assert_not_impl_any!(memoman::Guarded: Sync);

// Shared heaps: Sync exactly if the exclusion is; neither with a source that is tied to its thread.
assert_impl_all!(LocalHeap: Send);
assert_not_impl_any!(LocalHeap: Sync);
assert_not_impl_any!(LocalHeap<Tied>: Send, Sync);
assert_impl_all!(SingleThread: Send);
assert_not_impl_any!(SingleThread: Sync);
assert_not_impl_any!(Shared<*mut u8>: Send, Sync);

#[cfg(feature = "std")]
mod blocking {
    use super::*;
    use memoman::{Blocking, BlockingHeap};
    assert_impl_all!(Blocking: Send, Sync);
    assert_impl_all!(BlockingHeap: Send, Sync);
    assert_impl_all!(BlockingHeap<Buffer<'static>>: Send, Sync);
    assert_not_impl_any!(BlockingHeap<Tied>: Send, Sync);
    #[cfg(feature = "guard")]
    assert_impl_all!(memoman::GuardedBlockingHeap: Send, Sync);
    #[cfg(feature = "guard")]
    assert_not_impl_any!(memoman::GuardedBlockingHeap<Tied>: Send, Sync);
}

#[cfg(feature = "lock_api")]
mod locked {
    use super::*;
    use memoman::LockedHeap;

    /// A lock for one thread.
    struct Unshared(Cell<bool>);

    // SAFETY: not Sync; never locked here.
    unsafe impl lock_api::RawMutex for Unshared {
        #[allow(clippy::declare_interior_mutable_const)]
        const INIT: Self = Self(Cell::new(false));
        type GuardMarker = lock_api::GuardNoSend;
        fn lock(&self) {}
        fn try_lock(&self) -> bool {
            !self.0.replace(true)
        }
        unsafe fn unlock(&self) {}
    }

    assert_impl_all!(LockedHeap<spin::Mutex<()>>: Send, Sync);
    assert_not_impl_any!(LockedHeap<spin::Mutex<()>, Tied>: Send, Sync);
    assert_impl_all!(LockedHeap<Unshared>: Send);
    assert_not_impl_any!(LockedHeap<Unshared>: Sync);
}

#[cfg(feature = "critical-section")]
mod critical {
    use super::*;
    use memoman::CriticalHeap;
    assert_impl_all!(CriticalHeap: Send, Sync);
    assert_not_impl_any!(CriticalHeap<Tied>: Send, Sync);
    #[cfg(feature = "guard")]
    assert_impl_all!(memoman::GuardedCriticalHeap: Send, Sync);
}

// Sources: they own memory, which is not tied to a thread.
assert_impl_all!(NoSource: Send, Sync);
assert_impl_all!(Buffer<'static>: Send);
assert_impl_all!(FromAllocator<std::alloc::System>: Send);
assert_not_impl_any!(FromAllocator<Rc<u8>>: Send, Sync);
#[cfg(all(feature = "mmap", any(unix, windows)))]
assert_impl_all!(memoman::Mmap: Send);
#[cfg(all(feature = "mmap", any(unix, windows)))]
assert_not_impl_any!(memoman::Mmap: Sync);
assert_not_impl_any!(Region: Send, Sync);

// Values: addresses, through which nothing is read; what borrows or names memory stays on its thread.
assert_impl_all!(Pool: Send, Sync);
assert_impl_all!(PoolError: Send, Sync);
assert_impl_all!(RequestError: Send, Sync);
assert_impl_all!(Violation: Send, Sync);
assert_not_impl_any!(Blocks<'static>: Send, Sync);
assert_not_impl_any!(BlockInfo: Send, Sync);
#[cfg(feature = "guard")]
assert_impl_all!(memoman::Misuse: Send, Sync);
#[cfg(feature = "guard")]
assert_impl_all!(memoman::GuardError: Send, Sync);

#[test]
fn the_auto_traits_are_as_asserted() {
    assert!(Tied(Rc::default()).supply(std::alloc::Layout::new::<u8>(), 1).is_none());
}
