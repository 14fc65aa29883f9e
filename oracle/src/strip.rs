//! Pictures of a pool, for people: a strip to scale, and the three columns where they differ.

use std::fmt::Write as _;

use crate::subject::{Listed, Row};

/// Characters of a strip.
const WIDTH: usize = 72;

/// Rows of a table, around the first difference.
const ROWS: usize = 12;

/// The pool as one line of characters, each for the same number of bytes.
pub(crate) fn draw(mem: usize, bytes: usize, name: &str, rows: &[Row]) -> String {
    let scale = bytes.div_ceil(WIDTH).max(1);
    let mut strip = vec![b' '; bytes.div_ceil(scale)];
    for row in rows {
        let start = row.offset.saturating_sub(mem) / scale;
        let end = row.offset.saturating_add(row.size).saturating_sub(mem).div_ceil(scale);
        let (start, end) = (start.min(strip.len()), end.min(strip.len()));
        if start < end {
            strip[start..end].fill(if row.free { b'.' } else { b'#' });
            strip[start] = b'|';
        }
    }
    let strip = String::from_utf8_lossy(&strip).into_owned();
    format!("  {name:<8} {strip}|  ({scale} bytes a character)\n")
}

/// The blocks in columns side by side, around the first place where they differ.
pub(crate) fn beside(engine: &[Row], specification: &[Row], reference: Option<&[Row]>) -> String {
    let columns = [Some(engine), reference, Some(specification)];
    let names = ["engine", "C", "specification"];
    let differs = |at: usize| columns.iter().flatten().any(|rows| rows.get(at) != engine.get(at));
    let most = columns.iter().flatten().map(|rows| rows.len()).max().unwrap_or(0);
    let first = (0..most).find(|&at| differs(at));
    let from = first.map_or(0, |at| at.saturating_sub(ROWS / 3));
    let mut text = String::new();
    let _ = write!(text, "  {:>5}", "block");
    for (name, _) in names.iter().zip(columns).filter(|(_, rows)| rows.is_some()) {
        let _ = write!(text, "  {name:<26}");
    }
    text = text.trim_end().to_owned() + "\n";
    for at in from..most.min(from + ROWS) {
        let mut line = format!("  {at:>5}");
        for rows in columns.iter().flatten() {
            let cell = rows.get(at).map_or_else(
                || "-".to_owned(),
                |row| {
                    let state = if row.free { "free" } else { "used" };
                    format!("{:>8} {state} {:>8}", row.offset, row.size)
                },
            );
            let _ = write!(line, "  {cell:<26}");
        }
        let mark = if differs(at) { "<- differs" } else { "" };
        let _ = writeln!(text, "{}", format!("{line}{mark}").trim_end());
    }
    if most > from + ROWS {
        let _ = writeln!(text, "  … {} more", most - from - ROWS);
    }
    text
}

/// Free lists on one line.
pub(crate) fn lists(listed: &[Listed]) -> String {
    let mut text = String::new();
    let mut class = None;
    for entry in listed {
        if class != Some(entry.class) {
            class = Some(entry.class);
            let _ = write!(text, "{}{}:", if text.is_empty() { "" } else { ";  " }, entry.class);
        }
        let _ = write!(text, " {}", entry.offset);
    }
    text
}
