//! Blocks at a chosen place, by hand and against a naive definition: each of the numbered differences from
//! espressif's fork, and that a refusal changes nothing. Random programs: oracle/tests/additions.rs.

mod support;

use std::alloc::Layout;

use memoman::{CONTE_FL, Heap, WORD as W};
use support::{Lab, Seen};

type Conte = Lab<W, CONTE_FL, 32, 4>;

#[test]
fn every_number_of_the_table_has_a_test() {
    let (table, tests) = (include_str!("../docs/differences.md"), include_str!("placed.rs"));
    let rows = table.lines().filter_map(|line| line.strip_prefix("| E")?.split_once(' '));
    let numbers: Vec<&str> = rows.map(|row| row.0).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    for number in numbers {
        assert!(tests.contains(&format!("#[test]\nfn e{number}_")), "E{number}");
    }
}

/// A heap whose second block, at offset `FREE`, has `WORDS` words and is free; live ones are around it.
const FREE: usize = 5 * W;
const WORDS: usize = 40;

fn with_free_block() -> Conte {
    let mut lab = Conte::new(&[64 * W]);
    let [first, free, last] = lab.mallocs([3 * W, WORDS * W, 3 * W]);
    assert_eq!((first, free, last), (W, FREE, FREE + (WORDS + 1) * W));
    lab.free(free);
    lab
}

fn at(lab: &mut Conte, at: usize, size: usize) -> Option<usize> {
    let ptr = lab.arena.at(at);
    let block = lab.heap.allocate_at(ptr, size);
    block.map(|block| lab.arena.offset_of(block))
}

/// Frees the block and checks that the heap is as `with_free_block` leaves it: no block around was touched.
fn give_back(mut lab: Conte, block: usize) {
    // SAFETY: just allocated.
    unsafe { lab.heap.deallocate(lab.arena.at(block)) };
    lab.check();
    assert_eq!(lab.walk(), with_free_block().walk());
}

#[test]
fn a_block_at_an_address_contains_the_bytes_and_leaves_blocks_around_it() {
    let end = FREE + WORDS * W;
    // Miri is slow.
    let step = if cfg!(miri) { 13 } else { 1 };
    for from in (FREE - 2 * W..end + 2 * W).step_by(step) {
        for size in (0..=end + W - from.min(end)).step_by(step) {
            let mut lab = with_free_block();
            let before = lab.arena.contents();
            let Some(block) = at(&mut lab, from, size) else {
                assert!(size == 0 || from < FREE || from + size > end, "{size} at {from}");
                assert!(before == lab.arena.contents());
                continue;
            };
            assert!(FREE <= from && from + size <= end && size > 0);
            // SAFETY: just allocated.
            let usable = unsafe { lab.heap.usable_size(lab.arena.at(block)) };
            assert!(block <= from && from + size <= block + usable);
            let (front, back) = (block - FREE, end - (block + usable));
            for rest in [front, back] {
                assert!(rest == 0 || rest >= 4 * W, "{rest} bytes are no block");
            }
            // It starts where it should, unless there is no block in front or behind; no byte more is taken.
            let late = from / W * W;
            assert!(block == late || late - FREE < 4 * W || end - late < 3 * W, "{size} at {from}");
            let needs = (from + size - block).next_multiple_of(W).max(3 * W);
            assert!(usable - needs < 4 * W);
            lab.heap.validate().unwrap();
            give_back(lab, block);
        }
    }
}

#[test]
fn e1_three_words_in_front_are_no_free_block() {
    let mut lab = with_free_block();
    let block = at(&mut lab, FREE + 3 * W, 5 * W).unwrap();
    assert_eq!(
        block, FREE,
        "the fork leaves a free block of two words, whose links overlap its last word"
    );
    give_back(lab, block);
    let mut lab = with_free_block();
    let block = at(&mut lab, FREE + 4 * W, 5 * W).unwrap();
    assert_eq!(block, FREE + 4 * W);
    assert!(lab.walk().contains(&Seen::Free(FREE, 3 * W)));
    give_back(lab, block);
}

#[test]
fn e2_the_last_words_of_a_free_block_are_contained_in_the_result() {
    let end = FREE + WORDS * W;
    for words in 1..=3 {
        let mut lab = with_free_block();
        let block = at(&mut lab, end - words * W, words * W).unwrap();
        assert_eq!(block, end - 3 * W, "the fork returns the first bytes of the free block");
        give_back(lab, block);
    }
}

#[test]
fn e3_a_block_at_an_address_has_at_least_the_smallest_size() {
    let mut lab = with_free_block();
    let block = at(&mut lab, FREE + 10 * W, 1).unwrap();
    // SAFETY: just allocated.
    let usable = unsafe { lab.heap.usable_size(lab.arena.at(block)) };
    assert_eq!((block, usable), (FREE + 10 * W, 3 * W), "the fork returns one word");
    give_back(lab, block);
}

#[test]
fn e4_absurd_sizes_at_an_address_are_refused() {
    let mut lab = with_free_block();
    let before = lab.arena.contents();
    for size in
        [0, usize::MAX, usize::MAX - FREE, usize::MAX - W, isize::MAX as usize, usize::MAX >> 3]
    {
        for from in [FREE, FREE + 1, FREE + 9 * W] {
            assert_eq!(at(&mut lab, from, size), None, "{size} at {from}");
        }
    }
    assert!(before == lab.arena.contents());
}

