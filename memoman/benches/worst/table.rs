//! The worst calls as a table and as JSON.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::common::host::Host;

use super::measure::{KINDS, WorstCall, WorstCalls};
use super::step::LIMIT;

#[derive(Serialize)]
pub(crate) struct WorstReport {
    host: Host,
    pub(crate) allocators: Vec<Growth>,
}

/// An allocator's worst calls, by number of live blocks.
#[derive(Serialize)]
pub(crate) struct Growth {
    pub(crate) allocator: &'static str,
    pub(crate) by_live: Vec<WorstCalls>,
}

/// With so many live blocks, every path of a bounded call is found.
const ENOUGH: usize = 1 << 12;

/// A call that takes more than so many times the instructions with the most blocks is not constant.
const CONSTANT: f64 = 1.5;

impl Growth {
    pub(crate) fn new(allocator: &'static str) -> Self {
        Self { allocator, by_live: Vec::new() }
    }

    /// Adds a larger number of live blocks. What fewer have is possible with these, too.
    pub(crate) fn add(&mut self, mut calls: WorstCalls) {
        if let Some(before) = self.by_live.last() {
            for (call, before) in calls.calls.iter_mut().zip(&before.calls) {
                if before.instructions > call.instructions {
                    *call = before.clone();
                }
            }
        }
        self.by_live.push(calls);
    }

    fn last(&self) -> &WorstCalls {
        self.by_live.last().expect("one number of live blocks at least")
    }

    /// How many times more instructions with the most blocks than with [`ENOUGH`], of a kind of call.
    fn growth(&self, kind: usize) -> f64 {
        let from = self.by_live.iter().find(|calls| calls.live >= ENOUGH).unwrap_or(self.last());
        let [from, to] = [from, self.last()].map(|calls| calls.calls[kind].instructions as f64);
        to / from
    }
}

impl WorstReport {
    pub(crate) fn new(host: Host, allocators: Vec<Growth>) -> Self {
        Self { host, allocators }
    }
}

impl Display for WorstReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let most = self.allocators[0].last().live;
        writeln!(f, "{}. Instructions of the worst call found.\n", self.host.line())?;
        write!(f, "| allocator | call |")?;
        let lives: Vec<_> = self.allocators[0].by_live.iter().map(|calls| calls.live).collect();
        for live in &lives {
            write!(f, " 2^{} |", live.ilog2())?;
        }
        writeln!(f, " where | constant |")?;
        writeln!(f, "|---|---|{}---|---|", "--:|".repeat(lives.len()))?;
        for growth in &self.allocators {
            for (place, kind) in KINDS.iter().enumerate() {
                let WorstCall { instructions, scenario, size } = &growth.last().calls[place];
                if *instructions == 0 {
                    continue;
                }
                write!(f, "| {} | {kind} |", growth.allocator)?;
                for calls in &growth.by_live {
                    match calls.calls[place].instructions {
                        // Some are subtracted for the counting.
                        many if many + 100 > LIMIT => write!(f, " over 1,000,000 |")?,
                        count => write!(f, " {count} |")?,
                    }
                }
                let times = growth.growth(place);
                let constant =
                    if times <= CONSTANT { "yes".to_owned() } else { format!("no: × {times:.0}") };
                writeln!(f, " {size} bytes; {scenario} | {constant} |")?;
            }
        }
        let (enough, most) = (ENOUGH.ilog2(), most.ilog2());
        writeln!(
            f,
            "\nConstant: with 2^{most} live blocks, at most {CONSTANT} times the instructions that 2^{enough} take."
        )
    }
}
