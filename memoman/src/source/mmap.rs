//! Memory from the operating system: a [`Source`] by `mmap`. Feature `mmap`, on Unix.
//!
//! ```text
//! range   | taken back | supplied | supplied | … | not accessible yet                  |
//!                      ^ live                    ^ next: the next region continues the last
//! ```

use core::alloc::Layout;
use core::iter;
use core::num::NonZero;
use core::ptr::{self, NonNull};

use crate::source::{Region, Source};

/// Pages of the operating system, mapped when the heap needs them.
///
/// It reserves a range of addresses, which costs no memory, and makes it accessible from the start, one
/// chunk at a time. So the heap lengthens one pool, and needs another entry of its pool table only when
/// a range is used up, or when the pool is as long as a pool can be.
///
/// It takes what the system grants. Where a limit does not leave a range of addresses, the range is half as
/// long, and so on; where the system does not have a chunk, the region is half as long, and so on, as long as
/// the request fits. Each range is a pool, so a heap of N pools gets all of a limit but one part in 2^N, and
/// what a pool loses at its end.
///
/// Memory that is taken back is the system's again: at the end of the current range it becomes part of the
/// range, elsewhere it is unmapped, and so is the rest of a range when a new one replaces it. Each range is an allocation of its own: no region continues one of another range, even if the two
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

    /// A source with chunks of `chunk` bytes in ranges of `range` bytes, both rounded up to pages. Any
    /// numbers will do: a request that needs more gets more, and where the system does not have as much, it
    /// is less.
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

    /// Makes a new range the current one: `self.range` or `bytes` if the system has that, else half as much,
    /// and so on, but at least `least`. All are whole pages.
    fn reserve(&mut self, bytes: usize, least: usize, page: usize) -> Option<()> {
        let most = isize::MAX as usize;
        let range =
            self.range.checked_next_multiple_of(page).unwrap_or(most).min(most - most % page);
        let found =
            halves(range.max(bytes), least, page).find_map(|range| Some((map(range)?, range)));
        let (start, range) = found?;
        self.release_rest();
        (self.live, self.next, self.left) = (start, start, range);
        Some(())
    }

    /// Makes the start of the rest accessible: `bytes`, or half as many, and so on, but at least `least`.
    fn commit(&self, bytes: usize, least: usize, page: usize) -> Option<usize> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let at = self.next.as_ptr().cast();
        // SAFETY: inside the range, reserved by this source, not supplied.
        halves(bytes, least, page).find(|&bytes| unsafe { libc::mprotect(at, bytes, access) } == 0)
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

/// `most`, half of it, and so on down to `least`, in whole pages as these two are.
fn halves(most: usize, least: usize, page: usize) -> impl Iterator<Item = usize> {
    iter::successors(Some(most), move |&bytes| {
        (bytes > least).then(|| (bytes / 2).next_multiple_of(page).max(least))
    })
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
        // No slice is longer.
        let most = most.min(isize::MAX as usize);
        let most = most - most % page;
        let least =
            least.size().max(1).checked_next_multiple_of(page).filter(|&least| least <= most)?;
        let chunk = self.chunk.checked_next_multiple_of(page).unwrap_or(most);
        let bytes = chunk.clamp(least, most);
        if self.left < least {
            self.reserve(bytes, least, page)?;
        }
        let start = self.next;
        let bytes = self.commit(bytes.min(self.left), least, page)?;
        // SAFETY: not beyond the range.
        self.next = unsafe { start.byte_add(bytes) };
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
        if end == self.next && start >= self.live {
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

    fn tail_unit(&self) -> Option<NonZero<usize>> {
        NonZero::new(page_size()?)
    }
}

impl Drop for Mmap {
    fn drop(&mut self) {
        self.release_rest();
    }
}
