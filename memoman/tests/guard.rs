//! The pointer policy: every misuse identified, at every address, against a register of live blocks;
//! every reaction; and nothing changed. Damage is the subject of `guard_damage`.
#![cfg(feature = "guard")]

#[path = "support/guarded.rs"]
mod guarded;
mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use guarded::{Kind, Lab, granted, note, noted};
use memoman::{
    CONTE_FL, GuardError, Guarded, Law, Misuse, Place, PoolError, Reaction, RequestError, WORD as W,
};
use support::{Arena, SeededRng};

fn random<const A: usize, const FL: usize, const SL: usize>(seed: u32, steps: usize) {
    let granules = 10;
    let mut lab = Lab::<A, FL, SL>::new(Reaction::Error, granules);
    let mut rng = SeededRng(seed);
    let mut misuses = 0;
    for step in 0..steps {
        let most = 4 * A.max(4 * W);
        let named = |rng: &mut SeededRng, lab: &Lab<A, FL, SL>| {
            lab.live.keys().copied().nth(rng.below(lab.live.len().max(1)))
        };
        match (rng.below(8), named(&mut rng, &lab)) {
            (0..=2, _) => drop(lab.malloc(1 + rng.below(most))),
            (3, Some(at)) => drop(lab.realloc(at, A << rng.below(2), rng.below(most)).unwrap()),
            (4, Some(at)) => {
                let ptr = lab.arena.at(at);
                let size = rng.below(most);
                // SAFETY: the test's own block, whose content is not used.
                let done = unsafe {
                    match rng.below(2) {
                        0 => lab.heap.try_grow_in_place(ptr, size),
                        _ => lab.heap.shrink_in_place(ptr, size),
                    }
                };
                granted(done).unwrap();
                lab.live.insert(at, lab.heap.usable_size(ptr).unwrap());
            }
            (5, Some(at)) => lab.free(at).unwrap(),
            (_, _) => {
                let at = rng.below(4 * granules * A.max(4 * W));
                if !matches!(lab.kind(at), Kind::Live(_)) {
                    let before = lab.arena.contents();
                    assert!(lab.free(at).is_err());
                    assert!(lab.realloc(at, A, rng.below(most)).is_err());
                    assert!(before == lab.arena.contents());
                    misuses += 1;
                }
            }
        }
        let census = lab.heap.validate().unwrap();
        assert_eq!(census.used_blocks, lab.live.len());
        if step % 8 == 0 && !cfg!(miri) {
            lab.check_everywhere(4 * granules * A.max(4 * W));
        }
    }
    assert!(misuses > steps / 10);
    while let Some((&at, _)) = lab.live.first_key_value() {
        lab.free(at).unwrap();
    }
    assert_eq!(lab.heap.validate().unwrap().free_blocks, 2);
}

#[test]
fn every_address_is_classified_exactly() {
    // Miri is slow.
    let steps = if cfg!(miri) { 20 } else { 400 };
    random::<W, CONTE_FL, 32>(1, steps);
    random::<W, 10, 4>(2, steps);
    random::<16, 12, 8>(3, steps);
    random::<64, 12, 16>(4, steps / 2);
}

/// Every call on one pointer is refused in the same way, and the handler is called once each time.
fn refused(lab: &mut Lab<W, 10, 4>, ptr: NonNull<u8>) -> Misuse {
    let before = lab.arena.contents();
    let expected = lab.heap.check(ptr).unwrap_err();
    assert_eq!(noted(), None, "`check` is no misuse");
    let layout = Layout::new::<usize>();
    let large = Layout::new::<[u8; 1 << 20]>();
    type Call = fn(&mut Guarded<W, 10, 4, 2>, NonNull<u8>, [Layout; 2]) -> Result<(), GuardError>;
    // SAFETY: no live block starts at the pointer, so nothing may happen.
    let calls: [Call; 7] = unsafe {
        [
            |heap, ptr, _| heap.deallocate(ptr),
            |heap, ptr, [layout, _]| heap.deallocate_sized(ptr, layout),
            |heap, ptr, [layout, _]| heap.reallocate(ptr, layout).map(drop),
            |heap, ptr, [_, large]| heap.reallocate(ptr, large).map(drop),
            |heap, ptr, _| heap.try_grow_in_place(ptr, 5 * W).map(drop),
            |heap, ptr, _| heap.shrink_in_place(ptr, W).map(drop),
            |heap, ptr, _| heap.usable_size(ptr).map(drop),
        ]
    };
    for call in calls {
        assert_eq!(call(&mut lab.heap, ptr, [layout, large]), Err(expected.into()));
        assert_eq!(noted(), Some(expected));
    }
    assert!(before == lab.arena.contents());
    lab.heap.validate().unwrap();
    expected
}

