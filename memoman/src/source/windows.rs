//! Memory from Windows: a [`Source`] by `VirtualAlloc`. Feature `mmap`.
//!
//! ```text
//! range   | taken back | supplied | supplied | … | reserved                            |
//!         ^ base       ^ live                    ^ next: the next region continues the last
//! ```

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::num::NonZero;
use core::ptr::{self, NonNull};

use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RESERVE, MEMORY_BASIC_INFORMATION, PAGE_NOACCESS,
    PAGE_READWRITE, VirtualAlloc, VirtualFree, VirtualQuery,
};

use crate::source::{Region, Source};

/// Every range of addresses starts at a multiple of this on every Windows; a page is no larger.
const GRANULE: usize = 1 << 16;

/// Pages of the operating system, committed when the heap needs them.
///
/// It reserves a range of addresses, which costs no memory, and commits it from the start, one chunk at a
/// time. So the heap lengthens one pool, and needs another entry of its pool table only when a range is
/// used up, or when the pool is as long as a pool can be.
///
/// It is compiled for `x86_64-pc-windows-gnu`, and its tests pass in wine. It was not run on Windows itself.
///
/// A region that is taken back is decommitted. The addresses of a range are released when none of it is
/// committed and a new range has replaced it, or the source is dropped.
///
/// # Examples
/// ```
/// use core::alloc::{GlobalAlloc, Layout};
/// use memoman::{LocalHeap, Mmap};
///
/// let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::new());
/// let layout = Layout::new::<[u8; 5_000_000]>();
/// // SAFETY: the size is not 0; freed as allocated.
/// unsafe { heap.dealloc(heap.alloc(layout), layout) };
/// assert!(heap.trim() >= 5_000_000);
/// ```
#[derive(Debug)]
pub struct Mmap {
    chunk: usize,
    range: usize,
    /// Where the current range starts.
    base: Option<NonNull<u8>>,
    /// From here to `next` everything is supplied, and of the current range.
    live: NonNull<u8>,
    /// Where the committed part of the current range ends.
    next: NonNull<u8>,
    /// Bytes from there to the range's end.
    left: usize,
}

// SAFETY: it owns its range, which is not tied to a thread.
unsafe impl Send for Mmap {}

impl Default for Mmap {
    fn default() -> Self {
        Self::new()
    }
}

impl Mmap {
    /// A source with chunks of 1 MiB in ranges of 4 GiB (256 MiB on 32-bit).
    ///
    /// # Examples
    /// ```
    /// use memoman::{LocalHeap, Mmap};
    /// let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::new());
    /// # assert_eq!(heap.trim(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        let range = if usize::BITS >= 64 { u32::MAX as usize } else { (1 << 28) - 1 };
        Self::with(1 << 20, range + 1)
    }

    /// A source with chunks of `chunk` bytes in ranges of `range` bytes, both rounded up to 64 KiB. A
    /// request that needs more gets more. Where the system does not have a chunk, the request is refused;
    /// where it does not have a range, the range is shorter.
    ///
    /// # Examples
    /// ```
    /// use memoman::{LocalHeap, Mmap};
    /// // 64 KiB at a time, at most 16 MiB in one pool.
    /// let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(64 << 10, 16 << 20));
    /// # assert_eq!(heap.trim(), 0);
    /// ```
    #[must_use]
    pub const fn with(chunk: usize, range: usize) -> Self {
        let nowhere = NonNull::dangling();
        Self { chunk, range, base: None, live: nowhere, next: nowhere, left: 0 }
    }

    /// Makes a new range the current one: `self.range` if the system has that, else half as much and so
    /// on, but at least `bytes`.
    fn reserve(&mut self, bytes: usize) -> Option<()> {
        let mut range = self.range.max(bytes).checked_next_multiple_of(GRANULE).unwrap_or(bytes);
        let start = loop {
            // SAFETY: at addresses of the system's choice.
            let start = unsafe { VirtualAlloc(ptr::null(), range, MEM_RESERVE, PAGE_NOACCESS) };
            match NonNull::new(start.cast::<u8>()) {
                Some(start) => break start,
                None if range > bytes => range = (range / 2).next_multiple_of(GRANULE).max(bytes),
                None => return None,
            }
        };
        if let Some(base) = self.base.replace(start) {
            release(base);
        }
        (self.live, self.next, self.left) = (start, start, range);
        Some(())
    }
}

/// The range of addresses that holds `at`, if it is one: where it starts, and up to where the pages from
/// `at` on are all committed, or all not.
fn query(at: NonNull<u8>) -> Option<(NonNull<u8>, usize, bool)> {
    let mut info = MaybeUninit::<MEMORY_BASIC_INFORMATION>::uninit();
    let bytes = size_of::<MEMORY_BASIC_INFORMATION>();
    // SAFETY: the system writes no more than these bytes.
    if unsafe { VirtualQuery(at.as_ptr().cast(), info.as_mut_ptr(), bytes) } == 0 {
        return None;
    }
    // SAFETY: written, as the result is not 0.
    let info = unsafe { info.assume_init() };
    let base = NonNull::new(info.AllocationBase.cast())?;
    Some((base, info.RegionSize, info.State == MEM_COMMIT))
}

