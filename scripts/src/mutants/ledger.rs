//! The verdicts so far: a file of lines `STAGE<tab>VERDICT<tab>STAMP<tab>KEY`, to which runs add.

use std::collections::HashMap;

/// How a mutant fared in a stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Caught,
    /// The tests did not end: an endless loop.
    Timeout,
    /// It does not compile.
    Unviable,
    /// It lived through this stage and all before.
    Missed(u8),
}

impl Verdict {
    /// The verdicts that cargo-mutants keeps lists of: `NAME.txt`.
    pub(super) const NAMES: [&str; 4] = ["caught", "missed", "timeout", "unviable"];

    fn parse(stage: &str, name: &str) -> Option<Self> {
        match name {
            "caught" => Some(Self::Caught),
            "timeout" => Some(Self::Timeout),
            "unviable" => Some(Self::Unviable),
            "missed" => stage.parse().ok().map(Self::Missed),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Timeout => "timeout",
            Self::Unviable => "unviable",
            Self::Missed(_) => "missed",
        }
    }
}

/// The verdicts that hold in a state of the tree.
#[derive(Default, Debug)]
pub(super) struct Verdicts {
    by_key: HashMap<String, (Verdict, String)>,
}

impl Verdicts {
    /// The last verdict of each key. One that was not missed holds while its line is unchanged; one that
    /// was missed holds on the tree with this stamp only, and the latest stage counts.
    pub(super) fn read(ledger: &str, stamp: &str) -> Self {
        let mut verdicts = Self::default();
        for line in ledger.lines() {
            let fields: Vec<_> = line.splitn(4, '\t').collect();
            let &[stage, name, of, key] = fields.as_slice() else { continue };
            let Some(verdict) = Verdict::parse(stage, name) else { continue };
            if let Verdict::Missed(stage) = verdict {
                let holds = match verdicts.get(key) {
                    None => true,
                    Some(Verdict::Missed(earlier)) => earlier <= stage,
                    Some(_) => false,
                };
                if of != stamp || !holds {
                    continue;
                }
            }
            verdicts.by_key.insert(key.to_owned(), (verdict, of.to_owned()));
        }
        verdicts
    }

    pub(super) fn get(&self, key: &str) -> Option<Verdict> {
        Some(self.by_key.get(key)?.0)
    }

    /// Whether a key's verdict is of another state of the tree.
    pub(super) fn is_of_earlier(&self, key: &str, stamp: &str) -> bool {
        self.by_key.get(key).is_some_and(|(_, of)| of != stamp)
    }

    /// Whether a stage is to judge a mutant: one without a verdict, or missed by the stage before.
    pub(super) fn is_due(&self, key: &str, stage: u8) -> bool {
        match self.get(key) {
            None => stage == 0,
            Some(Verdict::Missed(missed)) => missed + 1 == stage,
            Some(_) => false,
        }
    }
}

/// A line of the ledger.
pub(super) fn entry(stage: u8, verdict: &str, stamp: &str, key: &str) -> String {
    format!("{stage}\t{verdict}\t{stamp}\t{key}\n")
}

/// What verdicts depend on, as a number: FNV-1a over the contents.
pub(super) fn stamp(contents: impl Iterator<Item = Vec<u8>>) -> String {
    let hash = contents.flatten().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stage_that_a_mutant_survived_counts() {
        let ledger = [entry(1, "missed", "s", "a"), entry(0, "missed", "s", "a")].concat();
        let verdicts = Verdicts::read(&ledger, "s");
        assert_eq!(verdicts.get("a"), Some(Verdict::Missed(1)));
        assert!(verdicts.is_due("a", 2) && !verdicts.is_due("a", 1));
        assert!(verdicts.is_due("new", 0) && !verdicts.is_due("new", 1));
    }

    #[test]
    fn a_caught_mutant_stays_caught_and_a_missed_one_is_judged_again_on_another_tree() {
        let ledger = [
            entry(0, "caught", "old", "a"),
            entry(0, "missed", "s", "a"),
            entry(3, "missed", "old", "b"),
        ]
        .concat();
        let verdicts = Verdicts::read(&ledger, "s");
        assert_eq!(verdicts.get("a"), Some(Verdict::Caught));
        assert!(verdicts.is_of_earlier("a", "s"));
        assert_eq!(verdicts.get("b"), None);
    }

    #[test]
    fn lines_that_are_no_verdicts_are_passed_over() {
        let verdicts = Verdicts::read("0\tcaught\ts\n?\tmissed\ts\tk\n0\tlost\ts\tk\n", "s");
        assert_eq!(verdicts.get("k"), None);
    }

    #[test]
    fn the_stamp_depends_on_the_contents() {
        let of = |text: &str| stamp([text.as_bytes().to_vec()].into_iter());
        assert_eq!(of(""), "cbf29ce484222325");
        assert_ne!(of("a"), of("b"));
    }
}
