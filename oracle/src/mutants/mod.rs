//! Planted bugs: wrong allocators, each with one realistic mistake, in the engine's place. How many
//! of them are caught, how soon and by what, is the measure of the harness.
//!
//! | room | holds |
//! |---|---|
//! | [`mutants`] | the specification with one decision taken wrong |
//! | [`wrap`], [`lies`] | the engine with a lie in front |
//! | [`Toy`], [`Fault`] | a small TLSF over real bytes with a fault in it: bits, links, flags |
//! | `by` | the checks that may object |
//! | [`all`] | the catalogue |
//! | [`hunt`] | how soon one is caught |
//!
//! The engine has no switches for faults: what ships is what is tested.

mod by;
pub mod campaign;
mod fault;
mod faulty;
pub mod rules;
pub mod wrappers;

pub use fault::Fault;
pub use faulty::Toy;

use crate::finding::Check;
use crate::lockstep::Lockstep;
use crate::model::Rules;
use rules::{About, Visitor};

/// A wrong allocator.
#[derive(Clone)]
pub struct Planted {
    /// Its name: words joined by hyphens.
    pub name: String,
    /// What is wrong with it.
    pub sentence: &'static str,
    /// What it is made of.
    pub made: Made,
    /// The checks that may be the first to object; which of them is a matter of luck.
    pub by: Vec<Check>,
    /// Makes the lockstep with it in the engine's place, in the geometry of that number.
    pub maker: fn(usize) -> Lockstep,
}

/// What a wrong allocator is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// A mutant of the specification.
    Mutant,
    /// The same, and the specification shares the mistake.
    Misread,
    /// The engine, with a lie in front.
    Lie,
    /// The toy, with a fault.
    Toy,
}

/// The catalogue.
pub fn all() -> Vec<Planted> {
    let mut catalogue = Catalogue(Vec::new());
    rules::each(&mut catalogue);
    let Catalogue(mut all) = catalogue;
    let add = |all: &mut Vec<Planted>, made, (name, by, sentence, maker): Entry| {
        let kind = match made {
            Made::Lie => "lie",
            _ => "toy",
        };
        let name = format!("{kind}-{}", kebab(name));
        all.push(Planted { name, sentence, made, by: by.to_vec(), maker });
    };
    wrappers::catalogue::CATALOGUE.iter().for_each(|&lie| add(&mut all, Made::Lie, lie));
    fault::CATALOGUE.iter().for_each(|&fault| add(&mut all, Made::Toy, fault));
    all
}

/// The one of that name.
pub fn by_name(name: &str) -> Option<Planted> {
    all().into_iter().find(|planted| planted.name == name)
}

/// A name as in the code, the checks that may object first, what is wrong, and how it is made.
type Entry = (&'static str, &'static [Check], &'static str, fn(usize) -> Lockstep);

struct Catalogue(Vec<Planted>);

impl Visitor for Catalogue {
    fn visit<R: Rules + 'static>(&mut self, About { name, by, sentence, misread }: About) {
        let mut add = |kind, made, by, maker| {
            let name = format!("{kind}-{}", kebab(name));
            self.0.push(Planted { name, sentence, made, by, maker });
        };
        if misread {
            let by = by.iter().copied().map(by::instead).collect();
            add("misread", Made::Misread, by, rules::misread::<R>);
        }
        add("mutant", Made::Mutant, by.to_vec(), rules::obeying::<R>);
    }
}

/// `ThisName` as `this-name`.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn forty_and_more_have_a_name_each() {
        let names: BTreeSet<_> = all().into_iter().map(|planted| planted.name).collect();
        assert_eq!(names.len(), all().len());
        assert!(names.len() >= 40, "{}", names.len());
        assert!(names.contains("mutant-fit-wraps") && by_name("mutant-fit-wraps").is_some());
        assert!(by_name("nobody").is_none());
    }
}
