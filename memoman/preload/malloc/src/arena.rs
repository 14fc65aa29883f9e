//! An arena: a heap behind a lock.

use core::alloc::{GlobalAlloc as _, Layout};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};

use memoman::{Census, Exclusion, Shared, Tlsf, Violation, first_levels_for};

use crate::lock::Lock;
use crate::range::{PART_LOG2_MAX, Part};

/// Every block is aligned to this: C's `max_align_t`.
pub(crate) const ALIGN: usize = 16;
const FL: usize = first_levels_for::<ALIGN, 32>(1 << PART_LOG2_MAX);

/// One pool: the arena's part of the range, as far as it is in use.
type Engine = Tlsf<ALIGN, FL, 32, 1>;
type Heap = Shared<Held, Engine, Part>;

/// The exclusion of a heap whose callers hold its arena's lock.
struct Held;

// SAFETY: the heap is private to its arena, which uses it in `Entered` only, while the lock is held.
unsafe impl Exclusion for Held {
    const FREE: Self = Self;

    #[inline]
    fn exclusively<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        Some(f())
    }
}

/// A heap behind a lock.
pub(crate) struct Arena {
    lock: Lock,
    /// Blocks that were freed while another caller was inside: a stack, linked through their first words.
    freed: AtomicPtr<u8>,
    heap: Heap,
}

/// An arena whose lock this value holds.
pub(crate) struct Entered<'a>(&'a Arena);

impl Arena {
    pub(crate) const fn new(number: usize) -> Self {
        Self {
            lock: Lock::new(),
            freed: AtomicPtr::new(ptr::null_mut()),
            heap: Heap::with_source(Part::of(number)),
        }
    }

    /// Enters if no other caller is inside.
    #[inline]
    pub(crate) fn try_enter(&self) -> Option<Entered<'_>> {
        self.lock.try_lock().then(|| self.entered())
    }

    /// Waits until no other caller is inside, and enters. `None` if this thread is inside: the caller is a
    /// signal handler.
    #[inline]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        self.lock.lock().then(|| self.entered())
    }

    /// Frees a block. It never waits: if another caller is inside, the next one frees the block.
    ///
    /// # Safety
    /// A live block of this arena, which is not used any more.
    #[inline]
    pub(crate) unsafe fn free(&self, block: NonNull<u8>) {
        match self.try_enter() {
            // SAFETY: the caller's.
            Some(entered) => unsafe { entered.free(block) },
            // SAFETY: the caller's.
            None => unsafe { self.free_later(block) },
        }
    }

    #[inline]
    fn entered(&self) -> Entered<'_> {
        let entered = Entered(self);
        if !self.freed.load(Ordering::Relaxed).is_null() {
            entered.free_the_freed();
        }
        entered
    }

    /// # Safety
    /// As [`Arena::free`].
    #[cold]
    unsafe fn free_later(&self, block: NonNull<u8>) {
        let mut top = self.freed.load(Ordering::Relaxed);
        loop {
            // SAFETY: the caller's: no one else uses the block, which has space for a pointer.
            unsafe { block.cast::<*mut u8>().write(top) };
            let new = block.as_ptr();
            match self.freed.compare_exchange_weak(top, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}

impl Entered<'_> {
    #[inline]
    pub(crate) fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the size is not 0.
        NonNull::new(unsafe { self.0.heap.alloc(layout) })
    }

    /// # Safety
    /// A live block of this arena, which is not used any more.
    #[inline]
    pub(crate) unsafe fn free(&self, block: NonNull<u8>) {
        // SAFETY: the caller's.
        self.engine(|engine| unsafe { engine.deallocate(block) });
    }

    /// Makes a block shorter or longer where it is. `false` if there is no space.
    ///
    /// # Safety
    /// A live block of this arena.
    pub(crate) unsafe fn resize_in_place(&self, block: NonNull<u8>, size: usize) -> bool {
        // SAFETY: the caller's.
        self.engine(|engine| unsafe {
            if size <= engine.usable_size(block) {
                engine.shrink_in_place(block, size)
            } else {
                engine.try_grow_in_place(block, size)
            }
        })
    }

    /// # Safety
    /// A live block of this arena.
    pub(crate) unsafe fn usable_size(&self, block: NonNull<u8>) -> usize {
        // SAFETY: the caller's.
        self.engine(|engine| unsafe { engine.usable_size(block) })
    }

    /// Returns to the system what is free at the end. Returns the number of bytes.
    pub(crate) fn trim(&self) -> usize {
        self.0.heap.trim()
    }

    pub(crate) fn validate(&self) -> Result<Census, Violation> {
        self.0.heap.inspect(Tlsf::validate)
    }

    #[cold]
    fn free_the_freed(&self) {
        let mut next = self.0.freed.swap(ptr::null_mut(), Ordering::Acquire);
        while let Some(block) = NonNull::new(next) {
            // SAFETY: written by `free_later`, whose caller gave the block away.
            unsafe {
                next = block.cast::<*mut u8>().read();
                self.free(block);
            }
        }
    }

    #[inline]
    fn engine<T>(&self, f: impl FnOnce(&mut Engine) -> T) -> T {
        // SAFETY: the closures here do nothing to the heap's place or its pools, and free what callers free.
        unsafe { self.0.heap.with_heap(f) }
    }

    /// Keeps the lock: [`Arena::leave`] releases it.
    pub(crate) fn stay(self) {
        core::mem::forget(self);
    }
}

impl Arena {
    /// Releases the lock of a caller that has called [`Entered::stay`].
    ///
    /// # Safety
    /// This thread did so, or, in the child of a fork, the thread that forked.
    pub(crate) unsafe fn leave(&self) {
        drop(Entered(self));
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this value holds it.
        unsafe { self.0.lock.unlock() };
    }
}
