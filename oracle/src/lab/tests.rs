//! A recording holds the states that the columns had, and the facts of TLSF 3.1.

use std::num::NonZeroUsize;

use super::decode::{Decoded, states};
use super::page::page;
use super::program::record;
use super::trace::{self, Options};
use crate::lockstep::Lockstep;
use crate::ops::{Program, Version};
use crate::run::context::Context;
use crate::{Config, ops};

/// The heap of a fresh run after so many calls.
fn heap_after(program: &Program, steps: u64) -> Decoded {
    let mut context = Context::default();
    context.run_steps(program, &Config::default(), steps);
    let lockstep = context.lockstep(program, &Config::default()).expect("it ran");
    let specification = lockstep.specification().expect("it takes part");
    let mut lists = Vec::new();
    lockstep.subject().lists(&mut lists);
    let pools = specification.pools().iter().map(|pool| {
        let mut rows = Vec::new();
        lockstep.subject().walk(pool.mem, &mut rows);
        let rows = rows.iter().map(|row| (row.offset, row.size, row.free)).collect();
        (pool.mem, pool.bytes, rows)
    });
    Decoded {
        pools: pools.collect(),
        lists: lists.iter().map(|entry| (entry.class, entry.offset)).collect(),
        largest: specification.largest_free(),
        ..Decoded::default()
    }
}

#[test]
fn the_recorded_states_are_those_of_the_engine() {
    let mut compared = 0;
    for seed in 0..24 {
        let program = Program::decode(&ops::generate(seed, 60));
        let run = record(&program, &Config::default(), Lockstep::new, &[]);
        assert!(run.finding().is_none());
        let states = states(&run);
        for step in (0..states.len()).step_by(1 + states.len() / 12) {
            let Decoded { pools, lists, largest, .. } = heap_after(&program, step as u64 + 1);
            let state = &states[step];
            assert_eq!((&state.pools, &state.lists), (&pools, &lists), "seed {seed}, step {step}");
            assert_eq!(state.largest, largest);
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn the_hash_of_a_recorded_run_is_that_of_a_replay() {
    let program = Program::decode(&ops::generate(5, 40));
    let run = record(&program, &Config::default(), Lockstep::new, &[]);
    let stats = crate::run_program(&program, &Config::default()).expect("agreement");
    assert_eq!(run.trace, Some(stats.trace));
    assert_eq!((run.steps as u64, run.op_numbers.len()), (stats.steps, run.steps));
}

#[test]
fn a_program_of_version_2_is_recorded() {
    let program = Program::decode_as(Version::Two, &ops::generate_as(Version::Two, 1, 3));
    let run = record(&program, &Config::default(), Lockstep::new, &[]);
    let stats = crate::run_program(&program, &Config::default()).expect("agreement");
    assert_eq!(run.trace, Some(stats.trace));
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_block_is_explained_from_request_to_split() {
    let program =
        "ops v1\npool 512\nmalloc 0 tiny 100\nmalloc 1 tiny 24\nfree slot 0\nmalloc 2 tiny 30\n";
    let run = record(&program.parse().expect("a program"), &Config::default(), Lockstep::new, &[]);
    let states = states(&run);
    // The block of 104 bytes at 8 is free; the rest of the pool is free, too.
    assert_eq!(states[3].facts, [vec![9, 8, 104], vec![12, 13, 8, 104]]);
    // 30 bytes: fit 32; class 4; the first bit is that of class 13; 64 bytes are left.
    let facts =
        [vec![0, 32], vec![2, 4], vec![3, 13], vec![5, 8, 104], vec![7, 64], vec![12, 8, 48, 64]];
    assert_eq!(states[4].facts, facts);
}

#[test]
fn the_calls_of_a_trace_have_the_states_of_the_same_calls_in_a_program() {
    let text =
        "calls v1\npool 4096\nm 0 100\nm 1 200\na 2 64 100\nf 0\nr 1 900\nm 5 9999\nr 2 10\nf 5\n";
    let trace = trace::read(text.as_bytes()).expect("a trace").expect("valid");
    for every in [1, 3, 100].map(|every| NonZeroUsize::new(every).expect("not 0")) {
        let options =
            Options { geometry: None, pools: Vec::new(), calls: 100, every, wanted: vec![3] };
        let run = trace::record(&trace, &options, &mut |_| {}).expect("pools");
        assert!(run.finding().is_none());
        // The pool, and the calls but the last: there is no block 5.
        assert_eq!(run.steps, 8);
        assert!(run.states().next().is_some_and(|state| state.contains("\"step\":3")));
        let states = states(&run);
        assert_eq!(states[6].outcome, 0, "9999 bytes are refused");
        let last = states.last().expect("a step");
        let used = last.pools[0].2.iter().filter(|block| !block.2).count();
        assert_eq!(used, 2, "{last:?}");
    }
}

#[test]
fn a_page_holds_its_data_and_ends_no_script_early() {
    let program: Program = "ops v1\nmalloc 0 tiny 24\n".parse().expect("a program");
    let run = record(&program, &Config::default(), Lockstep::new, &[]);
    let page = page(&run, "</script><b>", "memoman", None);
    assert_eq!(page.matches("</script>").count(), 6, "about, data, what is live, and code");
    assert!(page.contains("&lt;/script>") && !page.contains("<!--lab:"));
    assert!(!page.contains("\nimport ") && !page.contains("\nexport "));
    assert!(page.len() < 120_000, "a page without data: {} bytes", page.len());
}

#[test]
#[cfg(feature = "bughunt")]
fn a_finding_is_recorded_with_the_columns_that_differ() {
    let mutant = crate::mutants::by_name("rule-fifo").expect("a mutant");
    let mut context = Context::with(mutant.maker);
    let failure =
        (0..200).find_map(|seed| context.run(&ops::generate(seed, 60), &Config::default()).err());
    let program = failure.expect("the mutant is caught").program;
    let run = record(&program, &Config::default(), mutant.maker, &[]);
    let found = run.found.as_ref().expect("the same finding");
    assert_eq!(states(&run).last().map(|state| state.outcome), Some(3));
    let [engine, _, specification] = &found.columns;
    assert!(engine.is_some() && specification.is_some() && engine != specification);
}

#[test]
fn an_allocator_has_the_colour_that_it_has_in_the_plots() {
    let palette = include_str!("../fragmentation/plots/palette.rs");
    let style = include_str!("../../lab/style.css");
    for (name, variable) in [("memoman", "--memoman"), ("C", "--conte")] {
        let (_, rest) = palette.split_once(&format!("(\"{name}\", RGBColor(")).expect("a colour");
        let numbers = rest.split(')').next().expect("its end").split(", ");
        let hex: String = numbers
            .map(|number| format!("{:02x}", number.parse::<u8>().expect("a number")))
            .collect();
        // The first definition is that of light pages.
        let (_, rest) = style.split_once(&format!("{variable}: #")).expect("a variable");
        assert!(rest.starts_with(&hex), "{variable} is not #{hex}");
    }
}
