//! What a checker ran, and what it skipped.

use std::collections::BTreeSet;
use std::fmt;

use crate::check::report::Report;
use crate::check::session::Session;
use crate::check::tally::Tally;

/// How much of an allocator can be checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub enum Level {
    /// Malloc, free and what belongs to them: trait [`Contract`](super::Contract).
    #[default]
    Contract,
    /// Pools, a walk and a check of its own: trait [`Heap`](super::Heap).
    Heap,
    /// Addresses and lists as TLSF 3.1: trait [`Exact`](super::Exact).
    Exact,
}

/// One word.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Contract => "contract",
            Self::Heap => "heap",
            Self::Exact => "exact",
        })
    }
}

/// What was run, what it showed about efficiency, and what was skipped.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The allocator's level.
    pub level: Level,
    /// Programs that were run.
    pub programs: u64,
    /// Programs for which no allocator could be made.
    pub not_made: u64,
    /// Calls, and bytes.
    pub tally: Tally,
    /// Functions that the allocator does not have, and checks that it does not allow: they were skipped.
    pub skipped: BTreeSet<&'static str>,
    /// Findings about efficiency: the first of each check.
    pub wasteful: Vec<Report>,
}

impl Summary {
    /// Counts the last run of a session.
    pub(super) fn count(&mut self, session: &mut Session) {
        if !session.is_made() {
            self.not_made += 1;
            return;
        }
        self.programs += 1;
        self.tally.add(&session.tally);
        self.skipped.extend(&session.skipped);
        let exact = "level exact";
        if session.exact_geometry().is_some() {
            self.level = Level::Exact;
        } else if session.is_heap() {
            self.level = Level::Heap;
            self.skipped.insert(exact);
        } else {
            self.skipped.insert(exact);
            self.skipped.insert("level heap");
        }
        if !session.is_placed() {
            self.skipped.insert("containment and drain (memory of its own)");
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, programs, not_made, tally, skipped, .. } = self;
        write!(f, "level {level}: {} calls of {programs} programs", tally.calls())?;
        if *not_made > 0 {
            write!(f, "; {not_made} programs without an allocator, which could not be made")?;
        }
        writeln!(f, "; {} requests granted, {} refused", tally.granted, tally.refused)?;
        let names: Vec<&str> = skipped.iter().copied().collect();
        match names.is_empty() {
            true => f.write_str("skipped: nothing"),
            false => write!(f, "skipped: {}", names.join(", ")),
        }
    }
}
