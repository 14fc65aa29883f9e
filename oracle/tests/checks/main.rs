//! Checks the checks: each faulty subject is caught, by the check for its mistake, and the report shows it.
//!
//! | module | holds |
//! |---|---|
//! | `campaign` | runs random programs until one fails |
//! | `harmless` | rules that differ from TLSF 3.1's, but in no result |
//! | `memory` | wrong calls and wrong wrappers: stopped before memory is touched |
//! | `report` | what the text of a failure shows |
//!
//! The faulty subjects are those of [`oracle::mutants`].

mod campaign;
mod harmless;
mod memory;
mod report;

use memoman::Law;
use oracle::finding::{Check, Column, FailureKind};
use oracle::geometry::{Geometry, WORD};
use oracle::lockstep::Lockstep;
use oracle::model::Conte31;

use campaign::{FEW_OPS, MOST_CALLS, first_failure, is_caught, passes};
use harmless::NextFirst;
use oracle::mutants::rules::{AlignmentLost, Fifo, SplitsLate, with_rules};
use oracle::mutants::wrappers::damage::{
    MoveLosesTheTail, OverrunIntoHeader, OverrunIntoPayload, OverrunIntoSize, PrevFreeCleared,
    WriteAfterFree, WriteOnRefusal,
};
use oracle::mutants::wrappers::results::{
    AlwaysExhausted, ExtraPool, FreesNotCounted, LiveBlockReturned, MaxOneByteMore,
    NullForSomeSizes, OutsideThePools, PayloadAWordOff, PeakFalls, Transparent, UsableSizeTooSmall,
    UsedBlockNotCounted,
};
use oracle::mutants::wrappers::wrapped;
use oracle::mutants::{Fault, FaultyTlsf};

#[test]
fn a_payload_a_word_off_fails_alignment_if_align_is_above_a_word_and_placement_otherwise() {
    let named = |g: &Geometry| match g.align == WORD {
        true => (FailureKind::Diverged, Check::Placement(Column::Specification)),
        false => (FailureKind::Unsound, Check::Alignment),
    };
    // The wrapper changes the result of the 100th malloc, so a hundred mallocs have to stay.
    is_caught(wrapped::<PayloadAWordOff>, named, MOST_CALLS, 40);
}

#[test]
fn null_for_one_size_in_a_thousand_fails_the_check_of_status() {
    let named = |_: &_| (FailureKind::Diverged, Check::Status(Column::Specification));
    is_caught(wrapped::<NullForSomeSizes>, named, MOST_CALLS, FEW_OPS);
}

