//! All mutants.

use super::expected;
use super::faulty::catalogue::FAULTY;
use super::hard;
use super::mutant::{Made, Mutant};
use super::rules::{self, Description, Visitor};
use super::wrappers::catalogue::WRAPPERS;
use crate::model::Rules;
use crate::subject::reference::IS_BUILT_IN;

/// Every mutant, without the hard ones: those are in [`hard`].
pub fn all() -> Vec<Mutant> {
    let mut collected = Collected(Vec::new());
    rules::each(&mut collected);
    let Collected(mut all) = collected;
    all.extend(WRAPPERS.iter().map(|&listing| Mutant::listed(Made::Wrapper, listing)));
    all.extend(FAULTY.iter().map(|&listing| Mutant::listed(Made::Faulty, listing)));
    all
}

/// The mutant of that name, one of the hard ones included.
pub fn by_name(name: &str) -> Option<Mutant> {
    let hard = || hard::by_name(name).map(|hard| hard.mutant);
    all().into_iter().find(|mutant| mutant.name == name).or_else(hard)
}

/// The mutants made from a wrong rule.
struct Collected(Vec<Mutant>);

impl Visitor for Collected {
    fn visit<R: Rules + 'static>(&mut self, description: Description) {
        let Description { name, expected, mistake, misread, searching } = description;
        // Only the reference contradicts an engine and a specification that have the same mistake.
        if misread && IS_BUILT_IN {
            let listing = (name, expected, mistake, rules::with_shared_rules::<R> as _);
            let mut mutant = Mutant::listed(Made::Misread, listing);
            mutant.expected = mutant.expected.into_iter().map(expected::by_reference).collect();
            self.0.push(mutant);
        }
        let maker =
            if searching { rules::searching_with_rules::<R> } else { rules::with_rules::<R> };
        self.0.push(Mutant::listed(Made::Rules, (name, expected, mistake, maker)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_mutant_has_a_name_of_its_own() {
        let names: BTreeSet<_> = all().into_iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), all().len());
        assert!(names.len() >= 40, "{}", names.len());
        assert!(names.contains("rule-fit-wraps") && by_name("rule-fit-wraps").is_some());
        assert!(by_name("unknown").is_none());
    }
}
