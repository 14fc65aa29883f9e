//! Counts the calls of each scenario, each in a process of its own that starts with the filled heap.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::FromRawFd as _;

use serde::Serialize;

use crate::common::arena::SharedArena;
use crate::common::candidate::Candidate;
use crate::common::heaps::NoAllocator;
use crate::common::trace::WORD;

use super::scenario::{self, LiveBlock, SCENARIOS, Scenario};
use super::step;

/// The most instructions of a call, and where it was.
#[derive(Clone, Serialize, Default, Debug, PartialEq, Eq)]
pub(crate) struct WorstCall {
    pub(crate) instructions: u64,
    pub(crate) scenario: String,
    /// Bytes of the block.
    pub(crate) size: u64,
}

pub(crate) const KINDS: [&str; 3] = ["malloc", "memalign", "free"];
const MALLOC: usize = 0;
const MEMALIGN: usize = 1;
const FREE: usize = 2;

/// The worst calls of an allocator in heaps with up to that many live blocks.
#[derive(Clone, Serialize, Debug)]
pub(crate) struct WorstCalls {
    pub(crate) live: usize,
    /// In the order of [`KINDS`]. 0 instructions if the allocator has no such call.
    pub(crate) calls: [WorstCall; KINDS.len()],
    /// Scenarios that do not fit in the heap, or that fill a heap that has no end.
    left_out: usize,
}

/// Of one allocator, by number of live blocks.
pub(crate) type Measure = fn(&SharedArena, usize) -> Result<WorstCalls, String>;

/// Counts in all scenarios.
///
/// # Errors
/// A process cannot be made, or one of them fails.
pub(crate) fn measure<C: Candidate>(
    arena: &SharedArena,
    live: usize,
) -> Result<WorstCalls, String> {
    let mut worst = WorstCalls { live, calls: Default::default(), left_out: 0 };
    for scenario in SCENARIOS {
        if !scenario.fits(live) || C::OWN_MEMORY && scenario.fills_the_heap() {
            worst.left_out += 1;
            continue;
        }
        for [kind, size, instructions] in
            in_child(|results| child::<C>(arena, scenario, live, results))?
        {
            let of = &mut worst.calls[kind as usize];
            if instructions > of.instructions {
                *of = WorstCall { instructions, scenario: scenario.name(), size };
            }
        }
    }
    Ok(worst)
}

/// Fills a heap and counts each call in a copy of this process.
fn child<C: Candidate>(
    arena: &SharedArena,
    scenario: Scenario,
    live: usize,
    results: &mut File,
) -> Result<(), String> {
    let mut heap = C::fresh(arena);
    let blocks = scenario::fill(&mut *heap, scenario, live)
        .ok_or_else(|| format!("a request of '{}' is refused", scenario.name()))?;
    let word = usize::from(WORD);
    let own = Counting { heap: &mut *NoAllocator::fresh(arena), own: [0; 3] };
    let own = own.own_instructions();
    let mut counting = Counting { heap: &mut *heap, own };
    // One long search is enough to see that a kind of call is not constant.
    let mut long = [false; KINDS.len()];
    let mut pass_on = |long: &mut [bool; 3], records: Vec<Record>| -> Result<(), String> {
        for record in records {
            long[record[0] as usize] |= record[2] >= LONG;
            send(results, record)?;
        }
        Ok(())
    };
    let plain = scenario.requests().into_iter().map(|size| (MALLOC, word, size));
    let aligned =
        scenario.aligned_requests().into_iter().filter(|(align, _)| *align <= C::MAX_ALIGN);
    let aligned = aligned.map(|(align, size)| (MEMALIGN, usize::from(align), size));
    for (kind, align, size) in plain.chain(aligned) {
        if !long[kind] {
            let records = in_child(|results| counting.allocate(results, kind, align, size))?;
            pass_on(&mut long, records)?;
        }
    }
    // The large block, which is the first, and some of the others, in different places.
    let last = blocks.len() - 1;
    for at in [0, 1, last / 7, last / 3, last / 2, last - last / 5, last] {
        let LiveBlock { ptr, size } = blocks[at.min(last)];
        if !long[FREE] {
            let records = in_child(|results| counting.free(results, ptr, word, size))?;
            pass_on(&mut long, records)?;
        }
    }
    Ok(())
}

