//! One buffer as a [`Source`]: for memory that is not `'static`, and for static heaps.

use core::alloc::Layout;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;

#[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
pub use claim::StaticMemory;

use crate::source::{Region, Source};

/// One buffer, supplied as a whole at the first request: the safe way to give a heap memory, for any
/// lifetime.
///
/// The heap holds the buffer's borrow, so it cannot outlive the memory. A [trimmed](crate::Shared::trim)
/// heap gives the buffer back and gets it again at the next request. The ends are moved inward to
/// ALIGN.
///
/// # Examples
/// 4 KiB of the stack:
///
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use core::mem::MaybeUninit;
/// use memoman::{Buffer, LocalHeap};
///
/// let mut bytes = [MaybeUninit::uninit(); 4096];
/// let heap: LocalHeap<Buffer> = LocalHeap::with_source(Buffer::new(&mut bytes));
/// // SAFETY: the size is not 0.
/// assert!(!unsafe { heap.alloc(Layout::new::<[u64; 100]>()) }.is_null());
/// ```
///
/// The heap cannot outlive its memory:
///
/// ```compile_fail,E0597
/// # use core::mem::MaybeUninit;
/// # use memoman::{Buffer, LocalHeap};
/// let heap: LocalHeap<Buffer> = {
///     let mut bytes = [MaybeUninit::uninit(); 4096];
///     LocalHeap::with_source(Buffer::new(&mut bytes))
/// };
/// ```
#[derive(Debug)]
pub struct Buffer<'m> {
    memory: Memory<'m>,
}

/// A static buffer, as a heap in a `static` needs it: see [`static_buffer!`](crate::static_buffer).
pub type StaticPool = Buffer<'static>;

#[derive(Debug)]
enum Memory<'m> {
    Ready(&'m mut [MaybeUninit<u8>]),
    #[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
    Unclaimed(&'static StaticMemory),
    Supplied,
}

impl<'m> Buffer<'m> {
    /// Creates a source of this memory.
    ///
    /// # Examples
    /// ```
    /// use core::mem::MaybeUninit;
    /// use memoman::{Buffer, LocalHeap};
    /// let mut bytes = [MaybeUninit::uninit(); 1024];
    /// let heap: LocalHeap<Buffer> = LocalHeap::with_source(Buffer::new(&mut bytes));
    /// # assert_eq!(heap.trim(), 0);
    /// ```
    #[must_use]
    pub const fn new(memory: &'m mut [MaybeUninit<u8>]) -> Self {
        Self { memory: Memory::Ready(memory) }
    }
}

#[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
impl StaticPool {
    /// Behind [`static_buffer!`](crate::static_buffer).
    #[doc(hidden)]
    #[must_use]
    pub const fn unclaimed(memory: &'static StaticMemory) -> Self {
        Self { memory: Memory::Unclaimed(memory) }
    }
}

// SAFETY: the memory is borrowed for the life of the source, and supplied only while it is not.
unsafe impl Source for Buffer<'_> {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        let memory = match mem::replace(&mut self.memory, Memory::Supplied) {
            Memory::Ready(memory) => memory,
            #[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
            Memory::Unclaimed(memory) => memory.claim()?,
            Memory::Supplied => return None,
        };
        let inward = memory.as_ptr().addr().wrapping_neg() & (least.align() - 1);
        let bytes = memory.len().saturating_sub(inward).min(most) & !(least.align() - 1);
        if bytes < least.size() {
            // Too little for this request may be enough for another.
            self.memory = Memory::Ready(memory);
            return None;
        }
        let supplied = &mut memory[inward..][..bytes];
        Some(Region::Separate(NonNull::slice_from_raw_parts(NonNull::from(supplied).cast(), bytes)))
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        let (start, bytes) = (memory.cast(), memory.len());
        // SAFETY: the caller's: what was supplied, from memory that is borrowed for all of `'m`.
        let memory = unsafe { NonNull::slice_from_raw_parts(start, bytes).as_mut() };
        self.memory = Memory::Ready(memory);
    }
}

#[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
mod claim {
    use core::cell::UnsafeCell;
    use core::fmt;
    use core::mem::MaybeUninit;
    #[cfg(target_has_atomic = "ptr")]
    use core::sync::atomic::AtomicUsize;

    #[cfg(target_has_atomic = "ptr")]
    use crate::relaxed::Relaxed;

    /// Whether memory was claimed. A word, so that the bytes behind it are aligned to a word.
    #[cfg(target_has_atomic = "ptr")]
    #[derive(Debug)]
    struct Claimed<W = AtomicUsize>(W);

    #[cfg(target_has_atomic = "ptr")]
    impl Claimed {
        const fn not_yet() -> Self {
            Self(AtomicUsize::new(0))
        }
    }

