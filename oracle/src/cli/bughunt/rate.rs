//! `bughunt --rate`: the calls that random programs need to show each mistake.

use std::io::Write;
use std::time::Duration;

use oracle::Layers;
use oracle::mutants::Mutant;
use oracle::mutants::campaign::{Budget, detect};

use super::options::Bughunt;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::workers::work;

/// A mutant that is found within a median of this many calls is not hard.
const HARD: u64 = 100_000;

impl Bughunt {
    /// Prints the calls until each mutant is found, by seed. With `--hard`, a median of less than 100,000 calls
    /// is a failure.
    pub(super) fn rates(&self, all: &[Mutant], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let (seeds, time) = (self.seeds as usize, Duration::from_secs(self.seconds));
        let budget = Budget { calls: self.calls, time };
        let going = || !interrupt::requested();
        let found = work(self.threads(), all.len() * seeds, "searches", |at| {
            let (mutant, seed) = (&all[at / seeds], (at % seeds) as u64 + 1);
            detect(mutant, Layers::ALL, seed, budget, &going)
                .map(|found| (found.calls, found.check))
        });
        let found: Vec<_> = found.into_iter().map(Option::flatten).collect();
        writeln!(out, "| mutant | median | calls by seed | checks |\n|---|--:|---|---|")?;
        let mut hard = 0;
        for (mutant, found) in all.iter().zip(found.chunks(seeds)) {
            let calls = |one: &Option<_>| one.map_or(u64::MAX, |(calls, _)| calls);
            let shown = |calls: u64| match calls {
                u64::MAX => format!("over {}", self.calls),
                calls => calls.to_string(),
            };
            let by_seed: Vec<_> = found.iter().map(calls).map(shown).collect();
            let mut sorted: Vec<_> = found.iter().map(calls).collect();
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            hard += usize::from(median > HARD);
            let mut checks: Vec<_> =
                found.iter().flatten().map(|(_, check)| format!("{check:?}")).collect();
            checks.sort();
            checks.dedup();
            let (by_seed, checks) = (by_seed.join(", "), checks.join(", "));
            writeln!(out, "| {} | {} | {by_seed} | {checks} |", mutant.name, shown(median))?;
        }
        if interrupt::requested() {
            return Ok(Exit::Interrupted);
        }
        writeln!(out, "\n{hard} of {} need more than {HARD} calls", all.len())?;
        Ok(if self.hard && hard < all.len() { Exit::Finding } else { Exit::Agrees })
    }
}
