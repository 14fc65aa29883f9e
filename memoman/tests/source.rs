//! Sources: buffers, and sources that supply invalid regions.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::iter;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::{
    Buffer, FromAllocator, LocalHeap, Region, Source, StaticPool, Tlsf, WORD, static_buffer,
};
use support::Arena;

fn alloc(heap: &impl GlobalAlloc, size: usize, align: usize) -> Option<NonNull<u8>> {
    // SAFETY: no test requests 0 bytes.
    NonNull::new(unsafe { heap.alloc(Layout::from_size_align(size, align).unwrap()) })
}

#[test]
fn a_static_pool_is_supplied_once_at_a_time_with_its_ends_moved_inward() {
    let memory: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(4096 + 64));
    let (start, bytes) = (memory.as_ptr().addr(), memory.len());
    let heap = LocalHeap::<_, 64, 10, 8>::with_source(StaticPool::new(&mut memory[1..]));
    assert_eq!(alloc(&heap, 5000, 8), None, "more than it has");
    for _ in 0..2 {
        let block = alloc(&heap, 1000, 8).unwrap();
        let pool = heap.inspect(|heap| heap.pool_of(block).unwrap());
        let (first, end) = (pool.start().addr().get(), pool.start().addr().get() + pool.bytes());
        assert!(first > start && end <= start + bytes && pool.bytes() > bytes - 2 * 64);
        assert_eq!((first % 64, end % 64), (0, 0));
        assert_eq!(alloc(&heap, 3500, 8), None, "the source has no second buffer");
        // SAFETY: live, and this is its layout.
        unsafe { heap.dealloc(block.as_ptr(), Layout::from_size_align(1000, 8).unwrap()) };
        assert_eq!(heap.trim(), pool.bytes());
    }
}

#[test]
fn a_static_pool_longer_than_a_pool_can_be_is_supplied_as_far_as_that() {
    let memory: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(1 << 16));
    let heap = LocalHeap::<_, WORD, 8, 4>::with_source(StaticPool::new(memory));
    assert!(alloc(&heap, 100, 8).is_some());
    let most = Tlsf::<WORD, 8, 4>::POOL_BYTES_MAX;
    assert_eq!(heap.inspect(|heap| heap.pools().next()).unwrap().bytes(), most & !(WORD - 1));
}

#[test]
fn a_static_pool_of_a_few_bytes_supplies_nothing() {
    for bytes in [0, 1, 63] {
        let heap: LocalHeap<_, 64, 10, 8> =
            LocalHeap::with_source(StaticPool::new(Box::leak(Box::new_uninit_slice(bytes))));
        assert_eq!(alloc(&heap, 1, 1), None);
    }
}

#[test]
fn a_static_pool_of_exactly_the_requested_bytes_is_supplied() {
    let least = Layout::from_size_align(32 * WORD, WORD).unwrap();
    let supply = |words: usize| {
        let memory: &'static mut [MaybeUninit<usize>] = Box::leak(Box::new_uninit_slice(words));
        let start = NonNull::from(memory).cast();
        // SAFETY: that long, leaked, and used by nothing else.
        let bytes = unsafe { NonNull::slice_from_raw_parts(start, words * WORD).as_mut() };
        StaticPool::new(bytes).supply(least, usize::MAX).map(|region| region.memory().len())
    };
    assert_eq!([31, 32, 33].map(supply), [None, Some(32 * WORD), Some(33 * WORD)]);
}

#[test]
fn a_heap_in_a_buffer_of_the_stack_allocates_and_may_move() {
    let mut bytes = [MaybeUninit::uninit(); 4096];
    let home = bytes.as_ptr_range();
    let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut bytes));
    let block = alloc(&heap, 1000, 8).unwrap();
    assert!(home.contains(&block.as_ptr().cast_const().cast()));
    // The heap may move: the borrow moves with it.
    let moved = Box::new(heap);
    assert!(alloc(&*moved, 1000, 8).is_some());
    drop(moved);
    bytes.fill(MaybeUninit::new(0));
}

/// Each expression is one buffer, however often it is evaluated, and the first heap gets it.
#[test]
fn a_static_buffer_belongs_to_the_first_heap_that_needs_it() {
    fn heap() -> LocalHeap<StaticPool> {
        LocalHeap::with_source(static_buffer!(4096))
    }
    let (first, second) = (heap(), heap());
    let block = alloc(&first, 1000, 8).unwrap();
    assert_eq!(alloc(&second, 1000, 8), None);
    // SAFETY: live, and this is its layout.
    unsafe { first.dealloc(block.as_ptr(), Layout::from_size_align(1000, 8).unwrap()) };
    // If it is given back, it still belongs to the first heap.
    assert_eq!(first.trim(), 4096);
    assert_eq!(alloc(&second, 1000, 8), None);
    assert!(alloc(&first, 1000, 8).is_some());
    assert!(format!("{second:?}").starts_with("Shared"));
}

/// Passes calls on to the system's allocator, up to a limit, and checks that each layout comes back.
#[derive(Default)]
struct Limited {
    most: Cell<usize>,
    live: RefCell<Vec<(NonNull<u8>, Layout)>>,
}