#[test]
fn each_misuse_is_refused_by_every_operation_and_changes_nothing() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Handler(note), 10);
    let [a, b, c, _d] = lab.mallocs([3 * W, 5 * W, 4 * W, 3 * W]);
    lab.free(b).unwrap();
    let at = |lab: &Lab<W, 10, 4>, offset| lab.arena.at(offset);
    let pool = lab.pools[0].0;
    let number = lab.heap.heap().pools().position(|own| own.contains(lab.arena.at(a))).unwrap();
    let base = lab.pools[number].0;

    for foreign in [0, pool - W, pool, pool + 1, lab.pools[1].0 + lab.pools[1].1 - W] {
        let ptr = at(&lab, foreign);
        assert_eq!(refused(&mut lab, ptr), Misuse::Foreign { ptr });
    }
    let outside = NonNull::from(Box::leak(Box::new(0_u64))).cast();
    assert_eq!(refused(&mut lab, outside), Misuse::Foreign { ptr: outside });
    let ptr = at(&lab, a + 1);
    let misaligned = Misuse::Misaligned { ptr, pool: number, offset: a + 1 - base };
    assert_eq!(refused(&mut lab, ptr), misaligned);
    for inside in [a + W, a + 2 * W, c - W, c + 3 * W] {
        let (ptr, block) = (at(&lab, inside), at(&lab, if inside < b { a } else { c }));
        let interior = Misuse::Interior { ptr, pool: number, offset: inside - base, block };
        assert_eq!(refused(&mut lab, ptr), interior);
    }
    // Twice; and again when its neighbours have been freed, too: it is inside one free block now.
    let (ptr, block, offset) = (at(&lab, b), at(&lab, b), b - base);
    assert_eq!(refused(&mut lab, ptr), Misuse::Double { ptr, pool: number, offset, block });
    lab.free(a).unwrap();
    lab.free(c).unwrap();
    let block = at(&lab, a);
    assert_eq!(refused(&mut lab, ptr), Misuse::Double { ptr, pool: number, offset, block });
}

#[test]
fn a_block_for_a_layout_is_aligned_and_registered() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 20);
    for (size, align) in [(1, 1), (5 * W, W), (7, 8 * W), (3 * W, 16 * W)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        let ptr = lab.heap.allocate(layout).unwrap();
        assert_eq!(ptr.addr().get() % align, 0);
        let at = lab.entered(ptr);
        assert!(lab.live[&at] >= size);
    }
    lab.check_everywhere(lab.arena.contents().len());
    let huge = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    let refused = lab.heap.allocate(huge).unwrap_err();
    assert!(matches!(refused, GuardError::Request(RequestError::TooLarge { .. })), "{refused}");
}

#[test]
fn a_wrong_layout_is_a_misuse() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let a = lab.malloc(5 * W).unwrap();
    let ptr = lab.arena.at(a);
    let layout = |size, align| Layout::from_size_align(size, align).unwrap();
    let wrong = Err(Misuse::Layout { ptr, usable: 5 * W }.into());
    // SAFETY: refused but for the last; the block is the test's.
    unsafe {
        assert_eq!(lab.heap.deallocate_sized(ptr, layout(6 * W, W)), wrong);
        assert_eq!(lab.heap.deallocate_sized(ptr, layout(1, 4096)), wrong);
        assert_eq!(lab.heap.deallocate_sized(ptr, layout(5 * W, 1)), Ok(()));
    }
}

#[test]
#[should_panic(expected = "double free of 0x")]
fn a_misuse_can_panic() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    lab.heap.set_reaction(Reaction::Panic);
    let a = lab.malloc(5 * W).unwrap();
    lab.free(a).unwrap();
    let _ = lab.free(a);
}

