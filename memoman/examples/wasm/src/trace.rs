//! Random traffic on a heap that grows, and a hash of each address it returns. The heap in a module has the
//! addresses that one on a host of 32 bits has: a host computes what the module must return.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

use memoman::{LocalHeap, Source};

/// The hash, by the width of a word.
pub const EXPECTED: u64 =
    if cfg!(target_pointer_width = "32") { 0x842e472268e832b9 } else { 0x408f5a2fe42636d };

/// Blocks are counted from the first, because a memory's start is not always the same. Nothing is requested
/// from the global allocator meanwhile: it would grow the same memory.
pub fn addresses(source: impl Source) -> u64 {
    let heap: LocalHeap<_> = LocalHeap::with_source(source);
    let mut blocks: [Option<(NonNull<u8>, Layout)>; 256] = [None; 256];
    let (mut random, mut hash, mut first) = (1_u64, 0xCBF2_9CE4_8422_2325_u64, None);
    let mut below = |limit: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % limit) as usize
    };
    for _ in 0..50_000 {
        let slot = &mut blocks[below(256)];
        let size = 1 + if below(16) == 0 { below(20_000) } else { below(300) };
        let align = 1 << if below(8) == 0 { below(9) } else { below(3) };
        let layout = Layout::from_size_align(size, align).expect("small");
        // SAFETY: the size is not 0; each block is live, and resized or freed with its layout.
        let block = unsafe {
            match slot.take() {
                None => NonNull::new(heap.alloc(layout)).map(|block| (block, layout)),
                Some((block, old)) if below(3) == 0 => {
                    let new = Layout::from_size_align(size, old.align()).expect("small");
                    NonNull::new(heap.realloc(block.as_ptr(), old, size)).map(|block| (block, new))
                }
                Some((block, old)) => {
                    heap.dealloc(block.as_ptr(), old);
                    continue;
                }
            }
        };
        let (start, layout) = block.expect("memory can grow");
        *slot = Some((start, layout));
        let start = start.addr().get();
        let offset = start.wrapping_sub(*first.get_or_insert(start)) as u32;
        hash = (hash ^ u64::from(offset)).wrapping_mul(0x100_0000_01B3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use memoman::Region;
    use std::alloc::alloc;

    const PAGE: usize = 1 << 16;

    /// Pages behind each other, as a module's.
    struct Pages {
        next: NonNull<u8>,
        left: usize,
    }

    // SAFETY: each page is supplied once, behind the one before in one allocation, and never reused.
    unsafe impl Source for Pages {
        fn supply(&mut self, least: Layout, _most: usize) -> Option<Region> {
            let bytes = least.size().next_multiple_of(PAGE);
            self.left = self.left.checked_sub(bytes)?;
            let pages = NonNull::slice_from_raw_parts(self.next, bytes);
            // SAFETY: not beyond the end of the allocation.
            self.next = unsafe { self.next.add(bytes) };
            Some(Region::Contiguous(pages))
        }

        unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {} // Leaked.
    }

    #[test]
    fn a_heap_has_the_expected_addresses() {
        let layout = Layout::from_size_align(64 * PAGE, PAGE).unwrap();
        // SAFETY: the size is not 0.
        let next = NonNull::new(unsafe { alloc(layout) }).unwrap();
        assert_eq!(addresses(Pages { next, left: layout.size() }), EXPECTED);
    }
}
