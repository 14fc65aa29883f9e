//! The study: every distribution, seed and allocator, on as many threads as wished. What comes out
//! depends on the plan only.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::peers::Peer;
use super::programs::{Plan, Program, Robson, Staircase, Trace, robson_bound};
use super::rows::{Adversary, Capacity, Run, Sample, percent, round};
use super::run::{Ran, run};
use super::sizes::{SIZE_MAX, Sizes};

/// How much larger the heap is in which footprints are measured.
const ROOMY: usize = 4;
/// The same for Robson's program, which needs `log2(n) / 2 + 1` times what is live, at least.
const ROOMIER: usize = 16;
/// A heap has room for Robson's program of this part of it, in bytes live.
const ROBSON_PART: usize = 4;
/// Below this fill, in percent, no recorded program and no adversary is tried.
const LOWEST: usize = 5;

/// What is to be studied.
pub struct Study<'a> {
    /// Heap, fill levels, samples.
    pub plan: Plan,
    /// Seeds 0 to this, exclusive; a recorded program and Robson's have but one run.
    pub seeds: u64,
    /// The recorded program, and its name.
    pub trace: (&'a str, &'a Trace),
    /// The allocators.
    pub peers: &'a [Peer],
}

/// The study's rows, in the order of distribution, seed, allocator.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// Every sample.
    pub samples: Vec<Sample>,
    /// Every heap's first refusal.
    pub capacities: Vec<Capacity>,
    /// Robson's program.
    pub adversary: Vec<Adversary>,
}

/// An allocator broke its contract, or its figures cannot be, or differ from its twin's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which, under what.
    pub run: String,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.run, self.what)
    }
}

#[derive(Clone, Copy)]
enum Load {
    Sizes(Sizes, u64),
    Trace,
    Robson,
}

/// The name of Robson's program as a distribution.
pub const ROBSON: &str = "robson";

