//! Prints the first refusals of memoman by the blocks that a bounded search looks at, as a table in Markdown.

use std::io::Write;

use oracle::fragmentation::peers::SEARCHES;
use oracle::fragmentation::sizes::Sizes;
use oracle::fragmentation::study::Study;
use oracle::fragmentation::summary::{Figure, SummaryRow};

use crate::cli::exit::Exit;

/// The same study of memoman with bounded searches alone.
pub(crate) fn of(study: Study<'_>) -> Study<'_> {
    Study { sizes: &Sizes::OF_SEARCHES, peers: &SEARCHES, ..study }
}

/// Prints the table: a row for each search, a column for each distribution.
pub(crate) fn print(summaries: &[SummaryRow], out: &mut dyn Write) -> anyhow::Result<Exit> {
    let refusals = || summaries.iter().filter(|row| row.figure == Figure::FirstRefusalPercent);
    let names: Vec<_> = Sizes::OF_SEARCHES.iter().map(|sizes| sizes.name()).collect();
    writeln!(out, "Live bytes at the first refusal, % of the heap: median / worst\n")?;
    writeln!(out, "| search | {} |", names.join(" | "))?;
    writeln!(out, "|---|{}", "--:|".repeat(names.len()))?;
    for peer in SEARCHES {
        write!(out, "| {} |", peer.name)?;
        for name in &names {
            let of = |row: &&SummaryRow| row.distribution == *name && row.allocator == peer.name;
            let row = refusals().find(of);
            let number =
                |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
            let (p50, worst) = row.map_or((None, None), |row| (row.p50, row.worst));
            write!(out, " {} / {} |", number(p50), number(worst))?;
        }
        writeln!(out)?;
    }
    Ok(Exit::Agrees)
}
