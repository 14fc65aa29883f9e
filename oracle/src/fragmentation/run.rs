//! Runs one program on one heap and checks each result.

use super::heap::{HeapCensus, HeapUnderStudy};
use super::live_blocks::{Block, LiveBlocks};
use super::programs::{Event, EventSource};

/// The figures of a sample. All sizes are in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The program's label for the sample.
    pub label: usize,
    /// Live blocks.
    pub live_blocks: usize,
    /// Requested by live blocks.
    pub live: usize,
    /// The most requested bytes that were live at a time, so far.
    pub peak_live: usize,
    /// The highest end of a payload so far, from the pool's start.
    pub footprint: usize,
    /// The heap's census, if the run takes one.
    pub census: Option<HeapCensus>,
}

/// A refused request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Bytes requested.
    pub size: usize,
    /// Bytes live at that time.
    pub live: usize,
}

/// The result of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunResult {
    /// The samples that were reached.
    pub readings: Vec<Reading>,
    /// Calls served.
    pub served: u64,
    /// The first refused request, which ends the run.
    pub refused: Option<Refusal>,
}

/// Runs a program up to its end or the first refusal. Checks the placement of each block, and each census
/// against the requests.
///
/// # Errors
/// A result that breaks the contract of an allocator, or an impossible figure.
pub fn run(
    heap: &mut dyn HeapUnderStudy,
    heap_bytes: usize,
    program: &mut dyn EventSource,
    with_census: bool,
) -> Result<RunResult, String> {
    let mut blocks = LiveBlocks::new(heap_bytes);
    let mut ran = RunResult::default();
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
    heap: &mut dyn HeapUnderStudy,
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
