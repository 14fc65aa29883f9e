//! Runs a trace, and records it.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use super::columns::Columns;
use super::events::{MOST_POOL_BYTES, Trace};
use crate::call::{Call, Reply};
use crate::finding::Finding;
use crate::geometry::{CONFIGURATIONS, Geometry};
use crate::lab::Run;
use crate::lab::finding::{Dump, Found};
use crate::lab::recorder::{Made, Recorder};
use crate::shadow::mix;

/// Where a trace runs, and how much of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// A number in [`CONFIGURATIONS`]; none is the trace's own, else the first.
    pub geometry: Option<usize>,
    /// Bytes of each pool; none are the trace's own, else one that the trace fits.
    pub pools: Vec<usize>,
    /// The most calls.
    pub calls: usize,
    /// Calls from one check of the whole state to the next.
    pub every: NonZeroUsize,
    /// Steps after which the engine's heap is kept, too.
    pub wanted: Vec<usize>,
}

impl Options {
    /// The number of the geometry in which a trace runs.
    pub(crate) fn geometry(&self, trace: &Trace) -> usize {
        self.geometry.or(trace.geometry).unwrap_or(0)
    }
}

/// Runs a trace to its end or to the first check that fails. `progress` is called with the calls made.
///
/// # Errors
/// The pools cannot be pools, or are too large.
pub fn record(
    trace: &Trace,
    options: &Options,
    progress: &mut dyn FnMut(usize),
) -> Result<Run, String> {
    let number = options.geometry(trace);
    let geometry = CONFIGURATIONS[number];
    let pools = pools(trace, options, &geometry)?;
    let every = options.every.get();
    let run = Recording::of(trace, options, (number, &pools), every, progress)?;
    match (&run.found, every) {
        // A difference of the state may be older than the check: the same calls once more, checked one by one.
        (Some(_), 2..) => Recording::of(trace, options, (number, &pools), 1, progress),
        _ => Ok(run),
    }
}

/// The pools as (start, bytes), one behind the other.
fn pools(
    trace: &Trace,
    options: &Options,
    geometry: &Geometry,
) -> Result<Vec<(usize, usize)>, String> {
    let sizes = [&options.pools, &trace.pools].into_iter().find(|pools| !pools.is_empty()).cloned();
    let sizes = sizes.unwrap_or_else(|| vec![trace.roomy_pool(options.calls)]);
    let mut end = 0_usize;
    let pools = sizes.into_iter().map(|bytes| {
        let start = end.next_multiple_of(geometry.align);
        end = start.saturating_add(bytes);
        (start, bytes)
    });
    let pools: Vec<_> = pools.collect();
    if end > MOST_POOL_BYTES {
        return Err(format!("pools of {end} bytes together; the limit is {MOST_POOL_BYTES}"));
    }
    Ok(pools)
}

struct Recording {
    columns: Columns,
    recorder: Recorder,
    /// The payload in each slot.
    live: HashMap<usize, usize>,
    hash: u64,
    wanted: Vec<usize>,
    states: Vec<(usize, Dump)>,
}

impl Recording {
    fn of(
        trace: &Trace,
        options: &Options,
        (number, pools): (usize, &[(usize, usize)]),
        every: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Run, String> {
        let geometry = CONFIGURATIONS[number];
        let arena_bytes = pools.last().map_or(0, |pool| pool.0 + pool.1) + 4096;
        let columns = Columns::new(number, arena_bytes);
        let has_reference = columns.has_reference();
        let recorder = Recorder::new(geometry);
        let mut recording = Self {
            columns,
            recorder,
            live: HashMap::new(),
            hash: 0,
            wanted: options.wanted.clone(),
            states: Vec::new(),
        };
        for &(mem, bytes) in pools {
            let call = Call::AddPool { mem, bytes };
            let added = recording.call(call, 0, true).map_err(|found| found.what)?;
            if added == Reply::Refused {
                let name = geometry.name;
                return Err(format!(
                    "{bytes} bytes can be no pool in the geometry {name}; give --pool"
                ));
            }
        }
        let found = recording.calls(trace, options, every, progress).err();
        let Self { recorder, hash, states, .. } = recording;
        Ok(Run {
            geometry,
            ops: Vec::new(),
            op_numbers: Vec::new(),
            program: None,
            steps: recorder.steps,
            bytes: recorder.bytes,
            has_reference,
            every,
            trace: found.is_none().then_some(hash),
            found: found.map(|found| *found),
            states,
        })
    }

    fn calls(
        &mut self,
        trace: &Trace,
        options: &Options,
        every: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<(), Box<Found>> {
        let calls = trace.events.len().min(options.calls);
        for (index, event) in trace.events[..calls].iter().enumerate() {
            let slot = event.slot();
            let Some(call) = event.call(self.live.get(&slot).copied()) else { continue };
            let is_checked = (index + 1) % every == 0 || index + 1 == calls;
            let reply = self.call(call, slot, is_checked)?;
            match (call, reply) {
                (Call::Free { .. }, _) => _ = self.live.remove(&slot),
                (_, Reply::Block(payload)) => _ = self.live.insert(slot, payload),
                _ => {}
            }
            if index % 1000 == 0 {
                progress(index);
            }
        }
        Ok(())
    }

    fn call(&mut self, call: Call, slot: usize, is_checked: bool) -> Result<Reply, Box<Found>> {
        let mut reply = self.columns.call(call);
        if let (Ok(_), true) = (&reply, is_checked) {
            reply = self.columns.check().and(reply);
        }
        let made = Made {
            call,
            slot,
            reply: reply.as_ref().ok().copied(),
            is_checked,
            with_reference: self.columns.has_reference(),
        };
        self.recorder.call(made, self.columns.specification());
        let step = self.recorder.steps - 1;
        if self.wanted.contains(&step) {
            self.states.push((step, self.columns.engine()));
        }
        let found = |finding: Box<Finding>| Box::new(self.columns.found(&finding));
        let reply = reply.map_err(found)?;
        self.hash = mix(self.hash.rotate_left(23) ^ reply.number());
        Ok(reply)
    }
}
