//! What the programs print, and whether two machines printed the same.

use anyhow::Context as _;

/// A program that prints the same on every machine of one width.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Program {
    /// `oracle corpus`
    Corpus,
    /// `oracle stress` with this number of calls
    Stress(u64),
    /// 20,000 calls of the package memoman-bare
    Calls,
}

/// What is compared of what a program printed, and the calls that it made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Outcome {
    pub(super) calls: u64,
    /// A trace, or a hash.
    pub(super) digest: String,
}

impl Program {
    /// Reads what the program printed.
    ///
    /// # Errors
    /// It has no line with a result, or the C code's result is another one.
    pub(super) fn outcome(self, printed: &str) -> anyhow::Result<Outcome> {
        match self {
            // agrees: 527142 calls of 1720 programs, trace 71e7a0d445fcbd55
            Self::Corpus | Self::Stress(_) => {
                let line = printed
                    .lines()
                    .find_map(|line| line.strip_prefix("agrees: "))
                    .context("the oracle printed no line that starts with 'agrees: '")?;
                outcome(line, " trace ")
            }
            // calls: 20000 of memoman, 32 bits, 557 refused, 1494 moved, hash 5d8b0cfb1d19a805
            Self::Calls => {
                let lines = |allocator: &str| {
                    let head = format!(" of {allocator},");
                    let of = |line: &str| {
                        let (calls, rest) = line.strip_prefix("calls: ")?.split_once(&head)?;
                        Some(format!("{calls}{rest}"))
                    };
                    printed.lines().find_map(of)
                };
                let ours = lines("memoman").context("the program printed no calls of memoman")?;
                if let Some(conte) = lines("conte") {
                    anyhow::ensure!(
                        ours == conte,
                        "the C code returned other results: {conte}; memoman: {ours}"
                    );
                }
                outcome(&ours, " hash ")
            }
        }
    }
}

/// `CALLS … NAME DIGEST`.
fn outcome(line: &str, name: &str) -> anyhow::Result<Outcome> {
    let unknown = || format!("the program printed an unknown result: {line}");
    let calls = line.split_whitespace().next().and_then(|calls| calls.parse().ok());
    let (_, digest) = line.rsplit_once(name).with_context(unknown)?;
    Ok(Outcome { calls: calls.with_context(unknown)?, digest: digest.trim().to_owned() })
}

/// Whether the C code made the calls, too.
pub(super) fn has_conte(printed: &str) -> bool {
    printed.lines().any(|line| line.starts_with("calls: ") && line.contains(" of conte,"))
}

/// The tests that passed, of all binaries.
pub(super) fn tests(printed: &str) -> u64 {
    let passed = printed.lines().filter_map(|line| {
        line.strip_prefix("test result: ok. ")?.split_once(" passed")?.0.parse::<u64>().ok()
    });
    passed.sum()
}

/// What `oracle corpus` prints that does not depend on the width of a word: the lines
/// `FOLDER: N files, N bytes, programs HASH, N calls`, without the calls.
pub(super) fn programs(printed: &str) -> Vec<String> {
    let lines = printed.lines().filter_map(|line| line.strip_suffix(" calls")?.rsplit_once(", "));
    lines
        .map(|(programs, _)| programs.to_owned())
        .filter(|programs| programs.contains(" files, ") && programs.contains(" bytes, programs "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: &str = "calls: 20000 of memoman, 32 bits, 557 refused, 1494 moved, hash 5d8b\n";

    #[test]
    fn traces_and_hashes_are_read() {
        let corpus = "corpus: 3 files, 9 bytes, programs 0a, 5 calls\nagrees: 526909 calls of 1720 programs, trace c86e\n";
        assert_eq!(
            Program::Corpus.outcome(corpus).unwrap(),
            Outcome { calls: 526_909, digest: "c86e".into() }
        );
        let stress = "agrees: 200018 calls in 16 geometries, seed 1, trace 66fe\n";
        assert_eq!(Program::Stress(200_000).outcome(stress).unwrap().calls, 200_018);
        assert_eq!(
            Program::Calls.outcome(CALLS).unwrap(),
            Outcome { calls: 20_000, digest: "5d8b".into() }
        );
        assert!(Program::Corpus.outcome("a finding\n").is_err());
        assert!(Program::Calls.outcome("calls: many of memoman, hash 1\n").is_err());
    }

    #[test]
    fn another_result_of_the_c_code_is_an_error() {
        let same = format!("{CALLS}{}", CALLS.replace("memoman", "conte"));
        assert!(Program::Calls.outcome(&same).is_ok() && has_conte(&same) && !has_conte(CALLS));
        for (from, to) in [("5d8b", "5d8c"), ("1494", "1495")] {
            let other = format!("{CALLS}{}", CALLS.replace("memoman", "conte").replace(from, to));
            let error = Program::Calls.outcome(&other).unwrap_err().to_string();
            assert!(error.contains("the C code returned other results"), "{error}");
        }
    }

    #[test]
    fn tests_are_added_up() {
        let printed = "test a ... ok\ntest result: ok. 17 passed; 0 failed; 0 ignored\n\
                       test result: ok. 3 passed; 0 failed\ntest result: FAILED. 9 passed; 1 failed\n";
        assert_eq!(tests(printed), 20);
    }

    #[test]
    fn the_calls_are_left_out_of_what_is_compared_at_both_widths() {
        let printed = "corpus/ops-v1: 1700 files, 900000 bytes, programs 0123abcd, 500000 calls\nagrees: 500000 calls\n";
        assert_eq!(
            programs(printed),
            ["corpus/ops-v1: 1700 files, 900000 bytes, programs 0123abcd"]
        );
    }
}
