//! Exclusion: one caller at a time. All implementations are safe code: the locks are those of `std` and
//! other crates, and a `RefCell` or a number records whether the caller is inside already.

use core::cell::RefCell;
#[cfg(feature = "std")]
use core::sync::atomic::AtomicUsize;

#[cfg(feature = "std")]
use crate::relaxed::Relaxed;

/// Mutual exclusion of the callers of a [`Shared`](crate::Shared) heap.
///
/// Implement it for a lock of your own; no other crate is needed. The heap is [`Sync`] if the
/// exclusion is.
///
/// # Safety
/// While a closure that was passed to [`Exclusion::exclusively`] runs, no other closure passed to the
/// same value starts, on any thread, in an interrupt, or from the closure itself. Each closure sees
/// all writes of those before it.
///
/// # Examples
/// ```
/// use core::sync::atomic::{AtomicBool, Ordering::{Acquire, Release}};
/// use memoman::{Exclusion, Shared};
///
/// struct Spin(AtomicBool);
///
/// // SAFETY: one swap returns `false` until `false` is stored again; Acquire pairs with Release.
/// unsafe impl Exclusion for Spin {
///     const FREE: Self = Spin(AtomicBool::new(false));
///
///     fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
///         while self.0.swap(true, Acquire) {
///             core::hint::spin_loop();
///         }
///         let result = f();
///         self.0.store(false, Release);
///         Some(result)
///     }
/// }
///
/// static HEAP: Shared<Spin> = Shared::new();
/// assert_eq!(HEAP.inspect(|heap| heap.pools().count()), 0);
/// ```
pub unsafe trait Exclusion {
    /// The initial state: no caller is inside. A constant, so that it can be in a `static`.
    #[allow(clippy::declare_interior_mutable_const)]
    const FREE: Self;

    /// A reallocation that moves a block with at least this many bytes admits other callers while it copies
    /// them, and enters a second time to free the old block. [`usize::MAX`]: never.
    const COPY_OUTSIDE_FROM: usize = 4096;

    /// Waits until no caller is inside, runs the closure, and returns its result. Returns `None`
    /// without running it if waiting would never end, because the caller is inside itself.
    ///
    /// If the closure panics, it is unspecified whether later calls wait for ever.
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T>;
}

/// One thread: [`LocalHeap`](crate::LocalHeap). It costs a flag and is not [`Sync`].
#[derive(Debug)]
pub struct SingleThread(RefCell<()>);

// SAFETY: not Sync, and a RefCell is borrowed mutably once at a time.
unsafe impl Exclusion for SingleThread {
    const FREE: Self = Self(RefCell::new(()));
    /// There is no other caller.
    const COPY_OUTSIDE_FROM: usize = usize::MAX;

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let _inside = self.0.try_borrow_mut().ok()?;
        Some(f())
    }
}

/// The mutex of `std`: [`BlockingHeap`](crate::BlockingHeap). Feature `std`.
///
/// A thread that waits sleeps. A call from inside, which would wait for itself, is refused: the lock records
/// the thread that holds it. A panic inside does not keep others out: only a closure of a caller can panic
/// there, and it leaves the heap sound.
///
/// # Platforms
/// As the lock of the global allocator it must not allocate. Where `std` has its mutex from a futex or the like
/// it never does: Linux, Android, Windows, FreeBSD, OpenBSD, DragonFly BSD, Fuchsia, and WebAssembly with
/// threads. On others, such as macOS, iOS, NetBSD, Solaris and illumos, it allocates when it is first locked:
/// take a [`LockedHeap`](crate::LockedHeap) with a lock that spins and yields there
/// (`spin::mutex::SpinMutex<(), spin::relax::Yield>`).
#[cfg(feature = "std")]
#[derive(Debug)]
pub struct Blocking {
    mutex: std::sync::Mutex<()>,
    owner: Owner,
}

// SAFETY: the contract of Mutex: one closure runs at a time, and sees what those before it wrote.
#[cfg(feature = "std")]
unsafe impl Exclusion for Blocking {
    const FREE: Self = Self { mutex: std::sync::Mutex::new(()), owner: Owner::NONE };

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let lock = || self.mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.owner.exclusively(this_thread(), lock, f)
    }
}

/// A number that no other thread has at the same time, and that is not 0: the address of a thread-local. It is
/// constant and has no destructor, so it exists as long as its thread does, and its use allocates nothing.
#[cfg(feature = "std")]
#[inline]
fn this_thread() -> usize {
    std::thread_local! {
        static PLACE: u8 = const { 0 };
    }
    PLACE.with(|place| core::ptr::from_ref(place).addr())
}

/// The thread that holds a lock, or 0.
///
/// Relaxed suffices: only a thread itself writes its own number, and it removes the number before it unlocks.
/// So a thread that reads its number holds the lock, and one that does not hold it reads another.
#[cfg(feature = "std")]
#[derive(Debug)]
struct Owner<W = AtomicUsize>(W);

