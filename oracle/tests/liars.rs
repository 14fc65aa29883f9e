//! Check the checker: subjects that lie are caught, and the check that catches them names the lie.
//!
//! | room | holds |
//! |---|---|
//! | `mutants` | rules that are others, and not wrong |
//! | `hunt` | random programs until one fails |
//!
//! The lies are those of [`oracle::mutants`], and so is what wraps them.

#[path = "liars/hunt.rs"]
mod hunt;
#[path = "liars/mutants.rs"]
mod mutants;

use memoman::Law;
use oracle::finding::{Check, Column, FailureKind};
use oracle::geometry::{Geometry, WORD};
use oracle::lockstep::Lockstep;
use oracle::model::Conte31;
use oracle::ops::Program;
use oracle::{Config, Context};

use hunt::{FEW_OPS, MOST_CALLS, hunt, is_caught, passes};
use mutants::NextFirst;
use oracle::mutants::rules::{AlignmentLost, Fifo, SplitsLate, obeying};
use oracle::mutants::wrappers::catalogue::{
    Honest, IntoHeader, IntoPayload, IntoSize, Leaked, MarkOnRefusal, Miscount, NoMemory, NoPeak,
    Null, OneMore, Outside, PoolInvented, PrevFreeDropped, Short, TailLost, Twice, WordOff,
    WriteAfterFree,
};
use oracle::mutants::wrappers::lying;
use oracle::mutants::{Fault, Toy};

#[test]
fn a_payload_a_word_off_is_misplaced_or_misaligned_where_payloads_are_aligned_to_more() {
    let named = |g: &Geometry| match g.align == WORD {
        true => (FailureKind::Diverged, Check::Placement(Column::Specification)),
        false => (FailureKind::Unsound, Check::Alignment),
    };
    // The lie waits for the 100th malloc, so a hundred of them cannot be shrunk away.
    is_caught(lying::<WordOff>, named, MOST_CALLS, 40);
}

#[test]
fn null_for_one_size_in_a_thousand_is_a_wrong_status() {
    let named = |_: &_| (FailureKind::Diverged, Check::Status(Column::Specification));
    is_caught(lying::<Null>, named, MOST_CALLS, FEW_OPS);
}

#[test]
fn a_live_block_handed_out_again_overlaps() {
    is_caught(lying::<Twice>, |_| (FailureKind::Unsound, Check::Overlap), 1000, FEW_OPS);
}

#[test]
fn a_payload_behind_the_pools_is_not_contained() {
    is_caught(lying::<Outside>, |_| (FailureKind::Unsound, Check::Containment), 1000, FEW_OPS);
}

#[test]
fn a_usable_size_below_the_request_is_too_small() {
    is_caught(lying::<Short>, |_| (FailureKind::Unsound, Check::UsableSize), 1000, FEW_OPS);
}

#[test]
fn a_realloc_that_loses_the_last_byte_has_changed_a_payload() {
    is_caught(lying::<TailLost>, |_| (FailureKind::Unsound, Check::Payload), 1000, FEW_OPS);
}

#[test]
fn an_overrun_into_a_live_neighbour_has_changed_a_payload() {
    is_caught(lying::<IntoPayload>, |_| (FailureKind::Unsound, Check::Payload), 1000, FEW_OPS);
}

