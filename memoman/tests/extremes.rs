//! Every function that takes sizes or addresses, with the least and largest there are: no panic, a
//! documented result, and a heap that stays sound.

mod support;

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::{Buffer, CONTE_FL, Heap, LocalHeap, PoolError, Tlsf, WORD, first_levels_for};
use support::Arena;

/// The ends of the range, and their neighbours.
const EXTREMES: [usize; 14] = [
    0,
    1,
    2,
    WORD - 1,
    WORD,
    1 << (usize::BITS - 2),
    isize::MAX as usize - 1,
    isize::MAX as usize,
    isize::MAX as usize + 1,
    isize::MAX as usize + 2,
    usize::MAX - 4096,
    usize::MAX - WORD,
    usize::MAX - 1,
    usize::MAX,
];

/// A geometry whose largest block is as large as an address allows.
type Wide = Tlsf<WORD, { first_levels_for::<WORD, 4>(isize::MAX as usize) }, 4, 2>;
/// A geometry with coarse granules.
type Coarse = Tlsf<64, 6, 8, 2>;
/// The smallest one.
type Tiny = Tlsf<WORD, 2, 4, 1>;

/// Addresses at which no memory may be used: a refused call does not look there.
fn addresses() -> impl Iterator<Item = NonNull<u8>> {
    let ends = [1, WORD, 4096, isize::MAX as usize - 63, usize::MAX - 63, usize::MAX];
    ends.into_iter().map(|addr| NonNull::new(std::ptr::without_provenance_mut(addr)).unwrap())
}

/// Calls `f` with each geometry's name, a heap without a pool, and its largest pool.
macro_rules! each_geometry {
    (|$heap:ident, $most:ident| $body:block) => {
        each_geometry!(Heap, $heap, $most, $body);
        each_geometry!(Wide, $heap, $most, $body);
        each_geometry!(Coarse, $heap, $most, $body);
        each_geometry!(Tiny, $heap, $most, $body);
    };
    ($type:ident, $heap:ident, $most:ident, $body:block) => {{
        #[allow(unused_mut)]
        let mut $heap = $type::new();
        let $most = $type::POOL_BYTES_MAX;
        $body
    }};
}

/// A heap with one pool of 4 KiB at the start of an arena that is twice as long.
fn heap() -> (Arena, Heap) {
    let (arena, mut heap) = (Arena::new(8192), Heap::new());
    // SAFETY: the arena is returned, too, and dropped after the heap.
    unsafe { heap.add_pool(arena.at(0), 4096) }.unwrap();
    (arena, heap)
}

#[test]
fn add_pool_refuses_memory_by_its_numbers_alone() {
    each_geometry!(|heap, most| {
        for (mem, bytes) in addresses().flat_map(|mem| EXTREMES.map(|bytes| (mem, bytes))) {
            let behind = usize::MAX - mem.addr().get();
            // What could be a pool would have to be memory.
            if bytes <= most.min(behind) && bytes >= WORD && mem.addr().get() % WORD == 0 {
                continue;
            }
            // SAFETY: refused for its numbers, which this test asserts.
            let refused = unsafe { heap.add_pool(mem, bytes) }.unwrap_err();
            let expected = match refused {
                PoolError::Misaligned { needs } => mem.addr().get() % needs != 0,
                PoolError::TooSmall { least } => bytes < least,
                PoolError::TooLarge { most } => bytes > most,
                _ => false,
            };
            assert!(expected, "{mem:p}, {bytes}: {refused}");
        }
        assert_eq!(heap.pools().count(), 0);
        heap.validate().unwrap();
    });
}

#[test]
fn init_in_place_refuses_memory_by_its_numbers_alone() {
    for mem in addresses() {
        for bytes in EXTREMES {
            let refused = bytes > usize::MAX - mem.addr().get()
                || bytes < Coarse::control_size()
                || bytes > Coarse::POOL_BYTES_MAX + Coarse::control_size();
            if refused || mem.addr().get() % 64 != 0 {
                // SAFETY: refused for its numbers, which this test asserts.
                let made = unsafe { Coarse::init_in_place(mem, bytes) };
                assert!(made.is_err(), "{mem:p}, {bytes}");
            }
        }
    }
}

