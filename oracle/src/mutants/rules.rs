//! The specification with one rule of TLSF 3.1 replaced by a wrong one.
//!
//! As a subject, each is an allocator that makes its mistake consistently. A rule marked `misread` makes
//! a second mutant, in which the specification has the same wrong rule, as if its author had misread the
//! same formula. Specification and subject then agree, and only the comparison with the C code fails.

use super::expected;
use crate::finding::Check;
use crate::geometry::{CONFIGURATIONS, Geometry, searching};
use crate::lockstep::Lockstep;
use crate::model::{Block, Conte31, End, Model, Rules, sizes};
use crate::subject::spec::Spec;

/// A lockstep whose subject follows the rules `R`.
pub fn with_rules<R: Rules + 'static>(geometry: usize) -> Lockstep {
    Lockstep::with_subject(geometry, Box::new(Spec::<R>::new(geometry)))
}

/// A lockstep whose subject and specification both follow the rules `R`.
pub fn with_shared_rules<R: Rules + 'static>(geometry: usize) -> Lockstep {
    let subject = Box::new(Spec::<R>::new(geometry));
    let specification = Box::new(Model::<R>::new(CONFIGURATIONS[geometry]));
    Lockstep::with_specification(geometry, subject, specification)
}

/// As [`with_rules`], with a bounded search in the geometry's place: for rules of that search.
pub fn searching_with_rules<R: Rules + 'static>(geometry: usize) -> Lockstep {
    with_rules::<R>(searching(geometry))
}

/// Receives the type of each wrong set of rules.
pub trait Visitor {
    /// Called once for each set of rules.
    fn visit<R: Rules + 'static>(&mut self, description: Description);
}

/// What the catalogue says about a set of rules.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its name in the code.
    pub name: &'static str,
    /// The checks that may fail first.
    pub expected: &'static [Check],
    /// The mistake, in one sentence.
    pub mistake: &'static str,
    /// It makes a second mutant, in which the specification has the same rules.
    pub misread: bool,
    /// It shows only with a bounded search.
    pub searching: bool,
}

/// Declares the wrong rules. For each: a name, the checks that may fail first, the mistake, and the rule
/// in place of the right one.
macro_rules! wrong_rules {
    ($($(#[$mark:ident])? $name:ident: $($expected:ident)|+, $mistake:literal
        fn $rule:ident($($arg:ident: $type:ty),*) $(-> $out:ty)? $body:block)*) => {
        $(
            #[doc = $mistake]
            #[derive(Clone, Debug, Default)]
            pub struct $name;
            impl Rules for $name {
                fn $rule(&mut self, $($arg: $type),*) $(-> $out)? $body
            }
        )*

        /// Visits each set of wrong rules.
        pub fn each(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name>(Description {
                name: stringify!($name),
                expected: &[$(expected::$expected),+],
                mistake: $mistake,
                misread: [$(stringify!($mark),)? ""][0] == "misread",
                searching: [$(stringify!($mark),)? ""][0] == "searching",
            });)*
            visitor.visit::<EveryThousandthFreeSkipsNext>(EveryThousandthFreeSkipsNext::DESCRIPTION);
        }
    };
}

