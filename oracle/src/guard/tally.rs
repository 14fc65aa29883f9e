//! The counts of runs, and the matrix: which law was reported for which damage.

use std::collections::BTreeMap;
use std::fmt;

use memoman::Law;

use super::fault::Benign;

/// The counts of one or several runs.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// The number of inputs.
    pub inputs: u64,
    /// The number of steps: valid calls, hostile calls, damages.
    pub steps: u64,
    /// The number of pointers that were passed to `check`, its report compared with the map.
    pub checked: u64,
    /// The number of valid calls.
    pub valid: u64,
    /// The number of calls refused as misuse, by the kind of misuse.
    pub refused: BTreeMap<&'static str, u64>,
    /// The number of damages that `validate` reported.
    pub named: u64,
    /// The number of benign damages.
    pub benign: BTreeMap<Benign, u64>,
    /// How often each law was reported, by field and change.
    pub matrix: BTreeMap<(&'static str, &'static str), BTreeMap<Law, u64>>,
}

impl Tally {
    /// Adds the counts of other runs.
    pub fn add(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.steps += other.steps;
        self.checked += other.checked;
        self.valid += other.valid;
        self.named += other.named;
        other.refused.iter().for_each(|(what, n)| *self.refused.entry(what).or_default() += n);
        other.benign.iter().for_each(|(why, n)| *self.benign.entry(*why).or_default() += n);
        for (&label, laws) in &other.matrix {
            let row = self.matrix.entry(label).or_default();
            laws.iter().for_each(|(law, n)| *row.entry(*law).or_default() += n);
        }
    }
}

/// The fields of address order, which the check of a pointer walks.
const CHAIN: [&str; 4] =
    ["header of a used block", "header of a free block", "sentinel", "prev_phys"];

impl Tally {
    /// Returns the matrix as a table in Markdown. The runs have checked each of its cells.
    pub fn table(&self) -> String {
        let mut table = "\
            | field | changed | `validate` names | a call that validates | a pointer in that pool, \
            between validations |\n|---|---|---|---|---|\n"
            .to_owned();
        for ((field, change), laws) in &self.matrix {
            let laws: Vec<_> = laws.keys().map(|law| format!("{law:?}")).collect();
            let between = if CHAIN.contains(field) { "`Damaged`" } else { "exact" };
            let laws = laws.join(", ");
            table += &format!("| {field} | {change} | {laws} | `Damaged` | {between} |\n");
        }
        table
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, steps, checked, valid, named, .. } = self;
        writeln!(
            f,
            "{steps} steps of {inputs} inputs: {valid} valid calls, {checked} pointers checked"
        )?;
        let refused: Vec<_> = self.refused.iter().map(|(what, n)| format!("{what} {n}")).collect();
        writeln!(f, "refused: {}", refused.join(", "))?;
        let benign: Vec<_> = self.benign.iter().map(|(why, n)| format!("{why:?} {n}")).collect();
        write!(f, "damage: {named} reported, benign: {}", benign.join(", "))?;
        for ((field, change), laws) in &self.matrix {
            let laws: Vec<_> = laws.iter().map(|(law, n)| format!("{law:?} {n}")).collect();
            write!(f, "\n  {field}, {change}: {}", laws.join(", "))?;
        }
        Ok(())
    }
}
