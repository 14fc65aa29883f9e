//! Calls on which TLSF 3.1 corrupts memory are refused, and no byte of memory, no block and no list has
//! changed. The names are the numbers of the differences on the crate's front page.

mod support;

use std::alloc::Layout;
use std::fmt::Debug;
use std::ptr::NonNull;

use memoman::{CONTE_FL, Pool, PoolError, Tlsf, WORD as W};
use support::{Arena, Lab, Seen};

const POOL: usize = 1024 * W;

/// First size that is too large for TLSF 3.1: 2^FL_INDEX_MAX.
const MAX: usize = Tlsf::<W>::BLOCK_SIZE_MAX + W;

type Conte = Lab<W, CONTE_FL, 32, 4>;

/// Two pools, and blocks of several sizes of which some were freed: every kind of neighbour.
fn busy<const A: usize, const FL: usize, const SL: usize>() -> (Lab<A, FL, SL, 4>, Vec<usize>) {
    let mut lab = Lab::new(&[POOL, POOL]);
    let mut blocks: Vec<_> = (1..12).map(|n| lab.malloc(n * 5 * W).unwrap()).collect();
    for index in [9, 6, 5, 2] {
        lab.free(blocks.remove(index));
    }
    (lab, blocks)
}

/// Everything observable of a heap, and every byte that it could have written.
type State = (Vec<Seen>, Vec<(usize, usize)>, Vec<Pool>, Vec<u8>);

fn state<const A: usize, const FL: usize, const SL: usize, const P: usize>(
    lab: &Lab<A, FL, SL, P>,
) -> State {
    lab.check();
    (lab.walk(), lab.lists(), lab.heap.pools().collect(), lab.arena.contents())
}

/// The call returns this result, and nothing has changed.
fn refused<const A: usize, const FL: usize, const SL: usize, const P: usize, R>(
    lab: &mut Lab<A, FL, SL, P>,
    call: impl FnOnce(&mut Lab<A, FL, SL, P>) -> R,
    result: R,
    what: impl Debug,
) where
    R: PartialEq + Debug,
{
    let before = state(lab);
    assert_eq!(call(lab), result, "{what:?}");
    assert!(state(lab) == before, "{what:?} was refused, but left a trace");
}

#[test]
fn b1_malloc_of_nearly_the_largest_number_is_refused() {
    fn sizes_of<const A: usize, const FL: usize, const SL: usize>() {
        let (mut lab, _) = busy::<A, FL, SL>();
        let largest = Tlsf::<A, FL, SL>::BLOCK_SIZE_MAX;
        let wrapping = (0..2 * A + 2).map(|less| usize::MAX - less);
        let limits = [largest + 1, largest + A, isize::MAX as usize, isize::MAX as usize + 1];
        for size in wrapping.chain(limits) {
            refused(&mut lab, |lab| lab.malloc(size), None, size);
            refused(&mut lab, |lab| lab.realloc(None, size), None, size);
            if let Ok(layout) = Layout::from_size_align(size, 1) {
                refused(&mut lab, |lab| lab.allocate(layout), None, layout);
            }
        }
    }
    sizes_of::<W, CONTE_FL, 32>();
    sizes_of::<16, 12, 8>();
    sizes_of::<64, 12, 8>();
}

#[test]
fn b2_realloc_near_the_limit_is_refused_and_the_block_unchanged() {
    let (mut lab, blocks) = busy::<W, CONTE_FL, 32>();
    let wrapping = usize::MAX - W + 1;
    for size in
        [MAX - W + 1, MAX - 1, MAX, MAX + 1, 2 * MAX - W, wrapping / 2, wrapping - 1, wrapping]
    {
        for &at in &blocks {
            refused(&mut lab, |lab| lab.realloc(Some(at), size), None, (at, size));
        }
    }
}

