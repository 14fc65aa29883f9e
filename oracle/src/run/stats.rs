//! Counts of what runs did, so that a generator that does nothing is noticed.

use std::fmt;

use crate::action::Action;
use crate::call::{CallKind, Outcome};
use crate::geometry::CONFIGURATIONS;
use crate::subject::reference::IS_BUILT_IN;

/// Histogram buckets: bucket `b` counts values of `b` bits.
const BUCKETS: usize = 33;

/// A histogram over powers of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Histogram([u64; BUCKETS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Histogram {
    /// Counts one value.
    pub fn add(&mut self, value: usize) {
        let bits = (usize::BITS - value.leading_zeros()) as usize;
        self.0[bits.min(BUCKETS - 1)] += 1;
    }

    /// How many values had `bits` bits.
    pub fn bucket(&self, bits: usize) -> u64 {
        self.0.get(bits).copied().unwrap_or(0)
    }

    /// How many values there were.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// A set of size classes, as bits.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ClassSet(Vec<u64>);

impl ClassSet {
    /// Adds the classes whose bits are set.
    pub(crate) fn add(&mut self, bits: &[u64]) {
        self.0.resize(self.0.len().max(bits.len()), 0);
        for (word, more) in self.0.iter_mut().zip(bits) {
            *word |= more;
        }
    }

    /// Whether it has this class.
    pub fn has(&self, class: usize) -> bool {
        self.0.get(class / 64).is_some_and(|word| word >> (class % 64) & 1 == 1)
    }

    /// Whether it has no class.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }
}

/// Done and refused, of one kind of call.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Calls that were done.
    pub done: u64,
    /// Calls that all columns refused.
    pub refused: u64,
}

/// Sums over any number of runs; all of it is a function of the inputs.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Inputs run.
    pub inputs: u64,
    /// Ops of their programs that were reached.
    pub ops: u64,
    /// Ops that did something: a call, a check, a payload rewritten.
    pub effective: u64,
    /// Calls made and checked: the steps.
    pub steps: u64,
    /// Steps by geometry.
    pub by_geometry: [u64; CONFIGURATIONS.len()],
    /// Steps that the C reference took, too.
    pub with_conte: u64,
    /// By kind of call, requests of hostile sizes and alignments left out.
    pub calls: [Tally; CallKind::COUNT],
    /// Requests of hostile sizes or alignments.
    pub hostile: Tally,
    /// Steps that cut a tail off.
    pub splits: u64,
    /// Steps that cut a leading gap off.
    pub gaps: u64,
    /// Steps that absorbed a free predecessor, a successor, both; frees that absorbed neither.
    pub merged: [u64; 4],
    /// Reallocs that did not move.
    pub stayed: u64,
    /// Reallocs that moved.
    pub moved: u64,
    /// Calls per program.
    pub lengths: Histogram,
    /// Requested bytes, hostile sizes left out.
    pub sizes: Histogram,
    /// Live blocks, sampled at each step.
    pub depths: Histogram,
    /// Steps in programs whose pools have 1 GiB or more.
    pub in_large_pools: u64,
    /// Classes in which a free block was listed, by geometry; in programs of version 2 only.
    pub classes: [ClassSet; CONFIGURATIONS.len()],
    /// All traces, in order.
    pub trace: u64,
}

impl Stats {
    pub(crate) fn op(&mut self, effective: bool) {
        self.ops += 1;
        self.effective += u64::from(effective);
    }

    pub(crate) fn step(&mut self, action: Action, hostile: bool, outcome: Outcome, live: usize) {
        self.steps += 1;
        let (kind, size) = (action.kind(), action.size());
        let tally = if hostile { &mut self.hostile } else { &mut self.calls[kind.index()] };
        *(if outcome.reply.is_done() { &mut tally.done } else { &mut tally.refused }) += 1;
        if let Some(size) = size.filter(|_| !hostile) {
            self.sizes.add(size);
        }
        let events = outcome.events;
        self.splits += u64::from(events.split);
        self.gaps += u64::from(events.gap);
        self.stayed += u64::from(events.in_place);
        self.moved += u64::from(events.moved);
        match (events.merged_prev, events.merged_next) {
            (true, false) => self.merged[0] += 1,
            (false, true) => self.merged[1] += 1,
            (true, true) => self.merged[2] += 1,
            (false, false) => self.merged[3] += u64::from(kind == CallKind::Free),
        }
        self.depths.add(live);
    }

