//! Searches for every mutant from every seed, then with the explorer.

use std::io::Write;
use std::time::Duration;

use oracle::Layers;
use oracle::mutants::Mutant;
use oracle::mutants::campaign::{Budget, with_explorer, with_generator};

use super::options::Bughunt;
use super::report::{self, Row};
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::workers::work;

impl Bughunt {
    pub(super) fn campaign(&self, all: &[Mutant], out: &mut dyn Write) -> anyhow::Result<Exit> {
        let without = |layers: Layers, name: &String| layers.without(name).unwrap_or(layers);
        let layers = self.without.iter().fold(Layers::ALL, without);
        let budget = Budget { calls: self.calls, time: Duration::from_secs(self.seconds) };
        let going = || !interrupt::requested();
        let seeds = self.seeds as usize;
        let caught = work(self.threads(), all.len() * seeds, "searches", |at| {
            let (mutant, seed) = (&all[at / seeds], (at % seeds) as u64 + 1);
            with_generator(mutant, layers, seed, budget, &going)
        });
        let caught: Vec<_> = caught.into_iter().map(Option::flatten).collect();
        let explored = match self.transitions {
            0 => all.iter().map(|_| None).collect(),
            most => work(self.threads(), all.len(), "explorations", |at| {
                with_explorer(&all[at], layers, most, &going)
            }),
        };
        let all = all.iter().zip(caught.chunks(seeds)).zip(&explored);
        let rows: Vec<_> = all
            .map(|((mutant, caught), explored)| Row::new(mutant, caught, explored.as_ref()))
            .collect();
        report::table(&rows, out)?;
        self.write_json(&rows)?;
        if !interrupt::requested() {
            report::sums(&rows, out)?;
        }
        self.finish(rows.iter().filter(|row| row.is_caught()).count(), rows.len(), out)
    }
}