    #[cfg(target_has_atomic = "ptr")]
    impl<W: Relaxed> Claimed<W> {
        /// Sets it, and returns what it was.
        fn set(&self) -> bool {
            self.0.swap(1) != 0
        }
    }

    /// The same for processors that cannot swap a word, such as the Cortex-M0.
    #[cfg(not(target_has_atomic = "ptr"))]
    #[derive(Debug)]
    struct Claimed(critical_section::Mutex<core::cell::Cell<usize>>);

    #[cfg(not(target_has_atomic = "ptr"))]
    impl Claimed {
        const fn not_yet() -> Self {
            Self(critical_section::Mutex::new(core::cell::Cell::new(0)))
        }

        /// Sets it, and returns what it was.
        fn set(&self) -> bool {
            critical_section::with(|section| self.0.borrow(section).replace(1) != 0)
        }
    }

    /// Memory of a `static` that is claimed once, even if the `static` is named many times.
    #[doc(hidden)]
    #[repr(C)]
    pub struct StaticMemory<B: ?Sized = [MaybeUninit<u8>]> {
        claimed: Claimed,
        bytes: UnsafeCell<B>,
    }

    // SAFETY: the bytes are reached through `claim` only, by the one caller that it lets through.
    unsafe impl<B: ?Sized + Send> Sync for StaticMemory<B> {}

    impl<const BYTES: usize> StaticMemory<[MaybeUninit<u8>; BYTES]> {
        /// No byte of it is initialised, so it takes no space in the program's file.
        #[must_use]
        #[allow(clippy::new_without_default)] // For the macro alone.
        pub const fn new() -> Self {
            let bytes = UnsafeCell::new([MaybeUninit::uninit(); BYTES]);
            Self { claimed: Claimed::not_yet(), bytes }
        }
    }

    impl StaticMemory {
        /// The memory, for the first caller.
        #[allow(clippy::mut_from_ref)] // Once: the flag is set by the first caller.
        pub(super) fn claim(&'static self) -> Option<&'static mut [MaybeUninit<u8>]> {
            let first = !self.claimed.set();
            // SAFETY: the only reference: later callers get none.
            first.then(|| unsafe { &mut *self.bytes.get() })
        }
    }

    impl<B: ?Sized> fmt::Debug for StaticMemory<B> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("StaticMemory").field("claimed", &self.claimed).finish_non_exhaustive()
        }
    }

    #[cfg(all(loom, test))]
    mod tests {
        use super::*;
        use loom::sync::Arc;
        use loom::thread;

        #[test]
        fn memory_is_claimed_by_one_thread_in_every_order() {
            loom::model(|| {
                let claimed = Arc::new(Claimed(loom::sync::atomic::AtomicUsize::new(0)));
                let threads = [(); 2].map(|()| {
                    let claimed = Arc::clone(&claimed);
                    thread::spawn(move || usize::from(!claimed.set()))
                });
                let own = usize::from(!claimed.set());
                assert_eq!(
                    threads.map(|thread| thread.join().unwrap()).iter().sum::<usize>() + own,
                    1
                );
            });
        }
    }
}

/// A static buffer of so many bytes, as a [`StaticPool`]: for a heap in a `static`, without `unsafe`.
///
/// The memory is claimed at the first request. If the expression is evaluated many times, as in a
/// function that is called twice, the first heap that needs memory gets it, and the others are
/// refused.
///
/// On a target without atomic swaps of a word (such as `thumbv6m-none-eabi`) it needs feature
/// `critical-section`, or use [`Buffer::new`] with a `static mut`.
///
/// # Examples
#[cfg_attr(feature = "lock_api", doc = "```")]
#[cfg_attr(not(feature = "lock_api"), doc = "```ignore")]
/// use core::alloc::{GlobalAlloc, Layout};
/// use memoman::{LockedHeap, StaticPool, static_buffer};
///
/// static HEAP: LockedHeap<spin::Mutex<()>, StaticPool> =
///     LockedHeap::with_source(static_buffer!(64 * 1024));
///
/// // SAFETY: the size is not 0.
/// assert!(!unsafe { HEAP.alloc(Layout::new::<[u64; 100]>()) }.is_null());
/// ```
#[cfg(any(target_has_atomic = "ptr", feature = "critical-section"))]
#[macro_export]
macro_rules! static_buffer {
    ($bytes:expr) => {{
        static MEMORY: $crate::StaticMemory<[::core::mem::MaybeUninit<u8>; $bytes]> =
            $crate::StaticMemory::new();
        $crate::StaticPool::unclaimed(&MEMORY)
    }};
}
