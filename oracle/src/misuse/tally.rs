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
