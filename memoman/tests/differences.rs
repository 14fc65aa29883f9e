//! The numbered differences from TLSF 3.1 that are not refusals: consequences of the placement policy
//! (B14), alignment above a word (B15), and geometries of any width (B17).

mod support;

use memoman::{CONTE_FL, Tlsf, WORD as W};
use support::{Lab, SeededRng};

type Conte = Lab<W, CONTE_FL, 32, 4>;

/// Allocates, fills the heap with small blocks, and frees the first one. Returns whether it is found again.
fn found_again(size: usize) -> bool {
    let mut lab = Conte::new(&[2048 * W]);
    let at = lab.malloc(size).unwrap();
    for filler in [64 * W, 4 * W, 1] {
        while lab.malloc(filler).is_some() {}
    }
    lab.free(at);
    let again = lab.malloc(size);
    lab.check();
    assert!(again.is_none() || again == Some(at));
    again.is_some()
}

#[test]
fn b14_a_freed_block_is_found_again_exactly_if_it_starts_its_class() {
    for words in 3..600 {
        let size = words * W;
        let f = words.ilog2();
        let starts_its_class = f < 5 || words % (1 << (f - 5)) == 0;
        assert_eq!(found_again(size), starts_its_class, "{words} words");
        // Floor and ceiling of the mapping agree on the sizes that start a class, and only there.
        assert_eq!(Tlsf::<W>::class_of(size) == Tlsf::<W>::search_class(size), starts_its_class);
    }
}

#[test]
fn b14_the_largest_block_size_is_reached_in_place_but_not_by_malloc() {
    const LARGEST: usize = Tlsf::<W, 6, 8, 1>::BLOCK_SIZE_MAX;
    let mut lab = Lab::<W, 6, 8, 1>::new(&[LARGEST + 2 * W]);
    assert_eq!(Tlsf::<W, 6, 8, 1>::search_class(LARGEST), None);
    assert_eq!(lab.malloc(LARGEST), None);
    let at = lab.malloc(1).unwrap();
    assert_eq!(lab.realloc(Some(at), LARGEST), Some(at));
    assert_eq!((lab.usable(at), lab.check().free_blocks), (LARGEST, 0));
}

/// Every payload of every call is a multiple of ALIGN, from pools of any residue.
fn aligned<const A: usize, const FL: usize, const SL: usize>() {
    for shift in [0, A, 3 * A] {
        let mut lab = Lab::<A, FL, SL, 1>::over(1 << 17);
        lab.add_pool(shift, (1 << 17) - shift).unwrap();
        let mut rng = SeededRng(1 + shift as u32);
        let mut live = Vec::new();
        for step in 0..400 {
            let size = 1 + rng.below(40 * W);
            let at = match step % 4 {
                0 | 1 => lab.malloc(size).unwrap(),
                2 => lab.memalign(A << rng.below(3), size).unwrap(),
                _ => {
                    let old = live.swap_remove(rng.below(live.len()));
                    lab.realloc(Some(old), 1 + rng.below(80 * W)).unwrap()
                }
            };
            assert_eq!(lab.arena.addr(at) % A, 0);
            assert_eq!((lab.usable(at) + W) % A, 0, "the next payload is aligned as well");
            live.push(at);
            if live.len() > 12 {
                lab.free(live.swap_remove(rng.below(12)));
            }
            lab.check();
        }
    }
}

#[test]
fn b15_align_above_a_word_holds_for_every_payload() {
    aligned::<16, 16, 32>();
    aligned::<32, 12, 8>();
    aligned::<64, 12, 16>();
    aligned::<1024, 8, 4>();
}

#[test]
fn b15_an_alignment_of_16_is_served_without_memalign() {
    let mut lab = Lab::<16, 16, 32, 1>::new(&[4096]);
    // As that of `[u128; 2]`, where a u128 is aligned to its size: not on s390x and 32-bit Arm.
    let layout = std::alloc::Layout::from_size_align(32, 16).unwrap();
    let at = lab.allocate(layout).unwrap();
    assert_eq!(at, 16, "the first payload: no gap was cut");
}

/// Every power of two of request sizes, one less and one more, in the widest geometry.
#[test]
fn b17_classes_are_right_up_to_the_width_of_an_address() {
    const WIDEST: usize = usize::BITS as usize - W.trailing_zeros() as usize - 5;
    type Wide = Tlsf<W, WIDEST, 32, 1>;
    // Bounded by the address, not by a shift: 2^63 (2^31) less a word.
    assert_eq!(Wide::BLOCK_SIZE_MAX, (1 << (usize::BITS - 1)) - W);
    let mut last = 0;
    for log2 in 5 + W.trailing_zeros()..usize::BITS - 1 {
        let size = 1 << log2;
        let class = Wide::class_of(size).unwrap();
        assert_eq!(class, (log2 - W.trailing_zeros() - 4) as usize * 32, "2^{log2} starts a row");
        assert_eq!(Wide::class_of(size - W), Some(class - 1));
        assert_eq!(Wide::class_of(size + size / 32), Some(class + 1));
        assert_eq!(Wide::search_class(size), Some(class));
        assert_eq!(Wide::search_class(size + 1), Some(class + 1));
        assert!(class > last);
        last = class;
    }
    let mut lab = Lab::<W, WIDEST, 32, 1>::new(&[1024 * W]);
    for log2 in 11 + W.trailing_zeros()..usize::BITS {
        for size in [(1 << log2) - 1, 1 << log2, (1 << log2) + 1] {
            assert_eq!(lab.malloc(size), None);
            assert_eq!(lab.memalign(1 << log2, size), None);
        }
    }
    assert_eq!(lab.malloc(1), Some(W));
    lab.check();
}
