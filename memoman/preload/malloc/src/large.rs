//! Large blocks: each is a mapping of its own, which the system gets back when it is freed.
//!
//! ```text
//! | unused, if the alignment needs it | header | the caller's bytes … |
//! ^ mapping                                    ^ block                ^ end of the mapping
//! ```

use core::alloc::Layout;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::errno::keeping_errno;

/// From this size on, a block is large.
pub(crate) const LARGE: usize = 256 << 10;

/// Mappings start and end at multiples of this. Where pages are longer the system rounds up the rest.
const UNIT: usize = 4096;

/// In front of each large block.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Header {
    mapping: usize,
    bytes: usize,
    /// [`seal`] of the block and the two numbers: other pointers that a program frees are refused.
    seal: usize,
}

const HEADER: usize = size_of::<Header>();

/// Live large blocks, and the bytes of their mappings.
static BLOCKS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// The number of live large blocks, and the bytes of their mappings.
pub(crate) fn live() -> (usize, usize) {
    (BLOCKS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

fn seal(block: NonNull<u8>, mapping: usize, bytes: usize) -> usize {
    const KEY: usize = usize::from_ne_bytes(*b"mm-large");
    block.addr().get() ^ mapping.rotate_left(16) ^ bytes.rotate_left(32) ^ KEY
}

fn map(bytes: usize) -> Option<*mut u8> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: at an address of the system's choice: no mapping is replaced.
    let start = unsafe { libc::mmap(ptr::null_mut(), bytes, access, flags, -1, 0) };
    (start != libc::MAP_FAILED).then_some(start.cast())
}

/// A new block, all of whose bytes are 0.
#[cold]
pub(crate) fn allocate(layout: Layout) -> Option<NonNull<u8>> {
    // In front of the block, whose mapping is aligned to UNIT.
    let lead = if layout.align() <= UNIT {
        HEADER.next_multiple_of(layout.align())
    } else {
        HEADER.checked_add(layout.align())?
    };
    let bytes = layout.size().checked_add(lead)?.checked_next_multiple_of(UNIT)?;
    let mapping = keeping_errno(|| map(bytes))?;
    let at = (mapping.addr() + HEADER).next_multiple_of(layout.align());
    let block = NonNull::new(mapping.with_addr(at))?;
    BLOCKS.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(bytes, Ordering::Relaxed);
    // SAFETY: the header is inside the mapping, in front of the block, and aligned as the block is.
    unsafe { write_header(block, mapping.expose_provenance(), bytes) };
    Some(block)
}

unsafe fn write_header(block: NonNull<u8>, mapping: usize, bytes: usize) {
    let header = Header { mapping, bytes, seal: seal(block, mapping, bytes) };
    // SAFETY: the caller's.
    unsafe { block.cast::<Header>().sub(1).write(header) };
}

/// # Safety
/// A large block, or a pointer of the program's that is none: it is refused if the memory in front of it
/// can be read.
unsafe fn header(block: NonNull<u8>) -> Option<Header> {
    if block.addr().get() % 16 != 0 {
        return None;
    }
    // SAFETY: the caller's.
    let header = unsafe { block.cast::<Header>().sub(1).read() };
    (header.seal == seal(block, header.mapping, header.bytes)).then_some(header)
}

/// The bytes of a block; `None` if it is not one.
///
/// # Safety
/// As [`header`].
pub(crate) unsafe fn usable_size(block: NonNull<u8>) -> Option<usize> {
    // SAFETY: the caller's.
    let header = unsafe { header(block) }?;
    Some(header.mapping + header.bytes - block.addr().get())
}

/// Frees a block. `false` if it is not one.
///
/// # Safety
/// As [`header`]; it is not used any more.
#[cold]
pub(crate) unsafe fn free(block: NonNull<u8>) -> bool {
    // SAFETY: the caller's.
    let Some(header) = (unsafe { header(block) }) else { return false };
    BLOCKS.fetch_sub(1, Ordering::Relaxed);
    BYTES.fetch_sub(header.bytes, Ordering::Relaxed);
    let mapping = ptr::with_exposed_provenance_mut(header.mapping);
    // SAFETY: the block's mapping, and the block is not used any more.
    keeping_errno(|| unsafe { libc::munmap(mapping, header.bytes) });
    true
}

/// Makes a block longer or shorter; the system may move its pages. `None` leaves it as it was.
///
/// # Safety
/// A large block.
#[cold]
pub(crate) unsafe fn reallocate(block: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
    // SAFETY: the caller's.
    let header = unsafe { header(block) }?;
    let lead = block.addr().get() - header.mapping;
    let bytes = size.checked_add(lead)?.checked_next_multiple_of(UNIT)?;
    if bytes == header.bytes {
        return Some(block);
    }
    let mapping = ptr::with_exposed_provenance_mut(header.mapping);
    // SAFETY: the block's mapping; the old place is not used any more if it moves.
    let moved = keeping_errno(|| unsafe {
        libc::mremap(mapping, header.bytes, bytes, libc::MREMAP_MAYMOVE)
    });
    if moved == libc::MAP_FAILED {
        return None;
    }
    BYTES.fetch_add(bytes.wrapping_sub(header.bytes), Ordering::Relaxed);
    // SAFETY: as far from the start as before.
    unsafe {
        let block = NonNull::new(moved.cast::<u8>().add(lead))?;
        write_header(block, moved.expose_provenance(), bytes);
        Some(block)
    }
}
