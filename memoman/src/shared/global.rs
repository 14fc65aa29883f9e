//! A shared heap as [`GlobalAlloc`].

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

use crate::heap::resize::Resized;
use crate::shared::Shared;
use crate::shared::engine::Engine;
use crate::shared::exclusion::Exclusion;
use crate::shared::growable::Growable;
use crate::source::Source;

fn or_null(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

// SAFETY: blocks of the engine have that size and alignment, do not overlap, and are valid while the
// heap lives. The operations do not unwind: `call` ends the program instead.
unsafe impl<X: Exclusion, H: Engine, S: Source> GlobalAlloc for Shared<X, H, S> {
    /// Returns null also for a size of 0.
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        or_null(self.call(|heap| heap.allocate(layout)).flatten())
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        let Some(ptr) = NonNull::new(ptr) else { return };
        // SAFETY: the caller's.
        self.call(|heap| unsafe { heap.heap.deallocate(ptr, layout) });
    }

    /// In place where the block and a free successor allow it. The layout's alignment is kept.
    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Some(ptr) = NonNull::new(ptr) else { return ptr };
        // SAFETY: the caller's: the new size, rounded up to the alignment, is no more than isize::MAX.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the caller's.
        or_null(unsafe { self.reallocate(ptr, layout, new, |_, block| block) })
    }
}

impl<X: Exclusion, H: Engine, S: Source> Shared<X, H, S> {
    /// Makes a call of the heap inside. `None` if it was a misuse, after the reaction to it, or if the caller is
    /// inside already.
    #[inline]
    pub(crate) fn call<T>(
        &self,
        f: impl FnOnce(&mut Growable<H, S>) -> Result<T, H::Misuse>,
    ) -> Option<T> {
        self.exclusively(f)?.map_err(|misuse| react::<H>(misuse)).ok()
    }

    /// Reallocates, and passes the heap and the new block to `look` before others see the heap.
    ///
    /// A block of many bytes is copied while others use the heap: the old block and the new one are live
    /// then, and both are this caller's.
    ///
    /// # Safety
    /// As [`Tlsf::reallocate`](crate::Tlsf::reallocate); `old` is the layout of the block.
    #[inline]
    pub(crate) unsafe fn reallocate<T>(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        look: impl FnOnce(&Growable<H, S>, NonNull<u8>) -> T,
    ) -> Option<T> {
        let (result, rest) = self.call(|heap| {
            // SAFETY: the caller's.
            let Some(resized) = (unsafe { heap.reallocate(ptr, new) })? else { return Ok(None) };
            let (block, rest) = match resized {
                Resized::Done(block) => (block, None),
                Resized::Moving { from, to, bytes } if bytes < X::COPY_OUTSIDE_FROM => {
                    // SAFETY: both are live and distinct, and hold that many bytes; `from` is the caller's.
                    unsafe {
                        to.copy_from_nonoverlapping(from, bytes);
                        heap.heap.deallocate(from, old)?;
                    }
                    (to, None)
                }
                Resized::Moving { from, to, bytes } => (to, Some((from, to, bytes))),
            };
            Ok(Some((look(heap, block), rest)))
        })??;
        if let Some((from, to, bytes)) = rest {
            // SAFETY: both are live and distinct, hold that many bytes, and are the caller's alone.
            unsafe { to.copy_from_nonoverlapping(from, bytes) };
            // SAFETY: the caller's: it has the new block.
            self.call(|heap| unsafe { heap.heap.deallocate(from, old) });
        }
        Some(result)
    }
}

/// Reacts to a misuse where a panic must not unwind: it ends the program, after its message was printed.
#[cold]
extern "C" fn react<H: Engine>(misuse: H::Misuse) {
    H::react(misuse);
}
