//! What is known before a call: the size of a pool, the waste of a block, and the reason why a request
//! would be refused. Numbers in words (W).

mod support;

use std::alloc::Layout;

use memoman::{CONTE_FL, RequestError, Tlsf, WORD as W};
use support::{Lab, SeededRng};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// Sets of layouts in random order, in a pool of exactly the computed size, at every residue: all are
/// granted. ALIGN bytes less are not always enough.
fn a_planned_pool_serves_all<const ALIGN: usize, const FL: usize, const SL: usize>() {
    let mut rng = SeededRng(0x9E37_79B9);
    let mut too_few = 0;
    for round in 0..400 {
        let mut layouts = Vec::new();
        for _ in 0..=rng.below(12) {
            let scale = rng.below(12);
            let size = rng.below(2 << scale);
            layouts.push(Layout::from_size_align(size, 1 << rng.below(10)).unwrap());
        }
        let bytes = Tlsf::<ALIGN, FL, SL>::pool_bytes_for(&layouts).expect("one pool can do");
        let first = rng.below(layouts.len());
        layouts.rotate_left(first);
        let residue = round % 32 * ALIGN;
        let serves = |bytes| {
            let mut lab = Lab::<ALIGN, FL, SL, 1>::over(residue + bytes);
            lab.add_pool(residue, bytes).is_ok()
                && layouts.iter().all(|&l| l.size() == 0 || lab.allocate(l).is_some())
        };
        assert!(serves(bytes), "{bytes} bytes at {residue} for {layouts:?}");
        too_few += usize::from(!serves(bytes - ALIGN));
    }
    assert!(too_few > 0, "the promise is never tight");
}

#[test]
fn a_pool_of_the_planned_size_serves_every_layout_in_any_order() {
    a_planned_pool_serves_all::<W, CONTE_FL, 32>();
    a_planned_pool_serves_all::<W, 20, 4>();
    a_planned_pool_serves_all::<16, 20, 16>();
    a_planned_pool_serves_all::<64, 16, 8>();
}

/// Above a word, an alignment needs a pool of no more bytes than its placement does at the worst address:
/// with TLSF 3.1's search this request needed 2,240 of 64-bit words.
#[test]
fn above_a_word_the_least_pool_for_an_alignment_is_what_its_placement_needs() {
    type Wide = Tlsf<64, 20, 16, 4>;
    let one = layout(8, 1024);
    // A header, the largest gap in front of the payload, the payload, a sentinel.
    let least = 64 + (1024 - 64) + (64 - W) + W;
    assert_eq!(Wide::pool_bytes_for(&[one]), Some(least));
    let mut refused = 0;
    for residue in (0..1024).step_by(64) {
        let serves = |bytes| {
            let mut lab = Lab::<64, 20, 16, 4>::over(residue + bytes);
            lab.add_pool(residue, bytes).unwrap();
            lab.allocate(one).map(|block| (block, lab))
        };
        let (block, mut lab) = serves(least).expect("the planned pool");
        assert_eq!(lab.arena.addr(block) % 1024, 0);
        lab.free(block);
        assert_eq!(lab.heap.validate().unwrap().free_blocks, 1);
        refused += usize::from(serves(least - 64).is_none());
    }
    assert_eq!(refused, 16, "the search does not depend on the address");
}

#[test]
fn layouts_that_no_pool_can_hold_have_no_pool_size() {
    type Small = Tlsf<W, 8, 4, 1>;
    let one = |size| [layout(size, 1)];
    assert_eq!(Small::pool_bytes_for(&[]), Some(Small::POOL_BYTES_MIN));
    assert_eq!(Small::pool_bytes_for(&one(Small::BLOCK_SIZE_MAX)), None);
    let RequestError::TooLarge { most } =
        Small::new().explain(layout(Small::BLOCK_SIZE_MAX, 1)).unwrap_err()
    else {
        panic!("the largest block cannot be searched for");
    };
    assert!(Small::pool_bytes_for(&one(most)).is_some());
    assert_eq!(Small::pool_bytes_for(&one(most + 1)), None);
    let many = vec![layout(most, 1); 2];
    assert_eq!(Small::pool_bytes_for(&many), None);
}

#[test]
fn the_slack_of_a_search_is_counted_once() {
    type Small = Tlsf<W, 12, 4, 1>;
    // Inside of a class: a search for such blocks starts at the next one.
    let size = 100 * W;
    let one = Small::pool_bytes_for(&[layout(size, 1)]).unwrap();
    assert!(one > size + Small::POOL_OVERHEAD, "{one}");
    for count in 2..20 {
        let all = vec![layout(size, 1); count];
        assert_eq!(Small::pool_bytes_for(&all), Some(one + (count - 1) * (W + size)), "{count}");
    }
}

