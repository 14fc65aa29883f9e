//! The comparison as text: tables and a summary.

use std::fmt::{self, Display, Formatter};

use crate::common::allocators::{LINKED, Role};
use crate::common::quartiles::Quartiles;

use super::report::{AllocatorMean, AllocatorRatio, Comparison, Duel, Figures};

const LINKED_FIGURES: Figures = |row| &row.linked;
const CALLED_FIGURES: Figures = |row| &row.through_a_call;

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}; {} rounds", self.host.line(), self.rounds)?;
        if self.touch {
            writeln!(f, "The first and the last word of each block are written and read.")?;
        }
        writeln!(
            f,
            "\nRatio to C, median. Inlined, as in a Rust program (o1heap, mimalloc and system: in C)"
        )?;
        self.table(f, LINKED_FIGURES, median)?;
        writeln!(f, "\nThrough a call, as in a C program")?;
        self.table(f, CALLED_FIGURES, median)?;
        writeln!(f, "\nQuartiles, inlined")?;
        self.table(f, LINKED_FIGURES, quartiles)?;
        writeln!(f, "\nQuartiles, through a call")?;
        self.table(f, CALLED_FIGURES, quartiles)?;
        writeln!(f)?;
        for failure in self.workloads.iter().flat_map(|row| &row.failures) {
            writeln!(f, "FAILED the check: {failure}")?;
        }
        self.summary(f)
    }
}

impl Comparison {
    fn table(
        &self,
        f: &mut Formatter<'_>,
        figures: Figures,
        cell: fn(&AllocatorRatio) -> String,
    ) -> fmt::Result {
        let widths: Vec<usize> = LINKED
            .iter()
            .enumerate()
            .map(|(place, entry)| {
                let cells = self.workloads.iter().map(|row| cell(&figures(row)[place]).len());
                cells.chain([entry.name.len()]).max().unwrap_or(0)
            })
            .collect();
        write!(f, "{:<13} {:>7} {:>6}", "workload", "calls", "C, ns")?;
        for (entry, width) in LINKED.iter().zip(&widths) {
            write!(f, "  {:>width$}", entry.name)?;
        }
        writeln!(f)?;
        for row in &self.workloads {
            write!(f, "{:<13} {:>7} {:>6.1}", row.name, row.calls, row.c_net_ns.median)?;
            for (figure, width) in figures(row).iter().zip(&widths) {
                write!(f, "  {:>width$}", cell(figure))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn summary(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const HOW: [(&str, Figures); 2] =
            [("", LINKED_FIGURES), (" through a call", CALLED_FIGURES)];
        let all = self.workloads.len();
        let peers = self.duels(Role::Peer);
        let [faster, aim] =
            [Duel::is_faster, Duel::meets_the_aim].map(|holds: fn(&Duel) -> bool| {
                peers.each_ref().map(|duels| duels.iter().filter(|duel| holds(duel)).count())
            });
        let names = names(Role::Peer);
        writeln!(
            f,
            "memoman is faster than {names} in {} of {all} workloads, {} through a call",
            faster[0], faster[1]
        )?;
        writeln!(
            f,
            "within 5 % of the best of these and at most 0.90 of C: {} of {all}, {} through a call",
            aim[0], aim[1]
        )?;
        for ((how, _), duels) in HOW.iter().zip(&peers) {
            for duel in duels.iter().filter(|duel| !duel.is_faster() || !duel.meets_the_aim()) {
                let lost = if duel.is_faster() { "won" } else { "lost" };
                let aim = if duel.meets_the_aim() { "" } else { ", not within the limit" };
                writeln!(f, "  {lost}{how}: {duel}{aim}")?;
            }
        }
        let halves = self.duels(Role::PowersOfTwo);
        writeln!(
            f,
            "Faster than memoman, with blocks of a power of two: {}",
            names_of_winners(&halves)
        )?;
        write!(f, "all {all}, through a call: geomean")?;
        line(f, &self.geomean_of_all_through_a_call)?;
        write!(f, "all {all}: geomean")?;
        line(f, &self.geomean_of_all)?;
        write!(f, "through a call: geomean")?;
        line(f, &self.geomean_through_a_call)?;
        write!(f, "geomean")?;
        line(f, &self.geomean)
    }
}

impl Comparison {
    /// Of each workload: linked, and through a call.
    fn duels(&self, role: Role) -> [Vec<Duel>; 2] {
        [LINKED_FIGURES, CALLED_FIGURES].map(|figures| {
            self.workloads.iter().filter_map(|row| Duel::of(row, figures, role)).collect()
        })
    }
}

/// `recorded, 0.98 to rlsf 0.82 (20 % behind)`
impl Display for Duel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { workload, memoman, best, ratio } = self;
        let behind = 100.0 * (memoman / ratio - 1.0);
        let (behind, word) = (behind.abs(), if behind > 0.0 { "behind" } else { "ahead" });
        write!(f, "{workload}, {memoman:.2} to {best} {ratio:.2} ({behind:.0} % {word})")
    }
}

/// The allocators of a role: `a, b and c`.
fn names(role: Role) -> String {
    let names: Vec<_> =
        LINKED.iter().filter(|entry| entry.role == role).map(|entry| entry.name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "no other".to_owned(),
    }
}

/// `o1heap in mix-4k 0.51, …; through a call in …`
fn names_of_winners(duels: &[Vec<Duel>; 2]) -> String {
    let lists = duels.each_ref().map(|duels| {
        let lost = duels.iter().filter(|duel| !duel.is_faster());
        let rows: Vec<_> =
            lost.map(|duel| format!("{} {:.2}", duel.workload, duel.ratio)).collect();
        if rows.is_empty() { "no workload".to_owned() } else { rows.join(", ") }
    });
    format!("{} in {}; through a call in {}", names(Role::PowersOfTwo), lists[0], lists[1])
}

fn median(figure: &AllocatorRatio) -> String {
    figure.median().map_or_else(|| "-".to_owned(), |median| format!("{median:.2}"))
}

fn quartiles(figure: &AllocatorRatio) -> String {
    figure
        .ratio
        .map_or_else(|| "-".to_owned(), |Quartiles { q1, q3, .. }| format!("{q1:.2}-{q3:.2}"))
}

/// A star follows the mean of an allocator that does not serve all of the workloads.
fn line(f: &mut Formatter<'_>, means: &[AllocatorMean]) -> fmt::Result {
    for AllocatorMean { allocator, ratio, missing } in means {
        write!(f, " {allocator} {ratio:.2}{}", if *missing > 0 { "*" } else { "" })?;
    }
    writeln!(f)
}
