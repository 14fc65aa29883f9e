//! Random programs as bytes, for `cargo oracle stress` and for tests.
//!
//! The constants at the top are the parameters of the distribution.

use super::header::HEADER_BYTES;
use super::op::Opcode;
use super::program::MAX_BYTES;
use super::record::{RECORD_BYTES, entry};
use super::size::SizeMode;
use super::version::Version;
use crate::rng::SeededRng;

/// One program in this many uses a geometry that the C reference does not have.
const OTHER_GEOMETRY: u64 = 2;

/// Pool classes to choose from: 256 B to 256 KiB, mostly 1 to 16 KiB.
const POOL_CLASSES: [u8; 24] =
    [0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10];

/// Those of version 2: 256 B to 4 GiB, mostly above 256 KiB.
const LARGE_CLASSES: [u8; 24] =
    [0, 2, 4, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22, 22, 23, 23, 24, 24, 24];

/// Numbers of the bytes that reallocs may copy, in version 2: mostly few, because copying takes time.
const MOVES: [u8; 32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6,
];

/// One program in this many has swarm masks.
const SWARM: u64 = 2;

/// One program in this many has hostile sizes.
const HOSTILE: u64 = 2;

/// The number of ops of the shortest program.
const LEAST_OPS: usize = 8;

/// The mean number of ops beyond [`LEAST_OPS`].
const MEAN_OPS: u64 = 192;

/// The mean number of ops of a phase.
const MEAN_PHASE: u64 = 40;

/// One op in this many is chosen from the whole table, in every phase.
const OFF_PHASE: u64 = 2;

/// One op in this many has a tiny size, if it has a size. Without tiny sizes, a few large blocks fill
/// most pools.
const TINY: u64 = 3;

/// The same in version 2, and one op in so many that has a size at the edge of a class.
const LARGE_TINY: u64 = 8;
const LARGE_EDGE: u64 = 4;

/// The opcodes that each phase prefers. An empty list stands for the weights of the op table.
const PHASES: [&[Opcode]; 6] = [
    &[],
    &[Opcode::Malloc, Opcode::Malloc, Opcode::Malloc, Opcode::Malloc, Opcode::Memalign],
    &[Opcode::Free, Opcode::Free, Opcode::Free, Opcode::Malloc],
    &[Opcode::Malloc, Opcode::Realloc, Opcode::Free],
    &[Opcode::Malloc, Opcode::Free, Opcode::Rewrite, Opcode::Repeat, Opcode::Fill, Opcode::Drain],
    &[
        Opcode::AddPool,
        Opcode::AddPool,
        Opcode::RemovePool,
        Opcode::ExtendPool,
        Opcode::ShrinkPool,
        Opcode::Malloc,
        Opcode::Malloc,
        Opcode::Free,
    ],
];

/// Returns the bytes of program `index` of the sequence `seed`, in version 1. Equal arguments give equal bytes.
pub fn generate(seed: u64, index: u64) -> Vec<u8> {
    generate_as(Version::One, seed, index)
}

/// Returns the bytes of program `index` of the sequence `seed` of a version.
pub fn generate_as(version: Version, seed: u64, index: u64) -> Vec<u8> {
    // One generator step separates the two numbers: (seed, index) and (index, seed) then differ.
    let sequence = SeededRng::new(seed).number();
    Source { rng: SeededRng::new(sequence ^ index), version }.program()
}

struct Source {
    rng: SeededRng,
    version: Version,
}

impl Source {
    fn program(&mut self) -> Vec<u8> {
        let mut bytes = self.header().to_vec();
        let mut phase = self.rng.pick(&PHASES);
        let least = HEADER_BYTES + LEAST_OPS * RECORD_BYTES;
        while bytes.len() < least || bytes.len() < MAX_BYTES && !self.rng.one_in(MEAN_OPS) {
            if self.rng.one_in(MEAN_PHASE) {
                phase = self.rng.pick(&PHASES);
            }
            bytes.extend(self.record(phase));
        }
        bytes
    }

    fn header(&mut self) -> [u8; HEADER_BYTES] {
        let [a, b, extra, residue, seed_low, seed_high, kinds, modes] = self.rng.bytes();
        let [few_kinds, few_modes, profile, spacing, ..] = self.rng.bytes();
        let geometry = if self.rng.one_in(OTHER_GEOMETRY) { 4 + a % 12 } else { a % 4 };
        let (kinds, mut modes) = match self.rng.one_in(SWARM) {
            true => (kinds & few_kinds, modes & few_modes),
            false => (0, 0),
        };
        if !self.rng.one_in(HOSTILE) {
            modes |= 1 << SizeMode::Hostile as u8;
        }
        let number = usize::from(b) % POOL_CLASSES.len();
        let (profile, spacing) = (profile & 3, spacing & 3);
        let (engine, place) = match self.version {
            Version::One => (geometry | profile << 4, POOL_CLASSES[number] | spacing << 4),
            Version::Two => {
                let moves = self.rng.pick(&MOVES);
                (geometry | profile << 4 | spacing << 6, LARGE_CLASSES[number] | moves << 5)
            }
        };
        [engine, place, extra, residue, kinds, modes, seed_low, seed_high]
    }

    fn record(&mut self, phase: &[Opcode]) -> [u8; RECORD_BYTES] {
        let [head, name, mut low, high, ..] = self.rng.bytes();
        let tiny = if self.version == Version::One { TINY } else { LARGE_TINY };
        if self.rng.one_in(tiny) {
            low = low & !7 | SizeMode::Tiny as u8;
        } else if self.version == Version::Two && self.rng.one_in(LARGE_EDGE) {
            low = low & !7 | SizeMode::Edge as u8;
        }
        if phase.is_empty() || self.rng.one_in(OFF_PHASE) {
            return [head, name, low, high];
        }
        let target = head & !63;
        [target | entry(self.version, self.rng.pick(phase)), name, low, high]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Program;
    use std::hash::{DefaultHasher, Hash, Hasher};

    fn fingerprint(seed: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        (0..50).for_each(|index| generate(seed, index).hash(&mut hasher));
        hasher.finish()
    }

    #[test]
    fn equal_seeds_give_equal_programs() {
        assert_eq!(fingerprint(1), fingerprint(1));
        assert_ne!(fingerprint(1), fingerprint(2));
        assert_ne!(generate(1, 2), generate(2, 1));
        assert_ne!(generate(1, 2), generate(1, 3));
    }

    #[test]
    fn programs_vary_in_length_geometry_pool_and_masks() {
        let programs: Vec<_> = (0..2000).map(|i| Program::decode(&generate(9, i))).collect();
        let share = |claim: &dyn Fn(&Program) -> bool| {
            programs.iter().filter(|&p| claim(p)).count() * 100 / programs.len()
        };
        let ops: usize = programs.iter().map(|p| p.ops.len()).sum();
        assert!((150..250).contains(&(ops / programs.len())));
        assert!(programs.iter().all(|p| p.ops.len() >= LEAST_OPS));
        assert!((1..5).contains(&share(&|p| p.ops.len() > 700)));
        assert!((45..55).contains(&share(&|p| p.header.geometry < 4)));
        assert!((60..90).contains(&share(&|p| (1024..=16384).contains(&p.header.pool_bytes()))));
        assert!((40..60).contains(&share(&|p| p.header.off.kinds == 0)));
        assert!((30..60).contains(&share(&|p| !p.header.off.without_mode(SizeMode::Hostile))));
    }
}