#[test]
fn a_plan_reaches_the_largest_pool_and_no_further() {
    type Small = Tlsf<W, 8, 4, 1>;
    // Blocks whose lists have one size each: no search needs more than the block.
    let mut layouts = vec![layout(3 * W, 1)];
    let mut last = 0;
    while let Some(bytes) = Small::pool_bytes_for(&layouts) {
        last = bytes;
        layouts.push(layout(3 * W, 1));
    }
    layouts.pop();
    for size in (4..8).map(|words| words * W) {
        *layouts.last_mut().unwrap() = layout(size, 1);
        last = Small::pool_bytes_for(&layouts).unwrap_or(last);
    }
    assert_eq!(last, Small::POOL_BYTES_MAX & !(W - 1), "its whole granules");
    assert_eq!(Small::pool_bytes_for(&layouts), None);
}

/// Where FL is as wide as an address, the largest block is larger than any pool.
#[test]
fn no_computed_pool_is_larger_than_the_largest() {
    type Wide = Tlsf<W, { if W == 8 { 56 } else { 25 } }, 32, 1>;
    // Every power of two from the first on, and the rest of the largest payload.
    let (first, rest) =
        if W == 8 { (10, &[248, 248, 80][..]) } else { (9, &[100, 100, 100, 108][..]) };
    let sizes = (first..usize::BITS - 1).map(|log2| 1 << log2).chain(rest.iter().copied());
    let mut layouts: Vec<_> = sizes.map(|size| Layout::from_size_align(size, 1).unwrap()).collect();
    assert_eq!(Wide::pool_bytes_for(&layouts), None);
    layouts.pop();
    let bytes = Wide::pool_bytes_for(&layouts).unwrap();
    assert!((Wide::POOL_BYTES_MAX - 200..=Wide::POOL_BYTES_MAX).contains(&bytes));
}

/// Every block of a run of random calls keeps to the bound of its request.
fn waste_is_bounded<const ALIGN: usize, const FL: usize, const SL: usize>() {
    let mut lab = Lab::<ALIGN, FL, SL, 1>::new(&[64 << 10]);
    let (mut rng, mut live, mut most) = (SeededRng(7), Vec::new(), 0);
    for _ in 0..20_000 {
        let scale = rng.below(10);
        let size = 1 + rng.below(1 << scale);
        if live.is_empty() || rng.below(2) == 0 {
            let align = 1 << rng.below(9);
            live.extend(lab.memalign(align, size).map(|at| (at, size)));
        } else {
            let index = rng.below(live.len());
            let (at, _) = live.swap_remove(index);
            if rng.below(2) == 0 {
                lab.free(at);
            } else {
                let to = lab.realloc(Some(at), size);
                live.push((to.unwrap_or(at), if to.is_some() { size } else { lab.usable(at) }));
            }
        }
        if let Some(&(at, size)) = live.last() {
            let waste = lab.usable(at) + W - size;
            assert!(waste <= Tlsf::<ALIGN, FL, SL>::waste_of(size).unwrap());
            most = most.max(waste);
        }
    }
    assert_eq!(most, Tlsf::<ALIGN, FL, SL>::WASTE_MAX, "the bound is reached");
}

#[test]
fn no_block_wastes_more_than_the_bound_and_some_block_reaches_it() {
    waste_is_bounded::<W, CONTE_FL, 32>();
    waste_is_bounded::<16, 20, 8>();
    waste_is_bounded::<64, 16, 4>();
}

#[test]
fn the_worst_waste_is_that_of_the_worst_request() {
    type A64 = Tlsf<64, 16, 4>;
    let worst = |waste_of: fn(usize) -> Option<usize>| (1..4096).filter_map(waste_of).max();
    assert_eq!(worst(Tlsf::<W>::waste_of), Some(Tlsf::<W>::WASTE_MAX));
    assert_eq!(worst(A64::waste_of), Some(A64::WASTE_MAX));
    assert_eq!(Tlsf::<W>::waste_of(0), None);
}

/// The bytes from which on a request that is passed over is found.
fn searched(explained: Result<(), RequestError>, right: usize) -> usize {
    match explained {
        Err(RequestError::PassedOver { search, largest }) if largest == right => search,
        other => panic!("{other:?}"),
    }
}

