//! Each rule decides something: a mutant of it is soon another allocator.

use super::laws::Run;
use super::*;
use crate::model::{Block, Conte31, End, sizes};

/// Steps until the mutant's answers or heap differ from the specification's, in three geometries.
fn steps_until_noticed<R: Rules>() -> Option<usize> {
    let a16 = Geometry { name: "a16", align: 16, sl: 4, ..W8 };
    [W8, W4, a16].into_iter().find_map(|g| {
        let mut right: Run<Conte31> = Run::new(g, 7);
        let mut wrong: Run<R> = Run::new(g, 7);
        (1..=3000).find(|_| {
            right.step() != wrong.step()
                || right.model.pools() != wrong.model.pools()
                || !right.model.lists().eq(wrong.model.lists())
        })
    })
}

/// A mutant named `$name`, with one rule in place of Conte's.
macro_rules! mutants {
    ($($name:ident: fn $rule:ident($($arg:ident: $type:ty),*) $(-> $out:ty)? $body:block)*) => {
        $(
            #[derive(Clone, Debug, Default)]
            struct $name;
            impl Rules for $name {
                fn $rule(&mut self, $($arg: $type),*) $(-> $out)? $body
            }
        )*
        #[test]
        fn a_mutant_of_any_rule_is_noticed() {
            $(assert!(steps_until_noticed::<$name>().is_some(), stringify!($name));)*
        }
    };
}

mutants! {
    LeastTooSmall: fn min_size(g: &Geometry) -> usize { g.min_size() - g.align.min(g.word) }
    LeastTooLarge: fn min_size(g: &Geometry) -> usize { g.min_size() + g.align }
    FitOneGranuleMore: fn fit(g: &Geometry, n: usize) -> Option<usize> {
        sizes::fit(g, n.checked_add(g.align)?, g.min_size())
    }
    FitWraps: fn fit(g: &Geometry, n: usize) -> Option<usize> {
        let whole = n.wrapping_add(g.word + g.align - 1) & !(g.align - 1);
        let size = whole.saturating_sub(g.word).max(g.min_size());
        (g.key(size) < g.max()).then_some(size)
    }
    FloorOneLow: fn floor(g: &Geometry, key: usize) -> usize {
        sizes::floor(g, key).saturating_sub(1)
    }
    CeilIsFloor: fn ceil(g: &Geometry, key: usize) -> Option<usize> { Some(sizes::floor(g, key)) }
    CeilOneHigh: fn ceil(g: &Geometry, key: usize) -> Option<usize> {
        Some(sizes::ceil(g, key)? + 1)
    }
    Fifo: fn inserts_at() -> End { End::Back }
    NeverSplits: fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
        let _ = (g, size, fit);
        false
    }
    SplitsLate: fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
        size > fit + g.word + g.min_size()
    }
    SplitsEarly: fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
        size >= fit + g.min_size()
    }
    NeverTrims: fn trims(g: &Geometry, size: usize, fit: usize) -> bool {
        let _ = (g, size, fit);
        false
    }
    TailStaysApart: fn tail_merges(next: Block) -> bool { next.size == 0 }
    NeverMergesPrev: fn merges_prev(prev: Block) -> bool { prev.size == 0 }
    NeverMergesNext: fn merges_next(next: Block) -> bool { next.size == 0 }
    GapOneGranuleLess: fn gap_min(g: &Geometry) -> usize { g.min_size() + g.word - g.align }
    RoomyForgetsTheGap: fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
        sizes::fit(g, sizes::round_up(fit.checked_add(align)?, align)?, g.min_size())
    }
    AlignedIgnoresSmallGaps: fn aligned(g: &Geometry, payload: usize, align: usize) -> usize {
        let aligned = payload.next_multiple_of(align);
        let is_small = aligned > payload && aligned - payload < g.word;
        if is_small { aligned + align } else { aligned }
    }
    NeverGrows: fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize)
        -> bool { fit + g.max() <= size && next.is_some() }
    GrowsWithoutCountingTheHeader:
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            let _ = g;
            next.is_some_and(|next| next.free && size + next.size >= fit)
        }
    CopiesTheNewSize: fn copied(size: usize, n: usize) -> usize { size.max(n) - 1 }
}

#[test]
fn the_order_of_merges_shows_in_no_answer() {
    #[derive(Clone, Debug, Default)]
    struct NextFirst;
    impl Rules for NextFirst {
        fn merges_next_first(&mut self) -> bool {
            true
        }
    }
    assert_eq!(steps_until_noticed::<NextFirst>(), None);
}

#[test]
fn the_right_rules_under_another_name_are_not_noticed() {
    #[derive(Clone, Debug, Default)]
    struct Same;
    impl Rules for Same {}
    assert_eq!(steps_until_noticed::<Same>(), None);
}

#[test]
fn a_fifo_hands_out_the_block_freed_first() {
    fn second_of_two<R: Rules>() -> Option<usize> {
        let mut model: Model<R> = with_pool(W8, 4096);
        let p: Vec<_> = (0..4).map(|_| model.malloc(24).unwrap()).collect();
        model.free(p[0]);
        model.free(p[2]);
        model.malloc(24)
    }
    assert_eq!(second_of_two::<Conte31>(), Some(72));
    assert_eq!(second_of_two::<Fifo>(), Some(8));
}

#[test]
fn a_mutant_may_count_and_reset_forgets_the_count() {
    /// Every third free leaves its successor alone.
    #[derive(Clone, Debug, Default)]
    struct EveryThird(u32);
    impl Rules for EveryThird {
        fn merges_next(&mut self, next: Block) -> bool {
            self.0 += 1;
            next.free && self.0 % 3 != 0
        }
    }
    let mut model: Model<EveryThird> = with_pool(W8, 4096);
    for round in 0..2 {
        for free in 1..=3 {
            let p = model.malloc(24).unwrap();
            model.free(p);
            assert_eq!(model.is_whole(0), free != 3, "round {round}");
        }
        model.reset();
        model.add_pool(0, 4096).unwrap();
    }
}
