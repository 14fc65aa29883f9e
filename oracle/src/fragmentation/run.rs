//! One program on one heap, each answer checked.

use super::heap::{Census, Heap};
use super::live_blocks::{Block, LiveBlocks};
use super::programs::{Event, Program};

/// What a sample saw. Sizes in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// What the program says of it.
    pub label: usize,
    /// Live blocks.
    pub live_blocks: usize,
    /// What they were asked for.
    pub live: usize,
    /// The most that was live at a time, up to now.
    pub peak_live: usize,
    /// The highest end of a payload up to now, from the pool's start.
    pub footprint: usize,
    /// The heap's own numbers, if they were asked for.
    pub census: Option<Census>,
}

/// A request that was not served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Bytes asked for.
    pub size: usize,
    /// Bytes live at that time.
    pub live: usize,
}

/// What came of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ran {
    /// One for each sample that was reached.
    pub readings: Vec<Reading>,
    /// Calls that were served.
    pub served: u64,
    /// The first that was not, which ends the run.
    pub refused: Option<Refusal>,
}

/// Runs a program up to its end or the first refusal. Each block is checked when it is handed out,
/// and each census against what was asked for.
///
/// # Errors
/// An answer that no allocator may give, or a figure that cannot be.
pub fn run(
    heap: &mut dyn Heap,
    heap_bytes: usize,
    program: &mut dyn Program,
    with_census: bool,
) -> Result<Ran, String> {
    let mut blocks = LiveBlocks::new(heap_bytes);
    let mut ran = Ran::default();
    while let Some(event) = program.next(&blocks) {
        let live = blocks.live_bytes();
        match event {
            Event::Malloc { id, size } => match heap.malloc(size) {
                Some(offset) => blocks.insert(Block { offset, bytes: size, key: id })?,
                None => ran.refused = Some(Refusal { size, live }),
            },
            Event::Free { id } => {
                let Block { offset, bytes: size, .. } = blocks.remove(id);
                // SAFETY: a tenant is live, and of that size; it has just ceased to be one.
                unsafe { heap.free(offset, size) }
            }
            Event::Realloc { id, size: new } => {
                let Block { offset, bytes: size, .. } = blocks.remove(id);
                // SAFETY: as above.
                match unsafe { heap.realloc(offset, size, new) } {
                    Some(offset) => blocks.insert(Block { offset, bytes: new, key: id })?,
                    None => ran.refused = Some(Refusal { size: new, live }),
                }
            }
            Event::Sample { label } => {
                ran.readings.push(read(heap, &blocks, label, with_census)?);
                continue;
            }
        }
        if ran.refused.is_some() {
            break;
        }
        ran.served += 1;
    }
    Ok(ran)
}

fn read(
    heap: &mut dyn Heap,
    blocks: &LiveBlocks,
    label: usize,
    with_census: bool,
) -> Result<Reading, String> {
    let census = with_census.then(|| heap.census());
    if let Some(census) = &census {
        census.check(blocks)?;
    }
    Ok(Reading {
        label,
        live_blocks: blocks.live_blocks(),
        live: blocks.live_bytes(),
        peak_live: blocks.peak_live(),
        footprint: blocks.footprint(),
        census,
    })
}
