//! Random calls of a `GlobalAlloc`, by one thread or by many, with every byte and every alignment
//! checked.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

use crate::support::SeededRng;

/// A live block, filled with its tag.
pub(crate) struct Block {
    ptr: NonNull<u8>,
    layout: Layout,
    tag: u8,
}

// SAFETY: memory of a heap that threads share; this is its only owner.
unsafe impl Send for Block {}

impl Block {
    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: live, ours, initialised by `allocate` and `resize`.
        unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.layout.size()) }
    }

    fn check(&mut self, upto: usize) {
        let tag = self.tag;
        assert_eq!(self.ptr.addr().get() % self.layout.align(), 0, "{:?}", self.layout);
        assert!(self.bytes()[..upto].iter().all(|&byte| byte == tag), "{:?}", self.layout);
    }
}

/// Sizes mostly small, some up to `most`; alignments mostly small, some up to 4 KiB.
pub(crate) fn layout(rng: &mut SeededRng, most: usize) -> Layout {
    let size = match rng.below(8) {
        0 => 1 + rng.below(most),
        _ => 1 + rng.below(most.min(200)),
    };
    let align = 1 << if rng.below(8) == 0 { rng.below(13) } else { rng.below(5) };
    Layout::from_size_align(size, align).unwrap()
}

pub(crate) fn allocate(heap: &impl GlobalAlloc, layout: Layout, tag: u8) -> Option<Block> {
    // SAFETY: the size is not 0.
    let ptr = unsafe { if tag == 0 { heap.alloc_zeroed(layout) } else { heap.alloc(layout) } };
    let mut block = Block { ptr: NonNull::new(ptr)?, layout, tag };
    if tag != 0 {
        // SAFETY: ours, that long.
        unsafe { ptr.write_bytes(tag, layout.size()) };
    }
    block.check(layout.size());
    Some(block)
}

/// Returns whether the block was resized; if not, it is as it was.
pub(crate) fn resize(heap: &impl GlobalAlloc, block: &mut Block, size: usize) -> bool {
    let (old, kept) = (block.layout, block.layout.size().min(size));
    // SAFETY: live, with this layout; the size is not 0.
    let ptr = unsafe { heap.realloc(block.ptr.as_ptr(), old, size) };
    let Some(ptr) = NonNull::new(ptr) else {
        block.check(old.size());
        return false;
    };
    block.ptr = ptr;
    block.layout = Layout::from_size_align(size, old.align()).unwrap();
    block.check(kept);
    // SAFETY: ours, that long.
    unsafe { ptr.write_bytes(block.tag, size) };
    true
}

pub(crate) fn free(heap: &impl GlobalAlloc, mut block: Block) {
    block.check(block.layout.size());
    // SAFETY: live, with this layout.
    unsafe { heap.dealloc(block.ptr.as_ptr(), block.layout) };
}

/// Makes random calls, with up to 64 blocks at a time, and returns how many requests were granted.
/// Starts with `blocks` and leaves some in it.
pub(crate) fn exercise(
    heap: &impl GlobalAlloc,
    blocks: &mut Vec<Block>,
    rng: &mut SeededRng,
    calls: usize,
    most: usize,
) -> usize {
    let mut granted = 0;
    for _ in 0..calls {
        let index = rng.below(64);
        match rng.below(3) {
            _ if index >= blocks.len() => {
                let tag = rng.below(256) as u8;
                let block = allocate(heap, layout(rng, most), tag);
                granted += usize::from(block.is_some());
                blocks.extend(block);
            }
            0 => {
                let size = layout(rng, most).size();
                granted += usize::from(resize(heap, &mut blocks[index], size));
            }
            _ => free(heap, blocks.swap_remove(index)),
        }
    }
    granted
}
