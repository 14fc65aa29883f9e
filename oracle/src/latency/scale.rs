//! The same kinds of operations in heaps with more and more live blocks: their cost must not grow.
//!
//! The heap is the engine in the default geometry, with a bounded search of SEARCH blocks. It has memory of its own, because the arena of programs
//! is too small for so many blocks.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use memoman::{CONTE_FL, Pool, Tlsf, WORD};

use super::worst_case::{WorstCall, WorstCalls};
use crate::action::Action;
use crate::bounds::OperationKind;
use crate::rng::SeededRng;

/// The heap that is measured: the engine in the default geometry.
pub type MeasuredHeap<const SEARCH: usize = 0> = Tlsf<WORD, CONTE_FL, 32, 4, SEARCH>;

/// Runs before each call, and its cost is added to the call's. For the engine as it is, that is
/// [`nothing`]; tests pass functions that walk over the heap.
pub type BeforeCall<const SEARCH: usize = 0> = fn(&MeasuredHeap<SEARCH>);

/// Does nothing.
pub fn nothing<const SEARCH: usize>(_: &MeasuredHeap<SEARCH>) {}

/// Bytes of the first pool for each live block, including gaps.
const BYTES_PER_BLOCK: usize = 320;
/// Bytes of the second pool, which the workload adds, extends, shrinks and removes.
const SECOND_POOL_BYTES: usize = 1 << 14;
/// Bytes by which the second pool is extended and shrunk.
const EXTENSION_BYTES: usize = 1 << 10;

/// The most bytes of a layout with an alignment of up to 64.
const LAYOUT_MAX: usize = isize::MAX as usize - 63;

/// The worst cases of a workload of `steps` steps in a heap with `live` live blocks. They are a function of
/// the arguments.
pub fn worst<const SEARCH: usize>(
    live: usize,
    seed: u64,
    steps: u64,
    before: BeforeCall<SEARCH>,
) -> WorstCalls {
    Workload::new(live, seed, before).run(steps)
}

/// The layout of a request.
fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a size of the workload")
}

/// Memory aligned to 1 MiB, so that alignments, and with them costs, are the same in each run.
struct WorkloadMemory {
    start: NonNull<u8>,
    layout: Layout,
}

impl WorkloadMemory {
    fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes, 1 << 20).expect("a layout");
        // SAFETY: the size is not 0.
        let start = unsafe { alloc(layout) };
        let start = NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout));
        Self { start, layout }
    }
}

impl Drop for WorkloadMemory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

struct Workload<const SEARCH: usize> {
    heap: MeasuredHeap<SEARCH>,
    first_pool: Pool,
    /// The memory of the second pool.
    second_memory: WorkloadMemory,
    live: Vec<NonNull<u8>>,
    /// Live blocks at the end of each step.
    most: usize,
    rng: SeededRng,
    before: BeforeCall<SEARCH>,
    worst: WorstCalls,
    step: usize,
    /// The memory of the first pool. Dropped after the heap.
    _first_memory: WorkloadMemory,
}

impl<const SEARCH: usize> Workload<SEARCH> {
    fn new(most: usize, seed: u64, before: BeforeCall<SEARCH>) -> Self {
        let bytes = most * BYTES_PER_BLOCK + (1 << 14);
        let memory = WorkloadMemory::new(bytes);
        let mut heap = MeasuredHeap::<SEARCH>::new();
        // SAFETY: the memory is owned by this value and dropped after the heap.
        let first_pool = unsafe { heap.add_pool(memory.start, bytes) }.expect("a pool");
        Self {
            heap,
            first_pool,
            second_memory: WorkloadMemory::new(SECOND_POOL_BYTES + EXTENSION_BYTES),
            live: Vec::with_capacity(most + 1),
            most,
            rng: SeededRng::new(seed),
            before,
            worst: WorstCalls::default(),
            step: 0,
            _first_memory: memory,
        }
    }