#[test]
fn pools_are_added_and_removed_with_their_blocks_registered() {
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let held: Vec<_> = std::iter::from_fn(|| lab.malloc(3 * W)).collect();
    let pools: Vec<_> = lab.heap.heap().pools().collect();
    let busy = lab.heap.remove_pool(pools[0]);
    assert!(matches!(busy, Err(GuardError::Pool(PoolError::Busy(_)))), "{busy:?}");
    let (first, second): (Vec<_>, Vec<_>) =
        held.iter().partition(|&&at| pools[0].contains(lab.arena.at(at)));
    assert!(!first.is_empty() && !second.is_empty());
    first.iter().for_each(|&at| lab.free(at).unwrap());
    lab.heap.remove_pool(pools[0]).unwrap();
    lab.pools.remove(0);
    lab.heap.validate().unwrap();
    lab.check_everywhere(lab.arena.contents().len());
    lab.free(second[1]).unwrap();
    // SAFETY: nothing else uses the arena.
    unsafe { lab.heap.add_pool(lab.arena.at(0), 20 * W) }.unwrap();
    lab.pools.push((0, 20 * W));
    lab.check_everywhere(lab.arena.contents().len());
    lab.live.clear();
    // SAFETY: no block is used afterwards.
    unsafe { lab.heap.reset() };
    assert_eq!(lab.heap.validate().unwrap().free_blocks, 2);
    lab.check_everywhere(lab.arena.contents().len());
}

#[test]
fn a_misuse_prints_what_and_where() {
    const fn shared<T: Send + Sync + std::error::Error>() {}
    shared::<Misuse>();
    shared::<GuardError>();
    const { assert!(size_of::<Misuse>() <= 5 * W) };
    let mut lab = Lab::<W, 10, 4>::new(Reaction::Error, 10);
    let a = lab.malloc(5 * W).unwrap();
    let text = lab.heap.check(lab.arena.at(a + W)).unwrap_err().to_string();
    let (ptr, block) = (lab.arena.at(a + W), lab.arena.at(a));
    assert!(text.contains(&format!("{ptr:p}")) && text.contains(&format!("{block:p}")), "{text}");
    let violation = memoman::Violation::new(Law::Links, Place::Heap);
    assert!(Misuse::from(violation).to_string().contains("Links"));
}

/// The whole `Guarded` is its control: what lies behind the `Tlsf` inside, too.
#[test]
fn a_pool_over_any_word_of_a_guarded_heap_is_refused() {
    type Heap = Guarded<W, 10, 4, 2>;
    let arena = Arena::new(1 << 14);
    let (home, control) = (1 << 13, size_of::<Heap>());
    let heap = arena.at(home).cast::<Heap>();
    // SAFETY: arena memory, aligned and used by nothing else.
    let heap = unsafe {
        heap.write(Guarded::new(Reaction::Error));
        &mut *heap.as_ptr()
    };
    let refused = |result| assert_eq!(result, Err(PoolError::OverlapsControl.into()));
    for inside in (0..control).step_by(if cfg!(miri) { 8 } else { 1 } * W) {
        // SAFETY: refused for its numbers.
        refused(unsafe { heap.add_pool(arena.at(home + inside), 512) });
    }
    // SAFETY: refused for its numbers.
    refused(unsafe { heap.add_pool(arena.at(home - 512), 512 + 1) });
    // Up to its first byte, and from the first behind it.
    let gap = 8 * W;
    // SAFETY: arena memory, used by nothing else.
    let front = unsafe { heap.add_pool(arena.at(home - 512 - gap), 512) }.unwrap();
    // SAFETY: arena memory, used by nothing else.
    unsafe { heap.add_pool(arena.at(home + control), 512) }.unwrap();
    for more in [gap + W, gap + control, gap + control + 64 * W] {
        // SAFETY: refused for its numbers.
        refused(unsafe { heap.extend_pool(front, more) });
    }
    // SAFETY: the gap is unused.
    unsafe { heap.extend_pool(front, gap) }.unwrap();
    heap.malloc(24).unwrap();
    heap.validate().unwrap();
}

#[test]
fn the_policy_costs_two_words_a_pool_and_seven_more_with_internals() {
    let more = size_of::<Guarded<W, 8, 4, 2>>() - size_of::<memoman::Tlsf<W, 8, 4, 2>>();
    assert_eq!(more, 2 * 2 * W + 4 * W + size_of::<memoman::UnlistedPools>());
    assert_eq!(size_of::<memoman::UnlistedPools>(), 3 * W);
}
