//! The table of a run, and whether it is good enough.

use std::fmt::Write as _;

use crate::stop::{failed, not_done};

use super::arch::Arch;

/// What was done on an architecture. None: not done in this run.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Counts {
    /// Tests of memoman, and others, that passed.
    pub(super) tests: Option<u64>,
    /// Tests of the C library that passed.
    pub(super) c_library: Option<u64>,
    /// Calls of the corpus.
    pub(super) corpus: Option<u64>,
    /// Lockstep calls of random programs.
    pub(super) lockstep: Option<u64>,
    /// The hash of 20,000 calls.
    pub(super) hash: Option<String>,
    /// The C code made the same calls there.
    pub(super) c_beside: bool,
}

/// How an architecture's run ended.
#[derive(Debug)]
pub(super) enum Ended {
    Passed(Counts),
    NotDone,
    Failed,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) arch: Arch,
    pub(super) seconds: u64,
    pub(super) ended: Ended,
}

impl Row {
    fn is_passed(&self) -> bool {
        matches!(self.ended, Ended::Passed(_))
    }
}

/// The table, in Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| processor | target | bits | tests | C library | corpus, calls | lockstep calls | hash of 20,000 calls | C beside | s | |\n\
         |---|---|--:|--:|--:|--:|--:|---|---|--:|---|\n",
    );
    for Row { arch, seconds, ended } in rows {
        let none = Counts::default();
        let (counts, state) = match ended {
            Ended::Passed(counts) => (counts, "passed"),
            Ended::NotDone => (&none, "**not done**"),
            Ended::Failed => (&none, "**failed**"),
        };
        let number = |count: Option<u64>| count.map_or_else(String::new, grouped);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {seconds} | {state} |",
            arch.name(),
            arch.triple(),
            arch.bits(),
            number(counts.tests),
            number(counts.c_library),
            number(counts.corpus),
            number(counts.lockstep),
            counts.hash.as_deref().unwrap_or_default(),
            if counts.c_beside { "yes" } else { "" },
        );
    }
    text
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether the rows are all that was asked for. With `all`, only those that are required must have run.
///
/// # Errors
/// One failed, or too few ran.
pub(super) fn verdict(rows: &[Row], all: bool) -> anyhow::Result<()> {
    let names =
        |rows: Vec<&Row>| rows.iter().map(|row| row.arch.name()).collect::<Vec<_>>().join(", ");
    let broken: Vec<_> = rows.iter().filter(|row| matches!(row.ended, Ended::Failed)).collect();
    if !broken.is_empty() {
        return failed(format!("failed on {}; the first error is above", names(broken)));
    }
    let missing: Vec<_> =
        rows.iter().filter(|row| !row.is_passed() && (!all || row.arch.is_required())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("not done on {}; what is missing is above", names(missing));
    if all { failed(format!("{text}, and a run of all must have them")) } else { not_done(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::Stop;

    fn rows(ended: impl Fn(Arch) -> Ended) -> Vec<Row> {
        Arch::all().iter().map(|&arch| Row { arch, seconds: 1, ended: ended(arch) }).collect()
    }

    fn passed() -> Ended {
        Ended::Passed(Counts::default())
    }

    fn without(missing: Arch) -> Vec<Row> {
        rows(|arch| if arch == missing { Ended::NotDone } else { passed() })
    }

    fn code(rows: &[Row], all: bool) -> u8 {
        verdict(rows, all).map_or_else(|error| error.downcast_ref::<Stop>().unwrap().code(), |()| 0)
    }

    #[test]
    fn a_run_of_all_without_a_required_one_fails() {
        for &missing in Arch::all() {
            assert_eq!(
                code(&without(missing), true),
                u8::from(missing.is_required()),
                "{missing:?}"
            );
        }
        assert_eq!(code(&rows(|_| passed()), true), 0);
    }

    #[test]
    fn a_named_one_that_cannot_run_is_not_done() {
        assert_eq!(code(&without(Arch::Riscv64), false), 2);
        assert_eq!(code(&without(Arch::S390x), false), 2);
    }

    #[test]
    fn a_failure_is_a_failure_whatever_else_is_missing() {
        let rows = rows(|arch| match arch {
            Arch::CortexM0 => Ended::Failed,
            _ => Ended::NotDone,
        });
        assert_eq!((code(&rows, true), code(&rows, false)), (1, 1));
    }

    #[test]
    fn the_table_has_a_row_for_each_and_numbers_are_grouped() {
        let counts = Counts { lockstep: Some(1_000_017), c_beside: true, ..Counts::default() };
        let rows = rows(|arch| match arch {
            Arch::S390x => Ended::Passed(counts.clone()),
            _ => Ended::Failed,
        });
        let text = table(&rows);
        assert_eq!(text.lines().count(), 2 + Arch::all().len());
        assert!(
            text.contains("| s390x | s390x-unknown-linux-gnu | 64 |  |  |  | 1,000,017 |  | yes | 1 | passed |"),
            "{text}"
        );
        assert!(text.contains("| **failed** |"));
        assert_eq!([0, 12, 123, 1234].map(grouped), ["0", "12", "123", "1,234"]);
    }
}