#[test]
fn b3_realloc_to_a_size_that_wraps_is_refused_and_the_block_unchanged() {
    let (mut lab, blocks) = busy::<W, CONTE_FL, 32>();
    for size in usize::MAX - W + 2..=usize::MAX {
        for &at in &blocks {
            refused(&mut lab, |lab| lab.realloc(Some(at), size), None, (at, size));
        }
    }
}

#[test]
fn b4_memalign_of_sizes_and_alignments_that_overflow_is_refused() {
    let (mut lab, _) = busy::<W, CONTE_FL, 32>();
    let top = 1 << (usize::BITS - 1);
    // The largest sizes that a layout can have.
    for less in 0..2 * W {
        refused(&mut lab, |lab| lab.memalign(1, isize::MAX as usize - less), None, less);
        refused(&mut lab, |lab| lab.memalign(64, isize::MAX as usize - 63 - less), None, less);
    }
    for size in [1, 8, 4 * W, MAX - W] {
        for align in [top, top >> 1, MAX, MAX >> 1] {
            refused(&mut lab, |lab| lab.memalign(align, size), None, (align, size));
        }
    }
}

#[test]
fn b6_a_pool_whose_payload_would_be_the_limit_is_refused() {
    /// The limit of this geometry is 64 W.
    type Small = Lab<W, 5, 4, 2>;
    let mut lab = Small::over(256 * W);
    let limit = 64 * W;
    let most = limit - W + 2 * W + W - 1;
    for bytes in [limit + 2 * W, limit + 3 * W, 256 * W] {
        let result = Err(PoolError::TooLarge { most });
        refused(&mut lab, |lab| lab.add_pool(0, bytes), result, bytes);
    }
    lab.add_pool(0, most).unwrap();
    assert_eq!(lab.walk(), [Seen::Free(W, limit - W)]);
    lab.check();

    // With TLSF 3.1's own limit, by numbers alone.
    let (mut lab, _) = busy::<W, CONTE_FL, 32>();
    for bytes in [MAX + 2 * W, MAX + 100 * W, isize::MAX as usize, usize::MAX] {
        let call = |lab: &mut Conte| {
            let mem = lab.arena.at(3 * POOL);
            // SAFETY: refused for its numbers.
            unsafe { lab.heap.add_pool(mem, bytes) }.is_err()
        };
        refused(&mut lab, call, true, bytes);
    }
}

#[test]
fn b7_a_buffer_too_small_or_too_large_for_its_control_is_refused_unwritten() {
    fn buffers<const A: usize, const FL: usize, const SL: usize>() {
        let arena = Arena::new(1 << 17);
        let before = arena.contents();
        let init = |offset, bytes| {
            // SAFETY: the arena is longer, and used by nothing else.
            unsafe { Tlsf::<A, FL, SL, 2>::init_in_place(arena.at(offset), bytes) }.map(|_| ())
        };
        let control = Tlsf::<A, FL, SL, 2>::control_size();
        let least = control + Tlsf::<A, FL, SL, 2>::POOL_BYTES_MIN;
        for bytes in (0..least).step_by(7).chain([control - 1, control, control + 1, least - 1]) {
            assert_eq!(init(0, bytes), Err(PoolError::TooSmall { least }));
        }
        for offset in [1, W / 2, A / 2, A + 1, A - 1] {
            assert_eq!(init(offset, 1 << 16), Err(PoolError::Misaligned { needs: A }));
        }
        let most = control + Tlsf::<A, FL, SL, 2>::POOL_BYTES_MAX;
        for bytes in [most + 1, most + A] {
            assert_eq!(init(0, bytes), Err(PoolError::TooLarge { most }));
        }
        // The end of the address space, which the pool would go beyond, or the control itself.
        for at in [usize::MAX - 0xFFFF, usize::MAX - 0xFFF] {
            let mem = NonNull::new(std::ptr::without_provenance_mut(at)).unwrap();
            // SAFETY: refused for its numbers.
            let result = unsafe { Tlsf::<A, FL, SL, 2>::init_in_place(mem, 1 << 16) };
            let most = most.min(usize::MAX - at);
            assert_eq!(result.map(|_| ()), Err(PoolError::TooLarge { most }));
        }
        assert!(arena.contents() == before, "refused, but written");
        assert_eq!(init(0, least), Ok(()));
        assert_eq!(init(0, most), Ok(()));
    }
    buffers::<W, 6, 8>();
    buffers::<16, 6, 4>();
    buffers::<64, 4, 8>();
}

