//! Mutants of the specification: one decision of TLSF 3.1 each, taken wrong.
//!
//! As a subject each is an allocator that is wrong consistently. Those marked `misread` are
//! planted twice: the second time the specification shares the mistake, as if whoever wrote both
//! had misread a formula. It then agrees with its subject, and only the C code can object.

use super::by;
use crate::finding::Check;
use crate::geometry::{GEOMETRIES, Geometry};
use crate::lockstep::Lockstep;
use crate::model::{Block, End, Model, Rules, sizes};
use crate::subject::spec::Spec;

/// A lockstep whose subject obeys the rules `R`.
pub fn obeying<R: Rules + 'static>(geometry: usize) -> Lockstep {
    Lockstep::with_subject(geometry, Box::new(Spec::<R>::new(geometry)))
}

/// The same, and the specification obeys them, too.
pub fn misread<R: Rules + 'static>(geometry: usize) -> Lockstep {
    let subject = Box::new(Spec::<R>::new(geometry));
    let specification = Box::new(Model::<R>::new(GEOMETRIES[geometry]));
    Lockstep::with_specification(geometry, subject, specification)
}

/// Somebody who wants to see each mutant.
pub trait Visitor {
    /// One mutant.
    fn visit<R: Rules + 'static>(&mut self, about: About);
}

/// What there is to know of a mutant.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name.
    pub name: &'static str,
    /// The checks that may object first.
    pub by: &'static [Check],
    /// What is wrong.
    pub sentence: &'static str,
    /// Planted as misread, too.
    pub misread: bool,
}

/// Mutants: a name, the checks that may object first, what is wrong, and the rule in place of Conte's.
macro_rules! mutants {
    ($($(#[$misread:ident])? $name:ident: $($by:ident)|+, $sentence:literal
        fn $rule:ident($($arg:ident: $type:ty),*) $(-> $out:ty)? $body:block)*) => {
        $(
            #[doc = $sentence]
            #[derive(Clone, Debug, Default)]
            pub struct $name;
            impl Rules for $name {
                fn $rule(&mut self, $($arg: $type),*) $(-> $out)? $body
            }
        )*

        /// Shows each mutant.
        pub fn each(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name>(About {
                name: stringify!($name),
                by: &[$(by::$by),+],
                sentence: $sentence,
                misread: [$(stringify!($misread),)? ""].len() > 1,
            });)*
            visitor.visit::<EveryThousandth>(EveryThousandth::ABOUT);
        }
    };
}

