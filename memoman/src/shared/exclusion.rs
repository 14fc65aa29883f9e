//! Exclusion: one caller at a time. All implementations are safe code: the locks are other crates',
//! and a `RefCell` records whether the caller is inside already.

use core::cell::RefCell;

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

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let _inside = self.0.try_borrow_mut().ok()?;
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
/// Interrupts wait for one call of the heap, which takes constant time (a reallocation that moves
/// also copies). Critical sections nest, so a flag detects a caller that is inside already.
#[cfg(feature = "critical-section")]
#[derive(Debug)]
pub struct CriticalSection(critical_section::Mutex<RefCell<()>>);

// SAFETY: only the closure itself runs in a critical section, and a RefCell is borrowed mutably once
// at a time.
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
