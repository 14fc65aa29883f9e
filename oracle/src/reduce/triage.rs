//! Many crashes, few findings: which failures are the same.
//!
//! The signature of a failure is its target, the check that failed, and the place. The place has the
//! part of a stack trace: the line of code of a panic; the call that a check was about; the op and the
//! message of a process that died. Numbers that differ from run to run are no part of a signature.
//! Findings that shrink to the same program are the same, too.

use std::path::{Path, PathBuf};

use crate::finding::Check;
use crate::run::failure::Failure;

/// A fuzz target that can be run here, too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// Programs of calls, see [`ops`](crate::ops).
    Ops,
    /// Hostile pointers and damage, see `misuse`; only with feature `guard`.
    Misuse,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ops, Self::Misuse];

    /// The name of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ops => "ops",
            Self::Misuse => "misuse",
        }
    }

    /// The target of a file: the one that names the innermost of its folders.
    pub fn of(file: &Path) -> Option<Self> {
        file.ancestors().skip(1).find_map(|dir| {
            let name = dir.file_name()?;
            // Files of the target `large` are programs, too: of version 2, as their folder says.
            let is_large = name == "large";
            Self::ALL.into_iter().find(|&own| name == own.name() || is_large && own == Self::Ops)
        })
    }
}

/// What two failures of one finding have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signature {
    /// The target.
    pub target: Target,
    /// The check or the law, in words.
    pub check: String,
    /// The place.
    pub place: String,
}

/// One file's failure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    /// Its signature.
    pub signature: Signature,
    /// What was seen, on one line.
    pub what: String,
}

impl Failed {
    /// Of a program. `panicked_at`: the line of code, if there was a panic.
    pub fn program(failure: &Failure, panicked_at: Option<&str>) -> Self {
        let op = || failure.program.ops.get(failure.index).map(ToString::to_string);
        let place = match (failure.check(), panicked_at, failure.action) {
            (Check::Crash, Some(line), _) => line.to_owned(),
            (_, _, Some(action)) => action.kind().to_string(),
            _ => op().map_or_else(|| "the end".to_owned(), |op| first_word(&op).to_owned()),
        };
        let check = failure.check().to_string();
        let signature = Signature { target: Target::Ops, check, place };
        Self { signature, what: one_line(&failure.finding.what) }
    }

    /// The failure of an input of `misuse`: its message, and the last line of its report. Its checks
    /// have no names, only messages.
    pub fn misuse(message: &str, last_line: &str) -> Self {
        // The last step, without its number and its result.
        let step = last_line.trim().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let end = [" =", " refused", " named", ";"].iter().filter_map(|end| step.find(end)).min();
        let place = general(&step[..end.unwrap_or(step.len())]);
        let signature = Signature { target: Target::Misuse, check: general(message), place };
        Self { signature, what: one_line(message) }
    }

    /// Of a panic that no check caught.
    pub fn panic(target: Target, what: &str, panicked_at: &str) -> Self {
        let (check, place) = (Check::Crash.to_string(), panicked_at.to_owned());
        Self { signature: Signature { target, check, place }, what: one_line(what) }
    }

    /// Of a process that ended without a result: `how` it ended, what it `said` on stderr, and the op
    /// that it ran, if that is known.
    pub fn died(target: Target, how: &str, said: &str, op: Option<&str>) -> Self {
        let said = said.lines().map(str::trim).find(|line| !line.is_empty());
        let said = said.map(|line| match line.split_once("panicked at ") {
            Some((_, place)) => place.trim_end_matches(':').to_owned(),
            None => general(line),
        });
        let op = op.map(|op| format!("at {}", first_word(op)));
        let place: Vec<_> = [op, said.clone()].into_iter().flatten().collect();
        let signature = Signature { target, check: how.to_owned(), place: place.join(", ") };
        Self { signature, what: said.unwrap_or_else(|| how.to_owned()) }
    }
}

/// A finding, and the files that have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distinct {
    /// Its signature.
    pub signature: Signature,
    /// What was seen in the first of the files.
    pub what: String,
    /// The smallest first.
    pub files: Vec<PathBuf>,
}

