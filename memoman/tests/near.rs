//! The bounded search (const parameter SEARCH): which blocks it looks at, and which one it takes. Numbers in
//! words (W).

mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{RequestError, Tlsf, WORD as W};
use support::{Arena, SeededRng};

/// Lists of 4 words each from 32 words on, 8 from 64, 16 from 128: sizes of one list differ.
type Near<const SEARCH: usize> = Tlsf<W, 12, 8, 1, SEARCH>;

struct Lab<const SEARCH: usize> {
    heap: Near<SEARCH>,
    arena: Arena,
}

impl<const SEARCH: usize> Lab<SEARCH> {
    fn new(bytes: usize) -> Self {
        let mut lab = Self { heap: Tlsf::new(), arena: Arena::new(bytes) };
        // SAFETY: the arena outlives the heap, which alone uses it.
        unsafe { lab.heap.add_pool(lab.arena.at(0), bytes) }.unwrap();
        lab
    }

    /// Free blocks of these sizes in words, the first at the head of its list, between live blocks; nothing
    /// else is free.
    fn with_free(words: &[usize]) -> (Self, Vec<NonNull<u8>>) {
        // And more than a search needs, which is used up.
        let all = words.iter().map(|words| words + 1 + 4).sum::<usize>();
        let mut lab = Self::new((2 * all + 100) * W);
        let mut blocks: Vec<_> = Vec::new();
        for &words in words {
            blocks.push(lab.malloc(words).unwrap());
            lab.malloc(3).unwrap();
        }
        while let Some(_rest) = lab.heap.malloc(lab.heap.max_allocatable()) {}
        assert_eq!(lab.heap.validate().unwrap().free_blocks, 0);
        for &block in blocks.iter().rev() {
            lab.free(block);
        }
        (lab, blocks)
    }

    fn malloc(&mut self, words: usize) -> Option<NonNull<u8>> {
        let block = self.heap.malloc(words * W);
        self.heap.validate().unwrap();
        block
    }

    fn free(&mut self, block: NonNull<u8>) {
        // SAFETY: live, and not used afterwards.
        unsafe { self.heap.deallocate(block) };
        self.heap.validate().unwrap();
    }
}

/// Sizes of one list, 128 to 143 words.
const LIST: [usize; 4] = [129, 133, 142, 135];

#[test]
fn the_first_block_that_holds_the_request_is_taken_of_the_first_search_blocks() {
    fn nth<const SEARCH: usize>(words: usize) -> Option<usize> {
        let (mut lab, blocks) = Lab::<SEARCH>::with_free(&LIST);
        let found = lab.malloc(words)?;
        blocks.iter().position(|&block| block == found)
    }
    for (words, index) in [(129, 0), (130, 1), (133, 1), (134, 2), (135, 2), (136, 2), (142, 2)] {
        assert_eq!(nth::<0>(words), None, "{words}");
        assert_eq!(nth::<1>(words), Some(index).filter(|&index| index < 1), "{words}");
        assert_eq!(nth::<2>(words), Some(index).filter(|&index| index < 2), "{words}");
        assert_eq!(nth::<3>(words), Some(index), "{words}");
        assert_eq!(nth::<64>(words), Some(index), "{words}");
    }
    assert_eq!(nth::<64>(143), None, "no block holds it");
    assert_eq!(nth::<1>(128), Some(0), "the first size of the list: TLSF 3.1 finds it, too");
}

#[test]
fn a_block_of_the_own_list_is_preferred_to_a_larger_one() {
    let (mut lab, blocks) = Lab::<1>::with_free(&[130, 200]);
    assert_eq!(lab.malloc(130), Some(blocks[0]));
    assert_eq!(lab.malloc(130), Some(blocks[1]));
    let (mut lab, blocks) = Lab::<0>::with_free(&[130, 200]);
    assert_eq!(lab.malloc(130), Some(blocks[1]));
    assert_eq!(lab.malloc(130), None);
}

/// B14: TLSF 3.1 refuses what was freed just now for most sizes.
#[test]
fn what_was_freed_last_is_found_again_at_every_size() {
    fn refused<const SEARCH: usize>() -> Vec<usize> {
        let sizes = (3..1000).step_by(if cfg!(miri) { 83 } else { 1 });
        sizes
            .filter(|&words| Lab::<SEARCH>::with_free(&[words]).0.malloc(words).is_none())
            .collect()
    }
    assert_eq!([refused::<1>(), refused::<64>()], [[], []]);
    // All but the first sizes of lists.
    let first = |words: usize| words < 8 || words % (1 << (words.ilog2() - 3)) == 0;
    assert!(refused::<0>().iter().all(|&words| !first(words)));
    assert!(refused::<0>().len() >= if cfg!(miri) { 8 } else { 900 });
}

