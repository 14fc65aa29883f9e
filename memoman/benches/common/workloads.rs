//! The workloads: sizes and lifetimes of blocks.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::format::{self, TraceEvent};
use super::trace::{CallTrace, TraceWriter};

pub(crate) struct BenchWorkload {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// One of the nine that earlier figures are the mean of.
    pub(crate) first_nine: bool,
    make: Trace,
}

#[derive(Clone, Copy)]
enum Trace {
    Generated(fn(usize) -> CallTrace),
    /// A recording by `scripts/record`, described in `traces/README.md`.
    Recorded(&'static [u8]),
}

const fn generated(
    name: &'static str,
    description: &'static str,
    make: fn(usize) -> CallTrace,
) -> BenchWorkload {
    BenchWorkload { name, description, first_nine: true, make: Trace::Generated(make) }
}

const fn recording(
    name: &'static str,
    description: &'static str,
    bytes: &'static [u8],
) -> BenchWorkload {
    BenchWorkload { name, description, first_nine: false, make: Trace::Recorded(bytes) }
}

static SQLITE: &[u8] = include_bytes!("../traces/sqlite.trace");
static PERL: &[u8] = include_bytes!("../traces/perl.trace");
static GCC: &[u8] = include_bytes!("../traces/gcc.trace");
static LVGL: &[u8] = include_bytes!("../traces/lvgl.trace");

pub(crate) static WORKLOADS: [BenchWorkload; 12] = [
    generated("small", "8 to 64 bytes, 1,000 slots", small),
    generated("mix-4k", "log-uniform, 8 to 4 KiB, 1,000 slots", mix_4k),
    generated("realloc-4k", "as mix-4k, a third of the calls realloc", realloc_4k),
    generated("mix-64k", "log-uniform, 8 to 64 KiB, 1,000 slots", mix_64k),
    generated("slots-30k", "log-uniform, 8 to 4 KiB, 30,000 slots", slots_30k),
    generated("memalign", "3 of 4 aligned to 16 to 4,096", memalign),
    generated("lifo", "bursts of 1 to 64 blocks, freed in reverse order", lifo),
    generated("fill-drain", "20,000 blocks, then all freed in order", fill_drain),
    BenchWorkload {
        first_nine: true,
        ..recording("recorded", "sqlite3, recorded; see benches/traces", SQLITE)
    },
    recording("recorded-perl", "perl, recorded: an interpreter", PERL),
    recording("recorded-gcc", "gcc's cc1, recorded: a compiler", GCC),
    recording("recorded-lvgl", "LVGL, recorded: a graphical interface", LVGL),
];

impl BenchWorkload {
    /// For the command line.
    pub(crate) fn parse(name: &str) -> Result<&'static Self, String> {
        WORKLOADS.iter().find(|workload| workload.name == name).ok_or_else(|| {
            let names: Vec<_> = WORKLOADS.iter().map(|workload| workload.name).collect();
            format!("the workloads are {}", names.join(", "))
        })
    }

    /// A trace of about `calls` calls; of a recording, at most its own number.
    pub(crate) fn trace(&self, calls: usize) -> CallTrace {
        match self.make {
            Trace::Generated(make) => make(calls),
            Trace::Recorded(bytes) => recorded(bytes, calls),
        }
    }
}

pub(crate) struct TraceRng(Xoshiro256PlusPlus);

impl TraceRng {
    pub(crate) fn new() -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(0x7154))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() >> 32) as usize % bound
    }

    /// A number from 8 to `2^top`, the end excluded: each octave is equally probable.
    pub(crate) fn log_uniform(&mut self, top: u32) -> u32 {
        let octave = 8 << self.below(top as usize - 3);
        (octave + self.below(octave)) as u32
    }
}

/// Repeats: choose a slot at random; allocate if it is empty, else resize with a probability of
/// `resize` in 100, else free.
fn churn(
    calls: usize,
    slots: usize,
    resize: usize,
    mut size: impl FnMut(&mut TraceRng) -> u32,
) -> CallTrace {
    let (mut rng, mut writer) = (TraceRng::new(), TraceWriter::new(slots));
    while writer.len() < calls {
        let slot = rng.below(slots);
        if writer.live(slot).is_none() {
            writer.malloc(slot, size(&mut rng));
        } else if rng.below(100) < resize {
            writer.realloc(slot, size(&mut rng));
        } else {
            writer.free(slot);
        }
    }
    writer.finish()
}

fn small(calls: usize) -> CallTrace {
    churn(calls, 1000, 0, |rng| 8 + rng.below(57) as u32)
}

fn mix_4k(calls: usize) -> CallTrace {
    churn(calls, 1000, 0, |rng| rng.log_uniform(12))
}

fn realloc_4k(calls: usize) -> CallTrace {
    churn(calls, 1000, 50, |rng| rng.log_uniform(12))
}

fn mix_64k(calls: usize) -> CallTrace {
    churn(calls, 1000, 0, |rng| rng.log_uniform(16))
}

fn slots_30k(calls: usize) -> CallTrace {
    churn(calls, 30_000, 0, |rng| rng.log_uniform(12))
}

fn memalign(calls: usize) -> CallTrace {
    let (mut rng, mut writer) = (TraceRng::new(), TraceWriter::new(1000));
    while writer.len() < calls {
        let slot = rng.below(1000);
        let size = rng.log_uniform(12);
        if writer.live(slot).is_some() {
            writer.free(slot);
        } else if rng.below(4) == 0 {
            writer.malloc(slot, size);
        } else {
            writer.memalign(slot, 16 << rng.below(9), size);
        }
    }
    writer.finish()
}

fn lifo(calls: usize) -> CallTrace {
    let (mut rng, mut writer) = (TraceRng::new(), TraceWriter::new(64));
    while writer.len() < calls {
        let burst = 1 + rng.below(64);
        for slot in 0..burst {
            writer.malloc(slot, rng.log_uniform(12));
        }
        for slot in (0..burst).rev() {
            writer.free(slot);
        }
    }
    writer.finish()
}

fn fill_drain(calls: usize) -> CallTrace {
    const BLOCKS: usize = 20_000;
    let (mut rng, mut writer) = (TraceRng::new(), TraceWriter::new(BLOCKS));
    while writer.len() < calls {
        for slot in 0..BLOCKS {
            writer.malloc(slot, rng.log_uniform(12));
        }
        for slot in 0..BLOCKS {
            writer.free(slot);
        }
    }
    writer.finish()
}

fn recorded(bytes: &[u8], calls: usize) -> CallTrace {
    let mut writer = TraceWriter::default();
    for event in format::decode(bytes).expect("a complete recording") {
        if writer.len() >= calls.max(1000) {
            break;
        }
        match event {
            TraceEvent::Malloc { slot, size } => writer.malloc(slot, size),
            TraceEvent::Memalign { slot, align, size } => writer.memalign(slot, align, size),
            TraceEvent::Realloc { slot, size } => writer.realloc(slot, size),
            TraceEvent::Free { slot } => writer.free(slot),
        }
    }
    writer.finish()
}
