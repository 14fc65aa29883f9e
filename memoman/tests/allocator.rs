//! `Allocator`: collections in a heap of their own, sizes of 0, growing and shrinking.

mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use memoman::{LocalHeap, NoSource, Tlsf, WORD};
use support::{Arena, FILL, SeededRng};

fn heap(arena: &Arena) -> LocalHeap {
    let heap = LocalHeap::new();
    // SAFETY: every test's arena outlives its heap.
    unsafe { heap.add_pool(arena.at(0), 1 << 16) }.unwrap();
    heap
}

fn used(heap: &LocalHeap) -> usize {
    heap.inspect(Tlsf::validate).unwrap().used_blocks
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn bytes(block: NonNull<[u8]>) -> &'static mut [u8] {
    // SAFETY: test blocks live in an arena, all initialised, and are used one at a time.
    unsafe { &mut *block.as_ptr() }
}

#[test]
fn collections_allocate_in_the_heap_and_free_everything() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let mut numbers = Vec::new_in(&heap);
    let mut rng = SeededRng(1);
    numbers.extend((0..if cfg!(miri) { 100 } else { 1000 }).map(|_| rng.below(1000)));
    let boxed = Box::new_in([7_u64; 20], &heap);
    assert!(heap.inspect(|heap| heap.pool_of(NonNull::from(&numbers[0]).cast())).is_some());
    numbers.sort_unstable();
    assert!(numbers.is_sorted() && boxed.iter().all(|&seven| seven == 7));
    assert_eq!(used(&heap), 2);
    numbers.truncate(10);
    numbers.shrink_to_fit();
    assert!(heap.inspect(|heap| heap.validate().unwrap().used_bytes) <= 10 * WORD + 160);
    drop((numbers, boxed));
    assert_eq!(used(&heap), 0);
}

#[test]
fn a_collection_can_own_its_heap_and_move_with_it() {
    let arena = Arena::new(1 << 16);
    let mut text = Vec::new_in(heap(&arena));
    text.extend_from_slice(b"moved");
    let mut text = std::boxed::Box::new(text);
    text.extend_from_slice(b" and grown");
    assert_eq!(&text[..], b"moved and grown");
    assert_eq!(used(text.allocator()), 1);
}

#[test]
fn a_full_heap_is_an_error() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let mut numbers = Vec::<u64, _>::new_in(&heap);
    assert!(numbers.try_reserve(1 << 16).is_err());
    assert!(numbers.try_reserve(1 << 10).is_ok());
}

#[test]
fn a_layout_without_bytes_dangles_aligned_and_costs_nothing() {
    let heap: LocalHeap = LocalHeap::new();
    for align in [1, 8, 4096] {
        let nothing = layout(0, align);
        for block in [heap.allocate(nothing), heap.allocate_zeroed(nothing)] {
            let block = block.unwrap();
            assert_eq!((block.len(), block.cast::<u8>().addr().get() % align), (0, 0));
            // SAFETY: allocated with that layout.
            unsafe { heap.deallocate(block.cast(), nothing) };
        }
    }
    drop(Box::new_in((), &heap));
    assert_eq!(heap.allocate(layout(1, 1)), Err(AllocError));
}

#[test]
fn blocks_grow_from_nothing_and_shrink_to_nothing() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let (nothing, some) = (layout(0, 64), layout(100, 64));
    let block = heap.allocate(nothing).unwrap();
    // SAFETY: each block is the one before, with its layout.
    unsafe {
        let block = heap.grow_zeroed(block.cast(), nothing, some).unwrap();
        assert!(block.len() >= 100 && bytes(block).iter().all(|&byte| byte == 0));
        assert_eq!((block.cast::<u8>().addr().get() % 64, used(&heap)), (0, 1));
        let block = heap.shrink(block.cast(), some, nothing).unwrap();
        assert_eq!((block.len(), used(&heap)), (0, 0));
        let block = heap.grow(block.cast(), nothing, nothing).unwrap();
        heap.deallocate(block.cast(), nothing);
    }
    assert_eq!(used(&heap), 0);
}

