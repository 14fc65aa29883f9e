//! The heap lab: one run as one page that a browser opens without a server.
//!
//! A run is recorded step by step: the call, its reply, why the block is that block, and what has changed in
//! chain and index. All columns agree on every step but the last, so one state is recorded for all of them;
//! at a finding, each column is recorded whole.
//!
//! | file | holds |
//! |---|---|
//! | this | [`Run`]: a recorded run |
//! | [`page`](mod@page) | the page: its code, and a run as its data |
//! | [`live`] | runs the requests of a page, in WebAssembly |
//! | [`overview`](mod@overview) | the index page of a night or a triage |
//! | `about` | what a page shows beside the steps |
//! | [`program`] | records a program, in the lockstep |
//! | [`trace`] | records the calls of a real program, in pools of any size |
//! | `recorder` | writes the steps |
//! | `delta` | the difference between two states, and its bytes |
//! | `reasons` | why a call has the result that it has, as facts |
//! | `state` | chain and index at one moment |
//! | `finding` | the columns at a finding |
//! | `decode` | reads a recording, for tests: as `oracle/lab/decode.js` does |
//! | `bytes` | numbers as bytes |

mod about;
mod bytes;
#[cfg(test)]
mod decode;
mod delta;
mod finding;
pub mod live;
pub mod overview;
pub mod page;
pub mod program;
mod reasons;
mod recorder;
mod state;
#[cfg(test)]
mod tests;
pub mod trace;

use crate::geometry::Geometry;
use crate::lab::finding::{Dump, Found};

/// A recorded run: what a page shows.
#[derive(Debug)]
pub struct Run {
    pub(crate) geometry: Geometry,
    /// The ops of a program, as text; a recorded trace has none.
    pub(crate) ops: Vec<String>,
    /// For each step of a program the number of its op, from 1; 0 is the harness's own first call.
    pub(crate) op_numbers: Vec<usize>,
    /// The program, as text.
    pub(crate) program: Option<String>,
    pub(crate) steps: usize,
    /// The steps, as `recorder` writes them.
    pub(crate) bytes: Vec<u8>,
    /// Whether Conte's C code is a column.
    pub(crate) has_reference: bool,
    /// Calls from one check of the whole state to the next.
    pub(crate) every: usize,
    pub(crate) found: Option<Found>,
    /// The hash of the run's trace.
    pub(crate) trace: Option<u64>,
    /// The engine's heap after the requested steps.
    pub(crate) states: Vec<(usize, Dump)>,
}

impl Run {
    /// The number of its steps.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The bytes of its steps in a page, before they are written as text.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Records the command that shows the finding on a terminal.
    pub fn see_again(&mut self, command: &str) {
        if let Some(found) = &mut self.found {
            found.command = Some(command.to_owned());
        }
    }

    /// The engine's heap after the requested steps: each a line of JSON with the step, the pools and
    /// the lists, for tests of the page.
    pub fn states(&self) -> impl Iterator<Item = String> + '_ {
        self.states
            .iter()
            .map(|(step, dump)| serde_json::json!({"step": step, "heap": dump}).to_string())
    }

    /// The check that failed, in a sentence; none if all columns agree.
    pub fn finding(&self) -> Option<&str> {
        self.found.as_ref().map(|found| &*found.what)
    }
}
