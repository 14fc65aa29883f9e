//! All hard mutants.

use super::rules::{CarrySkipsAList, WideAlignRoundedTwice};
use crate::finding::Check;
use crate::lockstep::Lockstep;
use crate::mutants::expected;
use crate::mutants::faulty::{FaultyTlsf, HardFault, for_each_hard_fault};
use crate::mutants::mutant::{Made, Mutant};
use crate::mutants::rules::with_shared_rules;
use crate::run::config::MOST_CALLS;
use crate::subject::reference::IS_BUILT_IN;

/// A hard mutant.
#[derive(Clone)]
pub struct Hard {
    /// The mutant.
    pub mutant: Mutant,
    /// The conjunction under which its mistake shows.
    pub when: &'static str,
    /// A program that meets the conjunction, as text.
    pub witness: &'static str,
}

/// The most calls of a program for a mistake that shows in a long life only.
const LONG_LIFE: u64 = 1 << 18;

/// One entry: name, checks, mistake, conjunction, witness, maker.
type Entry = (
    &'static str,
    &'static [Check],
    &'static str,
    &'static str,
    &'static str,
    fn(usize) -> Lockstep,
);

macro_rules! entries {
    ($($fault:ident $name:literal: $($expected:ident)|+, $mistake:literal, $when:literal,)*) => {
        const FAULTY: &[Entry] = &[
            $((
                $name,
                &[$(expected::$expected),+],
                $mistake,
                $when,
                include_str!(concat!("witnesses/", $name, ".ops")),
                |geometry| {
                    let subject = FaultyTlsf::hard(geometry, HardFault::$fault);
                    Lockstep::with_subject(geometry, Box::new(subject))
                },
            ),)*
        ];
    };
}

for_each_hard_fault!(entries);

/// Only the reference contradicts them.
const MISREAD: &[Entry] = &[
    (
        "wide-align-rounded-twice",
        &[expected::PLACEMENT, expected::STATUS],
        "the size that memalign searches for is rounded up once more if it is a multiple already",
        "an alignment above 1 KiB, and a size that with header and gap is a multiple of it",
        include_str!("witnesses/wide-align-rounded-twice.ops"),
        with_shared_rules::<WideAlignRoundedTwice>,
    ),
    (
        "carry-skips-a-list",
        &[expected::PLACEMENT, expected::STATUS],
        "a search that is carried over into the row from 128 KiB starts at the second list of that row",
        "a request in the last list below 128 KiB, and a free block in the first list from 128 KiB",
        include_str!("witnesses/carry-skips-a-list.ops"),
        with_shared_rules::<CarrySkipsAList>,
    ),
];

/// Every hard mutant.
pub fn all() -> Vec<Hard> {
    let mut all: Vec<Hard> = FAULTY.iter().map(|&entry| hard(entry, |check| check)).collect();
    if IS_BUILT_IN {
        all.extend(MISREAD.iter().map(|&entry| hard(entry, expected::by_reference)));
    }
    all
}

/// The hard mutant of that name.
pub fn by_name(name: &str) -> Option<Hard> {
    all().into_iter().find(|hard| hard.mutant.name == name)
}

fn hard((name, checks, mistake, when, witness, maker): Entry, seen: fn(Check) -> Check) -> Hard {
    let expected = checks.iter().copied().map(seen).collect();
    let name = format!("{}-{name}", Made::Hard);
    let needs_long_life = name.ends_with("65536-calls");
    let most_calls = if needs_long_life { LONG_LIFE } else { MOST_CALLS };
    let mutant = Mutant { name, mistake, made: Made::Hard, expected, maker, most_calls };
    Hard { mutant, when, witness }
}