    /// Adds the counts of `other`, whose inputs come after these.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.inputs, other.inputs),
            (&mut self.ops, other.ops),
            (&mut self.effective, other.effective),
            (&mut self.steps, other.steps),
            (&mut self.with_conte, other.with_conte),
            (&mut self.in_large_pools, other.in_large_pools),
            (&mut self.hostile.done, other.hostile.done),
            (&mut self.hostile.refused, other.hostile.refused),
            (&mut self.splits, other.splits),
            (&mut self.gaps, other.gaps),
            (&mut self.stayed, other.stayed),
            (&mut self.moved, other.moved),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        add_each(&mut self.by_geometry, &other.by_geometry);
        add_each(&mut self.merged, &other.merged);
        add_each(&mut self.lengths.0, &other.lengths.0);
        add_each(&mut self.sizes.0, &other.sizes.0);
        add_each(&mut self.depths.0, &other.depths.0);
        for (classes, more) in self.classes.iter_mut().zip(&other.classes) {
            classes.add(&more.0);
        }
        for (sum, more) in self.calls.iter_mut().zip(&other.calls) {
            sum.done += more.done;
            sum.refused += more.refused;
        }
        self.trace = crate::shadow::mix(self.trace.rotate_left(17) ^ other.trace);
    }

    /// Percentage of ops that did something.
    pub fn effective_ratio(&self) -> f64 {
        percent(self.effective, self.ops)
    }

    /// Percentage of mallocs and memaligns that succeeded, hostile ones left out.
    pub fn success_ratio(&self) -> f64 {
        let [malloc, memalign, ..] = self.calls;
        let done = malloc.done + memalign.done;
        percent(done, done + malloc.refused + memalign.refused)
    }
}

fn add_each(sums: &mut [u64], more: &[u64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} inputs, {} ops, {:.1} % of them effective; {} calls checked, {}",
            self.inputs,
            self.ops,
            self.effective_ratio(),
            self.steps,
            match IS_BUILT_IN {
                true => format!("{} with C beside", self.with_conte),
                false => "without the C code (feature `reference`)".to_owned(),
            }
        )?;
        for (name, tally) in CallKind::ALL.iter().zip(&self.calls) {
            let rate = percent(tally.done, tally.done + tally.refused);
            writeln!(
                f,
                "  {name:<12}{:>12} done {:>11} refused  {rate:5.1} %",
                tally.done, tally.refused
            )?;
        }
        writeln!(
            f,
            "  {:<12}{:>12} done {:>11} refused",
            "hostile", self.hostile.done, self.hostile.refused
        )?;
        writeln!(f, "malloc success {:.1} %", self.success_ratio())?;
        let [prev, next, both, neither] = self.merged;
        writeln!(f, "splits {}, gaps {}", self.splits, self.gaps)?;
        writeln!(
            f,
            "merged with predecessor {prev}, successor {next}, both {both}; neither {neither}"
        )?;
        writeln!(f, "reallocs in place {}, moved {}", self.stayed, self.moved)?;
        for (name, histogram) in [
            ("calls per input", &self.lengths),
            ("sizes", &self.sizes),
            ("live blocks", &self.depths),
        ] {
            writeln!(f, "{name}:")?;
            let total = histogram.total().max(1);
            for bits in 0..BUCKETS {
                let count = histogram.bucket(bits);
                if count * 500 > total {
                    let from = if bits == 0 { 0 } else { 1_u64 << (bits - 1) };
                    let bar = "#".repeat((count * 60 / total) as usize);
                    writeln!(f, "  from {from:>10} {:5.1} % {bar}", percent(count, total))?;
                }
            }
        }
        f.write_str("calls by geometry:")?;
        for (geometry, steps) in CONFIGURATIONS.iter().zip(self.by_geometry) {
            if steps > 0 {
                write!(f, " {}={steps}", geometry.name)?;
            }
        }
        write!(f, "\ntrace {:016x}", self.trace)
    }
}
