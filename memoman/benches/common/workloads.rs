//! The workloads: what is allocated, how large, and for how long.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::format::{self, Event};
use super::trace::{Trace, Writer};

pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    make: fn(usize) -> Trace,
}

/// What `scripts/record` wrote; `traces/README.md` says of what.
static RECORDED: &[u8] = include_bytes!("../traces/sqlite.trace");

pub(crate) static WORKLOADS: [Workload; 9] = [
    Workload { name: "small", says: "8 to 64 bytes, 1,000 slots", make: small },
    Workload { name: "mix-4k", says: "log-uniform, 8 to 4 KiB, 1,000 slots", make: mix_4k },
    Workload { name: "realloc-4k", says: "the same, a third of calls realloc", make: realloc_4k },
    Workload { name: "mix-64k", says: "log-uniform, 8 to 64 KiB, 1,000 slots", make: mix_64k },
    Workload { name: "slots-30k", says: "log-uniform, 8 to 4 KiB, 30,000 slots", make: slots_30k },
    Workload { name: "memalign", says: "3 of 4 aligned to 16 to 4,096", make: memalign },
    Workload { name: "lifo", says: "bursts of 1 to 64, freed last first", make: lifo },
    Workload { name: "fill-drain", says: "20,000, then all freed, first first", make: fill_drain },
    Workload { name: "recorded", says: "sqlite3, see benches/traces", make: recorded },
];

impl Workload {
    /// For the command line.
    pub(crate) fn parse(name: &str) -> Result<&'static Self, String> {
        WORKLOADS.iter().find(|workload| workload.name == name).ok_or_else(|| {
            let names: Vec<_> = WORKLOADS.iter().map(|workload| workload.name).collect();
            format!("there is: {}", names.join(", "))
        })
    }

    /// Some `calls`; of a recording, its own number.
    pub(crate) fn trace(&self, calls: usize) -> Trace {
        (self.make)(calls)
    }
}

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn new() -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(0x7154))
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() >> 32) as usize % bound
    }

    /// As many in each octave from 8 on: 8 to `2^top`, its end excluded.
    fn log_uniform(&mut self, top: u32) -> u32 {
        let octave = 8 << self.below(top as usize - 3);
        (octave + self.below(octave)) as u32
    }
}

/// A slot is drawn: filled if it is empty, else freed, or resized with a chance of `resize` in 100.
fn churn(
    calls: usize,
    slots: usize,
    resize: usize,
    mut size: impl FnMut(&mut Dice) -> u32,
) -> Trace {
    let (mut dice, mut writer) = (Dice::new(), Writer::new(slots));
    while writer.len() < calls {
        let slot = dice.below(slots);
        if writer.live(slot).is_none() {
            writer.malloc(slot, size(&mut dice));
        } else if dice.below(100) < resize {
            writer.realloc(slot, size(&mut dice));
        } else {
            writer.free(slot);
        }
    }
    writer.finish()
}

fn small(calls: usize) -> Trace {
    churn(calls, 1000, 0, |dice| 8 + dice.below(57) as u32)
}

fn mix_4k(calls: usize) -> Trace {
    churn(calls, 1000, 0, |dice| dice.log_uniform(12))
}

fn realloc_4k(calls: usize) -> Trace {
    churn(calls, 1000, 50, |dice| dice.log_uniform(12))
}

fn mix_64k(calls: usize) -> Trace {
    churn(calls, 1000, 0, |dice| dice.log_uniform(16))
}

fn slots_30k(calls: usize) -> Trace {
    churn(calls, 30_000, 0, |dice| dice.log_uniform(12))
}

fn memalign(calls: usize) -> Trace {
    let (mut dice, mut writer) = (Dice::new(), Writer::new(1000));
    while writer.len() < calls {
        let slot = dice.below(1000);
        let size = dice.log_uniform(12);
        if writer.live(slot).is_some() {
            writer.free(slot);
        } else if dice.below(4) == 0 {
            writer.malloc(slot, size);
        } else {
            writer.memalign(slot, 16 << dice.below(9), size);
        }
    }
    writer.finish()
}

fn lifo(calls: usize) -> Trace {
    let (mut dice, mut writer) = (Dice::new(), Writer::new(64));
    while writer.len() < calls {
        let burst = 1 + dice.below(64);
        for slot in 0..burst {
            writer.malloc(slot, dice.log_uniform(12));
        }
        for slot in (0..burst).rev() {
            writer.free(slot);
        }
    }
    writer.finish()
}

fn fill_drain(calls: usize) -> Trace {
    const BLOCKS: usize = 20_000;
    let (mut dice, mut writer) = (Dice::new(), Writer::new(BLOCKS));
    while writer.len() < calls {
        for slot in 0..BLOCKS {
            writer.malloc(slot, dice.log_uniform(12));
        }
        for slot in 0..BLOCKS {
            writer.free(slot);
        }
    }
    writer.finish()
}

fn recorded(calls: usize) -> Trace {
    let mut writer = Writer::default();
    for event in format::decode(RECORDED).expect("the recording is whole") {
        if writer.len() >= calls.max(1000) {
            break;
        }
        match event {
            Event::Malloc { slot, size } => writer.malloc(slot, size),
            Event::Memalign { slot, align, size } => writer.memalign(slot, align, size),
            Event::Realloc { slot, size } => writer.realloc(slot, size),
            Event::Free { slot } => writer.free(slot),
        }
    }
    writer.finish()
}