#[test]
fn a_search_for_an_alignment_and_a_move_look_there_as_well() {
    let align = 16 * W;
    // The search is for round_up(240 + 16 + 4, 16) = 272 words; that of TLSF 3.1 starts at 288.
    let layout = Layout::from_size_align(240 * W, align).unwrap();
    let (mut lab, _) = Lab::<0>::with_free(&[257, 273, 280]);
    assert_eq!(lab.heap.allocate(layout), None);
    let (mut lab, blocks) = Lab::<2>::with_free(&[257, 273, 280]);
    let block = lab.heap.allocate(layout).unwrap();
    let from = blocks[1].addr().get();
    assert!(
        (from..from + 273 * W).contains(&block.addr().get()) && block.addr().get() % align == 0
    );
    lab.heap.validate().unwrap();
    let (mut lab, blocks) = Lab::<2>::with_free(&[129, 140]);
    let small = lab.malloc(3);
    assert!(small.is_some_and(|small| small == blocks[0]));
    // SAFETY: live; only the result is used.
    let moved =
        unsafe { lab.heap.reallocate(blocks[0], Layout::from_size_align(139 * W, 1).unwrap()) };
    assert_eq!(moved, Some(blocks[1]));
    lab.heap.validate().unwrap();
}

/// A need in the last list: no search for larger blocks is possible, but a bounded search finds one.
#[test]
fn the_largest_block_can_be_allocated() {
    type Tiny<const SEARCH: usize> = Tlsf<W, 4, 4, 1, SEARCH>;
    fn largest<const SEARCH: usize>() -> Result<bool, RequestError> {
        let arena = Arena::new(Tiny::<SEARCH>::POOL_BYTES_MAX);
        let mut heap = Tiny::<SEARCH>::new();
        // SAFETY: the arena outlives the heap, which alone uses it.
        unsafe { heap.add_pool(arena.at(0), Tiny::<SEARCH>::POOL_BYTES_MAX) }.unwrap();
        let layout = Layout::from_size_align(Tiny::<SEARCH>::BLOCK_SIZE_MAX, 1).unwrap();
        heap.explain(layout).map(|()| heap.allocate(layout).is_some())
    }
    assert_eq!(largest::<1>(), Ok(true));
    assert!(matches!(largest::<0>(), Err(RequestError::TooLarge { .. })));
    let too_large = Layout::from_size_align(Tiny::<1>::BLOCK_SIZE_MAX + 1, 1).unwrap();
    let most = Tiny::<1>::BLOCK_SIZE_MAX;
    assert_eq!(Tiny::<1>::new().explain(too_large), Err(RequestError::TooLarge { most }));
}

#[test]
fn a_block_that_is_passed_over_is_the_reason_of_a_refusal() {
    let (mut lab, _) = Lab::<1>::with_free(&[129, 142]);
    let layout = Layout::from_size_align(141 * W, 1).unwrap();
    let passed_over = RequestError::PassedOver { search: 144 * W, largest: 142 * W };
    assert_eq!(lab.heap.try_allocate(layout), Err(passed_over));
}

/// In heaps of random calls: the limit is exact, and `explain` predicts every result.
fn limits_are_exact<const ALIGN: usize, const SEARCH: usize>() {
    let arena = Arena::new(64 << 10);
    let mut heap = Tlsf::<ALIGN, 13, 4, 1, SEARCH>::new();
    // SAFETY: the arena outlives the heap, which alone uses it.
    unsafe { heap.add_pool(arena.at(0), 64 << 10) }.unwrap();
    let (mut rng, mut live, mut beyond) = (SeededRng(7), Vec::new(), 0);
    for _ in 0..if cfg!(miri) { 60 } else { 10_000 } {
        let size = 1 + rng.below(3000);
        let layout = Layout::from_size_align(size, 1 << rng.below(8)).unwrap();
        let explained = heap.explain(layout);
        let block = heap.allocate(layout);
        assert_eq!(explained.is_ok(), block.is_some(), "{explained:?}");
        live.extend(block);
        while live.len() > 30 + rng.below(20) {
            let block = live.swap_remove(rng.below(live.len()));
            // SAFETY: live, and not used afterwards.
            unsafe { heap.deallocate(block) };
        }
        let most = heap.max_allocatable();
        assert!(heap.malloc(most + 1).is_none(), "more than {most}");
        let block = heap.malloc(most).unwrap();
        // SAFETY: live.
        beyond += usize::from(unsafe { heap.usable_size(block) } == most);
        // SAFETY: live, and not used afterwards.
        unsafe { heap.deallocate(block) };
    }
    heap.validate().unwrap();
    assert!(beyond > 0);
}

#[test]
fn the_largest_request_is_exact_and_every_refusal_predicted() {
    limits_are_exact::<W, 1>();
    limits_are_exact::<W, 3>();
    limits_are_exact::<16, 2>();
    limits_are_exact::<64, 64>();
}

#[test]
fn the_control_is_as_large_as_without() {
    assert_eq!(size_of::<Near<64>>(), size_of::<Near<0>>());
}
