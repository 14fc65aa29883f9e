//! The range of addresses that holds all blocks of the arenas. It is reserved at the first request and
//! divided into one part for each arena, so an address alone gives the arena of a block.
//!
//! ```text
//! | part of arena 0 ………………………………… | part of arena 1 ………………………………… | …
//! | pool, in use | not accessible   | pool | not accessible           |
//!                ^ grows
//! ```
//!
//! Addresses that are reserved take no memory. Where the system limits them (`ulimit -v`), the parts are
//! smaller.

use core::alloc::Layout;
use core::num::NonZero;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use memoman::{Region, Source};

use crate::errno::keeping_errno;

/// The number of arenas.
pub(crate) const ARENAS: usize = 8;

/// Bytes of a part: 64 GiB, or less where the system does not reserve as much.
pub(crate) const PART_LOG2_MAX: u32 = 36;
const PART_LOG2_MIN: u32 = 20;

/// An arena grows by so much at a time. Pages that no block uses take no memory.
const CHUNK: usize = 1 << 20;

/// The range's first address, plus log2 of a part's bytes. [`UNKNOWN`] before the first request.
static RANGE: AtomicUsize = AtomicUsize::new(UNKNOWN);
const UNKNOWN: usize = 0;
/// No range: the system refused it. (A start above every address.)
const NONE: usize = usize::MAX << 12;
const LOG2_MASK: usize = (1 << 12) - 1;

/// The arena of a block; `None` if it is of no arena.
#[inline]
pub(crate) fn arena_of(block: NonNull<u8>) -> Option<usize> {
    let range = RANGE.load(Ordering::Relaxed);
    let offset = block.addr().get().wrapping_sub(range & !LOG2_MASK);
    let arena = offset >> (range & LOG2_MASK);
    (arena < ARENAS).then_some(arena)
}

/// Reserves the range, if no thread has done so before.
#[cold]
fn reserve() -> usize {
    let reserved = reserve_as_much_as_possible();
    match RANGE.compare_exchange(UNKNOWN, reserved, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => reserved,
        Err(first) => {
            // Another thread was faster.
            if reserved != NONE {
                let (start, bytes) = (reserved & !LOG2_MASK, ARENAS << (reserved & LOG2_MASK));
                // SAFETY: mapped above, and used by nothing.
                unsafe { libc::munmap(ptr::with_exposed_provenance_mut(start), bytes) };
            }
            first
        }
    }
}

fn reserve_as_much_as_possible() -> usize {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let map = |log2| {
        // SAFETY: at an address of the system's choice: no mapping is replaced.
        let start =
            unsafe { libc::mmap(ptr::null_mut(), ARENAS << log2, libc::PROT_NONE, flags, -1, 0) };
        (start != libc::MAP_FAILED).then(|| start.expose_provenance())
    };
    let found = (PART_LOG2_MIN..=PART_LOG2_MAX).rev().find_map(|log2| Some((map(log2)?, log2)));
    match found {
        Some((start, log2 @ PART_LOG2_MAX)) => start + log2 as usize,
        Some((start, log2)) => {
            // Half of what there is: the program needs addresses for other things, too.
            let bytes = ARENAS << log2;
            let upper = ptr::with_exposed_provenance_mut(start + bytes / 2);
            // SAFETY: the upper half of what was just mapped.
            unsafe { libc::munmap(upper, bytes / 2) };
            start + log2 as usize - 1
        }
        None => NONE,
    }
}

/// The system's unit of memory.
pub(crate) fn page() -> usize {
    // SAFETY: it only returns a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// The part of one arena, as a source of memory.
pub(crate) struct Part {
    arena: usize,
    /// Bytes that the arena has been given.
    supplied: usize,
}

impl Part {
    pub(crate) const fn of(arena: usize) -> Self {
        Self { arena, supplied: 0 }
    }
}

// SAFETY: each byte of a part is supplied once, until it is taken back. A range is one mapping.
unsafe impl Source for Part {
    fn supply(&mut self, least: Layout, _most: usize) -> Option<Region> {
        let range = match RANGE.load(Ordering::Relaxed) {
            UNKNOWN => keeping_errno(reserve),
            range => range,
        };
        if range == NONE {
            return None;
        }
        let part = 1 << (range & LOG2_MASK);
        let bytes = least.size().checked_next_multiple_of(CHUNK)?;
        if bytes > part - self.supplied {
            return None;
        }
        let start = (range & !LOG2_MASK) + self.arena * part + self.supplied;
        let start = ptr::with_exposed_provenance_mut::<u8>(start);
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: inside this arena's part of the range, and not supplied.
        if keeping_errno(|| unsafe { libc::mprotect(start.cast(), bytes, access) }) != 0 {
            return None;
        }
        self.supplied += bytes;
        let start = NonNull::new(start)?;
        Some(Region::Contiguous(NonNull::slice_from_raw_parts(start, bytes)))
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        // A part is supplied from its start on, so only its end comes back.
        self.supplied -= memory.len();
        let start = memory.as_ptr().cast();
        // SAFETY: the caller's: this part's again.
        keeping_errno(|| unsafe {
            libc::madvise(start, memory.len(), libc::MADV_DONTNEED);
            libc::mprotect(start, memory.len(), libc::PROT_NONE);
        });
    }

    fn tail_unit(&self) -> Option<NonZero<usize>> {
        NonZero::new(page())
    }
}