impl Study<'_> {
    /// Runs it. `progress` hears of each run that is done (so many of so many), and says whether to
    /// go on.
    ///
    /// # Errors
    /// The first run, in order, with an allocator that is broken. `None` if it was to stop.
    pub fn run(
        &self,
        jobs: usize,
        progress: &mut (dyn FnMut(usize, usize) -> bool + Send),
    ) -> Result<Option<Results>, Broken> {
        let loads = Sizes::ALL
            .iter()
            .flat_map(|&sizes| (0..self.seeds).map(move |seed| Load::Sizes(sizes, seed)));
        let loads = loads.chain([Load::Trace, Load::Robson]);
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
        super::equivalents::agree(self.peers, &all)?;
        Ok(Some(all))
    }

    fn task(&self, load: Load, peer: &Peer) -> Result<Results, Broken> {
        let (distribution, seed) = match load {
            Load::Sizes(sizes, seed) => (sizes.name(), seed),
            Load::Trace => (self.trace.0, 0),
            Load::Robson => (ROBSON, 0),
        };
        let heap_bytes = self.plan.heap_bytes;
        let (distribution, allocator) = (distribution.to_owned(), peer.name.to_owned());
        let of = Run { distribution, allocator, seed, heap_bytes };
        let results = match load {
            Load::Sizes(sizes, seed) => self.staircase(&of, peer, sizes, seed),
            Load::Trace => self.replays(&of, peer),
            Load::Robson => self.robson(&of, peer),
        };
        results.map_err(|what| Broken {
            run: format!("{}, {}, seed {}", of.allocator, of.distribution, of.seed),
            what,
        })
    }

    /// The same requests twice: in the heap, and in one with room for all of them.
    fn staircase(&self, of: &Run, peer: &Peer, sizes: Sizes, seed: u64) -> Result<Results, String> {
        let program = || Staircase::new(&self.plan, sizes, seed);
        let tight = on(peer, of.heap_bytes, &mut program(), true)?;
        let roomy = on(peer, ROOMY * of.heap_bytes, &mut program(), false)?;
        let at = tight.refused.map(|refusal| refusal.live as f64 / of.heap_bytes as f64);
        Ok(Results {
            samples: self.samples(of, &tight, &roomy)?,
            capacities: vec![capacity(of, at, &tight)],
            adversary: Vec::new(),
        })
    }

    /// A recorded program has its own size: the heap is made such that its peak fills it so far.
    fn replays(&self, of: &Run, peer: &Peer) -> Result<Results, String> {
        let trace = self.trace.1;
        let heap_for = |fill| (trace.peak() * 100).div_ceil(fill).next_multiple_of(64);
        let roomy = |fill| {
            on(peer, ROOMY * trace.peak(), &mut trace.replay(fill, self.plan.samples), false)
        };
        let mut results = Results::default();
        for &fill in &self.plan.fills {
            let of = Run { heap_bytes: heap_for(fill), ..of.clone() };
            let mut program = trace.replay(fill, self.plan.samples);
            let tight = on(peer, of.heap_bytes, &mut program, true)?;
            results.samples.extend(self.samples(&of, &tight, &roomy(fill)?)?);
        }
        results.capacities = lowest(of, |fill| {
            let bytes = heap_for(fill);
            Ok((bytes, on(peer, bytes, &mut trace.replay(fill, 0), false)?))
        })?;
        Ok(results)
    }

    /// In the heap with ever more live bytes; then in a large one, to see how far it gets.
    fn robson(&self, of: &Run, peer: &Peer) -> Result<Results, String> {
        let largest = SIZE_MAX as usize;
        let capacities = lowest(of, |fill| {
            let mut program = Robson::new(peer.header, of.heap_bytes * fill / 100, largest);
            Ok((of.heap_bytes, on(peer, of.heap_bytes, &mut program, false)?))
        })?;
        let most = of.heap_bytes / ROBSON_PART;
        let mut program = Robson::new(peer.header, most, largest);
        let ran = on(peer, ROOMIER * most, &mut program, false)?;
        if ran.refused.is_some() {
            return Err("Robson's program found no room".to_owned());
        }
        let adversary = ran.readings.iter().map(|reading| Adversary {
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

    fn samples(&self, of: &Run, tight: &Ran, roomy: &Ran) -> Result<Vec<Sample>, String> {
        if let Some(refusal) = roomy.refused {
            return Err(format!("{refusal:?} in a heap with room for {ROOMY} times as much"));
        }
        let readings = roomy.readings.iter().enumerate();
        Ok(readings
            .map(|(index, roomy)| {
                let number = index % self.plan.samples;
                Sample::new(of, number, tight.readings.get(index), roomy)
            })
            .collect())
    }
}

fn on(
    peer: &Peer,
    bytes: usize,
    program: &mut dyn Program,
    with_census: bool,
) -> Result<Ran, String> {
    run(&mut *(peer.heap)(bytes), bytes, program, with_census)
}

/// The lowest fill level at which a program is refused something, by trying them all.
fn lowest(
    of: &Run,
    mut at: impl FnMut(usize) -> Result<(usize, Ran), String>,
) -> Result<Vec<Capacity>, String> {
    let mut capacity_at_100 = None;
    for fill in LOWEST..=100 {
        let (heap_bytes, ran) = at(fill)?;
        let of = Run { heap_bytes, ..of.clone() };
        if ran.refused.is_some() {
            return Ok(vec![capacity(&of, Some(fill as f64 / 100.0), &ran)]);
        }
        capacity_at_100 = Some(capacity(&of, None, &ran));
    }
    Ok(capacity_at_100.into_iter().collect())
}

fn capacity(of: &Run, first_refusal: Option<f64>, ran: &Ran) -> Capacity {
    let Run { distribution, allocator, seed, heap_bytes } = of.clone();
    Capacity {
        distribution,
        allocator,
        seed,
        heap_bytes,
        first_refusal_percent: first_refusal.map(percent),
        refused_request_bytes: ran.refused.map(|refusal| refusal.size),
        requests_served: ran.served,
    }
}