#[test]
fn an_overrun_into_a_header_breaks_the_law_of_its_flag() {
    is_caught(
        lying::<IntoHeader>,
        |_| (FailureKind::Unsound, Check::Law(Law::Mirror)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn an_overrun_into_a_size_breaks_the_law_tiling() {
    is_caught(
        lying::<IntoSize>,
        |_| (FailureKind::Unsound, Check::Law(Law::Tiling)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_write_after_free_breaks_the_law_links_and_is_not_followed() {
    is_caught(
        lying::<WriteAfterFree>,
        |_| (FailureKind::Unsound, Check::Law(Law::Links)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_dropped_prev_free_breaks_the_law_mirror() {
    let named = |_: &_| (FailureKind::Unsound, Check::Law(Law::Mirror));
    is_caught(lying::<PrevFreeDropped>, named, 1000, FEW_OPS);
}

#[test]
fn a_byte_changed_by_a_refused_call_is_a_change() {
    is_caught(lying::<MarkOnRefusal>, |_| (FailureKind::Unsound, Check::Unchanged), 1000, FEW_OPS);
}

#[test]
fn a_validate_that_miscounts_is_counted_after() {
    is_caught(lying::<Miscount>, |_| (FailureKind::Unsound, Check::Census), 1000, FEW_OPS);
}

#[cfg(feature = "stats")]
#[test]
fn a_peak_that_falls_is_none() {
    is_caught(lying::<NoPeak>, |_| (FailureKind::Unsound, Check::Counters), 1000, FEW_OPS);
}

#[test]
fn counters_that_validate_names_break_the_law_census() {
    is_caught(lying::<Leaked>, |_| (FailureKind::Unsound, Check::Law(Law::Census)), 1000, FEW_OPS);
}

/// Each wrong counter and no other, beside what is right.
#[test]
fn a_miscount_is_told_counter_by_counter() {
    let what = |maker| hunt(maker, 1).0.finding.what;
    let names = |what: &str| {
        what.matches(", a walk counts ").count() + what.matches(", the calls come to ").count()
    };
    let miscount = what(lying::<Miscount>);
    assert!(miscount.starts_with("used_blocks: 0, a walk counts 1"), "{miscount}");
    assert_eq!(names(&miscount), 1, "{miscount}");
    if cfg!(feature = "stats") {
        let leaked = what(lying::<Leaked>);
        assert!(leaked.ends_with(" as a whole: used_blocks: 1, a walk counts 0"), "{leaked}");
        let peak = what(lying::<NoPeak>);
        assert!(peak.starts_with("peak_used_bytes: 0, the calls come to "), "{peak}");
        assert_eq!(names(&peak), 1, "{peak}");
    }
}

#[test]
fn a_refusal_with_the_wrong_reason_is_no_explanation() {
    is_caught(lying::<NoMemory>, |_| (FailureKind::Unsound, Check::Explanation), 1000, FEW_OPS);
}

#[test]
fn a_pool_that_was_never_added_is_a_wrong_answer() {
    is_caught(lying::<PoolInvented>, |_| (FailureKind::Unsound, Check::Queries), 1000, FEW_OPS);
}

#[test]
fn a_promise_of_one_byte_more_is_no_truth() {
    is_caught(lying::<OneMore>, |_| (FailureKind::Unsound, Check::MaxAllocatable), 1000, FEW_OPS);
}

#[test]
fn lists_that_are_queues_have_another_order() {
    let named = |_: &_| (FailureKind::Diverged, Check::FreeLists(Column::Specification));
    is_caught(obeying::<Fifo>, named, MOST_CALLS, FEW_OPS);
}

#[test]
fn a_rest_that_is_not_cut_off_shows_in_the_usable_size() {
    let named = |_: &_| (FailureKind::Diverged, Check::Placement(Column::Specification));
    is_caught(obeying::<SplitsLate>, named, MOST_CALLS, FEW_OPS);
}

/// Where the plain block is aligned by chance, another call gives it away.
#[test]
fn an_alignment_that_a_moving_realloc_forgets_is_lost() {
    let checks = [1, 2, 3, 4, 5].map(|seed| hunt(obeying::<AlignmentLost>, seed).0.check());
    assert!(checks.contains(&Check::Alignment), "{checks:?}");
}

#[test]
fn the_engine_has_no_finding() {
    passes(Lockstep::new, MOST_CALLS);
}

#[test]
fn the_engine_wrapped_without_a_lie_has_no_finding() {
    passes(lying::<Honest>, MOST_CALLS);
}

#[test]
fn the_specification_as_a_subject_has_no_finding() {
    passes(obeying::<Conte31>, MOST_CALLS);
}

#[test]
fn the_toy_without_a_fault_has_no_finding() {
    passes(
        |geometry| Lockstep::with_subject(geometry, Box::new(Toy::new(geometry, Fault::Honest))),
        MOST_CALLS,
    );
}

#[test]
fn a_mutant_that_no_answer_shows_has_no_finding() {
    passes(obeying::<NextFirst>, MOST_CALLS);
}

#[test]
fn a_story_says_what_was_done_what_was_seen_and_how_to_see_it_again() {
    let (failure, _) = hunt(obeying::<Fifo>, 1);
    let story = failure.to_string();
    println!("{story}");
    assert!(story.starts_with("Diverged"), "{story}");
    assert!(story.contains(&failure.finding.what), "{story}");
    let program = failure.shrunk.to_string();
    let told = program.lines().all(|line| story.contains(line));
    assert!(told && story.contains("cargo oracle replay"), "{story}");

    let (_, pictures) = story.split_once("The heap before that call").expect("a heap before");
    let (before, after) = pictures.split_once("The heap after it").expect("a heap after");
    let strip = |picture: &str| picture.lines().filter(|line| line.contains("|.")).count();
    assert!(strip(before) > 0 && strip(after) > 0, "{story}");

    // What is to be pasted holds the program, whole.
    let (_, test) = after.split_once("#[test]").expect("a test");
    let quoted = test.split('"').nth(1).expect("a string");
    assert_eq!(quoted.parse(), Ok(failure.shrunk), "{story}");
}

/// The lie comes when a hundred blocks are there: no list that starts at block 0 shows it.
#[test]
fn a_story_shows_the_heap_around_the_block_in_question_before_and_after() {
    let program = "ops v1\ngeometry conte-sl4\npool 8192\n\nfill tiny 1\n";
    let program: Program = program.parse().expect("a program");
    let config = Config { shrink: false, ..Config::default() };
    let failure = Context::with(lying::<WordOff>).observe(&program, &config, &mut |_| {});
    let story = failure.expect_err("the lie of the 100th malloc").to_string();
    let (_, pictures) = story.split_once("The heap before that call").expect("a heap before");
    let (before, after) = pictures.split_once("The heap after it").expect("a heap after");
    assert!(before.contains("<- here") && before.contains(" before\n"), "{story}");
    assert!(after.contains("<- "), "{story}");
    let shown = |picture: &str| {
        let table = picture.split_once("block").expect("a table").1;
        let rows = table.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
        rows.collect::<Vec<usize>>()
    };
    let (before, after) = (shown(before), shown(after));
    assert!(before.len() <= 24 && before.iter().any(|row| after.contains(row)), "{story}");
}

#[test]
fn a_story_names_the_file_that_is_there() {
    let (mut failure, _) = hunt(obeying::<Fifo>, 1);
    assert!(failure.to_string().contains("cargo oracle replay finding.ops\n"), "{failure}");
    failure.file = Some("findings/stress-seed1-42.ops".into());
    failure.against = oracle::Against::System;
    let story = failure.to_string();
    let command = "  cargo oracle replay findings/stress-seed1-42.ops --against system\n";
    assert!(story.contains(command) && !story.contains(" finding.ops"), "{story}");
    assert!(story.contains("oracle::Config { against: oracle::Against::System,"), "{story}");
}

#[test]
fn a_story_of_a_broken_contract_says_so_first() {
    let (failure, _) = hunt(lying::<Twice>, 1);
    assert!(failure.to_string().starts_with("Unsound"), "{failure}");
}
