//! The searches of a campaign: values.

use oracle::mutants::Mutant;

use super::engine::Engine;

/// One search: an engine on a mutant from a seed, for so many seconds on a processor.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) engine: Engine,
    pub(super) mutant: &'a Mutant,
    pub(super) seed: u64,
    pub(super) seconds: u64,
}

/// Every engine on every mutant from every seed.
pub(super) struct Plan {
    pub(super) engines: Vec<Engine>,
    pub(super) mutants: Vec<Mutant>,
    /// Seeds 1 to this one.
    pub(super) seeds: u64,
    /// Seconds on a processor for each search.
    pub(super) seconds: u64,
}

impl Plan {
    /// The searches of an engine for a mutant, one from each seed.
    pub(super) fn of<'a>(
        &self,
        engine: Engine,
        mutant: &'a Mutant,
    ) -> impl Iterator<Item = Wanted<'a>> + use<'a> {
        let (seconds, seeds) = (self.seconds, if engine.has_no_seed() { 1 } else { self.seeds });
        (1..=seeds).map(move |seed| Wanted { engine, mutant, seed, seconds })
    }

    /// The searches of an engine.
    pub(super) fn of_engine(&self, engine: Engine) -> impl Iterator<Item = Wanted<'_>> {
        self.mutants.iter().flat_map(move |mutant| self.of(engine, mutant))
    }

    /// All searches, seed by seed: early results then cover every mutant.
    pub(super) fn all(&self) -> Vec<Wanted<'_>> {
        let all = self.engines.iter().flat_map(|&engine| self.of_engine(engine));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|wanted| wanted.seed);
        all
    }
}
