//! What runs did, and the matrix: what damage was named by which laws.

use std::collections::BTreeMap;
use std::fmt;

use memoman::Law;

use super::damage::Benign;

/// Sums over runs.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Inputs.
    pub inputs: u64,
    /// Steps: valid calls, hostile ones, damages.
    pub steps: u64,
    /// Pointers told by `check` or a verb, and compared with the register.
    pub told: u64,
    /// Valid calls, by whether the heap granted them.
    pub valid: u64,
    /// Calls refused as misuse, by the misuse.
    pub refused: BTreeMap<&'static str, u64>,
    /// Damage that was named.
    pub named: u64,
    /// Damage that was benign.
    pub benign: BTreeMap<Benign, u64>,
    /// Damage by field and change: how often each law was named.
    pub matrix: BTreeMap<(&'static str, &'static str), BTreeMap<Law, u64>>,
}

impl Tally {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.steps += other.steps;
        self.told += other.told;
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

/// The fields of address order, which every check of a pointer walks over.
const CHAIN: [&str; 4] =
    ["header of a used block", "header of a free block", "sentinel", "prev_phys"];

impl Tally {
    /// The matrix as a table. The runs have checked every cell of it.
    pub fn table(&self) -> String {
        let mut table = "\
            | field | changed | `validate` names | a call that validates | a pointer in that pool, \
            between validations |\n|---|---|---|---|---|\n"
            .to_owned();
        for ((field, change), laws) in &self.matrix {
            let laws: Vec<_> = laws.keys().map(|law| format!("{law:?}")).collect();
            let between = if CHAIN.contains(field) { "`Damaged`" } else { "told exactly" };
            let laws = laws.join(", ");
            table += &format!("| {field} | {change} | {laws} | `Damaged` | {between} |\n");
        }
        table
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, steps, told, valid, named, .. } = self;
        writeln!(f, "{steps} steps of {inputs} inputs: {valid} valid calls, {told} pointers told")?;
        let refused: Vec<_> = self.refused.iter().map(|(what, n)| format!("{what} {n}")).collect();
        writeln!(f, "refused: {}", refused.join(", "))?;
        let benign: Vec<_> = self.benign.iter().map(|(why, n)| format!("{why:?} {n}")).collect();
        write!(f, "damage: {named} named, benign: {}", benign.join(", "))?;
        for ((field, change), laws) in &self.matrix {
            let laws: Vec<_> = laws.iter().map(|(law, n)| format!("{law:?} {n}")).collect();
            write!(f, "\n  {field}, {change}: {}", laws.join(", "))?;
        }
        Ok(())
    }
}
