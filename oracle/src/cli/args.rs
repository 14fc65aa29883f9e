//! Arguments that several commands take.

use clap::ValueEnum;
use oracle::Against;

/// What stands beside the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Beside {
    /// Conte's C code, where it has the geometry: the same addresses
    Conte,
    /// The platform's malloc: the contract only
    System,
}

impl Beside {
    /// How to ask for it again; nothing for the default.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Conte => "",
            Self::System => " --against system",
        }
    }
}

impl From<Beside> for Against {
    fn from(beside: Beside) -> Self {
        match beside {
            Beside::Conte => Self::Conte,
            Beside::System => Self::System,
        }
    }
}

/// A count: digits, underscores where one likes, and k, M or G for the thousands.
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

#[cfg(test)]
mod tests {
    use super::count;

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
}
