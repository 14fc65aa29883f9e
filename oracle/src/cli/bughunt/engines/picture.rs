//! The results as SVG: the share of the searches that have found their mutant, by calls.

use oracle::fragmentation::plots::{Series, shares};
use oracle::mutants::Mutant;

use super::engine::Engine;
use super::record::State;

/// Draws one line for each engine that ran.
///
/// # Errors
/// The errors of the drawing library.
pub(super) fn draw(
    state: &State,
    engines: &[Engine],
    mutants: &[Mutant],
    seeds: u64,
    seconds: u64,
) -> Result<String, String> {
    let mut all = Vec::new();
    for &engine in engines {
        let seeds = if engine.has_no_seed() { 1 } else { seeds };
        let searches =
            mutants.iter().flat_map(|mutant| (1..=seeds).map(move |seed| (mutant, seed)));
        let records: Vec<_> = searches
            .filter_map(|(mutant, seed)| state.answer(engine, &mutant.name, seed, seconds))
            .collect();
        let found = records.iter().filter(|record| record.found);
        let at = found.map(|record| record.calls as f64).collect();
        if !records.is_empty() {
            all.push(Series { name: engine.to_string(), at, of: records.len() });
        }
    }
    let subtitle = format!(
        "{} mutants, up to {seeds} seeds, {seconds} s on a processor each; the explorer: moves, in one search",
        mutants.len()
    );
    shares(
        "Searches that have found their mutant",
        &subtitle,
        "calls, the failing one included",
        &all,
    )
}
