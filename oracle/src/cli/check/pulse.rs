//! The call and the program that the child process runs, in memory shared with its parent: if the child dies or
//! hangs, the parent reports them.
//!
//! ```text
//! words: ticks | calls | calls recorded | 16 × call | length | the program's bytes
//! ```

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::Context as _;
use memmap2::MmapRaw;
use oracle::ops::Program;

use super::names::Role;

const TICKS: usize = 0;
const CALLS: usize = 1;
const RECORDED: usize = 2;
const FIRST_CALL: usize = 3;
const WORDS_OF_CALL: usize = 6;
/// Calls that are kept.
const KEPT: usize = 16;
const LENGTH: usize = FIRST_CALL + KEPT * WORDS_OF_CALL;
const PROGRAM: usize = LENGTH + 1;
/// A program has at most 4,088 bytes.
const WORDS: usize = PROGRAM + 4096 / 8;

/// A result that is not there yet, or an offset that is none.
pub(crate) const NONE: u64 = u64::MAX;
/// Null.
pub(crate) const NULL: u64 = u64::MAX - 1;
/// A block that lies elsewhere than in the memory of the harness.
pub(crate) const ELSEWHERE: u64 = u64::MAX - 2;

/// A call of the allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    pub(crate) role: Role,
    /// Requested bytes; of memory, its bytes.
    pub(crate) size: u64,
    pub(crate) align: u64,
    /// The block's offset, or that of the memory.
    pub(crate) at: u64,
    /// The bytes that were requested of the block.
    pub(crate) block: u64,
    /// What it returned; [`NONE`] while it runs.
    pub(crate) result: u64,
}

impl Call {
    pub(crate) const fn of(role: Role) -> Self {
        Self { role, size: 0, align: 0, at: NONE, block: 0, result: NONE }
    }
}

/// The memory that both processes see.
pub(crate) struct Pulse {
    map: MmapRaw,
}

/// What the parent sees at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Snapshot {
    /// Moves on with each call that starts or ends.
    pub(crate) ticks: u64,
    /// The last calls, the last one at the end.
    pub(crate) last: Vec<Call>,
    /// The program that runs, if one does.
    pub(crate) program: Option<Program>,
}

impl Snapshot {
    /// The call that has not returned.
    pub(crate) fn running(&self) -> Option<Call> {
        self.last.last().copied().filter(|_| self.ticks % 2 == 1)
    }
}

impl Pulse {
    /// Makes the file, and maps it.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        file.set_len(8 * WORDS as u64)?;
        Self::map(&file)
    }

    /// Maps the file that the parent has made.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        Self::map(&OpenOptions::new().read(true).write(true).open(path)?)
    }

    fn map(file: &File) -> anyhow::Result<Self> {
        let map = MmapRaw::map_raw(file).context("memory cannot be shared with a child process")?;
        anyhow::ensure!(map.len() == 8 * WORDS, "the shared memory has another size");
        Ok(Self { map })
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at < WORDS, "word {at} of {WORDS}");
        // SAFETY: in the map, which is page-aligned, lives as long as self, and is used by atomics only.
        unsafe { AtomicU64::from_ptr(self.map.as_mut_ptr().cast::<u64>().add(at)) }
    }

    fn add(&self, at: usize) -> u64 {
        let next = self.word(at).load(Relaxed) + 1;
        self.word(at).store(next, Relaxed);
        next
    }

    /// A call starts.
    pub(crate) fn enter(&self, call: Call) {
        let slot = self.word(RECORDED).load(Relaxed) as usize % KEPT;
        let role = Role::ALL.iter().position(|role| *role == call.role).unwrap_or(0) as u64;
        let words = [role, call.size, call.align, call.at, call.block, call.result];
        for (k, word) in words.into_iter().enumerate() {
            self.word(FIRST_CALL + slot * WORDS_OF_CALL + k).store(word, Relaxed);
        }
        self.add(RECORDED);
        self.add(TICKS);
    }

    /// The call that started last has returned.
    pub(crate) fn leave(&self, result: u64) {
        let slot = (self.word(RECORDED).load(Relaxed).wrapping_sub(1)) as usize % KEPT;
        self.word(FIRST_CALL + slot * WORDS_OF_CALL + 5).store(result, Relaxed);
        self.add(TICKS);
    }

    /// A program starts.
    pub(crate) fn program(&self, program: &Program) {
        let bytes = program.encode();
        self.word(LENGTH).store(0, Relaxed);
        for (k, chunk) in bytes.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(PROGRAM + k).store(u64::from_le_bytes(word), Relaxed);
        }
        self.word(LENGTH).store(bytes.len() as u64, Relaxed);
        // The calls before are those of another allocator.
        self.word(RECORDED).store(0, Relaxed);
    }

    /// How many calls the programs that have ended made.
    pub(crate) fn progress(&self, calls: u64) {
        self.word(CALLS).store(calls, Relaxed);
    }

    /// What the child does at this moment.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let read = |at| self.word(at).load(Relaxed);
        let recorded = read(RECORDED) as usize;
        let call = |number: usize| {
            let at = |k| read(FIRST_CALL + number % KEPT * WORDS_OF_CALL + k);
            let role = *Role::ALL.get(at(0) as usize)?;
            Some(Call { role, size: at(1), align: at(2), at: at(3), block: at(4), result: at(5) })
        };
        let length = (read(LENGTH) as usize).min(4096);
        let words = (0..length.div_ceil(8)).flat_map(|k| read(PROGRAM + k).to_le_bytes());
        let bytes: Vec<u8> = words.take(length).collect();
        Snapshot {
            ticks: read(TICKS),
            last: (recorded.saturating_sub(KEPT)..recorded).filter_map(call).collect(),
            program: (length > 0).then(|| Program::decode(&bytes)),
        }
    }

    /// Calls of the programs that have ended.
    pub(crate) fn calls(&self) -> u64 {
        self.word(CALLS).load(Relaxed)
    }

    /// How many calls have started or ended.
    pub(crate) fn ticks(&self) -> u64 {
        self.word(TICKS).load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_sees_calls_and_program() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("pulse");
        let parent = Pulse::create(&path).expect("made");
        let child = Pulse::open(&path).expect("opened");
        let program = Program::decode(&oracle::ops::generate(1, 2));
        child.program(&program);
        child.progress(4);
        for size in 0..40 {
            child.enter(Call { size, ..Call::of(Role::Malloc) });
            child.leave(size);
        }
        child.enter(Call { at: 8, ..Call::of(Role::Free) });
        let seen = parent.snapshot();
        assert_eq!(parent.calls(), 4);
        assert_eq!(seen.program, Some(program));
        assert_eq!(seen.running(), Some(Call { at: 8, ..Call::of(Role::Free) }));
        assert_eq!((seen.last.len(), seen.last[14].size, seen.last[14].result), (16, 39, 39));
        child.leave(1);
        assert_eq!(parent.snapshot().running(), None);
    }
}
