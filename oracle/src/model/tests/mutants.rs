//! Each rule decides something: a mutant of it is soon another allocator.

use super::laws::Run;
use super::*;
use crate::model::{Block, Conte31, End};

/// Steps until the mutant's results or heap differ from the specification's, in four geometries.
fn steps_until_noticed<R: Rules>() -> Option<usize> {
    let a16 = Geometry { name: "a16", align: 16, sl: 4, ..W8 };
    let searching = Geometry { name: "searching", sl: 4, search: 2, ..W8 };
    [W8, W4, a16, searching].into_iter().find_map(|g| {
        let mut right: Run<Conte31> = Run::new(g, 7);
        let mut wrong: Run<R> = Run::new(g, 7);
        (1..=3000).find(|_| {
            right.step() != wrong.step()
                || right.model.pools() != wrong.model.pools()
                || !right.model.lists().eq(wrong.model.lists())
        })
    })
}

#[cfg(feature = "bughunt")]
#[test]
fn a_mutant_of_any_rule_is_noticed() {
    struct Noticed(usize);
    impl crate::mutants::rules::Visitor for Noticed {
        fn visit<R: Rules + 'static>(&mut self, description: crate::mutants::rules::Description) {
            let name = description.name;
            self.0 += 1;
            // Too rare for so short a walk, or about an alignment that it never requests.
            let rare = [
                "EveryThousandthFreeSkipsNext",
                "NeverMergesLargePrev",
                "CopyOmitsLastByte",
                "AlignmentLost",
                "NearLooksOneFurther",
            ];
            assert!(steps_until_noticed::<R>().is_some() || rare.contains(&name), "{name}");
        }
    }
    let mut noticed = Noticed(0);
    crate::mutants::rules::each(&mut noticed);
    assert!(noticed.0 > 20);
}

#[test]
fn the_order_of_merges_shows_in_no_result() {
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
    #[derive(Clone, Debug, Default)]
    struct Fifo;
    impl Rules for Fifo {
        fn inserts_at(&mut self) -> End {
            End::Back
        }
    }
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
