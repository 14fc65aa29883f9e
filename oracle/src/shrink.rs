//! The smallest program that fails the same way: fewer ops, then a simpler header.

use crate::finding::Check;
use crate::ops::{Header, Program, Swarm};
use crate::run::{Bench, Config};

/// Runs that one shrinking may take.
const MOST_RUNS: usize = 3000;

/// Drops what does not matter to `check` failing.
pub(crate) fn shrink(
    bench: &mut Bench,
    program: &Program,
    config: &Config,
    check: Check,
) -> Program {
    let mut runs = 0;
    let mut fails = |candidate: &Program| {
        runs += 1;
        let mut failed = || bench.attempt(candidate, config, &mut |_| {}).err();
        runs <= MOST_RUNS && failed().is_some_and(|stop| stop.finding.check == check)
    };
    let mut best = program.clone();
    // Until nothing more goes: shrinking what was shrunk changes nothing.
    loop {
        let before = best.clone();
        drop_ops(&mut best, &mut fails);
        simplify_header(&mut best, &mut fails);
        if best == before {
            return best;
        }
    }
}

/// Ever smaller chunks, until no single op can go.
fn drop_ops(best: &mut Program, fails: &mut impl FnMut(&Program) -> bool) {
    let mut chunk = best.ops.len().next_power_of_two();
    while chunk > 0 {
        let mut start = 0;
        let mut dropped = false;
        while start < best.ops.len() {
            let mut candidate = best.clone();
            let end = (start + chunk).min(candidate.ops.len());
            candidate.ops.drain(start..end);
            if fails(&candidate) {
                *best = candidate;
                dropped = true;
            } else {
                start += chunk;
            }
        }
        if !(dropped && chunk == 1) {
            chunk /= 2;
        }
    }
}

fn simplify_header(best: &mut Program, fails: &mut impl FnMut(&Program) -> bool) {
    let header = best.header;
    let simpler: [fn(&mut Header); 6] = [
        |header| header.off = Swarm::default(),
        |header| header.extra = 0,
        |header| header.residue = 0,
        |header| header.spacing = Header::default().spacing,
        |header| header.profile = 0,
        |header| header.seed = 0,
    ];
    for simplify in simpler {
        let mut candidate = best.clone();
        simplify(&mut candidate.header);
        if fails(&candidate) {
            *best = candidate;
        }
    }
    for pool_class in 0..header.pool_class {
        let mut candidate = best.clone();
        candidate.header.pool_class = pool_class;
        if fails(&candidate) {
            *best = candidate;
            break;
        }
    }
}