/// The findings among the failures of files, which are given with their sizes. The order of the files
/// does not matter.
pub fn distinct(failures: impl IntoIterator<Item = (PathBuf, usize, Failed)>) -> Vec<Distinct> {
    let mut failures: Vec<_> = failures.into_iter().collect();
    failures.sort_by(|(path, bytes, failed), (other_path, other_bytes, other)| {
        let key = |failed: &Failed| failed.signature.clone();
        (key(failed), bytes, path).cmp(&(key(other), other_bytes, other_path))
    });
    let mut findings: Vec<Distinct> = Vec::new();
    for (path, _, Failed { signature, what }) in failures {
        match findings.last_mut() {
            Some(last) if last.signature == signature => last.files.push(path),
            _ => findings.push(Distinct { signature, what, files: vec![path] }),
        }
    }
    findings
}

/// Findings by the same check that shrank to the same input are one, found in several places.
pub fn merged<S: PartialEq>(findings: Vec<(Distinct, S)>) -> Vec<(Distinct, S)> {
    let mut merged: Vec<(Distinct, S)> = Vec::new();
    for (finding, shrunk) in findings {
        let same = |(other, left): &&mut (Distinct, S)| {
            let (one, two) = (&other.signature, &finding.signature);
            (one.target, &one.check) == (two.target, &two.check) && *left == shrunk
        };
        match merged.iter_mut().find(same) {
            Some((other, _)) => {
                other.signature.place += ", ";
                other.signature.place += &finding.signature.place;
                other.files.extend(finding.files);
            }
            None => merged.push((finding, shrunk)),
        }
    }
    merged
}

