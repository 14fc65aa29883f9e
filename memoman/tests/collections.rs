//! Collections and boxes in a heap of their own. They return blocks through pointers that reach no
//! further than the payload; scripts/miri checks that the heap does not rely on these.

use std::alloc::{GlobalAlloc, Layout};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box as Owned;
use allocator_api2::vec::Vec as List;
use memoman::{Buffer, LocalHeap, Tlsf};

/// A heap with one pool in a buffer that is never freed.
fn heap() -> LocalHeap {
    let heap: LocalHeap = LocalHeap::new();
    let memory: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(16384));
    heap.add_static_pool(memory).unwrap();
    heap
}

/// All of the heap is one free block again.
fn assert_empty(heap: &LocalHeap) {
    let census = heap.inspect(|heap| heap.validate().unwrap());
    assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
}

#[test]
fn a_list_grows_and_shrinks_in_a_heap() {
    let heap = heap();
    let mut list = List::new_in(&heap);
    list.extend(0..200_u64);
    assert_eq!(list.iter().sum::<u64>(), 199 * 100);
    list.truncate(3);
    list.shrink_to_fit();
    list.push(7);
    assert_eq!(list, [0, 1, 2, 7]);
    heap.inspect(|heap| heap.validate()).unwrap();
    drop(list);
    assert_empty(&heap);
}

#[test]
fn boxes_are_dropped_in_any_order() {
    let heap = heap();
    let mut boxes: Vec<_> = (0..20_u64).map(|i| Owned::new_in([i; 5], &heap)).collect();
    for i in (0..20).step_by(2).rev() {
        boxes.swap_remove(i);
    }
    let mut left: Vec<u64> = boxes.iter().map(|own| own[0]).collect();
    left.sort_unstable();
    assert!(left.iter().eq((1..20).step_by(2).collect::<Vec<_>>().iter()));
    drop(boxes);
    assert_empty(&heap);
}

#[test]
fn lists_in_a_list_move_and_are_dropped() {
    let heap = heap();
    let mut outer = List::new_in(&heap);
    for i in 0..12_usize {
        let mut inner = List::with_capacity_in(i, &heap);
        inner.extend(std::iter::repeat_n(i, 2 * i));
        outer.push(inner);
    }
    outer.retain(|inner| inner.len() % 4 != 0);
    assert_eq!(outer.iter().map(List::len).sum::<usize>(), 2 + 6 + 10 + 14 + 18 + 22);
    heap.inspect(|heap| heap.validate()).unwrap();
    drop(outer);
    assert_empty(&heap);
}

/// A table with open addressing, as a hash map has one: it moves to another twice as large, and frees
/// the old one.
#[test]
fn a_table_that_rehashes_moves_within_a_heap() {
    fn slot<A: Allocator>(table: &[Option<u64>], key: u64, _: &A) -> usize {
        let start = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize;
        let mut slots = (0..table.len()).map(|i| (start + i) % table.len());
        slots.find(|&slot| table[slot].is_none_or(|held| held == key)).unwrap()
    }
    let heap = heap();
    let mut table = List::new_in(&heap);
    table.resize(4, None);
    for key in 0..100 {
        if table.iter().flatten().count() * 4 >= table.len() * 3 {
            let mut larger = List::new_in(&heap);
            larger.resize(2 * table.len(), None);
            for &key in table.iter().flatten() {
                let slot = slot(&larger, key, &&heap);
                larger[slot] = Some(key);
            }
            table = larger;
        }
        let slot = slot(&table, key * 31, &&heap);
        table[slot] = Some(key * 31);
    }
    assert!((0..100).all(|key| table.contains(&Some(key * 31))));
    drop(table);
    assert_empty(&heap);
}

/// What `std`'s own collections do over a global allocator.
#[test]
fn a_narrowed_pointer_is_taken_by_every_call_of_a_global_allocator() {
    let heap = heap();
    let layout = Layout::from_size_align(40, 8).unwrap();
    // SAFETY: the sizes are not 0; each block is freed once, with its layout.
    unsafe {
        let block = heap.alloc(layout);
        let next = heap.alloc(layout);
        let narrow = ptr::slice_from_raw_parts_mut(block, 40);
        (*narrow).fill(1);
        let block = heap.realloc((&raw mut *narrow).cast(), layout, 20);
        heap.dealloc(next, layout);
        // In place, into the place of its successor, and to the last byte.
        let narrow = (*ptr::slice_from_raw_parts_mut(block, 20)).as_mut_ptr();
        let grown = heap.realloc(narrow, Layout::from_size_align(20, 8).unwrap(), 1000);
        assert_eq!(grown, block);
        grown.add(20).write_bytes(2, 980);
        // By moving, from a pointer to part of it.
        let wall = heap.alloc(layout);
        let narrow = (*ptr::slice_from_raw_parts_mut(grown, 10)).as_mut_ptr();
        let moved = heap.realloc(narrow, Layout::from_size_align(1000, 8).unwrap(), 2000);
        assert_ne!(moved, grown);
        assert_eq!((moved.read(), moved.add(999).read()), (1, 2));
        heap.dealloc(wall, layout);
        heap.dealloc((*moved.cast::<[u8; 1]>()).as_mut_ptr(), Layout::new::<[u64; 250]>());
    }
    assert_empty(&heap);
}

#[test]
fn a_narrowed_pointer_is_taken_by_every_call_of_a_heap() {
    let mut heap: Tlsf = Tlsf::new();
    heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096))).unwrap();
    let narrowed = |block: NonNull<u8>| {
        // SAFETY: a live block of more than 4 bytes.
        NonNull::from(unsafe { block.cast::<[u8; 4]>().as_mut() }).cast::<u8>()
    };
    let block = heap.malloc(100).unwrap();
    // SAFETY: one live block, used through the returned pointer and narrower ones in turn.
    unsafe {
        block.write_bytes(3, 100);
        assert!(heap.usable_size(narrowed(block)) >= 100);
        assert!(heap.try_grow_in_place(narrowed(block), 200));
        block.write_bytes(4, 200);
        assert!(heap.shrink_in_place(narrowed(block), 50));
        block.write_bytes(5, 50);
        heap.deallocate_sized(narrowed(block), Layout::new::<[u8; 50]>());
    }
    assert_eq!(heap.validate().unwrap().used_blocks, 0);
}

/// A value of a pool that is gone equals the value of a later pool at its place. The heap reads through
/// its own value: the older one's permission to the memory has ended.
#[test]
fn a_pool_value_of_an_earlier_heap_is_only_compared() {
    let mut bytes = [MaybeUninit::<u8>::uninit(); 4096];
    let earlier = {
        let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut bytes));
        let mut list = List::new_in(&heap);
        list.push(1_u64);
        heap.inspect(|heap| heap.pools().next()).unwrap()
    };
    let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut bytes));
    let mut list = List::new_in(&heap);
    list.push(2_u64);
    let census = heap.inspect(|heap| heap.validate_pool(earlier)).unwrap().unwrap();
    assert_eq!(census.used_blocks, 1);
    assert_eq!(heap.inspect(|heap| heap.blocks(earlier).filter(|block| !block.is_free).count()), 1);
}