#[cfg(feature = "std")]
impl Owner {
    #[allow(clippy::declare_interior_mutable_const)]
    const NONE: Self = Self(AtomicUsize::new(0));
}

#[cfg(feature = "std")]
impl<W: Relaxed> Owner<W> {
    /// Locks and runs a closure, unless the thread holds the lock. The number is removed, and the lock
    /// unlocked, even if the closure panics.
    #[inline]
    fn exclusively<G, T>(
        &self,
        thread: usize,
        lock: impl FnOnce() -> G,
        f: impl FnOnce() -> T,
    ) -> Option<T> {
        struct Remove<'a, W: Relaxed>(&'a W);
        impl<W: Relaxed> Drop for Remove<'_, W> {
            #[inline]
            fn drop(&mut self) {
                self.0.store(0);
            }
        }
        if self.0.load() == thread {
            return None;
        }
        let _inside = lock();
        self.0.store(thread);
        let _owner = Remove(&self.0);
        Some(f())
    }
}

/// Any lock with a [`lock_api::RawMutex`]: [`LockedHeap`](crate::LockedHeap). Feature `lock_api`.
///
/// It waits as the lock does. If the caller is inside already, most locks wait for ever.
#[cfg(feature = "lock_api")]
pub struct Lock<R>(lock_api::Mutex<R, ()>);

#[cfg(feature = "lock_api")]
impl<R> core::fmt::Debug for Lock<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

// SAFETY: the contract of `RawMutex`; a mutex hands over what was written under it.
#[cfg(feature = "lock_api")]
unsafe impl<R: lock_api::RawMutex> Exclusion for Lock<R> {
    #[allow(clippy::declare_interior_mutable_const)]
    const FREE: Self = Self(lock_api::Mutex::new(()));

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let _inside = self.0.lock();
        Some(f())
    }
}

/// A critical section of the crate `critical-section`: [`CriticalHeap`](crate::CriticalHeap). On one
/// core it usually disables interrupts. Feature `critical-section`.
///
/// Interrupts wait for one call of the heap, which takes constant time: a reallocation that moves a block of
/// 256 bytes or more copies them outside of the critical section. Critical sections nest, so a flag detects a caller that is inside already.
#[cfg(feature = "critical-section")]
#[derive(Debug)]
pub struct CriticalSection(critical_section::Mutex<RefCell<()>>);

// SAFETY: only the closure itself runs in a critical section, and a RefCell is borrowed mutably once
// at a time.
#[cfg(feature = "critical-section")]
unsafe impl Exclusion for CriticalSection {
    const FREE: Self = Self(critical_section::Mutex::new(RefCell::new(())));
    /// Interrupts wait, and to enter is cheap.
    const COPY_OUTSIDE_FROM: usize = 256;

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        critical_section::with(|section| {
            let _inside = self.0.borrow(section).try_borrow_mut().ok()?;
            Some(f())
        })
    }
}

/// In every order in which threads can take their steps, and with every value that a relaxed load may return.
#[cfg(all(loom, test))]
mod tests {
    use super::Owner;
    use loom::cell::UnsafeCell;
    use loom::sync::atomic::AtomicUsize;
    use loom::sync::{Arc, Mutex};
    use loom::thread;

    struct Locked {
        owner: Owner<AtomicUsize>,
        mutex: Mutex<()>,
        /// loom reports an access that is not exclusive.
        calls: UnsafeCell<usize>,
    }

    // SAFETY: `calls` is accessed inside only: it is what the model is to show.
    unsafe impl Sync for Locked {}

    impl Locked {
        fn enter<T>(&self, thread: usize, f: impl FnOnce() -> T) -> Option<T> {
            self.owner.exclusively(thread, || self.mutex.lock().unwrap(), f)
        }

        /// Enters twice, and once more from inside.
        fn one_thread(&self, thread: usize) {
            for _ in 0..2 {
                let entered = self.enter(thread, || {
                    // SAFETY: inside.
                    self.calls.with_mut(|calls| unsafe { *calls += 1 });
                    assert!(self.enter(thread, || ()).is_none(), "refused from inside");
                });
                assert!(entered.is_some(), "admitted from outside");
            }
        }
    }

    #[test]
    fn a_thread_is_refused_exactly_if_it_is_inside_in_every_order() {
        loom::model(|| {
            let locked = Arc::new(Locked {
                owner: Owner(AtomicUsize::new(0)),
                mutex: Mutex::new(()),
                calls: UnsafeCell::new(0),
            });
            let other = Arc::clone(&locked);
            let other = thread::spawn(move || other.one_thread(2));
            locked.one_thread(1);
            other.join().unwrap();
            // SAFETY: the other thread is gone.
            assert_eq!(locked.calls.with(|calls| unsafe { *calls }), 4);
        });
    }
}
