//! A first-fit allocator in one piece of memory: the example that the harness tests.
//!
//! ```text
//! | size, used? | payload … | size, used? | payload … |
//! ```

use std::alloc::Layout;
use std::ptr::NonNull;

/// Bytes of a header: a word, on 16 bytes, so that payloads are aligned to 16.
const HEADER: usize = 16;

/// The low bit of a header: its block is in use. The rest is the size of its payload.
const USED: usize = 1;

/// The allocator. It keeps all that it knows in its memory.
pub struct FirstFit {
    start: *mut u8,
    end: *mut u8,
}

impl FirstFit {
    /// Makes an allocator in this memory, of at least 32 bytes.
    ///
    /// # Safety
    /// The memory is used for nothing else while the allocator lives.
    pub unsafe fn new(memory: NonNull<[u8]>) -> Self {
        let first = memory.cast::<u8>().as_ptr();
        let start = first.wrapping_add(first.align_offset(HEADER));
        let bytes = (memory.len() - (start.addr() - first.addr())) / HEADER * HEADER;
        // SAFETY: the caller's memory has room for one header.
        unsafe { start.cast::<usize>().write(bytes - HEADER) };
        Self { start, end: start.wrapping_add(bytes) }
    }

    /// A block for the layout, of alignments up to 16; none if there is no room.
    pub fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let size = layout.size().max(1).checked_next_multiple_of(HEADER)?;
        let mut block = self.start;
        while layout.align() <= HEADER && block < self.end {
            self.merge(block);
            let header = block.cast::<usize>();
            // SAFETY: `block` is a header: the first, or the one behind a block.
            let found = unsafe { header.read() };
            // The mistake: the header's own bytes are no room.
            let room = if cfg!(feature = "planted") { found + HEADER } else { found };
            if found & USED == 0 && room >= size {
                if found >= size + 2 * HEADER {
                    // SAFETY: the rest begins inside the block, and has room for its header.
                    unsafe {
                        block.add(HEADER + size).cast::<usize>().write(found - size - HEADER)
                    };
                    // SAFETY: a header.
                    unsafe { header.write(size | USED) };
                } else {
                    // SAFETY: a header.
                    unsafe { header.write(found | USED) };
                }
                return NonNull::new(block.wrapping_add(HEADER));
            }
            block = block.wrapping_add(HEADER + (found & !USED));
        }
        None
    }

    /// Frees a block.
    ///
    /// # Safety
    /// This allocator returned it, and it was not freed since.
    pub unsafe fn deallocate(&mut self, payload: NonNull<u8>) {
        let header = payload.as_ptr().wrapping_sub(HEADER).cast::<usize>();
        // SAFETY: the header of a block.
        unsafe { header.write(header.read() & !USED) };
    }

    /// Merges a free block with the free blocks behind it.
    fn merge(&mut self, block: *mut u8) {
        let header = block.cast::<usize>();
        loop {
            // SAFETY: a header.
            let size = unsafe { header.read() };
            let next = block.wrapping_add(HEADER + (size & !USED));
            // SAFETY: before the end, a header is behind each block.
            if size & USED != 0
                || next >= self.end
                || unsafe { next.cast::<usize>().read() } & USED != 0
            {
                return;
            }
            // SAFETY: both are headers.
            unsafe { header.write(size + HEADER + next.cast::<usize>().read()) };
        }
    }
}