#[test]
fn b8_no_memory_is_refused() {
    // Null is excluded: pools are NonNull. The closest case is an empty slice at a dangling address.
    let mut lab = busy::<W, CONTE_FL, 32>().0;
    let least = Tlsf::<W>::POOL_BYTES_MIN;
    let empty = |lab: &mut Conte| lab.heap.add_static_pool(&mut []).map(|_| ());
    // An empty slice lies at address 1; its ends move inward to the next word.
    let result = Err(PoolError::TooSmall { least: least + W - 1 });
    refused(&mut lab, empty, result, "an empty slice");
    for bytes in 0..least {
        let call = |lab: &mut Conte| lab.add_pool(3 * POOL, bytes);
        refused(&mut lab, call, Err(PoolError::TooSmall { least }), bytes);
    }
    // The last page of the address space, and a length that goes beyond it.
    let last = NonNull::new(std::ptr::without_provenance_mut(usize::MAX - 4095)).unwrap();
    let call = |lab: &mut Conte| {
        // SAFETY: refused for its numbers.
        matches!(unsafe { lab.heap.add_pool(last, 4096) }, Err(PoolError::TooLarge { .. }))
    };
    refused(&mut lab, call, true, "the end of the address space");
    // So near to it that not even the smallest pool fits: the error is the address, not the size.
    let last = NonNull::new(std::ptr::without_provenance_mut(usize::MAX - W + 1)).unwrap();
    let call = |lab: &mut Conte| {
        // SAFETY: refused for its numbers.
        unsafe { lab.heap.add_pool(last, least) }.map(|_| ())
    };
    let result = Err(PoolError::TooLarge { most: W - 1 });
    refused(&mut lab, call, result, "the last word of the address space");
    let odd = |lab: &mut Conte| lab.add_pool(3 * POOL + 1, 64 * W);
    refused(&mut lab, odd, Err(PoolError::Misaligned { needs: W }), "an odd address");
}

#[test]
fn b10_a_pool_that_overlaps_another_is_refused() {
    let mut lab = Conte::over(8 * POOL);
    let own = lab.add_pool(4 * POOL, POOL).unwrap();
    lab.mallocs([5 * W, 7 * W]);
    let (start, end) = (4 * POOL, 5 * POOL);
    for (offset, bytes) in [
        (start, POOL),                // the same
        (start - W, POOL),            // over its start
        (start - POOL, POOL + 1),     // by one byte
        (end - W, POOL),              // over its end
        (start + 8 * W, 64 * W),      // inside
        (start - POOL, 3 * POOL),     // around
        (start + POOL / 2, POOL / 2), // its second half
    ] {
        let result = Err(PoolError::Overlaps(own));
        refused(&mut lab, |lab| lab.add_pool(offset, bytes), result, (offset, bytes));
    }
    for offset in [start - POOL, end] {
        lab.add_pool(offset, POOL).unwrap();
        lab.check();
    }
}

