//! One program on one heap, each answer checked.

use super::heap::{Census, Heap};
use super::programs::{Event, Program};
use super::tenants::{Placed, Tenants};

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
    let mut tenants = Tenants::new(heap_bytes);
    let mut ran = Ran::default();
    while let Some(event) = program.next(&tenants) {
        let live = tenants.live_bytes();
        match event {
            Event::Malloc { id, size } => match heap.malloc(size) {
                Some(offset) => tenants.admit(id, Placed { offset, size })?,
                None => ran.refused = Some(Refusal { size, live }),
            },
            Event::Free { id } => {
                let Placed { offset, size } = tenants.vacate(id);
                // SAFETY: a tenant is live, and of that size; it has just ceased to be one.
                unsafe { heap.free(offset, size) }
            }
            Event::Realloc { id, size: new } => {
                let Placed { offset, size } = tenants.vacate(id);
                // SAFETY: as above.
                match unsafe { heap.realloc(offset, size, new) } {
                    Some(offset) => tenants.admit(id, Placed { offset, size: new })?,
                    None => ran.refused = Some(Refusal { size: new, live }),
                }
            }
            Event::Sample { label } => {
                ran.readings.push(read(heap, &tenants, label, with_census)?);
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
    tenants: &Tenants,
    label: usize,
    with_census: bool,
) -> Result<Reading, String> {
    let census = with_census.then(|| heap.census());
    if let Some(census) = &census {
        census.check(tenants)?;
    }
    Ok(Reading {
        label,
        live_blocks: tenants.live_blocks(),
        live: tenants.live_bytes(),
        peak_live: tenants.peak_live(),
        footprint: tenants.footprint(),
        census,
    })
}
