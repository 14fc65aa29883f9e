//! Each check of an allocator under its contract, seen to fail: the engine with one mistake.

mod faulty;

use faulty::{Faulty, Mistake};
use oracle::check::{self, Checker, Level, Report, Source};
use oracle::finding::{Check, Column, FailureKind, Waste};
use oracle::ops::{Op, Opcode, Program, SizeMode, Version};

fn checker(mistake: Mistake) -> Checker {
    Checker::new(move |memory| Faulty::new(mistake, memory))
}

/// The report of the contract's failure, after at most 50,000 calls.
fn unsound(mistake: Mistake) -> Box<Report> {
    checker(mistake).stress(1, 50_000).expect_err("a mistake is found")
}

/// A mistake of the contract is found by this check, shrunk, and its program fails again.
#[track_caller]
fn is_found(mistake: Mistake, check: Check) {
    let report = unsound(mistake);
    assert_eq!(report.failure.check(), check, "{mistake:?}: {report}");
    assert_eq!(report.failure.kind(), check.kind());
    assert!(report.failure.program.ops.len() <= 40, "{mistake:?}: {report}");
    let text = report.failure.program.to_string();
    let again = checker(mistake).run_program(&text.parse().expect("a program"));
    let again = again.unsound.expect("it fails again");
    assert_eq!(again.finding, report.failure.finding, "{mistake:?}");
}

/// A waste is found by this check, and the contract is kept.
#[track_caller]
fn is_wasteful(mistake: Mistake, waste: Waste) {
    let mut checker = checker(mistake);
    checker.stress(1, 50_000).unwrap_or_else(|report| panic!("{mistake:?}: {report}"));
    let found: Vec<Check> =
        checker.wasteful().iter().map(|report| report.failure.check()).collect();
    let at = found.iter().position(|&check| check == Check::Waste(waste));
    let report = &checker.wasteful()[at.unwrap_or_else(|| panic!("{mistake:?}: {found:?}"))];
    assert_eq!(report.failure.kind(), FailureKind::Wasteful);
    assert!(report.failure.program.ops.len() <= 8, "{mistake:?}: {report}");
}

#[test]
fn the_engine_has_no_finding() {
    let mut checker = checker(Mistake::None);
    checker.stress(1, 200_000).unwrap_or_else(|report| panic!("{report}"));
    checker.corpus().unwrap_or_else(|report| panic!("{report}"));
    assert!(checker.wasteful().is_empty(), "{}", checker.wasteful()[0]);
    let summary = checker.summary();
    println!("{summary}");
    assert_eq!(summary.level, Level::Exact);
    assert!(summary.skipped.is_empty(), "{summary}");
    assert!(summary.tally.granted > 60_000, "{summary}");
}

#[test]
fn each_mistake_of_the_contract_is_found_by_its_check() {
    is_found(Mistake::HalfAWordOff, Check::Alignment);
    is_found(Mistake::LiveBlock, Check::Overlap);
    is_found(Mistake::LostByte, Check::Payload);
    is_found(Mistake::Leak, Check::Drained);
    is_found(Mistake::NotAligned, Check::Alignment);
    is_found(Mistake::Behind, Check::Containment);
    is_found(Mistake::Overrun, Check::Outside);
    is_found(Mistake::Usable, Check::UsableSize);
    is_found(Mistake::NotZeroed, Check::Zeroed);
    is_found(Mistake::ChangedOnRefusal, Check::Payload);
    is_found(Mistake::Panic, Check::Crash);
}

#[test]
fn each_mistake_of_a_heap_is_found_by_its_check() {
    is_found(Mistake::Walk, Check::Blocks);
    is_found(Mistake::OwnCheck, Check::OwnCheck);
}

#[test]
fn the_programs_of_the_harness_find_them_too() {
    use Mistake::*;
    for mistake in [
        HalfAWordOff,
        LiveBlock,
        LostByte,
        Leak,
        NotAligned,
        Behind,
        Overrun,
        Usable,
        NotZeroed,
        Panic,
        ChangedOnRefusal,
        Walk,
        OwnCheck,
        OtherLists,
    ] {
        let ran = checker(mistake).corpus();
        let report = ran.expect_err(&format!("{mistake:?} is found"));
        assert!(matches!(report.source, Source::Corpus { .. }));
    }
    for mistake in [WholeClass, HiddenWholeClass, RefusesHalf, Capacity] {
        let mut checker = checker(mistake);
        checker.corpus().unwrap_or_else(|report| panic!("{mistake:?}: {report}"));
        assert!(!checker.wasteful().is_empty(), "{mistake:?}");
    }
}

#[test]
fn the_programs_of_the_harness_have_every_op_and_every_mode_of_sizes() {
    let programs: Vec<Program> = check::programs().collect();
    assert!(programs.len() > 100, "{}", programs.len());
    let ops = || programs.iter().flat_map(|program| &program.ops);
    // A checker has programs of version 1.
    for opcode in Opcode::ALL.iter().filter(|opcode| opcode.is_in(Version::One)) {
        assert!(ops().any(|op| op.opcode() == *opcode), "{opcode:?}");
    }
    for mode in SizeMode::ALL {
        let has = |op: &Op| op.size().is_some_and(|size| size.mode() == *mode);
        assert!(ops().any(has), "{mode:?}");
    }
}

#[test]
fn each_difference_from_the_specification_is_found() {
    is_found(Mistake::OtherSize, Check::Placement(Column::Specification));
    is_found(Mistake::OtherLists, Check::FreeLists(Column::Specification));
}

#[test]
fn each_waste_is_found_by_its_check() {
    is_wasteful(Mistake::WholeClass, Waste::Rounding);
    is_wasteful(Mistake::HiddenWholeClass, Waste::Refusal);
    is_wasteful(Mistake::RefusesHalf, Waste::Refusal);
    is_wasteful(Mistake::Capacity, Waste::Capacity);
}
