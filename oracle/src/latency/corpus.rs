//! Which programs to keep: for each kind of operation the shortest one with the worst case, shrunk.

use super::worst_case::{WorstCalls, run};
use crate::bounds::OperationKind;
use crate::ops::Program;
use crate::reduce::shrink::shrink_by;
use crate::run::config::Config;
use crate::run::context::Context;

/// For each kind of which `programs` have a call: its worst case, and the smallest program found with it.
pub fn smallest_worst_cases(programs: &[Program]) -> Vec<(OperationKind, u64, Program)> {
    let config = Config::default();
    let all: Vec<(&Program, WorstCalls)> = programs
        .iter()
        .filter_map(|program| Some((program, run(program, &config).ok()?.1)))
        .collect();
    let mut context = Context::default();
    let mut kept = Vec::new();
    for kind in OperationKind::all() {
        // A kind that walks costs as much as the pool has blocks: no worst case to keep.
        let highest = all.iter().filter_map(|(_, worst)| worst.cost(kind)).max();
        let Some(cost) = highest.filter(|_| !kind.walks()) else { continue };
        let reaching = all.iter().filter(|(_, worst)| worst.cost(kind) == Some(cost));
        let shortest = reaching.min_by_key(|(program, _)| program.ops.len());
        let Some(&(program, worst)) = shortest else { continue };
        let index = worst.of(kind).map_or(0, |call| call.index);
        let small = shrink_by(program, index, &mut |candidate| {
            let mut worst = WorstCalls::default();
            let ran = context.observe(candidate, &config, &mut |step| worst.add_step(step));
            ran.is_ok() && worst.cost(kind) >= Some(cost)
        });
        kept.push((kind, cost, small));
    }
    kept
}
