//! `Aligned`: each block is aligned to N at least, in every call.

mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use allocator_api2::alloc::{Allocator, Global};
use allocator_api2::vec::Vec;
use memoman::{Aligned, LocalHeap, Tlsf};
use support::{Arena, SeededRng};

fn heap(arena: &Arena) -> LocalHeap {
    let heap = LocalHeap::new();
    // SAFETY: every test's arena outlives its heap.
    unsafe { heap.add_pool(arena.at(0), 1 << 16) }.unwrap();
    heap
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn residue(block: NonNull<[u8]>, align: usize) -> usize {
    block.cast::<u8>().addr().get() % align
}

#[test]
fn a_vec_is_aligned_after_each_push_and_each_move() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let mut bytes = Vec::new_in(Aligned::<64, _>(&heap));
    let mut walls = Vec::new_in(Aligned::<8, _>(&heap));
    for byte in 0..120_u8 {
        bytes.push(byte);
        // Takes the place behind the buffer: the next growth moves it.
        walls.push(Vec::<u8, _>::with_capacity_in(1 + usize::from(byte) % 40, &heap));
        assert_eq!(bytes.as_ptr().addr() % 64, 0);
    }
    bytes.truncate(100);
    bytes.shrink_to_fit();
    assert_eq!(bytes.as_ptr().addr() % 64, 0);
    assert!(bytes.iter().copied().eq(0..100));
    drop((bytes, walls));
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 0);
}

#[test]
fn the_greater_of_both_alignments_holds() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    for (align, least) in [(1, 256), (256, 256), (1024, 1024)] {
        let block = Aligned::<256, _>(&heap).allocate(layout(10, align)).unwrap();
        assert_eq!(residue(block, least), 0);
    }
    // Adapters of adapters, too.
    let block = Aligned::<16, _>(Aligned::<512, _>(&heap)).allocate(layout(10, 1)).unwrap();
    assert_eq!(residue(block, 512), 0);
}

#[test]
fn a_layout_without_bytes_dangles_aligned() {
    let heap: LocalHeap = LocalHeap::new();
    let allocator = Aligned::<64, _>(&heap);
    let block = allocator.allocate(layout(0, 1)).unwrap();
    assert_eq!((block.len(), residue(block, 64)), (0, 0));
    // SAFETY: allocated with that layout.
    unsafe { allocator.deallocate(block.cast(), layout(0, 1)) };
}

#[test]
fn a_layout_that_cannot_be_raised_is_an_error() {
    let most = layout(isize::MAX as usize - 7, 8);
    assert!(Aligned::<64, _>(Global).allocate(most).is_err());
    assert!(Aligned::<64, _>(Global).allocate_zeroed(most).is_err());
}

/// Each way of resizing, on blocks of changing sizes and alignments.
#[test]
fn random_resizing_keeps_contents_and_alignments() {
    const N: usize = 128;
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let allocator = Aligned::<N, _>(&heap);
    let mut rng = SeededRng(1);
    let mut block = allocator.allocate(layout(0, 1)).unwrap().cast::<u8>();
    let mut old = layout(0, 1);
    let mut wall = None;
    let (steps, most) = if cfg!(miri) { (60, 200) } else { (5000, 2000) };
    for step in 0..steps {
        let new = layout(rng.below(most), 1 << rng.below(10));
        let tag = |offset: usize| (offset * 7) as u8;
        // SAFETY: the block is live, with layout `old`; the new size is no less or no more, respectively.
        let resized = unsafe {
            match (new.size() >= old.size(), step % 2) {
                (true, 0) => allocator.grow(block, old, new),
                (true, _) => allocator.grow_zeroed(block, old, new),
                (false, _) => allocator.shrink(block, old, new),
            }
        };
        let resized = resized.unwrap();
        assert_eq!(residue(resized, N.max(new.align())), 0);
        let kept = old.size().min(new.size());
        // SAFETY: that long; initialised up to `kept`, and to the end if it was grown zeroed.
        unsafe {
            for offset in 0..kept {
                assert_eq!(resized.cast::<u8>().add(offset).read(), tag(offset));
            }
            if new.size() >= old.size() && step % 2 == 1 {
                assert!((kept..new.size()).all(|i| resized.cast::<u8>().add(i).read() == 0));
            }
            for offset in 0..new.size() {
                resized.cast::<u8>().add(offset).write(tag(offset));
            }
        }
        (block, old) = (resized.cast(), new);
        wall = Some(Vec::<u8, _>::with_capacity_in(1 + rng.below(100), &heap));
    }
    drop(wall);
    // SAFETY: live, with this layout.
    unsafe { allocator.deallocate(block, old) };
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, 0);
}