/// The name of a finding's files: letters, digits and hyphens, at most 60 characters.
pub fn slug(signature: &Signature) -> String {
    let Signature { target, check, place } = signature;
    let mut slug = target.name().to_owned();
    for letter in format!("-{check}-{place}").chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => slug.push(letter.to_ascii_lowercase()),
            _ if !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

/// The text with `N` for every number, and with lists of any length alike.
fn general(text: &str) -> String {
    let mut general = String::new();
    let mut depth = 0_u32;
    for letter in text.chars() {
        match letter {
            '[' => {
                if depth == 0 {
                    general += "[…]";
                }
                depth += 1;
            }
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '0'..='9' if general.ends_with('N') => {}
            '0'..='9' => general.push('N'),
            // The rest of 0x7f3c….
            'x' | 'a'..='f' if is_address(&general) => {}
            '\n' => general.push(' '),
            _ => general.push(letter),
        }
    }
    general.trim().to_owned()
}

/// It ends in a number that is no part of a word.
fn is_address(general: &str) -> bool {
    let before = general.strip_suffix('N').map(|rest| rest.chars().next_back());
    before.is_some_and(|last| !last.is_some_and(char::is_alphanumeric))
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(check: &str, place: &str, what: &str) -> Failed {
        let (check, place) = (check.to_owned(), place.to_owned());
        let signature = Signature { target: Target::Ops, check, place };
        Failed { signature, what: what.to_owned() }
    }

    #[test]
    fn a_file_is_of_the_target_that_its_innermost_folder_names() {
        for (file, target) in [
            ("fuzz/artifacts/ops/crash-1", Some(Target::Ops)),
            ("fuzz/artifacts/large/crash-1", Some(Target::Ops)),
            ("ops/misuse/crash-1", Some(Target::Misuse)),
            ("/night/misuse/jobs/3/crash-1", Some(Target::Misuse)),
            ("fuzz/artifacts/latency/crash-1", None),
            ("ops", None),
            ("crash-ops", None),
        ] {
            assert_eq!(Target::of(Path::new(file)), target, "{file}");
        }
    }

    #[test]
    fn same_check_and_place_are_one_finding_named_by_its_smallest_file() {
        let file = |name: &str, bytes, failed| (PathBuf::from(name), bytes, failed);
        let findings = distinct([
            file("large", 900, failed("law Mirror broken", "malloc", "block at 96")),
            file("elsewhere", 8, failed("law Mirror broken", "free", "block at 32")),
            file("small", 12, failed("law Mirror broken", "malloc", "block at 64")),
            file("other", 4, failed("law Links broken", "malloc", "list 3")),
            file("as-small", 12, failed("law Mirror broken", "malloc", "block at 32")),
        ]);
        let named: Vec<_> = findings
            .iter()
            .map(|f| (f.signature.check.as_str(), f.what.as_str(), f.files.len()))
            .collect();
        assert_eq!(
            named,
            [
                ("law Links broken", "list 3", 1),
                ("law Mirror broken", "block at 32", 1),
                ("law Mirror broken", "block at 32", 3),
            ]
        );
        let files: Vec<_> = ["as-small", "small", "large"].map(PathBuf::from).into();
        assert_eq!(findings[2].files, files);
    }

    #[test]
    fn the_order_of_files_changes_no_finding() {
        let file = |name: &str, place: &str| (PathBuf::from(name), 8, failed("law", place, name));
        let mut files = vec![file("1", "a"), file("2", "b"), file("3", "a"), file("4", "c")];
        let one = distinct(files.clone());
        files.reverse();
        assert_eq!(one, distinct(files));
    }

    #[test]
    fn what_shrinks_to_the_same_program_by_the_same_check_is_one() {
        let finding = |check: &str, place: &str| {
            distinct([(PathBuf::from(place), 8, failed(check, place, ""))]).remove(0)
        };
        let merged = merged(vec![
            (finding("law Mirror broken", "malloc"), "program 1"),
            (finding("law Mirror broken", "memalign"), "program 1"),
            (finding("law Mirror broken", "free"), "program 2"),
            (finding("law Links broken", "malloc"), "program 1"),
        ]);
        assert_eq!(merged.len(), 3);
        assert_eq!(merged[0].0.signature.place, "malloc, memalign");
        assert_eq!(merged[0].0.files.len(), 2);
    }

    #[test]
    fn numbers_and_the_length_of_lists_do_not_distinguish_findings() {
        for (one, other) in [
            ("24 bytes at 512, for 17 at 8", "9 bytes at 1040, for 3 at 16"),
            ("pools [(512, 300)], but there are []", "pools [], but there are [(1, 2), (3, 4)]"),
            ("returned Double(64)", "returned Double(2048)"),
            ("a pointer 0x7ffe12ab0c, foreign", "a pointer 0x55d0, foreign"),
        ] {
            assert_eq!(general(one), general(other));
        }
        assert_ne!(general("returned Double(64)"), general("returned Live(64)"));
        assert_eq!(general("8 bytes; 3 dead"), "N bytes; N dead");
    }

    #[test]
    fn a_panic_is_identified_by_its_line_and_a_dead_process_by_its_output() {
        let died = |said, op| Failed::died(Target::Ops, "died of SIGABRT", said, op).signature;
        let said = "\nthread 'main' (17) panicked at memoman/src/span.rs:40:9:\nindex 7 …\n";
        assert_eq!(died(said, None).place, "memoman/src/span.rs:40:9");
        let other = "\nthread 'main' (18) panicked at memoman/src/span.rs:41:9:\nindex 7 …\n";
        assert_ne!(died(said, None), died(other, None));
        assert_eq!(died("", Some("malloc 3 tiny 8")).place, "at malloc");
        assert_ne!(died("", Some("malloc 3 tiny 8")), died("", Some("free next")));
        let asserted = |line| died(line, Some("free next"));
        assert_eq!(asserted("assertion of block 7"), asserted("assertion of block 12"));
    }

    #[test]
    fn slugs_are_names_of_files() {
        let signature = failed("law Mirror broken", "memoman/src/span.rs:40:9", "").signature;
        assert_eq!(slug(&signature), "ops-law-mirror-broken-memoman-src-span-rs-40-9");
        let long = failed(&"very ".repeat(40), "…", "").signature;
        assert!(slug(&long).len() <= 60 && !slug(&long).ends_with('-'));
    }
}