/// 100 words in blocks of 5, of which every second one is free, and the reason for each refusal.
#[test]
fn a_refusal_has_its_reason() {
    let mut lab = Lab::<W, CONTE_FL, 32, 4>::over(200 * W);
    assert_eq!(lab.heap.explain(layout(8, 1)), Err(RequestError::NoPool));
    lab.add_pool(0, 98 * W).unwrap();
    let blocks = std::array::from_fn::<_, 16, _>(|_| lab.malloc(5 * W).unwrap());
    assert_eq!(lab.malloc(1), None);
    for pair in blocks.chunks(2) {
        lab.free(pair[0]);
    }
    let free = 8 * 5 * W;
    let explain = |size| lab.heap.explain(layout(size, 1));
    assert_eq!(explain(5 * W), Ok(()));
    assert_eq!(explain(0), Err(RequestError::ZeroSize));
    let scattered = RequestError::Fragmented { needs: 6 * W, free, largest: 5 * W };
    assert_eq!(explain(6 * W), Err(scattered));
    assert_eq!(explain(5 * W + 1), Err(scattered));
    assert_eq!(explain(41 * W), Err(RequestError::Exhausted { needs: 41 * W, free }));
    let huge = explain(isize::MAX as usize);
    let Err(RequestError::TooLarge { most }) = huge else { panic!("{huge:?}") };
    assert_eq!(explain(most), Err(RequestError::Exhausted { needs: most, free }));
    assert_eq!(explain(most + 1), Err(RequestError::TooLarge { most }));
    // The plain request would be granted; the aligned one searches for more.
    let aligned = layout(5 * W, 4 * W);
    let search = searched(lab.heap.explain(aligned), 5 * W);
    assert_eq!(Tlsf::<W>::search_size(aligned), Some(search));
    let passed_over = RequestError::PassedOver { search, largest: 5 * W };
    assert_eq!(lab.heap.try_allocate(aligned), Err(passed_over));
    let text = passed_over.to_string();
    assert!(text.ends_with(&format!("the search starts at blocks of {search}")), "{text}");
}

#[test]
fn a_block_inside_its_class_is_passed_over() {
    // One free block of 1000 words: its class starts below.
    let mut lab = Lab::<W, CONTE_FL, 32, 4>::new(&[1002 * W]);
    let most = lab.heap.max_allocatable();
    assert!(most < 1000 * W);
    let explain = |size| lab.heap.explain(layout(size, 1));
    assert_eq!(explain(most), Ok(()));
    // Enough bytes are free.
    for size in [most + 1, 1000 * W] {
        let search = searched(explain(size), 1000 * W);
        assert!(search > 1000 * W, "else it would be found");
        assert_eq!(Tlsf::<W>::search_size(layout(size, 1)), Some(search));
    }
    let error = RequestError::Exhausted { needs: 1001 * W, free: 1000 * W };
    assert_eq!(explain(1000 * W + 1), Err(error));
    assert_eq!(lab.malloc(most + 1), None);
}

fn the_largest_of_all_requests_is_exact<const ALIGN: usize, const FL: usize, const SL: usize>() {
    type Any<const ALIGN: usize, const FL: usize, const SL: usize> = Tlsf<ALIGN, FL, SL, 1>;
    let heap = Any::<ALIGN, FL, SL>::new();
    let huge = heap.explain(layout(isize::MAX as usize, 1));
    let Err(RequestError::TooLarge { most }) = huge else { panic!("{huge:?}") };
    assert_eq!(heap.explain(layout(most, 1)), Err(RequestError::NoPool));
    assert_eq!(heap.explain(layout(most + 1, 1)), Err(RequestError::TooLarge { most }));
}

#[test]
fn the_limit_of_requests_is_exact_in_every_geometry() {
    the_largest_of_all_requests_is_exact::<W, CONTE_FL, 32>();
    the_largest_of_all_requests_is_exact::<W, 8, 4>();
    the_largest_of_all_requests_is_exact::<16, 20, 8>();
    the_largest_of_all_requests_is_exact::<64, 16, 4>();
}

/// After each of some random calls.
fn max_allocatable_is_exact<const ALIGN: usize, const FL: usize, const SL: usize>() {
    let mut lab = Lab::<ALIGN, FL, SL, 1>::new(&[16 << 10]);
    let (mut rng, mut live) = (SeededRng(5), Vec::new());
    for _ in 0..300 {
        match lab.malloc(1 + rng.below(2000)) {
            Some(at) if rng.below(3) > 0 => live.push(at),
            at => {
                live.extend(at);
                lab.free(live.swap_remove(rng.below(live.len())));
            }
        }
        let most = lab.heap.max_allocatable();
        assert_eq!(lab.malloc(most + 1), None);
        let granted = lab.malloc(most);
        assert_eq!(granted.is_some(), most > 0, "{most}");
        granted.into_iter().for_each(|at| lab.free(at));
    }
}

#[test]
fn the_largest_grantable_request_is_exact_in_every_geometry() {
    max_allocatable_is_exact::<W, CONTE_FL, 32>();
    max_allocatable_is_exact::<W, 12, 4>();
    max_allocatable_is_exact::<16, 12, 8>();
    max_allocatable_is_exact::<64, 12, 16>();
}