#[test]
fn a_live_block_returned_again_fails_the_check_of_overlap() {
    is_caught(
        wrapped::<LiveBlockReturned>,
        |_| (FailureKind::Unsound, Check::Overlap),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_payload_outside_the_pools_fails_the_check_of_containment() {
    is_caught(
        wrapped::<OutsideThePools>,
        |_| (FailureKind::Unsound, Check::Containment),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_usable_size_below_the_request_fails_the_check_of_usable_size() {
    is_caught(
        wrapped::<UsableSizeTooSmall>,
        |_| (FailureKind::Unsound, Check::UsableSize),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_realloc_that_changes_the_last_byte_fails_the_check_of_payload() {
    is_caught(
        wrapped::<MoveLosesTheTail>,
        |_| (FailureKind::Unsound, Check::Payload),
        1000,
        FEW_OPS,
    );
}

#[test]
fn an_overrun_into_a_live_neighbour_fails_the_check_of_payload() {
    is_caught(
        wrapped::<OverrunIntoPayload>,
        |_| (FailureKind::Unsound, Check::Payload),
        1000,
        FEW_OPS,
    );
}

#[test]
fn an_overrun_into_a_header_breaks_the_law_of_its_flag() {
    is_caught(
        wrapped::<OverrunIntoHeader>,
        |_| (FailureKind::Unsound, Check::Law(Law::Mirror)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn an_overrun_into_a_size_breaks_the_law_tiling() {
    is_caught(
        wrapped::<OverrunIntoSize>,
        |_| (FailureKind::Unsound, Check::Law(Law::Tiling)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_write_after_free_breaks_the_law_links_and_the_damaged_link_is_not_followed() {
    is_caught(
        wrapped::<WriteAfterFree>,
        |_| (FailureKind::Unsound, Check::Law(Law::Links)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_cleared_prev_free_breaks_the_law_mirror() {
    let named = |_: &_| (FailureKind::Unsound, Check::Law(Law::Mirror));
    is_caught(wrapped::<PrevFreeCleared>, named, 1000, FEW_OPS);
}

#[test]
fn a_byte_changed_by_a_refused_call_fails_the_check_of_unchanged() {
    is_caught(
        wrapped::<WriteOnRefusal>,
        |_| (FailureKind::Unsound, Check::Unchanged),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_validate_that_counts_wrong_fails_the_check_of_the_census() {
    is_caught(
        wrapped::<UsedBlockNotCounted>,
        |_| (FailureKind::Unsound, Check::Census),
        1000,
        FEW_OPS,
    );
}

#[cfg(feature = "stats")]
#[test]
fn a_peak_that_falls_fails_the_check_of_counters() {
    is_caught(wrapped::<PeakFalls>, |_| (FailureKind::Unsound, Check::Counters), 1000, FEW_OPS);
}

#[test]
fn counters_that_validate_reports_as_wrong_break_the_law_census() {
    is_caught(
        wrapped::<FreesNotCounted>,
        |_| (FailureKind::Unsound, Check::Law(Law::Census)),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_finding_names_each_wrong_counter_and_no_other_beside_the_right_value() {
    let what = |maker| first_failure(maker, 1).0.failure.finding.what;
    let names = |what: &str| {
        what.matches(", a walk counts ").count() + what.matches(", the calls result in ").count()
    };
    let miscount = what(wrapped::<UsedBlockNotCounted>);
    assert!(miscount.starts_with("used_blocks: 0, a walk counts 1"), "{miscount}");
    assert_eq!(names(&miscount), 1, "{miscount}");
    if cfg!(feature = "stats") {
        let leaked = what(wrapped::<FreesNotCounted>);
        assert!(leaked.ends_with(" as a whole: used_blocks: 1, a walk counts 0"), "{leaked}");
        let peak = what(wrapped::<PeakFalls>);
        assert!(peak.starts_with("peak_used_bytes: 0, the calls result in "), "{peak}");
        assert_eq!(names(&peak), 1, "{peak}");
    }
}

#[test]
fn a_refusal_with_the_wrong_reason_fails_the_check_of_explanation() {
    is_caught(
        wrapped::<AlwaysExhausted>,
        |_| (FailureKind::Unsound, Check::Explanation),
        1000,
        FEW_OPS,
    );
}

#[test]
fn a_pool_that_was_never_added_fails_the_check_of_queries() {
    is_caught(wrapped::<ExtraPool>, |_| (FailureKind::Unsound, Check::Queries), 1000, FEW_OPS);
}

#[test]
fn one_byte_more_than_can_be_allocated_fails_the_check_of_max_allocatable() {
    is_caught(
        wrapped::<MaxOneByteMore>,
        |_| (FailureKind::Unsound, Check::MaxAllocatable),
        1000,
        FEW_OPS,
    );
}

#[test]
fn first_in_first_out_lists_fail_the_check_of_free_lists() {
    let named = |_: &_| (FailureKind::Diverged, Check::FreeLists(Column::Specification));
    is_caught(with_rules::<Fifo>, named, MOST_CALLS, FEW_OPS);
}

#[test]
fn a_rest_that_is_not_split_off_fails_the_check_of_placement() {
    let named = |_: &_| (FailureKind::Diverged, Check::Placement(Column::Specification));
    is_caught(with_rules::<SplitsLate>, named, MOST_CALLS, FEW_OPS);
}

/// A block can be aligned by chance; then another check fails first.
#[test]
fn a_realloc_that_loses_the_alignment_fails_the_check_of_alignment() {
    let checks = [1, 2, 3, 4, 5]
        .map(|seed| first_failure(with_rules::<AlignmentLost>, seed).0.failure.check());
    assert!(checks.contains(&Check::Alignment), "{checks:?}");
}

#[test]
fn the_engine_has_no_finding() {
    passes(Lockstep::new, MOST_CALLS);
}

#[test]
fn the_engine_behind_a_transparent_wrapper_has_no_finding() {
    passes(wrapped::<Transparent>, MOST_CALLS);
}

#[test]
fn the_specification_as_a_subject_has_no_finding() {
    passes(with_rules::<Conte31>, MOST_CALLS);
}

#[test]
fn the_faulty_tlsf_without_a_fault_has_no_finding() {
    passes(
        |geometry| {
            Lockstep::with_subject(geometry, Box::new(FaultyTlsf::new(geometry, Fault::None)))
        },
        MOST_CALLS,
    );
}

#[test]
fn a_rule_that_no_result_shows_has_no_finding() {
    passes(with_rules::<NextFirst>, MOST_CALLS);
}
