//! Ways to keep others out of a heap while one caller is in it. All of them are safe code: the locks
//! are other crates', and a `RefCell` tells whether this context is inside already.

use core::cell::RefCell;

/// Mutual exclusion: what stands between a heap and its callers in a [`Shared`](crate::Shared).
///
/// Implement it for a lock of your own: no other crate is needed. That a lock is [`Sync`] is what
/// makes the heap behind it so.
///
/// ```
/// use core::sync::atomic::{AtomicBool, Ordering::{Acquire, Release}};
/// use memoman::{Exclusion, Shared};
///
/// struct Spin(AtomicBool);
///
/// // SAFETY: one swap finds `false` until it is stored again; Acquire sees what Release has seen.
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
///
/// # Safety
/// While a closure that was passed to [`Exclusion::exclusively`] runs, no other passed to the same
/// value starts, on no thread, and in this one neither by an interrupt nor by the closure itself;
/// and it finds all that the ones before it have written.
pub unsafe trait Exclusion {
    /// Nobody is inside. A constant, so that it can be in a `static`.
    #[allow(clippy::declare_interior_mutable_const)]
    const FREE: Self;

    /// Runs a closure while nobody else is inside, after waiting for who is. `None` if waiting would
    /// never end, because the caller is inside: the closure was not run.
    ///
    /// If the closure panics, others may get in afterwards, or not.
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T>;
}

/// One thread only: [`LocalHeap`](crate::LocalHeap). Costs a flag; not [`Sync`].
#[derive(Debug)]
pub struct SingleThread(RefCell<()>);

// SAFETY: not Sync, and a RefCell is borrowed mutably once at a time.
unsafe impl Exclusion for SingleThread {
    const FREE: Self = Self(RefCell::new(()));

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let _inside = self.0.try_borrow_mut().ok()?;
        Some(f())
    }
}

/// Any lock with a [`lock_api::RawMutex`]: [`LockedHeap`](crate::LockedHeap). Feature `lock_api`.
///
/// It waits as the lock does, and if the caller is inside already it does what the lock does then:
/// most wait for ever.
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

/// A critical section of the crate `critical-section`, on one core usually interrupts switched off:
/// [`CriticalHeap`](crate::CriticalHeap). Feature `critical-section`.
///
/// Interrupts wait for one call of the heap, which takes constant time (a reallocation that moves
/// also copies). Critical sections nest, so a flag keeps the caller from getting in twice.
#[cfg(feature = "critical-section")]
#[derive(Debug)]
pub struct CriticalSection(critical_section::Mutex<RefCell<()>>);

// SAFETY: nothing else runs in a critical section but what it runs itself, for which the RefCell is
// borrowed mutably once at a time.
#[cfg(feature = "critical-section")]
unsafe impl Exclusion for CriticalSection {
    const FREE: Self = Self(critical_section::Mutex::new(RefCell::new(())));

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        critical_section::with(|section| {
            let _inside = self.0.borrow(section).try_borrow_mut().ok()?;
            Some(f())
        })
    }
}