#[test]
fn b10_a_pool_over_the_control_is_refused() {
    let arena = Arena::new(1 << 16);
    let start = 1 << 15;
    let control = Tlsf::<W>::control_size();
    // SAFETY: the second half of the arena, used by nothing else.
    let heap = unsafe { Tlsf::<W>::init_in_place(arena.at(start), control + POOL) }.unwrap();
    let blocks = [5 * W, 7 * W].map(|size| heap.malloc(size).unwrap());
    let before = arena.contents();
    for (offset, bytes) in [
        (start, 512),                       // its beginning
        (start + 64 * W, 64 * W),           // inside
        (start - 64 * W, 64 * W + 1),       // by one byte
        (start - 64 * W, control + 64 * W), // around
        (start + control - 64 * W, 64 * W), // its end
    ] {
        // SAFETY: refused for its numbers.
        let result = unsafe { heap.add_pool(arena.at(offset), bytes) };
        assert_eq!(result, Err(PoolError::OverlapsControl), "{offset} {bytes}");
        assert!(result.unwrap_err().to_string().contains("control"));
        assert!(arena.contents() == before, "refused, but written");
    }

    // The memory in front of it is accepted, up to its first byte.
    let gap = 8 * W;
    // SAFETY: arena memory, used by nothing else.
    let pool = unsafe { heap.add_pool(arena.at(start - POOL - gap), POOL) }.unwrap();
    let before = arena.contents();
    for more in [gap + W, gap + control, gap + control + 2 * POOL] {
        // SAFETY: refused for its numbers.
        let result = unsafe { heap.extend_pool(pool, more) };
        assert_eq!(result, Err(PoolError::OverlapsControl), "{more}");
        assert!(arena.contents() == before, "refused, but written");
    }
    // SAFETY: arena memory, used by nothing else.
    unsafe { heap.extend_pool(pool, gap) }.unwrap();
    // SAFETY: live until now.
    unsafe { blocks.into_iter().for_each(|block| heap.deallocate(block)) };
    assert_eq!(heap.validate().unwrap().free_blocks, 2);
}

#[test]
fn a_heap_in_a_block_of_its_own_pool_extends_that_pool() {
    let arena = Arena::new(1 << 16);
    let mut heap = Tlsf::<W>::new();
    // SAFETY: arena memory, used by nothing else.
    let pool = unsafe { heap.add_pool(arena.at(0), 1 << 15) }.unwrap();
    let home = heap.allocate(Layout::for_value(&heap)).unwrap().cast::<Tlsf<W>>();
    // SAFETY: a live block, large enough and aligned; the memory behind the pool is unused.
    let heap = unsafe {
        home.write(heap);
        &mut *home.as_ptr()
    };
    // SAFETY: as above.
    let pool = unsafe { heap.extend_pool(pool, 1 << 14) }.unwrap();
    assert_eq!(pool.bytes(), 3 << 14);
    heap.validate().unwrap();
}

#[test]
fn b11_a_pool_in_use_gone_or_of_another_heap_is_not_removed() {
    let (mut lab, blocks) = busy::<W, CONTE_FL, 32>();
    let pools: Vec<_> = lab.heap.pools().collect();
    let other = Conte::new(&[POOL]);
    let strange = other.heap.pools().next().unwrap();
    let remove = |pool| move |lab: &mut Conte| lab.heap.remove_pool(pool);
    // All blocks are in the pool that came last.
    let first = PoolError::Busy(lab.arena.at(blocks[0]));
    refused(&mut lab, remove(pools[1]), Err(first), "in use");
    refused(&mut lab, remove(strange), Err(PoolError::Unknown), "of another heap");
    lab.heap.remove_pool(pools[0]).unwrap();
    refused(&mut lab, remove(pools[0]), Err(PoolError::Unknown), "twice");
    lab.add_pool(0, POOL / 2).unwrap();
    refused(&mut lab, remove(pools[0]), Err(PoolError::Unknown), "back, but shorter");
    other.check();
}

#[test]
fn a_pool_beyond_the_table_is_refused() {
    let mut lab = Lab::<W, CONTE_FL, 32, 2>::over(8 * POOL);
    lab.add_pool(0, POOL).unwrap();
    lab.add_pool(POOL, POOL).unwrap();
    let call = |lab: &mut Lab<W, CONTE_FL, 32, 2>| lab.add_pool(2 * POOL, POOL);
    refused(&mut lab, call, Err(PoolError::TableFull), "a third pool");
    assert!(
        PoolError::TableFull.to_string().contains("POOLS"),
        "the message names the parameter to raise"
    );
}
