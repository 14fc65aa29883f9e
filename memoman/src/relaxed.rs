//! A word that threads share without ordering: a trait, so that tests can use that of `loom`.

use core::sync::atomic::{AtomicUsize, Ordering};

/// What the locks and flags here need of an atomic word. Each access is relaxed: it is atomic, and orders
/// nothing else.
pub(crate) trait Relaxed {
    #[cfg(feature = "std")]
    fn load(&self) -> usize;
    #[cfg(feature = "std")]
    fn store(&self, value: usize);
    #[cfg(target_has_atomic = "ptr")]
    fn swap(&self, value: usize) -> usize;
}

impl Relaxed for AtomicUsize {
    #[cfg(feature = "std")]
    #[inline]
    fn load(&self) -> usize {
        self.load(Ordering::Relaxed)
    }

    #[cfg(feature = "std")]
    #[inline]
    fn store(&self, value: usize) {
        self.store(value, Ordering::Relaxed);
    }

    #[cfg(target_has_atomic = "ptr")]
    #[inline]
    fn swap(&self, value: usize) -> usize {
        self.swap(value, Ordering::Relaxed)
    }
}

#[cfg(all(loom, test))]
impl Relaxed for loom::sync::atomic::AtomicUsize {
    fn load(&self) -> usize {
        self.load(Ordering::Relaxed)
    }

    fn store(&self, value: usize) {
        self.store(value, Ordering::Relaxed);
    }

    fn swap(&self, value: usize) -> usize {
        self.swap(value, Ordering::Relaxed)
    }
}
