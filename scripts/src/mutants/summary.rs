//! The outcome: survivors, the list of equivalents compared with the verdicts, and the last line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::bail;

use super::ledger::{Verdict, Verdicts};
use super::listing::Mutant;

/// Mutants that no test can distinguish from the engine: paragraphs of three lines, the change, the line, the
/// reason.
#[derive(Default, Debug)]
pub(super) struct Equivalents {
    keys: BTreeSet<String>,
}

impl Equivalents {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut equivalents = Self::default();
        for paragraph in text.split("\n\n").map(|text| text.trim_matches('\n')) {
            if paragraph.is_empty() || paragraph.starts_with('#') {
                continue;
            }
            let lines: Vec<_> = paragraph.lines().collect();
            let &[change, line, reason] = lines.as_slice() else {
                bail!(
                    "expected three lines for each entry (change, line, reason), found {} at: {}",
                    lines.len(),
                    lines[0]
                );
            };
            if reason.trim().is_empty() {
                bail!("an entry without a reason: {change}");
            }
            equivalents.keys.insert(format!("{change} @ {}", line.trim_start()));
        }
        Ok(equivalents)
    }

    /// The entries of which there is no such mutant: the line has changed or moved.
    pub(super) fn stale<'a>(&'a self, all: &[Mutant]) -> impl Iterator<Item = &'a String> {
        let known: BTreeSet<String> = all.iter().map(|mutant| mutant.key.clone()).collect();
        self.keys.iter().filter(move |key| !known.contains(*key))
    }
}

/// What all stages came to.
#[derive(Default, Debug)]
pub(super) struct Summary {
    /// Everything that is wrong, and notes.
    pub(super) text: String,
    /// Whether something is wrong.
    pub(super) bad: bool,
}

/// The number of the last stage.
pub(super) const LAST_STAGE: u8 = 3;

impl Summary {
    /// Compares the verdicts on the chosen mutants with the equivalents, and these with all mutants.
    pub(super) fn new(
        chosen: &[Mutant],
        all: &[Mutant],
        verdicts: &Verdicts,
        equivalents: &Equivalents,
        stamp: &str,
    ) -> Self {
        let mut summary = Self::default();
        let (mut caught, mut unviable, mut timeout, mut equivalent, mut survivors, mut earlier) =
            (0, 0, 0, 0, 0, 0);
        for mutant in chosen {
            let Mutant { name, key } = mutant;
            let listed = equivalents.keys.contains(key);
            earlier += usize::from(verdicts.is_of_earlier(key, stamp));
            match verdicts.get(key) {
                Some(verdict @ (Verdict::Caught | Verdict::Unviable | Verdict::Timeout)) => {
                    *match verdict {
                        Verdict::Caught => &mut caught,
                        Verdict::Unviable => &mut unviable,
                        _ => &mut timeout,
                    } += 1;
                    if listed {
                        summary.wrong(&format!(
                            "on the list of equivalents, but {}: {name}",
                            verdict.name()
                        ));
                    }
                }
                Some(Verdict::Missed(LAST_STAGE)) if listed => equivalent += 1,
                Some(Verdict::Missed(LAST_STAGE)) => {
                    survivors += 1;
                    summary.wrong(&format!("survivor: {name}\n    {}", mutant.line()));
                }
                Some(Verdict::Missed(_)) | None => summary.wrong(&format!("not judged: {name}")),
            }
        }
        for key in equivalents.stale(all) {
            summary.wrong(&format!("on the list of equivalents, but no mutant: {key}"));
        }
        let text = &mut summary.text;
        if earlier > 0 {
            let _ = writeln!(
                text,
                "{earlier} verdicts are of earlier runs, on another state of the tree; --fresh judges all again"
            );
        }
        let _ = writeln!(
            text,
            "mutants {} caught {caught} unviable {unviable} timeout {timeout} equivalent {equivalent} survivors {survivors}",
            chosen.len()
        );
        summary
    }

    fn wrong(&mut self, text: &str) {
        self.bad = true;
        let _ = writeln!(self.text, "{text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(key: &str) -> Mutant {
        Mutant { name: format!("name of {key}"), key: key.to_owned() }
    }

    fn summary(ledger: &str, equivalents: &str) -> Summary {
        let mutants = [mutant("a @ x"), mutant("b @ y")];
        Summary::new(
            &mutants,
            &mutants,
            &Verdicts::read(ledger, "s"),
            &Equivalents::parse(equivalents).unwrap(),
            "s",
        )
    }

    const LEDGER: &str = "0\tcaught\ts\ta @ x\n3\tmissed\ts\tb @ y\n";

    #[test]
    fn an_equivalent_that_lives_is_fine_and_one_that_is_not_listed_is_a_survivor() {
        let fine = summary(LEDGER, "# why\n\nb\n    y\n    reason\n");
        assert_eq!(
            (fine.text.as_str(), fine.bad),
            ("mutants 2 caught 1 unviable 0 timeout 0 equivalent 1 survivors 0\n", false)
        );
        let bad = summary(LEDGER, "");
        assert!(
            bad.bad && bad.text.starts_with("survivor: name of b @ y\n    y\n"),
            "{}",
            bad.text
        );
    }

    #[test]
    fn the_list_of_equivalents_is_compared_with_the_verdicts() {
        let text = summary(LEDGER, "a\n x\n r\n\nb\n y\n r\n\ngone\n z\n r\n").text;
        assert!(text.contains("on the list of equivalents, but caught: name of a @ x\n"), "{text}");
        assert!(text.contains("on the list of equivalents, but no mutant: gone @ z\n"), "{text}");
    }

    #[test]
    fn what_no_stage_judged_is_not_a_success() {
        let summary = summary("0\tcaught\tearlier\ta @ x\n1\tmissed\ts\tb @ y\n", "");
        assert!(
            summary.bad
                && summary
                    .text
                    .starts_with("not judged: name of b @ y\n1 verdicts are of earlier runs"),
            "{}",
            summary.text
        );
    }

    #[test]
    fn an_entry_without_a_reason_is_an_error() {
        assert!(Equivalents::parse("a\n x\n").is_err());
        assert!(Equivalents::parse("a\n x\n \n").is_err());
    }
}
