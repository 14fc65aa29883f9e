//! The study: every distribution, seed and allocator, on several threads. The results depend only on the
//! plan.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::equivalents;
use super::peers::Peer;
use super::programs::{EventSource, RecordedProgram, Robson, Staircase, StudyPlan, robson_bound};
use super::results::{Broken, Results};
use super::rows::{AdversaryRow, CapacityRow, RunName, SampleRow, percent, round};
use super::run::{RunResult, run};
use super::sizes::{SIZE_MAX, Sizes};

/// Size of the heap in which footprints are measured, in heaps of the study.
const LARGE: usize = 4;
/// The same for Robson's program, which needs at least `log2(n) / 2 + 1` times its live bytes.
const LARGER: usize = 16;
/// The live bytes of Robson's program are the heap's bytes divided by this.
const ROBSON_PART: usize = 4;
/// The lowest fill level, in percent, at which recorded programs and the adversary run.
const LOWEST: usize = 5;

/// What is studied.
pub struct Study<'a> {
    /// Heap size, fill levels, number of samples.
    pub plan: StudyPlan,
    /// The distributions of sizes.
    pub sizes: &'a [Sizes],
    /// Number of seeds, from 0. A recorded program and Robson's have one run each.
    pub seeds: u64,
    /// The name of the recorded program, and the program.
    pub trace: (&'a str, &'a RecordedProgram),
    /// The allocators.
    pub peers: &'a [Peer],
}

#[derive(Clone, Copy)]
enum Load {
    Sizes(Sizes, u64),
    Recorded,
    Robson,
}

/// The name of Robson's program as a distribution.
pub const ROBSON: &str = "robson";

