//! `Std`: the standard library's own collections in a heap, on compilers with `feature(allocator_api)`.
#![cfg(has_allocator_api)]
#![allow(unused_features)]
#![feature(allocator_api)]

mod support;

use std::alloc::{AllocError, Allocator, Layout};
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::Arc;

use memoman::{Aligned, LocalHeap, Std, Tlsf};
use support::Arena;

fn heap(arena: &Arena) -> LocalHeap {
    let heap = LocalHeap::new();
    // SAFETY: every test's arena outlives its heap.
    unsafe { heap.add_pool(arena.at(0), 1 << 16) }.unwrap();
    heap
}

fn used(heap: &LocalHeap) -> usize {
    heap.inspect(Tlsf::validate).unwrap().used_blocks
}

#[test]
fn collections_allocate_in_the_heap_and_free_everything() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let mut numbers = Vec::new_in(Std(&heap));
    numbers.extend(0..300_u64);
    assert!(heap.inspect(|heap| heap.pool_of(NonNull::from(&numbers[0]).cast())).is_some());
    numbers.truncate(10);
    numbers.shrink_to_fit();
    let boxed: Box<dyn Fn(u64) -> u64, _> = Box::new_in(move |n| n + numbers[9], Std(&heap));
    let shared = Arc::new_in([5_u8; 100], Std(&heap));
    let mut queue = VecDeque::new_in(Std(&heap));
    for n in 0..100 {
        queue.push_front(boxed(n));
    }
    assert_eq!((queue[0], shared[99], used(&heap)), (99 + 9, 5, 4));
    drop((boxed, queue, shared));
    assert_eq!(used(&heap), 0);
}

#[test]
fn a_full_heap_is_an_error() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let mut numbers = Vec::<u64, _>::new_in(Std(&heap));
    assert!(numbers.try_reserve(1 << 16).is_err());
    assert!(numbers.try_reserve(1 << 10).is_ok());
    assert!(Box::try_new_in([0_u8; 1 << 16], Std(&heap)).is_err());
    assert_eq!(Std(&heap).allocate(Layout::new::<[u8; 1 << 16]>()), Err(AllocError));
}

#[test]
fn adapters_combine() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let mut bytes = Vec::new_in(Std(Aligned::<64, _>(&heap)));
    for byte in 0..100_u8 {
        bytes.push(byte);
        assert_eq!(bytes.as_ptr().addr() % 64, 0);
    }
}

#[test]
fn each_call_is_that_of_the_heap() {
    let arena = Arena::new(1 << 16);
    let heap = heap(&arena);
    let allocator = Std(&heap);
    let (nothing, small, large) =
        (Layout::new::<()>(), Layout::new::<[u8; 100]>(), Layout::new::<[u8; 1000]>());
    // SAFETY: each block is the one before, with its layout.
    unsafe {
        let block = allocator.allocate(nothing).unwrap();
        let block = allocator.grow(block.cast(), nothing, small).unwrap();
        block.cast::<u8>().write_bytes(1, 100);
        let grown = allocator.grow_zeroed(block.cast(), small, large).unwrap();
        assert_eq!(grown.cast::<u8>(), block.cast(), "in place");
        assert!(grown.as_ref()[..1000].iter().map(|&byte| usize::from(byte)).sum::<usize>() == 100);
        let shrunk = allocator.shrink(grown.cast(), large, small).unwrap();
        assert_eq!((shrunk.cast::<u8>(), used(&heap)), (block.cast(), 1));
        allocator.deallocate(shrunk.cast(), small);
        let zeroed = allocator.allocate_zeroed(small).unwrap();
        assert!(zeroed.as_ref().iter().all(|&byte| byte == 0));
        allocator.deallocate(zeroed.cast(), small);
    }
    assert_eq!(used(&heap), 0);
}
