//! Prints the summary as a table: one row for each distribution, fill level and allocator.

use std::io::{self, Write};

use oracle::fragmentation::peers::Peer;
use oracle::fragmentation::results::Results;
use oracle::fragmentation::summary::{Figure, SummaryRow};

/// Prints the table. The equivalents of memoman have one line at the end instead of rows.
pub(crate) fn print(
    summaries: &[SummaryRow],
    results: &Results,
    peers: &[Peer],
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_shown =
        |name: &str| peers.iter().any(|peer| peer.name == name && peer.equivalent.is_none());
    let shown: Vec<_> = summaries.iter().filter(|row| is_shown(&row.allocator)).collect();
    let mut last = ("", None);
    for internal in shown.iter().filter(|row| row.figure == Figure::InternalFragmentationPercent) {
        let SummaryRow { distribution, fill_percent, allocator, samples, served, .. } = internal;
        if last.0 != distribution {
            writeln!(out, "\n{distribution}: median / 95th percentile / worst")?;
            writeln!(
                out,
                "fill %  allocator       served      internal %           external %           \
                 footprint / peak live"
            )?;
        } else if last.1 != *fill_percent {
            writeln!(out)?;
        }
        last = (distribution, *fill_percent);
        let figure = |figure, digits| {
            let same = |row: &&&SummaryRow| {
                row.figure == figure
                    && row.allocator == *allocator
                    && row.distribution == *distribution
                    && row.fill_percent == *fill_percent
            };
            shown.iter().find(same).map_or(String::new(), |row| triple(row, digits))
        };
        writeln!(
            out,
            "{:>6}  {allocator:<13} {served:>4}/{samples:<4} {:>20} {:>20} {:>20}",
            fill_percent.unwrap_or(0),
            triple(internal, 1),
            figure(Figure::ExternalFragmentationPercent, 1),
            figure(Figure::FootprintPerPeakLive, 2),
        )?;
    }
    writeln!(
        out,
        "\nfirst refusal, live bytes in % of the heap: median / 95th percentile / worst"
    )?;
    for row in shown.iter().filter(|row| row.figure == Figure::FirstRefusalPercent) {
        let SummaryRow { distribution, allocator, .. } = row;
        writeln!(out, "  {distribution:<18} {allocator:<13} {:>20}", triple(row, 1))?;
    }
    writeln!(out, "\nRobson's program, footprint / most live bytes (bound)")?;
    for row in results.adversary.iter().filter(|row| is_shown(&row.allocator)) {
        let last = results.adversary.iter().rfind(|last| last.allocator == row.allocator);
        if last == Some(row) {
            let (ratio, bound) = (row.footprint_per_most_live, row.robson_bound);
            writeln!(out, "  {:<13} {ratio:>6.2} ({bound:.2})", row.allocator)?;
        }
    }
    let equivalents = peers.iter().filter(|peer| peer.equivalent.is_some()).count();
    writeln!(out, "\n{equivalents} builds of TLSF 3.1 in C: each figure as memoman's")
}

fn triple(row: &SummaryRow, digits: usize) -> String {
    let one =
        |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
    format!("{} / {} / {}", one(row.p50), one(row.p95), one(row.worst))
}