#[test]
fn no_request_is_too_large_to_be_refused() {
    let (_arena, mut heap) = heap();
    for size in EXTREMES {
        let block = heap.malloc(size);
        assert_eq!(block.is_some(), (1..=WORD).contains(&size), "{size}");
        // SAFETY: just allocated.
        block.into_iter().for_each(|block| unsafe { heap.deallocate(block) });
        for align in (0..usize::BITS).map(|log2| 1 << log2) {
            let Ok(layout) = Layout::from_size_align(size, align) else { continue };
            assert_eq!(heap.explain(layout).is_ok(), heap.allocate(layout).is_some(), "{layout:?}");
            // SAFETY: no block is used.
            unsafe { heap.reset() };
        }
    }
    assert_eq!(heap.validate().unwrap().used_blocks, 0);
}

#[test]
fn a_block_keeps_its_size_if_the_new_one_is_absurd() {
    let (_arena, mut heap) = heap();
    let block = heap.malloc(100).unwrap();
    // SAFETY: live.
    let usable = unsafe { heap.usable_size(block) };
    for size in EXTREMES.into_iter().filter(|&size| size == 0 || size > 4096) {
        // SAFETY: live, and refused, so it stays so.
        unsafe {
            assert!(!heap.try_grow_in_place(block, size) || size <= usable, "{size}");
            assert!(!heap.shrink_in_place(block, size) || size == 0, "{size}");
            if let Ok(layout) = Layout::from_size_align(size, 1) {
                assert_eq!(heap.reallocate(block, layout), None, "{size}");
            }
        }
        heap.validate().unwrap();
    }
}

#[test]
fn a_pool_is_not_moved_by_absurd_numbers_of_bytes() {
    let (_arena, mut heap) = heap();
    let pool = heap.pools().next().unwrap();
    for bytes in EXTREMES.into_iter().filter(|bytes| !(WORD..=8192).contains(bytes)) {
        // SAFETY: refused for its numbers.
        let longer = unsafe { heap.extend_pool(pool, bytes) }.unwrap_err();
        let expected = match longer {
            PoolError::TooSmall { least } => bytes < least,
            PoolError::TooLarge { most } => bytes > most - pool.bytes(),
            _ => false,
        };
        assert!(expected, "{bytes}: {longer}");
        match heap.shrink_pool(pool, bytes) {
            Err(PoolError::TooSmall { .. }) => assert_eq!(bytes, 0),
            Err(PoolError::TooLarge { most }) => assert!(bytes > most, "{bytes}"),
            // Less than a granule is rounded up to one.
            Ok((shorter, memory)) => {
                assert!(bytes < WORD && memory.len() == WORD, "{bytes}");
                // SAFETY: the memory that was just given back.
                assert_eq!(unsafe { heap.extend_pool(shorter, WORD) }, Ok(pool));
            }
            Err(other) => panic!("{bytes}: {other}"),
        }
        heap.validate().unwrap();
    }
}

#[test]
fn a_static_pool_may_be_empty() {
    let mut heap = Heap::new();
    for bytes in [0, 1, WORD, Heap::POOL_BYTES_MIN - 1] {
        let memory = Box::leak(vec![MaybeUninit::uninit(); bytes].into_boxed_slice());
        let refused = heap.add_static_pool(memory).unwrap_err();
        assert!(matches!(refused, PoolError::TooSmall { least } if least > bytes), "{refused}");
    }
}

#[test]
fn a_buffer_may_be_empty() {
    for bytes in [0, 1, WORD] {
        let mut memory = vec![MaybeUninit::uninit(); bytes];
        let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut memory));
        assert_eq!(heap.trim(), 0);
        // SAFETY: the one use of the heap.
        assert!(unsafe { heap.with_heap(|heap| heap.malloc(1)) }.is_none());
    }
}

