//! Limits for the generator: a generator whose programs have no effect would pass every check.

use std::sync::LazyLock;

use oracle::action::Action;
use oracle::call::{CallKind, Outcome};
use oracle::geometry::GEOMETRIES;
use oracle::ops::{Program, generate};
use oracle::subject::reference::IS_BUILT_IN;
use oracle::{Config, Context, Report, Stats};

/// Calls that the gates are measured over.
const CALLS: u64 = 300_000;

/// What 300,000 calls from seed 1 did.
struct Measured {
    stats: Stats,
    /// By kind of call, hostile ones included: (done, refused).
    calls: [(u64, u64); CallKind::COUNT],
}

static MEASURED: LazyLock<Measured> = LazyLock::new(|| {
    let mut context = Context::default();
    let mut measured = Measured { stats: Stats::default(), calls: Default::default() };
    for index in 0.. {
        let program = Program::decode(&generate(1, index));
        let calls = &mut measured.calls;
        let ran = context.observe(&program, &Config::default(), &mut |step| {
            let (done, refused) = &mut calls[step.action.kind().index()];
            match step.outcome {
                Some(outcome) if outcome.reply.is_done() => *done += 1,
                _ => *refused += 1,
            }
        });
        match ran {
            Ok(stats) => measured.stats.add(&stats),
            Err(failure) => panic!("{}", Report::of(&failure)),
        }
        if measured.stats.steps >= CALLS {
            break;
        }
    }
    measured
});

#[test]
fn most_ops_do_something() {
    let stats = &MEASURED.stats;
    println!("{stats}");
    assert!(stats.effective_ratio() >= 95.0, "{stats}");
}

#[test]
fn allocations_succeed_more_often_than_not_but_not_always() {
    let stats = &MEASURED.stats;
    assert!((60.0..=95.0).contains(&stats.success_ratio()), "{stats}");
}

#[test]
fn each_geometry_is_reached_and_c_stands_beside_a_third() {
    let stats = &MEASURED.stats;
    assert!(
        stats.by_geometry[..GEOMETRIES.len()].iter().all(|&calls| calls * 100 > stats.steps),
        "{stats}"
    );
    let with_conte = if IS_BUILT_IN { stats.with_conte } else { stats.steps };
    assert!(with_conte * 3 > stats.steps, "{stats}");
}

#[test]
fn each_kind_of_call_is_both_done_and_refused() {
    for kind in CallKind::ALL {
        let (done, refused) = MEASURED.calls[kind.index()];
        assert!(done >= 100, "{kind}: {done} done");
        assert!(refused >= 100 || kind == CallKind::Free, "{kind}: {refused} refused");
    }
    let (_, refused) = MEASURED.calls[CallKind::Free.index()];
    assert_eq!(refused, 0, "free cannot be refused");
}

#[test]
fn hostile_requests_are_made_and_refused() {
    let hostile = MEASURED.stats.hostile;
    assert!(hostile.refused >= 1000, "{hostile:?}");
}

#[test]
fn reallocs_stay_and_move_and_memaligns_leave_gaps() {
    let stats = &MEASURED.stats;
    let events = [stats.stayed, stats.moved, stats.gaps, stats.splits];
    assert!(events.iter().all(|&count| count >= 500), "{stats}");
}

#[test]
fn frees_merge_in_all_four_ways() {
    let stats = &MEASURED.stats;
    assert!(stats.merged.iter().all(|&count| count >= 1000), "{stats}");
}

#[test]
fn sizes_spread_over_twelve_powers_of_two_and_depths_over_six() {
    let stats = &MEASURED.stats;
    // A bucket counts if at least one call in a thousand falls into it.
    let sizes = (0..33).filter(|&bits| stats.sizes.bucket(bits) * 1000 >= stats.sizes.total());
    let depths = (0..33).filter(|&bits| stats.depths.bucket(bits) * 1000 >= stats.depths.total());
    let (sizes, depths) = (sizes.count(), depths.count());
    assert!(sizes >= 12 && depths >= 6, "{sizes} buckets of sizes, {depths} of depths\n{stats}");
}

#[test]
fn a_seed_fixes_the_trace_in_used_contexts_too() {
    let traces = |context: &mut Context, seed| -> Vec<u64> {
        let run = |index| context.run(&generate(seed, index), &Config::default());
        (0..40).map(run).map(|ran| ran.expect("no finding").trace).collect()
    };
    let mut used = Context::default();
    let first = traces(&mut used, 7);
    assert_eq!(traces(&mut used, 7), first, "something of a run outlives it");
    assert_eq!(traces(&mut Context::default(), 7), first);
    assert_ne!(traces(&mut used, 8), first);
}

#[test]
fn a_prefix_of_a_program_makes_a_prefix_of_its_calls() {
    let mut context = Context::default();
    // What ends a run belongs to no op.
    let mut calls = |program: &Program| {
        let mut calls: Vec<(Action, Option<Outcome>)> = Vec::new();
        let ran = context.observe(program, &Config::default(), &mut |step| {
            if step.op.is_some() {
                calls.push((step.action, step.outcome));
            }
        });
        ran.expect("no finding");
        calls
    };
    for index in 0..30 {
        let whole = Program::decode(&generate(5, index));
        let all = calls(&whole);
        for eighths in 1..8 {
            let mut part = whole.clone();
            part.ops.truncate(whole.ops.len() * eighths / 8);
            let fewer = calls(&part);
            assert!(all.starts_with(&fewer), "program {index}, {eighths} eighths of it");
        }
        assert!(!all.is_empty());
    }
}
