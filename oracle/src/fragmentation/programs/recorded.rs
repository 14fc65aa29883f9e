//! A recorded program: its calls in order.
//!
//! The format is CSV with the columns `op,id,size`: `m,3,100` allocates 100 bytes as block 3, `r,3,200`
//! reallocates block 3, `f,3,` frees it. Numbers can be used again.

use std::io::Read;

use serde::Deserialize;

use super::{Event, EventSource};
use crate::fragmentation::live_blocks::LiveBlocks;

/// The least peak. With a smaller one, a fill level would be less than a block.
const PEAK_MIN: usize = 1 << 12;
/// The largest peak. With a larger one, a heap of four times the peak would not fit a small machine.
const PEAK_MAX: usize = 1 << 26;

/// The calls of a program. Every free and realloc names a live block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedProgram {
    events: Vec<Event>,
    /// Live bytes after each event.
    live: Vec<usize>,
    peak: usize,
}

#[derive(Deserialize)]
struct CsvRow {
    op: char,
    id: usize,
    size: Option<usize>,
}

impl RecordedProgram {
    /// The trace in this repository: `sqlite3 :memory:`, 12,317 calls. `oracle/traces/README.md` describes how
    /// it was recorded.
    pub fn sqlite3() -> Self {
        let text = include_bytes!("../../../traces/sqlite3.csv");
        Self::read(text.as_slice()).expect("the trace in this repository is valid")
    }

    /// Reads a trace as CSV.
    ///
    /// # Errors
    /// The first row that is malformed, or that no program can have recorded.
    pub fn read(from: impl Read) -> Result<Self, String> {
        let (mut events, mut live) = (Vec::new(), Vec::new());
        let (mut sizes, mut bytes) = (Vec::<usize>::new(), 0);
        for (index, row) in csv::Reader::from_reader(from).deserialize().enumerate() {
            let line = index + 2;
            let CsvRow { op, id, size } = row.map_err(|error| error.to_string())?;
            if id > 1 << 24 {
                return Err(format!("line {line}: block {id} is beyond {}", 1 << 24));
            }
            if sizes.len() <= id {
                sizes.resize(id + 1, 0);
            }
            let size = size.unwrap_or(0);
            if (op == 'm') != (sizes[id] == 0) {
                let state = if op == 'm' { "live already" } else { "not live" };
                return Err(format!("line {line}: block {id} is {state}"));
            }
            if (op == 'f') != (size == 0) || size > 1 << 30 {
                return Err(format!("line {line}: `{op}` with a size of {size}"));
            }
            events.push(match op {
                'm' => Event::Malloc { id, size },
                'r' => Event::Realloc { id, size },
                'f' => Event::Free { id },
                _ => return Err(format!("line {line}: `{op}`; expected m, r or f")),
            });
            bytes = bytes + size - sizes[id];
            sizes[id] = size;
            live.push(bytes);
        }
        if events.is_empty() {
            return Err("the trace has no calls".to_owned());
        }
        let peak = live.iter().copied().max().unwrap_or(0);
        if !(PEAK_MIN..=PEAK_MAX).contains(&peak) {
            return Err(format!(
                "the peak is {peak} live bytes; expected {PEAK_MIN} to {PEAK_MAX}"
            ));
        }
        Ok(Self { events, live, peak })
    }

    /// The most bytes that are live at a time. Old and new block of a realloc do not count together.
    pub fn peak(&self) -> usize {
        self.peak
    }

    /// The calls with `samples` samples, labelled `label`. The samples are spread evenly over the calls after
    /// which at least 80 % of the peak is live.
    pub fn replay(&self, label: usize, samples: usize) -> Replayed<'_> {
        let high = |&index: &usize| self.live[index] >= self.peak() / 5 * 4;
        let high: Vec<_> = (0..self.live.len()).filter(high).collect();
        let sampled = (1..=samples).map(|number| high[(number * high.len() - 1) / samples]);
        Replayed { recorded: self, label, sampled: sampled.collect(), at: 0 }
    }
}

/// A recorded program with samples.
pub struct Replayed<'a> {
    recorded: &'a RecordedProgram,
    label: usize,
    /// The events after which samples are taken, ascending.
    sampled: std::collections::VecDeque<usize>,
    at: usize,
}

impl EventSource for Replayed<'_> {
    fn next(&mut self, _: &LiveBlocks) -> Option<Event> {
        if self.sampled.front().is_some_and(|&after| after < self.at) {
            self.sampled.pop_front();
            return Some(Event::Sample { label: self.label });
        }
        let event = self.recorded.events.get(self.at).copied();
        self.at += 1;
        event
    }
}

#[cfg(test)]
mod tests {
    use super::RecordedProgram;

    #[test]
    fn a_trace_that_no_program_can_have_recorded_is_refused_with_its_line() {
        for (text, why) in [
            ("op,id,size\n", "no calls"),
            ("op,id,size\nm,0,8\nm,0,8\n", "line 3: block 0 is live already"),
            ("op,id,size\nf,0,\n", "line 2: block 0 is not live"),
            ("op,id,size\nm,0,0\n", "line 2: `m` with a size of 0"),
            ("op,id,size\nm,0,8\nx,0,8\n", "line 3: `x`"),
            ("op,id,size\nm,zero,8\n", "line: 2"),
            ("op,id,size\nm,0,8\n", "peak is 8 live bytes"),
        ] {
            let message = RecordedProgram::read(text.as_bytes()).expect_err(why);
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    fn the_committed_trace_is_valid() {
        let trace = RecordedProgram::sqlite3();
        assert!(trace.events.len() > 10_000 && trace.peak() > 390_000);
    }
}
