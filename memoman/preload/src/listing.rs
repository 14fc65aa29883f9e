//! A listing of calls as text: what a program that has its own allocator prints, such as LVGL of `scripts/clients`.
//!
//! ```text
//! m SIZE BLOCK          malloc
//! r OLD SIZE BLOCK      realloc
//! f OLD …               free
//! ```
//!
//! Blocks are any numbers other than 0; -1 is NULL. Lines that start otherwise are skipped.

use crate::raw::{CallRecord, FREE, MAGIC, MALLOC, REALLOC};

/// The records, with a head before them.
///
/// # Errors
/// A line of a call has something other than its numbers.
pub(crate) fn read(text: &str) -> Result<Vec<CallRecord>, String> {
    let mut records = vec![CallRecord { kind: MAGIC, align: 0, size: 0, old: 0, new: 0 }];
    for (at, line) in text.lines().enumerate() {
        let mut fields = line.split(' ');
        let kind = match fields.next() {
            Some("m") => MALLOC,
            Some("r") => REALLOC,
            Some("f") => FREE,
            _ => continue,
        };
        let mut number = || -> Result<u64, String> {
            let field = fields.next().unwrap_or_default();
            if field == "-1" {
                return Ok(0);
            }
            field.parse().map_err(|_| format!("line {}: '{field}' is no number: {line}", at + 1))
        };
        let old = if kind == MALLOC { 0 } else { number()? };
        let (size, new) = if kind == FREE { (0, 0) } else { (number()?, number()?) };
        records.push(CallRecord { kind, align: 0, size, old, new });
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::compact::compact;
    use crate::format::{TraceEvent, decode};

    #[test]
    fn lines_of_calls_are_read_and_others_are_skipped() {
        let records =
            read("m 24 640\nstep 0: 1 calls\nr 640 100 704\nm 9 -1\nf 704 100\nr -1 5 640\n");
        let (trace, summary) = compact(&records.unwrap(), usize::MAX).unwrap();
        assert_eq!(
            decode(&trace).unwrap(),
            [
                TraceEvent::Malloc { slot: 0, size: 24 },
                TraceEvent::Realloc { slot: 0, size: 100 },
                TraceEvent::Free { slot: 0 },
                TraceEvent::Malloc { slot: 0, size: 5 },
            ]
        );
        assert_eq!(summary.calls, 4);
    }

    #[test]
    fn a_line_without_its_numbers_is_named() {
        assert_eq!(read("f 1 2\nm 24\n").unwrap_err(), "line 2: '' is no number: m 24");
    }
}