    /// Fills the heap, with gaps, and runs `steps` steps with `most` live blocks.
    fn run(mut self, steps: u64) -> WorstCalls {
        while self.live.len() < self.most {
            self.allocate();
            if self.rng.one_in(4) {
                self.free();
            }
        }
        self.worst = WorstCalls::default();
        for step in 0..steps {
            self.step = step as usize;
            match self.rng.index(16) {
                0..5 => self.allocate(),
                5..9 => self.free(),
                9..12 => self.resize(),
                12..14 => self.resize_in_place(),
                14 => self.refused(),
                _ => self.resize_second_pool(),
            }
            while self.live.len() > self.most {
                self.free();
            }
            while self.live.len() < self.most {
                self.allocate();
            }
        }
        self.worst
    }

    /// A size. Sizes are few, so that lists have several blocks, and from few rows, so that rows empty.
    fn size(&mut self) -> usize {
        let row = self.rng.index(5);
        let size = (16 << row) + self.rng.index(4) * (8 << row);
        if self.rng.one_in(64) { size * 4 } else { size }
    }

    /// Makes a call and adds its cost. `done` is applied to the call's result.
    fn call<T>(
        &mut self,
        action: Action,
        operation: impl FnOnce(&mut MeasuredHeap<SEARCH>) -> T,
        done: impl FnOnce(&T) -> bool,
    ) -> T {
        let start = memoman::cost();
        (self.before)(&self.heap);
        let result = operation(&mut self.heap);
        let cost = memoman::cost() - start;
        self.worst.add(done(&result), WorstCall { cost, action, index: self.step });
        result
    }

    fn allocate(&mut self) {
        let size = self.size();
        let block = if self.rng.one_in(3) {
            let align = 16 << self.rng.index(4);
            let action = Action::Memalign { slot: 0, align, size };
            self.call(action, |heap| heap.allocate(layout(size, align)), Option::is_some)
        } else {
            self.call(Action::Malloc { slot: 0, size }, |heap| heap.malloc(size), Option::is_some)
        };
        match block {
            Some(block) => self.live.push(block),
            // The heap is too fragmented: a free makes space.
            None => self.free(),
        }
    }

    fn pick(&mut self) -> Option<usize> {
        let live = self.live.len();
        (live > 0).then(|| self.rng.index(live))
    }

    fn free(&mut self) {
        let Some(index) = self.pick() else { return };
        let block = self.live.swap_remove(index);
        // SAFETY: the block is live.
        self.call(Action::Free { slot: 0 }, |heap| unsafe { heap.deallocate(block) }, |()| true);
    }

    fn resize(&mut self) {
        let (size, Some(index)) = (self.size(), self.pick()) else { return };
        let block = self.live[index];
        let action = Action::Realloc { slot: 0, align: 1, size };
        // SAFETY: the block is live.
        let operation =
            |heap: &mut MeasuredHeap<SEARCH>| unsafe { heap.reallocate(block, layout(size, 1)) };
        if let Some(block) = self.call(action, operation, Option::is_some) {
            self.live[index] = block;
        }
    }

    fn resize_in_place(&mut self) {
        let (size, Some(index)) = (self.size(), self.pick()) else { return };
        let block = self.live[index];
        if self.rng.one_in(2) {
            let action = Action::Grow { slot: 0, size };
            // SAFETY: the block is live.
            self.call(action, |heap| unsafe { heap.try_grow_in_place(block, size) }, |&done| done);
        } else {
            let action = Action::Shrink { slot: 0, size };
            // SAFETY: the block is live, and its content is not used.
            self.call(action, |heap| unsafe { heap.shrink_in_place(block, size) }, |&done| done);
        }
    }