/// A call of so many instructions has gone through a list.
const LONG: u64 = 1 << 15;

struct Counting<'a, C> {
    heap: &'a mut C,
    /// The instructions that counting itself takes: of each kind of call.
    own: [u64; KINDS.len()],
}

impl<C: Candidate> Counting<'_, C> {
    /// Counts a request, granted or not, and the free of its block.
    fn allocate(
        &mut self,
        results: &mut File,
        kind: usize,
        align: usize,
        size: usize,
    ) -> Result<(), String> {
        let (block, count) = self.allocation(kind, align, size);
        send(results, [kind as u64, size as u64, count])?;
        if block.is_null() { Ok(()) } else { self.free(results, block, align, size) }
    }

    fn free(
        &mut self,
        results: &mut File,
        block: *mut u8,
        align: usize,
        size: usize,
    ) -> Result<(), String> {
        let count = self.release(block, align, size);
        send(results, [FREE as u64, size as u64, count])
    }

    fn allocation(&mut self, kind: usize, align: usize, size: usize) -> (*mut u8, u64) {
        let mut block = std::ptr::null_mut::<u8>();
        let count = if kind == MALLOC {
            step::count(|| block = self.heap.malloc(size))
        } else {
            step::count(|| block = self.heap.memalign(align, size))
        };
        (block, count.saturating_sub(self.own[kind]))
    }

    fn release(&mut self, block: *mut u8, align: usize, size: usize) -> u64 {
        // SAFETY: a live block, which is not used again in this process.
        let count = step::count(|| unsafe { self.heap.free(block, align, size) });
        count.saturating_sub(self.own[FREE])
    }

    /// Of an allocator that does nothing.
    fn own_instructions(mut self) -> [u64; KINDS.len()] {
        let (block, malloc) = self.allocation(MALLOC, 8, 64);
        let (_, memalign) = self.allocation(MEMALIGN, 64, 64);
        [malloc, memalign, self.release(block, 8, 64)]
    }
}

/// The place of the kind in [`KINDS`], the size of the block, and the instructions.
type Record = [u64; 3];

fn send(results: &mut File, record: Record) -> Result<(), String> {
    let bytes: Vec<u8> = record.iter().flat_map(|number| number.to_ne_bytes()).collect();
    results.write_all(&bytes).map_err(|error| format!("the pipe: {error}"))
}

/// Runs a function in a copy of this process. Returns the records that it sends.
fn in_child(run: impl FnOnce(&mut File) -> Result<(), String>) -> Result<Vec<Record>, String> {
    let mut ends = [0; 2];
    // SAFETY: two numbers are written.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        return Err("a pipe cannot be made".to_owned());
    }
    // SAFETY: new descriptors, owned by the files from here on.
    let [mut reader, mut writer] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    // SAFETY: this process has one thread.
    match unsafe { libc::fork() } {
        -1 => Err("a process cannot be made".to_owned()),
        0 => {
            drop(reader);
            let done = run(&mut writer);
            if let Err(error) = &done {
                eprintln!("error: {error}");
            }
            // SAFETY: ends the copy, without what the original has to do at its end.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        pid => {
            drop(writer);
            let mut bytes = Vec::new();
            let read = reader.read_to_end(&mut bytes);
            let mut status = 0;
            // SAFETY: the process made above; the status is written.
            let ended = unsafe { libc::waitpid(pid, &raw mut status, 0) };
            if ended != pid || status != 0 || read.is_err() {
                return Err(format!("a process failed: status {status}"));
            }
            let number = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().expect("eight bytes"));
            let record = |bytes: &[u8]| [0, 8, 16].map(|at| number(&bytes[at..at + 8]));
            Ok(bytes.chunks_exact(24).map(record).collect())
        }
    }
}
