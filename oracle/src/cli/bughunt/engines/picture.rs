//! The results as SVG: the share of the searches that have found their mutant, by calls.

use oracle::fragmentation::plots::{Series, shares};

use super::plan::Plan;
use super::record::State;

/// Draws one line for each engine that ran.
///
/// # Errors
/// The errors of the drawing library.
pub(super) fn draw(state: &State, plan: &Plan) -> Result<String, String> {
    let mut all = Vec::new();
    for &engine in &plan.engines {
        let answers = plan.of_engine(engine).filter_map(|wanted| state.answer(&wanted));
        let records: Vec<_> = answers.collect();
        let found = records.iter().filter(|record| record.found);
        let at = found.map(|record| record.calls as f64).collect();
        if !records.is_empty() {
            all.push(Series { name: engine.to_string(), at, of: records.len() });
        }
    }
    let subtitle = format!(
        "{} mutants, up to {} seeds, {} s on a processor each; the explorer: moves, in one search",
        plan.mutants.len(),
        plan.seeds,
        plan.seconds
    );
    shares(
        "Searches that have found their mutant",
        &subtitle,
        "calls, the failing one included",
        &all,
    )
}
