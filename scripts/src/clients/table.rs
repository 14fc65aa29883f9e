//! The table of time and memory.

use std::fmt::Write as _;

use super::run::Cost;

/// A program that ran on both allocators.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) work: String,
    /// How often a heap was validated and found sound.
    pub(super) checks: usize,
    /// On the allocator that the program has otherwise, and on memoman.
    pub(super) costs: [Cost; 2],
}

impl Row {
    /// The row of several runs.
    pub(super) fn merge(self, other: Self) -> Self {
        let costs = [0, 1].map(|at| self.costs[at].merge(other.costs[at]));
        Self { costs, ..other }
    }

    pub(super) fn peak_ratio(&self) -> f64 {
        self.costs[1].peak as f64 / self.costs[0].peak as f64
    }

    fn time_ratio(&self) -> f64 {
        self.costs[1].time.as_secs_f64() / self.costs[0].time.as_secs_f64()
    }
}

/// The table in Markdown.
pub(super) fn render(rows: &[Row]) -> String {
    let mut text = String::from(
        "\n| program | work | heaps checked | time, s: before | memoman | ratio | peak, MiB: before | memoman | ratio |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let [systems, ours] = row.costs;
        let mib = |cost: Cost| cost.peak as f64 / f64::from(1 << 20);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {:.2} |",
            row.name,
            row.work,
            row.checks,
            systems.time.as_secs_f64(),
            ours.time.as_secs_f64(),
            row.time_ratio(),
            mib(systems),
            mib(ours),
            row.peak_ratio()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_row_has_both_costs_and_their_ratios() {
        let cost = |seconds, mib: u64| Cost { time: Duration::from_secs(seconds), peak: mib << 20 };
        let row = Row {
            name: "perl",
            work: "hashes".to_owned(),
            checks: 3,
            costs: [cost(2, 100), cost(3, 110)],
        };
        let line = "| perl | hashes | 3 | 2.00 | 3.00 | 1.50 | 100.0 | 110.0 | 1.10 |";
        assert_eq!(render(&[row]).lines().last(), Some(line));
    }
}