#[test]
fn the_slice_is_the_whole_block_and_may_be_freed_as_such() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let block = heap.allocate(layout(1, 1)).unwrap();
    assert_eq!(block.len(), Tlsf::<WORD>::BLOCK_SIZE_MIN);
    bytes(block).fill(FILL);
    // SAFETY: its size is between that of the request and that of the block.
    unsafe { heap.deallocate(block.cast(), layout(block.len(), 1)) };
    let block = heap.allocate_zeroed(layout(1, 1)).unwrap();
    assert!(bytes(block).iter().all(|&byte| byte == 0), "all of it");
    assert_eq!(used(&heap), 1);
}

#[test]
fn growing_and_shrinking_stay_in_place_where_they_can() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let (small, large) = (layout(100, 8), layout(1000, 8));
    // SAFETY: each block is the one before, with its layout.
    unsafe {
        let a = heap.allocate(small).unwrap();
        bytes(a)[..100].fill(1);
        bytes(a)[100..].fill(2);
        let b = heap.grow_zeroed(a.cast(), small, large).unwrap();
        assert_eq!(b.cast::<u8>(), a.cast());
        assert!(bytes(b)[..100].iter().all(|&byte| byte == 1));
        assert!(bytes(b)[100..].iter().all(|&byte| byte == 0), "from the old layout's end on");
        let c = heap.shrink(b.cast(), large, small).unwrap();
        assert_eq!((c.cast::<u8>(), c.len()), (a.cast(), a.len()));
        // The successor is used: it has to move.
        heap.allocate(small).unwrap();
        let d = heap.grow(c.cast(), small, large).unwrap();
        assert!(d.cast::<u8>() != c.cast() && bytes(d)[..100].iter().all(|&byte| byte == 1));
    }
}

/// Random layouts with changing alignments: contents and alignment are kept.
#[test]
fn random_resizing_keeps_contents_and_alignments() {
    let arena = Arena::new(1 << 16);
    let heap = LocalHeap::<NoSource, 16, 12, 8, 1>::new();
    // SAFETY: the arena outlives the heap.
    unsafe { heap.add_pool(arena.at(0), 1 << 16) }.unwrap();
    let mut rng = SeededRng(1);
    let mut blocks: Vec<(NonNull<u8>, Layout, u8)> = Vec::new();
    for step in 0..if cfg!(miri) { 300 } else { 20_000 } {
        let new = layout(rng.below(2) * rng.below(1500), 1 << rng.below(9));
        let index = rng.below(40);
        let Some(&(ptr, old, tag)) = blocks.get(index) else {
            if let Ok(block) = heap.allocate(new) {
                bytes(block).fill(step as u8);
                blocks.push((block.cast(), new, step as u8));
            }
            continue;
        };
        let holds = |ptr: NonNull<u8>, size| {
            bytes(NonNull::slice_from_raw_parts(ptr, size)).iter().all(|&byte| byte == tag)
        };
        assert!(holds(ptr, old.size()));
        // SAFETY: live, with this layout; `new` is no less or no more, respectively.
        let block = unsafe {
            match (rng.below(3), new.size() >= old.size()) {
                (0, _) => {
                    heap.deallocate(ptr, old);
                    blocks.swap_remove(index);
                    continue;
                }
                (1, true) => heap.grow_zeroed(ptr, old, new),
                (_, true) => heap.grow(ptr, old, new),
                (_, false) => heap.shrink(ptr, old, new),
            }
        };
        let Ok(block) = block else {
            assert!(holds(ptr, old.size()), "a failure leaves the block alone");
            continue;
        };
        assert!(block.len() >= new.size() && block.cast::<u8>().addr().get() % new.align() == 0);
        assert!(holds(block.cast(), old.size().min(new.size())));
        bytes(block).fill(tag);
        blocks[index] = (block.cast(), new, tag);
        let live = blocks.iter().filter(|(_, layout, _)| layout.size() > 0).count();
        assert_eq!(heap.inspect(Tlsf::validate).unwrap().used_blocks, live);
    }
    // SAFETY: live, with these layouts.
    blocks.iter().for_each(|&(ptr, layout, _)| unsafe { heap.deallocate(ptr, layout) });
    assert_eq!(heap.inspect(Tlsf::validate).unwrap().free_blocks, 1);
}
