//! Memory from the operating system: a [`Source`] by `mmap`. Feature `mmap`, on Unix.
//!
//! ```text
//! range   | taken back | supplied | supplied | … | not accessible yet                  |
//!                      ^ live                    ^ next: the next region continues the last
//! ```

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use crate::source::{Region, Source};

/// Pages of the operating system, mapped when the heap needs them.
///
/// It reserves a range of addresses, which costs no memory, and makes it accessible from the start, one
/// chunk at a time. So the heap lengthens one pool, and needs another entry of its pool table only when
/// a range is used up, or when the pool is as long as a pool can be.
///
/// A region that is taken back is unmapped, and so is the rest of a range when a new one replaces it.
/// Each range is an allocation of its own: no region continues one of another range, even if the two
/// are adjacent.
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
    /// From here to `next` everything is supplied, and of the current range.
    live: NonNull<u8>,
    /// Where the accessible part of the current range ends.
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

    /// A source with chunks of `chunk` bytes in ranges of `range` bytes, both rounded up to pages. A
    /// request that needs more gets more. Where the system does not have a chunk, the request is refused;
    /// where it does not have a range, the range is as long as the chunk.
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
        Self { chunk, range, live: nowhere, next: nowhere, left: 0 }
    }

    /// Makes a new range the current one, of `self.range` if the system has that, else of `bytes`.
    fn reserve(&mut self, bytes: usize, page: usize) -> Option<()> {
        let range = self.range.max(bytes).checked_next_multiple_of(page).unwrap_or(bytes);
        let found = [range, bytes].into_iter().find_map(|range| Some((map(range)?, range)));
        let (start, range) = found?;
        self.release_rest();
        (self.live, self.next, self.left) = (start, start, range);
        Some(())
    }

    /// Unmaps the part of the current range that was not supplied.
    fn release_rest(&mut self) {
        if self.left > 0 {
            // SAFETY: reserved by this source, and not accessible since it was reserved or taken back.
            unsafe { libc::munmap(self.next.as_ptr().cast(), self.left) };
            self.left = 0;
        }
    }
}

/// Inaccessible addresses.
fn map(bytes: usize) -> Option<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
    // SAFETY: at an address of the system's choice: no mapping is replaced.
    let start = unsafe { libc::mmap(ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
    if start == libc::MAP_FAILED { None } else { NonNull::new(start.cast()) }
}

fn page_size() -> Option<usize> {
    // SAFETY: it only returns a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok().filter(|&page| page > 0)
}

// SAFETY: pages of a private mapping, each supplied once; what continues lies behind `live`, in the
// same mapping as all that was supplied there.
unsafe impl Source for Mmap {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        let page = page_size().filter(|&page| page >= least.align())?;
        // What cannot be rounded up is as much as is possible.
        let bytes =
            least.size().max(self.chunk).checked_next_multiple_of(page).unwrap_or(usize::MAX);
        // No slice is longer.
        let most = most.min(isize::MAX as usize);
        let bytes = bytes.min(most - most % page);
        if bytes < least.size() {
            return None;
        }
        if bytes > self.left {
            self.reserve(bytes, page)?;
        }
        let start = self.next;
        // SAFETY: inside the range, reserved by this source, not supplied.
        unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            if libc::mprotect(start.as_ptr().cast(), bytes, access) != 0 {
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
        let at = start.as_ptr().cast();
        // SAFETY: the caller's: as long as that.
        let end = unsafe { start.byte_add(bytes) };
        // (A region of an earlier range may end where the present one begins.)
        if self.left > 0 && end == self.next && start >= self.live {
            // It becomes part of the range again, by a fresh mapping in its place. Where that fails
            // the system may have removed the old one, and given the place away: leave it alone.
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            // SAFETY: the caller's: this source's again.
            let fresh = unsafe { libc::mmap(at, bytes, libc::PROT_NONE, flags, -1, 0) };
            if fresh == libc::MAP_FAILED {
                self.live = self.next;
            } else {
                (self.next, self.left) = (start, self.left + bytes);
                self.live = self.live.min(start);
            }
            return;
        }
        // The supplied memory up to `next` begins behind the hole, which another mapping may fill.
        if self.live <= start && start < self.next {
            self.live = end;
        }
        // SAFETY: the caller's: this source's again.
        unsafe { libc::munmap(at, bytes) };
    }
}

impl Drop for Mmap {
    fn drop(&mut self) {
        self.release_rest();
    }
}