/// Releases a range of this source, unless a part of it is committed.
fn release(base: NonNull<u8>) {
    let mut at = base;
    while let Some((of, bytes, committed)) = query(at) {
        if of != base {
            break;
        }
        if committed {
            return;
        }
        // SAFETY: not beyond the end of the range.
        at = unsafe { at.byte_add(bytes) };
    }
    // SAFETY: a range of this source, none of which is supplied.
    unsafe { VirtualFree(base.as_ptr().cast(), 0, MEM_RELEASE) };
}

// SAFETY: pages of this source's ranges, each supplied once; what continues lies behind `live`, in the same
// range as all that was supplied there.
unsafe impl Source for Mmap {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        if least.align() > GRANULE {
            return None;
        }
        // What cannot be rounded up is as much as is possible.
        let bytes =
            least.size().max(self.chunk).checked_next_multiple_of(GRANULE).unwrap_or(usize::MAX);
        // No slice is longer.
        let most = most.min(isize::MAX as usize);
        let bytes = bytes.min(most - most % GRANULE);
        if bytes < least.size() {
            return None;
        }
        if bytes > self.left {
            self.reserve(bytes)?;
        }
        let start = self.next;
        // SAFETY: inside the range, reserved by this source, not supplied.
        unsafe {
            let committed = VirtualAlloc(start.as_ptr().cast(), bytes, MEM_COMMIT, PAGE_READWRITE);
            if committed.is_null() {
                return None;
            }
            self.next = start.byte_add(bytes);
        }
        self.left -= bytes;
        let memory = NonNull::slice_from_raw_parts(start, bytes);
        Some(if self.live < start { Region::Contiguous(memory) } else { Region::Separate(memory) })
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        let (start, bytes) = (memory.cast::<u8>(), memory.len());
        // SAFETY: the caller's: this source's again, and as long as that.
        let end = unsafe {
            VirtualFree(start.as_ptr().cast(), bytes, MEM_DECOMMIT);
            start.byte_add(bytes)
        };
        let is_current = self.base.is_some_and(|base| base <= start) && start < self.next;
        if !is_current {
            if let Some((base, ..)) = query(start) {
                release(base);
            }
        } else if end == self.next && start >= self.live {
            // It is the reserved part of the range again.
            (self.next, self.left) = (start, self.left + bytes);
        } else if start >= self.live {
            // The supplied memory up to `next` begins behind the hole.
            self.live = end;
        }
    }

    fn tail_unit(&self) -> Option<NonZero<usize>> {
        NonZero::new(GRANULE)
    }
}

impl Drop for Mmap {
    fn drop(&mut self) {
        if let Some(base) = self.base {
            release(base);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Tlsf;
    use crate::shared::aliases::LocalHeap;
    use core::alloc::GlobalAlloc;

    fn supplied(mmap: &mut Mmap) -> NonNull<[u8]> {
        mmap.supply(Layout::new::<u64>(), usize::MAX).unwrap().memory()
    }

    fn is_reserved(memory: NonNull<[u8]>) -> bool {
        query(memory.cast()).is_some()
    }

    #[test]
    fn a_dropped_source_releases_its_range() {
        let mut mmap = Mmap::with(0, 1 << 20);
        let [a, b] = [(); 2].map(|()| supplied(&mut mmap));
        // SAFETY: supplied, and not used.
        unsafe {
            mmap.take_back(a);
            mmap.take_back(b);
        }
        assert!(is_reserved(a) && is_reserved(b));
        drop(mmap);
        assert!(!is_reserved(a) && !is_reserved(b));
    }

    #[test]
    fn a_range_that_was_replaced_is_released_with_its_last_region() {
        let mut mmap = Mmap::with(0, 3 << 16);
        let [a, b, c, other] = [(); 4].map(|()| supplied(&mut mmap));
        // SAFETY: supplied, and not used.
        let mut take_back = |memory| unsafe { mmap.take_back(memory) };
        take_back(b);
        take_back(c);
        assert!(is_reserved(c), "a is live");
        take_back(a);
        assert!(!is_reserved(a) && !is_reserved(b) && !is_reserved(c));
        assert!(is_reserved(other));
    }

    #[test]
    fn the_free_end_of_a_pool_is_decommitted_and_committed_again() {
        let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(0, 1 << 24));
        let layout = Layout::new::<[u8; 1_000_000]>();
        for _ in 0..3 {
            // SAFETY: the sizes are not 0; freed as allocated.
            let (small, large) = unsafe { (heap.alloc(Layout::new::<u64>()), heap.alloc(layout)) };
            assert!(!small.is_null());
            let middle = NonNull::new(large).unwrap().map_addr(|addr| addr | (GRANULE - 1));
            assert!(query(middle).unwrap().2);
            // SAFETY: freed as allocated.
            unsafe { heap.dealloc(large, layout) };
            assert!(heap.trim() >= 900_000);
            assert!(!query(middle.map_addr(|addr| addr.saturating_add(GRANULE))).unwrap().2);
            assert_eq!(heap.inspect(Tlsf::validate).unwrap().pools, 1);
        }
    }

    #[test]
    fn a_replaced_range_that_is_not_in_use_is_released() {
        let mut mmap = Mmap::with(0, 2 << 16);
        let a = supplied(&mut mmap);
        // SAFETY: supplied, and not used.
        unsafe { mmap.take_back(a) };
        let least = Layout::from_size_align(3 << 16, 8).unwrap();
        assert!(mmap.supply(least, usize::MAX).is_some());
        assert!(!is_reserved(a));
    }
}
