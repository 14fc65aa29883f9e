//! Pools, tables and lists as text: a pool to scale on one line, the columns side by side.

use std::fmt::Write as _;

use crate::subject::{Listed, Row};

/// Characters of a pool on one line.
const WIDTH: usize = 72;

/// Rows of a table, around the first difference.
const ROWS: usize = 12;

/// The pool as one line of characters, each for the same number of bytes.
pub(crate) fn pool(mem: usize, bytes: usize, name: &str, rows: &[Row]) -> String {
    let scale = bytes.div_ceil(WIDTH).max(1);
    let mut line = vec![b' '; bytes.div_ceil(scale)];
    for row in rows {
        let start = row.offset.saturating_sub(mem) / scale;
        let end = row.offset.saturating_add(row.size).saturating_sub(mem).div_ceil(scale);
        let (start, end) = (start.min(line.len()), end.min(line.len()));
        if start < end {
            line[start..end].fill(if row.free { b'.' } else { b'#' });
            line[start] = b'|';
        }
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    format!("  {name:<8} {line}|  ({scale} bytes a character)\n")
}

/// The first row in which columns differ.
pub(crate) fn difference(columns: &[Option<&[Row]>; 3]) -> Option<usize> {
    let most = columns.iter().flatten().map(|rows| rows.len()).max().unwrap_or(0);
    (0..most).find(|&at| differs(columns, at))
}

fn differs(columns: &[Option<&[Row]>; 3], at: usize) -> bool {
    let mut cells = columns.iter().flatten().map(|rows| rows.get(at));
    let first = cells.next();
    cells.any(|cell| Some(cell) != first)
}

/// The blocks side by side, of engine, C and specification: around the first row that differs, else
/// around the block that holds the offset `here`.
pub(crate) fn beside(columns: &[Option<&[Row]>; 3], here: Option<usize>) -> String {
    let names = ["engine", "C", "specification"];
    let engine = columns[0].unwrap_or_default();
    let most = columns.iter().flatten().map(|rows| rows.len()).max().unwrap_or(0);
    let holds = |here| engine.iter().rposition(|row| row.offset <= here).unwrap_or(0);
    let around = difference(columns).or(here.map(holds)).unwrap_or(0);
    let from = around.saturating_sub(ROWS / 3).min(most.saturating_sub(ROWS));
    let mut text = String::new();
    let _ = write!(text, "  {:>5}", "block");
    for (name, _) in names.iter().zip(columns).filter(|(_, rows)| rows.is_some()) {
        let _ = write!(text, "  {name:<26}");
    }
    text = text.trim_end().to_owned() + "\n";
    if from > 0 {
        let _ = writeln!(text, "  … {from} before");
    }
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
        let mark = match differs(columns, at) {
            true => "<- differs",
            false if here.is_some_and(|here| holds(here) == at) => "<- here",
            false => "",
        };
        let _ = writeln!(text, "{}", format!("{line}{mark}").trim_end());
    }
    if most > from + ROWS {
        let _ = writeln!(text, "  … {} more", most - from - ROWS);
    }
    text
}

/// The most free blocks of a line. A damaged list may have a cycle.
const LISTED: usize = 64;

/// Free lists on one line.
pub(crate) fn lists(listed: &[Listed]) -> String {
    let mut text = String::new();
    let mut class = None;
    for entry in listed.iter().take(LISTED) {
        if class != Some(entry.class) {
            class = Some(entry.class);
            let _ = write!(text, "{}{}:", if text.is_empty() { "" } else { ";  " }, entry.class);
        }
        let _ = write!(text, " {}", entry.offset);
    }
    if listed.len() > LISTED {
        let _ = write!(text, " … {} more", listed.len() - LISTED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Row, beside};

    fn rows() -> Vec<Row> {
        (0..34).map(|at| Row { offset: 8 + 32 * at, size: 24, free: false }).collect()
    }

    #[test]
    fn a_table_is_cut_around_the_block_that_holds_the_offset() {
        let rows = rows();
        let text = beside(&[Some(&rows), None, Some(&rows)], Some(8 + 32 * 15 + 20));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[1], lines[14]), ("  … 11 before", "  … 11 more"), "{text}");
        assert!(lines[6].starts_with("     15       488 used") && lines[6].ends_with("<- here"));
        assert_eq!(text.matches("<-").count(), 1);
        let last = beside(&[Some(&rows), None, Some(&rows)], Some(4000));
        assert_eq!(last.lines().count(), 14, "all rows of the table are used at the end\n{last}");
    }

    #[test]
    fn a_difference_is_shown_before_a_place_and_without_both_the_start() {
        let (engine, mut other) = (rows(), rows());
        other[20].free = true;
        let text = beside(&[Some(&engine), Some(&other), None], Some(8));
        assert!(text.contains("\n     20 ") && text.contains("<- differs"), "{text}");
        let text = beside(&[Some(&engine), None, Some(&engine)], None);
        assert!(text.contains("\n      0 ") && !text.contains("<-"), "{text}");
    }
}