#[test]
fn plans_for_absurd_sizes_are_none() {
    for size in EXTREMES.into_iter().filter(|&size| size > 1 << (usize::BITS - 3)) {
        for align in [1, WORD, 4096, 1 << (usize::BITS - 2)] {
            let Ok(layout) = Layout::from_size_align(size, align) else { continue };
            assert_eq!(Heap::pool_bytes_for(&[layout]), None, "{layout:?}");
            assert_eq!(Tiny::pool_bytes_for(&[layout]), None, "{layout:?}");
            // The sum of two, each of which is possible, is not.
            assert_eq!(Wide::pool_bytes_for(&[layout, layout, layout, layout]), None, "{layout:?}");
        }
    }
    let nothing = Layout::from_size_align(0, 1 << (usize::BITS - 2)).unwrap();
    assert_eq!(Heap::pool_bytes_for(&[]), Some(Heap::POOL_BYTES_MIN));
    assert_eq!(Heap::pool_bytes_for(&[nothing; 3]), Some(Heap::POOL_BYTES_MIN));
}

#[test]
fn first_levels_are_defined_up_to_isize_max() {
    for bytes in EXTREMES {
        let levels = std::panic::catch_unwind(|| first_levels_for::<WORD, 32>(bytes));
        // It panics as documented, and for no other size.
        assert_eq!(levels.is_ok(), bytes <= isize::MAX as usize, "{bytes}");
    }
    assert_eq!(first_levels_for::<WORD, 32>(0), 2);
    const { assert!(Tlsf::<WORD, CONTE_FL, 32, 1>::POOL_BYTES_MAX < Wide::POOL_BYTES_MAX) };
}

#[cfg(feature = "internals")]
#[test]
fn classes_of_absurd_sizes_are_none() {
    for size in EXTREMES.into_iter().filter(|&size| size > 1 << (usize::BITS - 3)) {
        assert_eq!(Heap::class_of(size), None, "{size}");
        assert_eq!(Heap::search_class(size), None, "{size}");
        assert_eq!(Heap::waste_of(size), None, "{size}");
    }
}

#[cfg(feature = "internals")]
#[test]
fn a_class_is_that_of_a_size_in_the_range_with_whole_granules() {
    type Aligned = Tlsf<64, 12, 8, 1>;
    let most = Aligned::BLOCK_SIZE_MAX;
    for near in [2000, most, usize::MAX - 2000] {
        for size in near - 2000..near + 2000 {
            let in_range = size >= Aligned::BLOCK_SIZE_MIN && size <= most;
            let is_size = in_range && (size + WORD) % 64 == 0;
            assert_eq!(Aligned::class_of(size).is_some(), is_size, "{size}");
        }
    }
}

#[cfg(feature = "guard")]
#[test]
fn the_guard_validates_at_any_interval() {
    use memoman::{Guarded, Reaction};
    let arena = Arena::new(4096);
    for calls in EXTREMES {
        let mut heap: Guarded = Guarded::new(Reaction::Error).check_every(calls);
        // SAFETY: the arena outlives the heap, and one heap at a time has it.
        unsafe { heap.add_pool(arena.at(0), 4096) }.unwrap();
        let block = heap.malloc(1).unwrap();
        for size in EXTREMES.into_iter().filter(|&size| size > 4096) {
            assert!(heap.malloc(size).is_err(), "{size}");
        }
        // SAFETY: live.
        unsafe { heap.deallocate(block) }.unwrap();
        heap.set_check_every(0);
        heap.validate().unwrap();
    }
}

/// Miri has no system calls.
#[cfg(all(feature = "mmap", unix, not(miri)))]
#[test]
fn a_map_of_absurd_chunks_and_ranges_serves_or_refuses() {
    use memoman::Mmap;
    for (chunk, range) in
        EXTREMES.into_iter().flat_map(|chunk| EXTREMES.map(|range| (chunk, range)))
    {
        let heap: LocalHeap<Mmap> = LocalHeap::with_source(Mmap::with(chunk, range));
        // SAFETY: the block is freed by the same heap.
        let served = unsafe {
            heap.with_heap(|heap| heap.malloc(1));
            let layout = Layout::new::<u64>();
            let block = std::alloc::GlobalAlloc::alloc(&heap, layout);
            if !block.is_null() {
                block.write_bytes(1, layout.size());
                std::alloc::GlobalAlloc::dealloc(&heap, block, layout);
            }
            !block.is_null()
        };
        // The system may have the largest chunk, or not. It always has a small one, whatever the range.
        assert!(served || chunk > 4096, "chunk {chunk}, range {range}");
        heap.inspect(|heap| heap.validate().map(drop)).unwrap();
    }
}
