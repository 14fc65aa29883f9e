//! Which programs are worth keeping: for each kind of operation the shortest that has its dearest call,
//! shrunk to that.

use super::{OperationKind, Worst, run};
use crate::ops::Program;
use crate::reduce::shrink::shrink_by;
use crate::run::config::Config;
use crate::run::context::Context;

/// For each kind that has a call at all, its dearest cost and the smallest program found that has it.
pub fn smallest_of_dearest(programs: &[Program]) -> Vec<(OperationKind, u64, Program)> {
    let config = Config::default();
    let all: Vec<(&Program, Worst)> = programs
        .iter()
        .filter_map(|program| Some((program, run(program, &config).ok()?.1)))
        .collect();
    let mut context = Context::default();
    let mut kept = Vec::new();
    for kind in OperationKind::all() {
        // The walk of a refusal is as long as the pool has blocks, which is nothing to keep.
        let dearest = all.iter().filter_map(|(_, worst)| worst.cost(kind)).max();
        let Some(cost) = dearest.filter(|_| !kind.walks()) else { continue };
        let has_it = all.iter().filter(|(_, worst)| worst.cost(kind) == Some(cost));
        let shortest = has_it.min_by_key(|(program, _)| program.ops.len());
        let Some(&(program, worst)) = shortest else { continue };
        let index = worst.of(kind).map_or(0, |dearest| dearest.index);
        let small = shrink_by(program, index, &mut |candidate| {
            let mut worst = Worst::default();
            let ran = context.observe(candidate, &config, &mut |step| worst.step(step));
            ran.is_ok() && worst.cost(kind) >= Some(cost)
        });
        kept.push((kind, cost, small));
    }
    kept
}
