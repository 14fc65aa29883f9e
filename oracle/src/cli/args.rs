//! Arguments that several commands take.

use std::thread;

use clap::ValueEnum;
use oracle::Against;
use oracle::ops::Version;

/// The allocator beside the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Beside {
    /// Conte's C code, where it has the geometry: the addresses must be equal
    #[cfg(feature = "reference")]
    Conte,
    /// The executable specification alone: this oracle was built without the C code (feature `reference`)
    #[cfg(not(feature = "reference"))]
    Specification,
    /// The platform's malloc: only the contract is compared
    System,
}

impl Beside {
    /// The default. The specification takes part in any case.
    #[cfg(feature = "reference")]
    pub(crate) const STANDARD: Self = Self::Conte;
    /// The default. The specification takes part in any case.
    #[cfg(not(feature = "reference"))]
    pub(crate) const STANDARD: Self = Self::Specification;

    /// Returns the option that selects it; the empty string for the default.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::STANDARD => "",
            _ => " --against system",
        }
    }
}

impl From<Beside> for Against {
    fn from(beside: Beside) -> Self {
        match beside {
            Beside::STANDARD => Self::Conte,
            _ => Self::System,
        }
    }
}

/// Returns the options that select how a program runs; the empty string for the default.
pub(crate) fn flags(against: Beside, search: bool) -> String {
    against.flag().to_owned() + if search { " --search" } else { "" }
}

/// The largest number of threads or child processes: each has arenas of its own.
const MOST_JOBS: u16 = 512;

/// Parses a number of threads or child processes.
pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_JOBS).contains(number));
    number.map(usize::from).ok_or_else(|| format!("expected a number from 1 to {MOST_JOBS}"))
}

/// Returns the given number of threads, or by default one for each core.
pub(crate) fn or_cores(jobs: Option<usize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    jobs.unwrap_or_else(|| cores().min(MOST_JOBS.into()))
}

/// Parses a number of seconds: 1 to a year.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=31_536_000).contains(number));
    number.ok_or_else(|| "expected seconds, from 1 to 31536000 (a year)".to_owned())
}

/// Parses a count: digits, with underscores anywhere among them, and k, M or G for powers of 1000.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1_000),
        Some((at, 'm' | 'M')) => (&text[..at], 1_000_000),
        Some((at, 'g' | 'G')) => (&text[..at], 1_000_000_000),
        _ => (text, 1),
    };
    let number = digits.replace('_', "").parse::<u64>().ok();
    let count = number.and_then(|number| number.checked_mul(unit));
    count.ok_or_else(|| "expected a count, such as 4096, 2_000_000, 500k or 20M".to_owned())
}

/// The version of the op language that `--large` chooses, or its absence.
pub(crate) fn language_version(large: bool) -> Version {
    if large { Version::Two } else { Version::One }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_take_underscores_and_suffixes() {
        for (text, number) in [
            ("0", 0),
            ("4096", 4096),
            ("2_000_000", 2_000_000),
            ("500k", 500_000),
            ("20M", 20_000_000),
        ] {
            assert_eq!(count(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_count_is_refused() {
        for text in ["", "k", "_", "-1", "1.5M", "20MB", "20 M", "99999999999G", "µ"] {
            assert!(count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn absurd_numbers_of_jobs_and_seconds_are_refused() {
        assert_eq!((jobs("1"), jobs("512"), seconds("60")), (Ok(1), Ok(512), Ok(60)));
        for text in ["", "0", "-1", "513", "100000", "18446744073709551616", "2k"] {
            assert!(jobs(text).is_err(), "{text}");
        }
        for text in ["", "0", "31536001", "18446744073709551615"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