impl Study<'_> {
    /// Runs the study. After each run, calls `progress` with the number of finished runs and of all runs;
    /// the study stops if it returns false.
    ///
    /// # Errors
    /// The first finding, in the order of runs. `Ok(None)` is a study that was stopped.
    pub fn run(
        &self,
        jobs: usize,
        progress: &mut (dyn FnMut(usize, usize) -> bool + Send),
    ) -> Result<Option<Results>, Broken> {
        let loads = self
            .sizes
            .iter()
            .flat_map(|&sizes| (0..self.seeds).map(move |seed| Load::Sizes(sizes, seed)));
        let loads = loads.chain([Load::Recorded, Load::Robson]);
        let tasks: Vec<_> =
            loads.flat_map(|load| self.peers.iter().map(move |peer| (load, peer))).collect();
        let done = Mutex::new((vec![None; tasks.len()], 0, progress));
        let (next, stop) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    while stop.load(Relaxed) == 0 {
                        let index = next.fetch_add(1, Relaxed);
                        let Some((load, peer)) = tasks.get(index) else { break };
                        let result = self.task(*load, peer);
                        let mut done = done.lock().expect("no panic");
                        let (results, count, progress) = &mut *done;
                        results[index] = Some(result);
                        *count += 1;
                        if !progress(*count, tasks.len()) {
                            stop.store(1, Relaxed);
                        }
                    }
                });
            }
        });
        let (results, ..) = done.into_inner().expect("no panic");
        let mut all = Results::default();
        for result in results {
            let Some(result) = result else { return Ok(None) };
            let Results { samples, capacities, adversary } = result?;
            all.samples.extend(samples);
            all.capacities.extend(capacities);
            all.adversary.extend(adversary);
        }
        equivalents::agree(self.peers, &all)?;
        Ok(Some(all))
    }

    fn task(&self, load: Load, peer: &Peer) -> Result<Results, Broken> {
        let (distribution, seed) = match load {
            Load::Sizes(sizes, seed) => (sizes.name(), seed),
            Load::Recorded => (self.trace.0, 0),
            Load::Robson => (ROBSON, 0),
        };
        let heap_bytes = self.plan.heap_bytes;
        let (distribution, allocator) = (distribution.to_owned(), peer.name.to_owned());
        let of = RunName { distribution, allocator, seed, heap_bytes };
        let results = match load {
            Load::Sizes(sizes, seed) => self.staircase(&of, peer, sizes, seed),
            Load::Recorded => self.replays(&of, peer),
            Load::Robson => self.robson(&of, peer),
        };
        results.map_err(|what| Broken {
            run: format!("{}, {}, seed {}", of.allocator, of.distribution, of.seed),
            what,
        })
    }

    /// Runs the same requests twice: in the heap, and in a large one, which refuses none.
    fn staircase(
        &self,
        of: &RunName,
        peer: &Peer,
        sizes: Sizes,
        seed: u64,
    ) -> Result<Results, String> {
        let program = || Staircase::new(&self.plan, sizes, seed);
        let tight = on(peer, of.heap_bytes, &mut program(), true)?;
        let large = on(peer, LARGE * of.heap_bytes, &mut program(), false)?;
        let at = tight.refused.map(|refusal| refusal.live as f64 / of.heap_bytes as f64);
        Ok(Results {
            samples: self.samples(of, &tight, &large)?,
            capacities: vec![capacity(of, at, &tight)],
            adversary: Vec::new(),
        })
    }

    /// Runs a recorded program. The heap's size follows from the program's peak and the fill level.
    fn replays(&self, of: &RunName, peer: &Peer) -> Result<Results, String> {
        let trace = self.trace.1;
        let heap_for = |fill| (trace.peak() * 100).div_ceil(fill).next_multiple_of(64);
        let large = |fill| {
            on(peer, LARGE * trace.peak(), &mut trace.replay(fill, self.plan.samples), false)
        };
        let mut results = Results::default();
        for &fill in &self.plan.fills {
            let of = RunName { heap_bytes: heap_for(fill), ..of.clone() };
            let mut program = trace.replay(fill, self.plan.samples);
            let tight = on(peer, of.heap_bytes, &mut program, true)?;
            results.samples.extend(self.samples(&of, &tight, &large(fill)?)?);
        }
        results.capacities = lowest(of, |fill| {
            let bytes = heap_for(fill);
            Ok((bytes, on(peer, bytes, &mut trace.replay(fill, 0), false)?))
        })?;
        Ok(results)
    }

    /// Runs Robson's program in the heap with more and more live bytes; then in a large heap, to measure its
    /// footprint.
    fn robson(&self, of: &RunName, peer: &Peer) -> Result<Results, String> {
        let largest = SIZE_MAX as usize;
        let capacities = lowest(of, |fill| {
            let mut program = Robson::new(peer.header, of.heap_bytes * fill / 100, largest);
            Ok((of.heap_bytes, on(peer, of.heap_bytes, &mut program, false)?))
        })?;
        let most = of.heap_bytes / ROBSON_PART;
        let mut program = Robson::new(peer.header, most, largest);
        let ran = on(peer, LARGER * most, &mut program, false)?;
        if ran.refused.is_some() {
            return Err("Robson's program was refused a request".to_owned());
        }
        let adversary = ran.readings.iter().map(|reading| AdversaryRow {
            allocator: of.allocator.clone(),
            most_live_bytes: most,
            largest_block_bytes: reading.label * Robson::UNIT,
            peak_live_bytes: reading.peak_live,
            footprint_bytes: reading.footprint,
            footprint_per_most_live: round(reading.footprint as f64 / most as f64),
            robson_bound: round(robson_bound(most / Robson::UNIT, reading.label)),
        });
        Ok(Results { samples: Vec::new(), capacities, adversary: adversary.collect() })
    }

    fn samples(
        &self,
        of: &RunName,
        tight: &RunResult,
        large: &RunResult,
    ) -> Result<Vec<SampleRow>, String> {
        if let Some(refusal) = large.refused {
            return Err(format!("{refusal:?} in a heap {LARGE} times as large"));
        }
        let readings = large.readings.iter().enumerate();
        Ok(readings
            .map(|(index, large)| {
                let number = index % self.plan.samples;
                SampleRow::new(of, number, tight.readings.get(index), large)
            })
            .collect())
    }
}

fn on(
    peer: &Peer,
    bytes: usize,
    program: &mut dyn EventSource,
    with_census: bool,
) -> Result<RunResult, String> {
    run(&mut *(peer.heap)(bytes), bytes, program, with_census)
}

/// Runs a program at each fill level, up to the first at which a request is refused.
fn lowest(
    of: &RunName,
    mut at: impl FnMut(usize) -> Result<(usize, RunResult), String>,
) -> Result<Vec<CapacityRow>, String> {
    let mut capacity_at_100 = None;
    for fill in LOWEST..=100 {
        let (heap_bytes, ran) = at(fill)?;
        let of = RunName { heap_bytes, ..of.clone() };
        if ran.refused.is_some() {
            return Ok(vec![capacity(&of, Some(fill as f64 / 100.0), &ran)]);
        }
        capacity_at_100 = Some(capacity(&of, None, &ran));
    }
    Ok(capacity_at_100.into_iter().collect())
}

fn capacity(of: &RunName, first_refusal: Option<f64>, ran: &RunResult) -> CapacityRow {
    let RunName { distribution, allocator, seed, heap_bytes } = of.clone();
    CapacityRow {
        distribution,
        allocator,
        seed,
        heap_bytes,
        first_refusal_percent: first_refusal.map(percent),
        refused_request_bytes: ran.refused.map(|refusal| refusal.size),
        requests_served: ran.served,
    }
}