mutants! {
    LeastTooSmall: PLACEMENT, "the least block is a word too small"
        fn min_size(g: &Geometry) -> usize { g.min_size() - g.align.min(g.word) }
    #[misread] LeastTooLarge: PLACEMENT, "the least block is a granule too large"
        fn min_size(g: &Geometry) -> usize { g.min_size() + g.align }
    #[misread] FitOneGranuleMore: PLACEMENT, "requests are rounded up a granule too far"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            sizes::fit(g, n.checked_add(g.align)?, g.min_size())
        }
    FitWraps: STATUS, "rounding up a request wraps around, as in TLSF 3.1 (B1)"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            let whole = n.wrapping_add(g.word + g.align - 1) & !(g.align - 1);
            let size = whole.saturating_sub(g.word).max(g.min_size());
            (g.key(size) < g.max()).then_some(size)
        }
    FitRoundsDown: STATUS | USABLE_SIZE, "requests are rounded down to the granule below"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            sizes::fit(g, n.saturating_sub(g.align - 1).max(n.min(1)), g.min_size())
        }
    #[misread] FitIsTheWholeClass: PLACEMENT, "requests are rounded up to the least size of their class"
        fn fit(g: &Geometry, n: usize) -> Option<usize> {
            let size = sizes::fit(g, n, g.min_size())?;
            let class = sizes::ceil(g, g.key(size))?;
            Some((sizes::least_key(g, class) - g.key(0)).max(size))
        }
    FloorOneLow: FREE_LISTS, "blocks are listed a class too low"
        fn floor(g: &Geometry, key: usize) -> usize { sizes::floor(g, key).saturating_sub(1) }
    FloorByNearest: FREE_LISTS, "a block in the upper half of a class is listed in the next one"
        fn floor(g: &Geometry, key: usize) -> usize {
            let class = sizes::floor(g, key);
            let top = class + 1 < sizes::classes(g);
            let upper = top && key >= g.small() && {
                let (least, next) = (sizes::least_key(g, class), sizes::least_key(g, class + 1));
                key - least > (next - least) / 2
            };
            class + usize::from(upper)
        }
    #[misread] CeilIsFloor: STATUS | USABLE_SIZE, "the search starts at the class of the request, not above it"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> { Some(sizes::floor(g, key)) }
    #[misread] CeilOneHigh: PLACEMENT | STATUS, "the search starts a class too high"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> { Some(sizes::ceil(g, key)? + 1) }
    CeilMissesTheEdge: PLACEMENT | STATUS, "a request of exactly a class's least size is searched for above that class"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> {
            let class = sizes::ceil(g, key)?;
            let edge = key >= g.small() && sizes::least_key(g, class) == key;
            Some(class + usize::from(edge))
        }
    CeilMissesTheEdgeOfWideAligns: STATUS, "the same, but only with ALIGN above a word"
        fn ceil(g: &Geometry, key: usize) -> Option<usize> {
            let class = sizes::ceil(g, key)?;
            let edge = g.align > g.word && key >= g.small() && sizes::least_key(g, class) == key;
            Some(class + usize::from(edge))
        }
    #[misread] Fifo: FREE_LISTS, "free lists are queues"
        fn inserts_at() -> End { End::Back }
    NeverSplits: PLACEMENT, "the whole block is handed out, whatever was asked for (tlsf-bsd)"
        fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
            let _ = (g, size, fit);
            false
        }
    #[misread] SplitsLate: PLACEMENT, "a rest that is exactly a block is not cut off"
        fn splits(g: &Geometry, size: usize, fit: usize) -> bool {
            size > fit + g.word + g.min_size()
        }
    SplitsEarly: PLACEMENT, "a rest is cut off that has no room for its header"
        fn splits(g: &Geometry, size: usize, fit: usize) -> bool { size >= fit + g.min_size() }
    NeverTrims: PLACEMENT, "realloc cuts nothing off"
        fn trims(g: &Geometry, size: usize, fit: usize) -> bool {
            let _ = (g, size, fit);
            false
        }
    #[misread] TrimsLate: PLACEMENT, "realloc leaves a tail that is exactly a block"
        fn trims(g: &Geometry, size: usize, fit: usize) -> bool {
            size > fit + g.word + g.min_size()
        }
    TailStaysApart: WALK, "the tail that realloc cuts off is not merged with a free successor"
        fn tail_merges(next: Block) -> bool { next.size == 0 }
    NeverMergesPrev: WALK, "a freed block is not merged with its predecessor"
        fn merges_prev(prev: Block) -> bool { prev.size == 0 }
    NeverMergesNext: WALK, "a freed block is not merged with its successor"
        fn merges_next(next: Block) -> bool { next.size == 0 }
    MergesNoLargePrev: WALK, "a predecessor of 16 KiB or more is not merged with"
        fn merges_prev(prev: Block) -> bool { prev.free && prev.size < 16 << 10 }
    GapOneGranuleLess: PLACEMENT, "memalign takes a gap that is a granule short of a block"
        fn gap_min(g: &Geometry) -> usize { g.min_size() + g.word - g.align }
    RoomyForgetsTheGap: PLACEMENT | STATUS, "memalign searches for too little: the gap is not counted"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            sizes::fit(g, sizes::round_up(fit.checked_add(align)?, align)?, g.min_size())
        }
    #[misread] RoomyNotRounded: PLACEMENT | STATUS, "memalign does not round what it searches for up to the alignment"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            let most = fit.checked_add(align)?.checked_add(g.word + g.min_size())?;
            sizes::fit(g, most, g.min_size())
        }
    RoomyForgetsTheGapOfWideAligns: PLACEMENT | STATUS, "the same, but only with ALIGN above a word, for twice ALIGN"
        fn roomy_fit(g: &Geometry, fit: usize, align: usize) -> Option<usize> {
            let gap = if g.align > g.word && align == 2 * g.align { 0 } else { g.word + g.min_size() };
            let most = fit.checked_add(align)?.checked_add(gap)?;
            sizes::fit(g, sizes::round_up(most, align)?, g.min_size())
        }
    AlignedIgnoresSmallGaps: PLACEMENT, "memalign takes gaps between a word and a block"
        fn aligned(g: &Geometry, payload: usize, align: usize) -> usize {
            let aligned = payload.next_multiple_of(align);
            let is_small = aligned > payload && aligned - payload < g.word;
            if is_small { aligned + align } else { aligned }
        }
    NeverGrows: PLACEMENT | STATUS, "realloc never grows a block in its place"
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            fit + g.max() <= size && next.is_some()
        }
    GrowsWithoutCountingTheHeader: PLACEMENT | STATUS, "growing in place does not count the header that it gains"
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            let _ = g;
            next.is_some_and(|next| next.free && size + next.size >= fit)
        }
    #[misread] GrowsBeyondOnly: PLACEMENT | STATUS, "a successor that is just large enough is not used to grow"
        fn grows_in_place(g: &Geometry, size: usize, next: Option<Block>, fit: usize) -> bool {
            next.is_some_and(|next| next.free && size + g.word + next.size > fit)
        }
    AlignmentLost: ALIGNMENT | STATUS, "a realloc that moves a block forgets how it was aligned, as TLSF 3.1's (B16)"
        fn moved_align(align: usize) -> usize { align.min(1) }
    CopiesAHeaderLess: PAYLOAD, "a realloc that moves takes its header for a part of what it copies"
        fn copied(size: usize, n: usize) -> usize { size.min(n).saturating_sub(size_of::<usize>()) }
    CopiesAllButTheLastByte: PAYLOAD, "a realloc that moves a block of 4 KiB or more loses a byte"
        fn copied(size: usize, n: usize) -> usize {
            let copied = size.min(n);
            if copied >= 4096 { copied - 1 } else { copied }
        }
}

/// Every thousandth free leaves its successor alone.
#[derive(Clone, Debug, Default)]
pub struct EveryThousandth(u32);

impl EveryThousandth {
    const ABOUT: About = About {
        name: "EveryThousandth",
        by: &[by::WALK],
        sentence: "every thousandth free of a run leaves its successor alone",
        misread: false,
    };
}

impl Rules for EveryThousandth {
    fn merges_next(&mut self, next: Block) -> bool {
        self.0 += 1;
        next.free && self.0 % 1000 != 0
    }
}