wrong_rules! {
    MinSizeTooSmall: PLACEMENT, "the least block size is a word too small"
        fn min_size(g: &Geometry) -> usize { g.min_size() - g.align.min(g.word) }
    #[misread] MinSizeTooLarge: PLACEMENT, "the least block size is a granule too large"
        fn min_size(g: &Geometry) -> usize { g.min_size() + g.align }
    #[misread] FitOneGranuleMore: PLACEMENT, "requests are rounded up to a granule too many"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            sizes::fit(g, n.checked_add(g.align)?, g.min_size())
        }
    FitWraps: STATUS, "rounding up a request overflows and wraps around, as in TLSF 3.1 (B1)"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            let whole = n.wrapping_add(g.word + g.align - 1) & !(g.align - 1);
            let size = whole.saturating_sub(g.word).max(g.min_size());
            (g.key(size) < g.max()).then_some(size)
        }
    FitRoundsDown: STATUS | USABLE_SIZE, "requests are rounded down to a granule"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            sizes::fit(g, n.saturating_sub(g.align - 1).max(n.min(1)), g.min_size())
        }
    #[misread] FitRoundsUpToTheClass: PLACEMENT, "the block size of a request is rounded up to the least size of the class that is searched"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            let size = sizes::fit(g, n, g.min_size())?;
            let class = sizes::ceil(g, g.key(size))?;
            Some((sizes::least_key(g, class) - g.key(0)).max(size))
        }
    FloorOneLow: FREE_LISTS, "free blocks are listed one class too low"
        fn floor(g: &Geometry, key: usize) -> usize { sizes::floor(g, key).saturating_sub(1) }
    FloorRoundsToNearest: FREE_LISTS, "a free block in the upper half of a class is listed in the next class"
        fn floor(g: &Geometry, key: usize) -> usize {
            let class = sizes::floor(g, key);
            let top = class + 1 < sizes::classes(g);
            let upper = top && key >= g.small() && {
                let (least, next) = (sizes::least_key(g, class), sizes::least_key(g, class + 1));
                key - least > (next - least) / 2
            };
            class + usize::from(upper)
        }
    #[misread] CeilIsFloor: STATUS | USABLE_SIZE, "the search starts at the class that the request falls into, not at the first class whose blocks all fit"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> { Some(sizes::floor(g, key)) }
    #[misread] CeilOneHigh: PLACEMENT | STATUS, "the search starts one class too high"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> { Some(sizes::ceil(g, key)? + 1) }
    CeilSkipsExactClass: PLACEMENT | STATUS, "the search for exactly the least size of a class starts above that class"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> {
            let class = sizes::ceil(g, key)?;
            let edge = key >= g.small() && sizes::least_key(g, class) == key;
            Some(class + usize::from(edge))
        }
    CeilSkipsExactClassForWideAligns: STATUS, "the same, but only in geometries with ALIGN above a word"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> {
            let class = sizes::ceil(g, key)?;
            let edge = g.align > g.word && key >= g.small() && sizes::least_key(g, class) == key;
            Some(class + usize::from(edge))
        }
    #[searching] NearLooksOneFurther: PLACEMENT | STATUS, "a bounded search looks at one block more"
        fn near(g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
            sizes.iter().take(g.search + 1).position(|&size| size >= fit)
        }
    #[searching] NearTakesTheLast: PLACEMENT, "a bounded search takes the last of the blocks that are large enough"
        fn near(g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
            sizes.iter().take(g.search).rposition(|&size| size >= fit)
        }
    #[searching] NearTakesTheBest: PLACEMENT, "a bounded search takes the smallest of the blocks that are large enough"
        fn near(g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
            let fitting = sizes.iter().take(g.search).enumerate().filter(|&(_, &size)| size >= fit);
            fitting.min_by_key(|&(_, size)| size).map(|(nth, _)| nth)
        }
    #[searching] NearSkipsTheHead: PLACEMENT | STATUS, "a bounded search does not look at the head of the list"
        fn near(g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
            sizes.iter().take(g.search + 1).skip(1).position(|&size| size >= fit).map(|nth| nth + 1)
        }
    #[searching] NearNeedsSpareBytes: PLACEMENT | STATUS, "a bounded search passes over a block that is exactly large enough"
        fn near(g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
            sizes.iter().take(g.search).position(|&size| size > fit)
        }
    #[searching] NearIsSkippedWhenFull: STATUS | PLACEMENT, "a bounded search is not made in a list of more than three blocks"
        fn near(g: &Geometry, sizes: &[usize], fit: usize) -> Option<usize> {
            let most = if sizes.len() > 3 { 0 } else { g.search };
            sizes.iter().take(most).position(|&size| size >= fit)
        }
    #[misread] Fifo: FREE_LISTS, "free lists are first in, first out"
        fn inserts_at() -> End { End::Back }
    NeverSplits: PLACEMENT, "a block is never split: each request gets the whole block that was found (tlsf-bsd)"
        fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
            let _ = (g, size, fit);
            false
        }
    #[misread] SplitsLate: PLACEMENT, "a block is not split when the rest is exactly the least block"
        fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
            size > fit + g.word + g.min_size()
        }
    SplitsEarly: PLACEMENT, "a block is split when the rest has space for a payload, but not for its header"
        fn splits(g: &Geometry, size: usize, fit: usize) -> bool { size >= fit + g.min_size() }
    NeverTrims: PLACEMENT, "realloc never splits off a tail"
        fn trims(g: &Geometry, size: usize, fit: usize) -> bool {
            let _ = (g, size, fit);
            false
        }
    #[misread] TrimsLate: PLACEMENT, "realloc does not split off a tail that is exactly the least block"
        fn trims(g: &Geometry, size: usize, fit: usize) -> bool {
            size > fit + g.word + g.min_size()
        }
    TailNeverMerges: WALK, "the tail that realloc splits off is not merged with a free successor"
        fn tail_merges(next: Block) -> bool { next.size == 0 }
    NeverMergesPrev: WALK, "a freed block is not merged with its free predecessor"
        fn merges_prev(prev: Block) -> bool { prev.size == 0 }
    NeverMergesNext: WALK, "a freed block is not merged with its free successor"
        fn merges_next(next: Block) -> bool { next.size == 0 }
    NeverMergesLargePrev: WALK, "a freed block is not merged with a free predecessor of 16 KiB or more"
        fn merges_prev(prev: Block) -> bool { prev.free && prev.size < 16 << 10 }
    GapOneGranuleShort: PLACEMENT, "memalign accepts a gap that is one granule too small for a block"
        fn gap_min(g: &Geometry) -> usize { g.min_size() + g.word - g.align }
    AlignedSearchOmitsGap: PLACEMENT | STATUS, "the size that memalign searches for does not include the gap"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            sizes::fit(g, sizes::round_up(fit.checked_add(align)?, align)?, g.min_size())
        }
    #[misread] AlignedSearchNotRounded: PLACEMENT | STATUS, "the size that memalign searches for is not rounded up to the alignment"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            let most = fit.checked_add(align)?.checked_add(g.word + g.min_size())?;
            sizes::fit(g, most, g.min_size())
        }
    AlignedSearchOmitsGapForWideAligns: PLACEMENT | STATUS | CONTAINMENT, "for an alignment of twice ALIGN, with ALIGN above a word, the size that memalign searches for does not include the gap"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            let gapless = g.align > g.word && align == 2 * g.align;
            if gapless { Some(fit) } else { Conte31.roomy_fit(g, fit, align) }
        }
    AlignedSearchIsContesForWideAligns: PLACEMENT | STATUS, "with ALIGN above a word, memalign searches for as much as TLSF 3.1 would, more than it needs"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            let most = fit.checked_add(align)?.checked_add(g.word + g.min_size())?;
            sizes::fit(g, sizes::round_up(most, align)?, g.min_size())
        }
    AlignedAcceptsSmallGaps: PLACEMENT, "memalign accepts gaps that are at least a word, but too small for a block"
        fn aligned(g: &Geometry, payload: usize, align: usize) -> usize {
            let aligned = payload.next_multiple_of(align);
            let is_small = aligned > payload && aligned - payload < g.word;
            if is_small { aligned + align } else { aligned }
        }
    NeverGrowsInPlace: PLACEMENT | STATUS, "realloc never grows a block in place"
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            fit + g.max() <= size && next.is_some()
        }
    GrowOmitsHeader: PLACEMENT | STATUS, "growing in place does not count the absorbed header"
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            let _ = g;
            next.is_some_and(|next| next.free && size + next.size >= fit)
        }
    #[misread] GrowNeedsSpareBytes: PLACEMENT | STATUS, "a block does not grow in place when its successor is exactly large enough"
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            next.is_some_and(|next| next.free && size + g.word + next.size > fit)
        }
    AlignmentLost: ALIGNMENT | STATUS, "a realloc that moves a block loses its alignment, as in TLSF 3.1 (B16)"
        fn moved_align(align: usize) -> usize { align.min(1) }
    CopiesOneHeaderLess: PAYLOAD, "a realloc that moves a block copies one header size less than it should"
        fn copied(size: usize, n: usize) -> usize { size.min(n).saturating_sub(size_of::<usize>()) }
    CopyOmitsLastByte: PAYLOAD, "a realloc that moves 4 KiB or more does not copy the last byte"
        fn copied(size: usize, n: usize) -> usize {
            let copied = size.min(n);
            if copied >= 4096 { copied - 1 } else { copied }
        }
}

/// Every thousandth free of a run does not merge the block with its free successor.
#[derive(Clone, Debug, Default)]
pub struct EveryThousandthFreeSkipsNext(u32);

impl EveryThousandthFreeSkipsNext {
    const DESCRIPTION: Description = Description {
        name: "EveryThousandthFreeSkipsNext",
        expected: &[expected::WALK],
        mistake: "every thousandth free of a run does not merge the block with its free successor",
        misread: false,
        searching: false,
    };
}

impl Rules for EveryThousandthFreeSkipsNext {
    fn merges_next(&mut self, next: Block) -> bool {
        self.0 += 1;
        next.free && self.0 % 1000 != 0
    }
}
