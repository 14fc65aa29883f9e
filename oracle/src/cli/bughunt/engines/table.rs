//! The results as Markdown: one row for each mutant, one column for each engine, and the sums.

use std::fmt::Write as _;

use oracle::mutants::{Mutant, hard};

use super::engine::Engine;
use super::plan::Plan;
use super::record::{Record, State};

/// The searches of an engine for a mutant.
struct Cell<'a> {
    records: Vec<&'a Record>,
    /// The longest search with less time, if there is no other.
    shorter: Option<&'a Record>,
}

impl<'a> Cell<'a> {
    fn new(state: &'a State, plan: &Plan, engine: Engine, mutant: &Mutant) -> Self {
        let shorter = plan.of(engine, mutant).filter_map(|wanted| state.shorter(&wanted));
        Self {
            records: plan.of(engine, mutant).filter_map(|wanted| state.answer(&wanted)).collect(),
            shorter: shorter.max_by_key(|record| record.given),
        }
    }

    fn found(&self) -> usize {
        self.records.iter().filter(|record| record.found).count()
    }

    /// Median and worst of a figure over the searches. One that did not find it counts as infinite.
    fn median_and_worst(&self, figure: impl Fn(&Record) -> f64) -> Option<(f64, f64)> {
        let value = |record: &&Record| if record.found { figure(record) } else { f64::INFINITY };
        let mut all: Vec<f64> = self.records.iter().map(value).collect();
        all.sort_by(f64::total_cmp);
        Some((all.get(all.len().checked_sub(1)? / 2).copied()?, all.last().copied()?))
    }
}

/// The share found, then median and worst as calls and as seconds on a processor.
impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((calls, most_calls)) = self.median_and_worst(|record| record.calls as f64) else {
            return match self.shorter {
                Some(record) => write!(f, "not in {} s", record.given),
                None => f.write_str("not run"),
            };
        };
        let (found, of) = (self.found(), self.records.len());
        if found == 0 {
            return write!(f, "0/{of}");
        }
        let (seconds, most) = self.median_and_worst(|record| record.processor).unwrap_or_default();
        write!(f, "{found}/{of}: {}, {}", short(calls), time(seconds))?;
        if of > 1 {
            write!(f, " (worst {}, {})", short(most_calls), time(most))?;
        }
        Ok(())
    }
}

/// A count in three digits.
fn short(count: f64) -> String {
    match count {
        _ if count.is_infinite() => "–".into(),
        _ if count < 1e3 => format!("{count:.0}"),
        _ if count < 1e5 => format!("{:.1} k", count / 1e3),
        _ if count < 1e6 => format!("{:.0} k", count / 1e3),
        _ => format!("{:.1} M", count / 1e6),
    }
}

fn time(seconds: f64) -> String {
    if seconds.is_infinite() { "–".into() } else { format!("{seconds:.1} s") }
}

/// All tables.
pub(super) fn tables(state: &State, plan: &Plan) -> String {
    let Plan { engines, mutants, seeds, seconds } = plan;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "Each cell has the searches that found the mutant of those that ran, then the median (and the worst) of calls\n\
         and of seconds of processor time. Seeds 1 to {seeds}, at most {seconds} s each. For the explorer, the calls are moves, in\n\
         one search. A dash means not found. \"Not in 10 s\" is a shorter search that found nothing; the sums leave it out.\n"
    );
    let heads: Vec<_> = engines.iter().map(ToString::to_string).collect();
    let _ =
        writeln!(text, "| mutant | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    let cell = |engine, mutant: &Mutant| Cell::new(state, plan, engine, mutant);
    for mutant in mutants {
        let cells: Vec<_> =
            engines.iter().map(|&engine| cell(engine, mutant).to_string()).collect();
        let _ = writeln!(text, "| {} | {} |", mutant.name, cells.join(" | "));
    }
    let _ = writeln!(
        text,
        "\n| engine | mutants found | from all seeds | searches that found | median calls | median s | worst s |\n\
         |---|--:|--:|--:|--:|--:|--:|"
    );
    for &engine in engines {
        let cells: Vec<_> = mutants.iter().map(|mutant| cell(engine, mutant)).collect();
        let some = cells.iter().filter(|cell| cell.found() > 0).count();
        let is_all = |cell: &&Cell<'_>| cell.found() > 0 && cell.found() == cell.records.len();
        let all = cells.iter().filter(is_all).count();
        let records: Vec<_> = cells.iter().flat_map(|cell| &cell.records).copied().collect();
        let found = Cell {
            records: records.iter().copied().filter(|one| one.found).collect(),
            shorter: None,
        };
        let (calls, _) =
            found.median_and_worst(|record| record.calls as f64).unwrap_or((f64::INFINITY, 0.0));
        let (median, worst) = found
            .median_and_worst(|record| record.processor)
            .unwrap_or((f64::INFINITY, f64::INFINITY));
        let _ = writeln!(
            text,
            "| {engine} | {some} of {} | {all} | {} of {} | {} | {} | {} |",
            mutants.len(),
            found.records.len(),
            records.len(),
            short(calls),
            time(median),
            time(worst),
        );
    }
    let some = |mutant: &Mutant| engines.iter().any(|&engine| cell(engine, mutant).found() > 0);
    unfound(&mut text, mutants, some);
    text
}

/// Lists the mutants that no engine found, each with its conjunction.
fn unfound(text: &mut String, mutants: &[Mutant], is_found: impl Fn(&Mutant) -> bool) {
    let found = mutants.iter().filter(|mutant| is_found(mutant)).count();
    let _ = writeln!(text, "\nFound by some engine: {found} of {}", mutants.len());
    for mutant in mutants.iter().filter(|mutant| !is_found(mutant)) {
        let when = hard::by_name(&mutant.name).map_or("", |hard| hard.when);
        let _ = writeln!(text, "- not found: {}: {when}", mutant.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_found_nothing_counts_as_infinite() {
        let record = |found, calls| Record {
            engine: Engine::Guided,
            mutant: String::new(),
            seed: 1,
            given: 60,
            found,
            calls,
            processor: calls as f64 / 1e5,
            wall: 0.0,
            check: None,
        };
        let records = [record(true, 100_000), record(false, 9), record(true, 400_000)];
        let text = |records, shorter| Cell { records, shorter }.to_string();
        assert_eq!(text(records.iter().collect(), None), "2/3: 400 k, 4.0 s (worst –, –)");
        assert_eq!(text(vec![&records[1]], None), "0/1");
        assert_eq!(text(vec![], None), "not run");
        assert_eq!(text(vec![], Some(&records[1])), "not in 60 s");
        assert_eq!(text(vec![&records[0]], Some(&records[1])), "1/1: 100 k, 1.0 s");
    }
}