// SAFETY: the system's.
unsafe impl GlobalAlloc for &Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > self.most.get() {
            return ptr::null_mut();
        }
        // SAFETY: the caller's.
        let block = unsafe { System.alloc(layout) };
        self.live.borrow_mut().push((NonNull::new(block).unwrap(), layout));
        block
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        let mut live = self.live.borrow_mut();
        let index = live.iter().position(|&(block, of)| (block.as_ptr(), of) == (ptr, layout));
        live.swap_remove(index.expect("freed as it was allocated"));
        // SAFETY: the caller's.
        unsafe { System.dealloc(ptr, layout) }
    }
}

impl Limited {
    fn sizes(&self) -> Vec<usize> {
        self.live.borrow().iter().map(|(_, layout)| layout.size()).collect()
    }
}

#[test]
fn regions_of_another_allocator_double_and_are_freed_as_they_were_allocated() {
    let limited = Limited { most: Cell::new(1 << 20), ..Limited::default() };
    let heap = LocalHeap::<_, 64, 12, 8>::with_source(FromAllocator::new(&limited, 4096));
    let blocks: Vec<_> = iter::from_fn(|| alloc(&heap, 1000, 8)).collect();
    assert_eq!(limited.sizes(), [4096, 4096, 8192, 16384], "four pools, and the table is full");
    assert!(limited.live.borrow().iter().all(|(_, layout)| layout.align() == 64));
    assert!(blocks.len() > 25, "{}", blocks.len());
    let layout = Layout::from_size_align(1000, 8).unwrap();
    // SAFETY: live, with this layout.
    blocks.iter().for_each(|block| unsafe { heap.dealloc(block.as_ptr(), layout) });
    assert_eq!(heap.trim(), 4096 + 4096 + 8192 + 16384);
    assert_eq!(limited.sizes(), []);
    assert!(alloc(&heap, 1000, 8).is_some() && alloc(&heap, 10_000, 8).is_some());
    drop(heap);
    assert_eq!(limited.sizes(), [], "dropped: everything was freed");
}

#[test]
fn another_allocator_gives_less_than_a_chunk_if_it_has_less() {
    for chunk in [0, 1, 63, 4096, 1 << 30, isize::MAX as usize, usize::MAX] {
        let limited = Limited { most: Cell::new(10_000), ..Limited::default() };
        let heap: LocalHeap<_> = LocalHeap::with_source(FromAllocator::new(&limited, chunk));
        assert!(alloc(&heap, 9000, 8).is_some(), "{chunk}");
        assert_eq!(alloc(&heap, 10_000, 8), None, "{chunk}");
        limited.most.set(0);
        assert_eq!(alloc(&heap, 9000, 8), None, "{chunk}");
        assert_eq!(limited.sizes().len(), 1);
        heap.inspect(Tlsf::validate).unwrap();
    }
    let limited = Limited { most: Cell::new(1 << 20), ..Limited::default() };
    let mut source = FromAllocator::new(&limited, 4096);
    let least = |bytes, align| Layout::from_size_align(bytes, align).unwrap();
    assert_eq!(source.supply(least(5000, 8), 4999), None);
    assert_eq!(source.supply(least(1, 8), 0), None);
    // (On 32-bit, the system may grant that.)
    let limited = Limited { most: Cell::new(10_000), ..Limited::default() };
    let mut full = FromAllocator::new(&limited, 4096);
    assert_eq!(full.supply(least(isize::MAX as usize - 7, 8), usize::MAX), None);
    let region = source.supply(least(0, 8), 8).unwrap();
    assert_eq!(region.memory().len(), 8);
    assert_eq!(source.supply(least(100, 16), usize::MAX), None, "regions of one heap only");
    // SAFETY: supplied, and not used.
    unsafe { source.take_back(region.memory()) };
    assert!(source.supply(least(100, 16), usize::MAX).is_some_and(|region| {
        // SAFETY: as above.
        unsafe { source.take_back(region.memory()) };
        true
    }));
}

/// Each kind of an invalid region is given back, and changes nothing.
#[test]
fn an_invalid_region_is_given_back() {
    struct Bad<'a>(&'a Arena, fn(Layout) -> (usize, usize), &'a Cell<usize>);
    // SAFETY: no heap gets the arena: none of these regions is accepted.
    unsafe impl Source for Bad<'_> {
        fn supply(&mut self, least: Layout, _most: usize) -> Option<Region> {
            let (offset, bytes) = self.1(least);
            Some(Region::Separate(NonNull::slice_from_raw_parts(self.0.at(offset), bytes)))
        }
        unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {
            self.2.set(self.2.get() + 1);
        }
    }
    let bad: [fn(Layout) -> (usize, usize); 4] = [
        |least| (1, least.size()),
        |least| (0, least.size() + 1),
        |least| (0, least.size() - WORD),
        |_| (0, Tlsf::<WORD, 8, 4>::POOL_BYTES_MAX + WORD),
    ];
    for region in bad {
        let (arena, back) = (Arena::new(1 << 13), Cell::new(0));
        let heap = LocalHeap::<_, WORD, 8, 4>::with_source(Bad(&arena, region, &back));
        assert_eq!(alloc(&heap, 100, 8), None);
        assert_eq!((back.get(), heap.trim()), (1, 0));
        heap.inspect(Tlsf::validate).unwrap();
    }
}