    /// Calls that are refused: more bytes than a list has, or than the geometry allows; pools that overlap
    /// or have live blocks.
    fn refused(&mut self) {
        let pool = self.first_pool;
        let sizes =
            [MeasuredHeap::<SEARCH>::BLOCK_SIZE_MAX, self.heap.max_allocatable() + 1, LAYOUT_MAX];
        let size = sizes[self.rng.index(3)];
        self.call(Action::Malloc { slot: 0, size }, |heap| heap.malloc(size), Option::is_some);
        let action = Action::Memalign { slot: 0, align: 64, size };
        self.call(action, |heap| heap.allocate(layout(size, 64)), Option::is_some);
        if let Some(index) = self.pick() {
            let block = self.live[index];
            let action = Action::Realloc { slot: 0, align: 1, size };
            // SAFETY: the block is live.
            let operation = |heap: &mut MeasuredHeap<SEARCH>| unsafe {
                heap.reallocate(block, layout(size, 1))
            };
            self.call(action, operation, Option::is_some);
        }
        let action = Action::AddPool { mem: 0, bytes: pool.bytes() };
        // SAFETY: the range overlaps a pool, so the call is refused.
        let operation =
            |heap: &mut MeasuredHeap<SEARCH>| unsafe { heap.add_pool(pool.start(), pool.bytes()) };
        let _ = self.call(action, operation, Result::is_ok);
        let operation = |heap: &mut MeasuredHeap<SEARCH>| heap.remove_pool(pool);
        let _ = self.call(Action::RemovePool { mem: 0 }, operation, Result::is_ok);
        let action = Action::ExtendPool { mem: 0, more: 0 };
        // SAFETY: an extension by 0 bytes is refused.
        let operation = |heap: &mut MeasuredHeap<SEARCH>| unsafe { heap.extend_pool(pool, 0) };
        let _ = self.call(action, operation, Result::is_ok);
    }

    /// Adds, extends, shrinks and removes the second pool.
    fn resize_second_pool(&mut self) {
        let start = self.second_memory.start;
        let action = Action::AddPool { mem: 0, bytes: SECOND_POOL_BYTES };
        // SAFETY: the memory is owned by this value, which removes the pool below.
        let operation =
            |heap: &mut MeasuredHeap<SEARCH>| unsafe { heap.add_pool(start, SECOND_POOL_BYTES) };
        let pool =
            self.call(action, operation, Result::is_ok).expect("a pool that overlaps no other");
        let action = Action::ExtendPool { mem: 0, more: EXTENSION_BYTES };
        // SAFETY: the same memory continues after the pool.
        let operation =
            |heap: &mut MeasuredHeap<SEARCH>| unsafe { heap.extend_pool(pool, EXTENSION_BYTES) };
        let pool = self.call(action, operation, Result::is_ok).expect("the memory continues");
        let action = Action::ShrinkPool { mem: 0, less: EXTENSION_BYTES };
        let operation = |heap: &mut MeasuredHeap<SEARCH>| heap.shrink_pool(pool, EXTENSION_BYTES);
        let (pool, _) =
            self.call(action, operation, Result::is_ok).expect("no block in it is live");
        let operation = |heap: &mut MeasuredHeap<SEARCH>| heap.remove_pool(pool);
        let memory = self.call(Action::RemovePool { mem: 0 }, operation, Result::is_ok);
        memory.expect("no block in it is live");
    }
}

/// The first kind whose worst case is above its bound: the number of live blocks, the kind and the cost. A
/// bound does not depend on the number of blocks, so a cost that grows exceeds it in a large heap. `search` is
/// the heaps' SEARCH.
pub fn grows(sizes: &[(usize, WorstCalls)], search: usize) -> Option<(usize, OperationKind, u64)> {
    let kinds = || OperationKind::all().filter(|kind| !kind.walks());
    let costs = |&(live, worst): &(usize, WorstCalls)| {
        kinds().filter_map(move |kind| Some((live, kind, worst.cost(kind)?)))
    };
    sizes.iter().flat_map(costs).find(|&(_, kind, cost)| cost > kind.most_with(0, search))
}