/// Miri's addresses are small.
#[cfg(all(target_pointer_width = "64", not(miri)))]
#[test]
fn e5_an_address_above_4_gib_is_found() {
    let mut lab = Conte::new(&[1 << 24]);
    assert!(lab.arena.addr(0) > u32::MAX as usize, "so large an area is at a high address");
    assert_eq!(at(&mut lab, 1000 * W, 3 * W), Some(1000 * W));
}

#[test]
fn e6_an_address_may_be_in_any_pool_of_the_table() {
    let mut lab = Conte::new(&[64 * W, 64 * W, 64 * W]);
    for number in [2, 0, 1] {
        let place = number * 64 * W + 20 * W + W;
        assert_eq!(at(&mut lab, place, 3 * W), Some(place));
        assert_eq!(at(&mut lab, place, 3 * W), None, "it is not free any more");
    }
    assert_eq!(at(&mut lab, 3 * 64 * W + W, 3 * W), None, "no pool is there");
}

#[test]
fn e7_an_offset_that_cannot_be_rounded_up_is_refused() {
    let mut lab = with_free_block();
    let layout = Layout::from_size_align(3 * W, 4 * W).unwrap();
    let before = lab.arena.contents();
    for offset in [usize::MAX, usize::MAX - W + 2] {
        assert_eq!(lab.heap.allocate_offset(layout, offset), None);
    }
    assert!(before == lab.arena.contents());
    // The largest that can be: the address wraps, and is a multiple of the alignment.
    let block = lab.heap.allocate_offset(layout, usize::MAX - W + 1).expect("there is room");
    assert_eq!(block.addr().get().wrapping_sub(W) % (4 * W), 0);
    let block = lab.arena.offset_of(block);
    give_back(lab, block);
}

#[test]
fn e8_the_fit_of_a_size_is_what_its_class_serves() {
    assert_eq!(Heap::fit_size(0), 0);
    let near =
        (0..usize::BITS).flat_map(|bit| [0, 1, 2, 3].map(|quarter| (4 + quarter) << bit >> 2));
    for size in (1..5000).chain(near).flat_map(|size: usize| [size, size.wrapping_sub(1)]) {
        let most = size.min(Heap::BLOCK_SIZE_MAX);
        let fit = Heap::fit_size(size);
        assert_eq!(Heap::search_class(fit).is_none(), fit == 0, "a request for {fit} is possible");
        if let Some(class) = Heap::class_of(most) {
            assert_eq!(Heap::search_class(fit), Some(class), "{size}");
            assert!(fit == most || Heap::search_class(fit + 1) != Some(class), "{size}");
        }
    }
    // Beyond 32 bits, where an address has more, and beyond the largest block.
    let largest = Heap::fit_size(Heap::BLOCK_SIZE_MAX);
    assert_eq!([usize::MAX, Heap::BLOCK_SIZE_MAX + 1].map(Heap::fit_size), [largest; 2]);
    #[cfg(target_pointer_width = "64")]
    assert_eq!(memoman::Tlsf::<16, 40, 8, 1>::fit_size((1 << 35) + 4096 - 8), (1 << 35) - 8);
}

#[test]
fn an_offset_of_zero_or_a_small_alignment_is_a_plain_allocation() {
    for (align, offset) in [(1, 5), (W, 3 * W), (4 * W, 0), (64 * W, 0)] {
        let (mut lab, mut plain) = (Conte::new(&[512 * W]), Conte::new(&[512 * W]));
        for words in [3, 9, 40] {
            let layout = Layout::from_size_align(words * W, align).unwrap();
            let own = lab.heap.allocate_offset(layout, offset).map(|ptr| lab.arena.offset_of(ptr));
            assert_eq!(own, plain.allocate(layout));
        }
    }
}

#[cfg(feature = "guard")]
#[test]
fn the_guard_knows_the_blocks_that_it_placed() {
    use memoman::{GuardError, Guarded, Misuse, Reaction, RequestError};
    let arena = support::Arena::new(4096);
    let mut heap: Guarded = Guarded::new(Reaction::Error);
    // SAFETY: the arena outlives the heap, which alone uses it.
    unsafe { heap.add_pool(arena.at(0), 4096) }.unwrap();
    let layout = Layout::from_size_align(100, 64).unwrap();
    let ahead = heap.allocate_offset(layout, 16).unwrap();
    let placed = heap.allocate_at(arena.at(2048), 64).unwrap().unwrap();
    assert_eq!(heap.allocate_at(arena.at(2048), 64), Ok(None));
    let huge = Layout::from_size_align(8000, 64).unwrap();
    let refused = heap.allocate_offset(huge, 16).unwrap_err();
    assert!(matches!(refused, GuardError::Request(RequestError::Exhausted { .. })), "{refused}");
    for block in [ahead, placed] {
        heap.validate().unwrap();
        // SAFETY: live until now, and not used.
        unsafe {
            heap.deallocate(block).unwrap();
            let again = heap.deallocate(block);
            assert!(matches!(again, Err(GuardError::Misuse(Misuse::Double { .. }))));
        }
    }
}
