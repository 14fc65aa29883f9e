//! Heaps that are bad for an allocator, with so many live blocks, and the calls that are counted in them.

use crate::common::arena::HEAP;
use crate::common::candidate::Candidate;
use crate::common::trace::WORD;
use crate::common::workloads::TraceRng;

/// How a heap is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scenario {
    /// Between any two live blocks a free one, of that size: too small for many of the requests that begin to search
    /// where it is listed.
    Holes(usize),
    /// The same in a heap that is full otherwise: no larger block is free.
    HolesOnly(usize),
    /// Free blocks between, with free blocks of many sizes.
    MixedHoles,
    /// Blocks of many sizes, allocated and freed at random.
    Churn,
    /// As many small free blocks as live ones, side by side: an allocator that merges them later has all to do.
    Unmerged,
    /// Live blocks of one size, and no free one between them.
    Full,
}

/// With these sizes, all free blocks have the same residue of the address by 64 in some allocators.
pub(crate) const SCENARIOS: [Scenario; 10] = [
    Scenario::Holes(144),
    Scenario::Holes(400),
    Scenario::Holes(1500),
    Scenario::HolesOnly(144),
    Scenario::HolesOnly(400),
    Scenario::HolesOnly(1500),
    Scenario::MixedHoles,
    Scenario::Churn,
    Scenario::Unmerged,
    Scenario::Full,
];

impl Scenario {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Holes(size) => format!("free blocks of {size} bytes"),
            Self::HolesOnly(size) => format!("free blocks of {size} bytes and none larger"),
            Self::MixedHoles => "free blocks of many sizes".to_owned(),
            Self::Churn => "random calls".to_owned(),
            Self::Unmerged => "adjacent blocks freed".to_owned(),
            Self::Full => "no free block between".to_owned(),
        }
    }

    /// The largest block of the scenario, but for the large ones.
    fn size(self) -> usize {
        match self {
            Self::Holes(size) | Self::HolesOnly(size) => size,
            Self::MixedHoles => 416,
            Self::Churn => 255,
            Self::Unmerged | Self::Full => SMALL,
        }
    }

    /// The heap is large enough for allocators that round up to powers of two.
    pub(crate) fn fits(self, live: usize) -> bool {
        live * ((self.size() + 16).next_power_of_two() + 64) + 4 * LARGE < HEAP
    }

    /// No large block stays free.
    pub(crate) fn fills_the_heap(self) -> bool {
        matches!(self, Self::HolesOnly(_))
    }

    /// The sizes of the requests that are counted.
    pub(crate) fn requests(self) -> Vec<usize> {
        let size = self.size();
        let mut sizes = vec![1, SMALL, LARGE, 3 * LARGE];
        sizes.extend([-8, 0, 8, 16, 32, 64].map(|more| size.saturating_add_signed(more)));
        sizes.extend([size * 9 / 8, size * 5 / 4, 2 * size, 5000]);
        sizes
    }
}

/// An alignment and a size.
type Aligned = (u16, usize);

impl Scenario {
    /// The aligned requests that are counted.
    pub(crate) fn aligned_requests(self) -> Vec<Aligned> {
        let size = self.size();
        let sizes =
            [size / 2, size - size / 8, size.saturating_sub(16), size.saturating_sub(8), size];
        let aligns = [32, 64, 128, 512, 4096];
        aligns.into_iter().flat_map(|align| sizes.map(|size| (align, size))).collect()
    }
}

/// A size below every limit of "small", and one above.
const SMALL: usize = 48;
const LARGE: usize = 100_040;

#[derive(Clone, Copy)]
pub(crate) struct LiveBlock {
    pub(crate) ptr: *mut u8,
    pub(crate) size: usize,
}

/// A heap to be filled. Blocks are allocated in an order and freed in a random one.
struct Filling<'a, C> {
    heap: &'a mut C,
    rng: TraceRng,
    live: Vec<LiveBlock>,
    holes: Vec<LiveBlock>,
}

impl<C: Candidate> Filling<'_, C> {
    fn block(&mut self, size: usize) -> Option<LiveBlock> {
        let ptr = self.heap.malloc(size);
        if ptr.is_null() {
            return None;
        }
        // SAFETY: a live block of at least a byte.
        unsafe { ptr.write(1) };
        Some(LiveBlock { ptr, size })
    }

    fn free(&mut self, block: LiveBlock) {
        // SAFETY: live, and forgotten by the caller.
        unsafe { self.heap.free(block.ptr, WORD.into(), block.size) };
    }

    fn live(&mut self, size: usize) -> Option<()> {
        let block = self.block(size)?;
        self.live.push(block);
        Some(())
    }

    fn hole(&mut self, size: usize) -> Option<()> {
        let block = self.block(size)?;
        self.holes.push(block);
        Some(())
    }

    /// Allocates what is left, down to blocks that are a little larger than `size`.
    fn use_up(&mut self, size: usize) {
        let halves = (1..).map(|half| HEAP >> half).take_while(|&large| large > 2 * size);
        for large in halves.chain([2 * size, size * 3 / 2, size * 5 / 4, size * 9 / 8]) {
            while self.block(large).is_some() {}
        }
    }

    fn free_holes(&mut self, at_random: bool) {
        if at_random {
            for last in (1..self.holes.len()).rev() {
                let other = self.rng.below(last + 1);
                self.holes.swap(last, other);
            }
        }
        for block in std::mem::take(&mut self.holes) {
            self.free(block);
        }
    }
}

/// Fills an empty heap. Returns the live blocks: a large one first. None if a request was refused.
pub(crate) fn fill<C: Candidate>(
    heap: &mut C,
    scenario: Scenario,
    live: usize,
) -> Option<Vec<LiveBlock>> {
    // All memory of this program's own, before the heap's: the system's malloc is one of the allocators.
    let (live_blocks, holes) = (Vec::with_capacity(2 * live + 2), Vec::with_capacity(live));
    let mut filling = Filling { heap, rng: TraceRng::new(), live: live_blocks, holes };
    filling.live(LARGE)?;
    for _ in 1..live {
        match scenario {
            Scenario::Holes(size) | Scenario::HolesOnly(size) => filling.hole(size)?,
            Scenario::MixedHoles => {
                let size = 16 + filling.rng.below(51) * 8;
                filling.hole(size)?;
            }
            Scenario::Unmerged => filling.hole(SMALL)?,
            Scenario::Churn | Scenario::Full => {}
        }
        match scenario {
            // Live blocks come after the others.
            Scenario::Unmerged => {}
            Scenario::Churn => {
                let size = filling.rng.log_uniform(8) as usize;
                filling.live(size)?;
            }
            Scenario::Full => filling.live(SMALL)?,
            Scenario::Holes(_) | Scenario::HolesOnly(_) | Scenario::MixedHoles => {
                filling.live(16)?;
            }
        }
    }
    match scenario {
        Scenario::Unmerged => {
            for _ in 1..live {
                filling.live(SMALL)?;
            }
        }
        Scenario::Churn => {
            for _ in 0..4 * live {
                let place = 1 + filling.rng.below(filling.live.len().max(2) - 1);
                let size = filling.rng.log_uniform(8) as usize;
                let new = filling.block(size)?;
                let Some(old) = filling.live.get_mut(place) else { break };
                let old = std::mem::replace(old, new);
                filling.free(old);
            }
        }
        Scenario::HolesOnly(size) => filling.use_up(size),
        _ => {}
    }
    filling.free_holes(scenario != Scenario::Unmerged);
    Some(filling.live)
}
