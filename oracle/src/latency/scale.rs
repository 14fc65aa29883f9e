//! The same kinds of operations in heaps of ever more live blocks: what they cost must not grow.
//!
//! The heap is the engine's own, in the default geometry, with memory for as many blocks as are asked
//! for: the arena of programs is too small.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use memoman::{Pool, Tlsf};

use super::{Dearest, OperationKind, Worst};
use crate::action::Action;
use crate::rng::SeededRng;

/// What is measured: the default geometry.
pub type Heap = Tlsf;

/// What runs before each verb, counted with it: nothing, for the engine. How a check of this is tried
/// that must fail.
pub type Detour = fn(&Heap);

/// The engine as it is.
pub fn straight(_: &Heap) {}

/// Bytes of pool for each live block, gaps between them included.
const ROOM: usize = 320;
/// Bytes of the pool that comes and goes, and of what it grows by.
const GUEST: usize = 1 << 14;
const MORE: usize = 1 << 10;

/// The dearest call of each kind in a heap with `live` live blocks, over so many steps of a workload. The
/// same for the same seed.
pub fn worst(live: usize, seed: u64, steps: u64, detour: Detour) -> Worst {
    Stage::new(live, seed, detour).play(steps)
}

/// The layout of a request.
fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a size of the workload")
}

/// Memory aligned so that alignments, and so costs, are the same in each run.
struct Memory {
    start: NonNull<u8>,
    layout: Layout,
}

impl Memory {
    fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes, 1 << 20).expect("a layout");
        // SAFETY: not of size 0.
        let start = unsafe { alloc(layout) };
        let start = NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout));
        Self { start, layout }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

struct Stage {
    heap: Heap,
    /// Where the pool that comes and goes has its place.
    guest: Memory,
    home: Pool,
    live: Vec<NonNull<u8>>,
    most: usize,
    rng: SeededRng,
    detour: Detour,
    worst: Worst,
    step: usize,
    /// Dropped last.
    _memory: Memory,
}

impl Stage {
    fn new(most: usize, seed: u64, detour: Detour) -> Self {
        let bytes = most * ROOM + (1 << 14);
        let memory = Memory::new(bytes);
        let mut heap = Heap::new();
        // SAFETY: memory of ours, kept as long as the heap.
        let home = unsafe { heap.add_pool(memory.start, bytes) }.expect("a pool");
        Self {
            heap,
            guest: Memory::new(GUEST + MORE),
            home,
            live: Vec::with_capacity(most + 1),
            most,
            rng: SeededRng::new(seed),
            detour,
            worst: Worst::default(),
            step: 0,
            _memory: memory,
        }
    }

    /// Fills the heap, with gaps, and goes on with as many live blocks as it has then.
    fn play(mut self, steps: u64) -> Worst {
        while self.live.len() < self.most {
            self.allocate();
            if self.rng.one_in(4) {
                self.free();
            }
        }
        self.worst = Worst::default();
        for step in 0..steps {
            self.step = step as usize;
            match self.rng.index(16) {
                0..5 => self.allocate(),
                5..9 => self.free(),
                9..12 => self.resize(),
                12..14 => self.resize_in_place(),
                14 => self.refused(),
                _ => self.pools(),
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

    /// Few sizes, so that they meet in lists; of some rows, so that there is one to be emptied.
    fn size(&mut self) -> usize {
        let row = self.rng.index(5);
        let size = (16 << row) + self.rng.index(4) * (8 << row);
        if self.rng.one_in(64) { size * 4 } else { size }
    }

    /// One call, counted. Whether it was done, `done` says of its answer.
    fn call<T>(
        &mut self,
        action: Action,
        verb: impl FnOnce(&mut Heap) -> T,
        done: impl FnOnce(&T) -> bool,
    ) -> T {
        let before = memoman::cost();
        (self.detour)(&self.heap);
        let answer = verb(&mut self.heap);
        let cost = memoman::cost() - before;
        self.worst.note(done(&answer), Dearest { cost, action, index: self.step });
        answer
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
            // So fragmented a heap makes room.
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
        // SAFETY: it was live.
        self.call(Action::Free { slot: 0 }, |heap| unsafe { heap.deallocate(block) }, |()| true);
    }

    fn resize(&mut self) {
        let (size, Some(index)) = (self.size(), self.pick()) else { return };
        let block = self.live[index];
        let action = Action::Realloc { slot: 0, align: 1, size };
        // SAFETY: it is live.
        let verb = |heap: &mut Heap| unsafe { heap.reallocate(block, layout(size, 1)) };
        if let Some(block) = self.call(action, verb, Option::is_some) {
            self.live[index] = block;
        }
    }

    fn resize_in_place(&mut self) {
        let (size, Some(index)) = (self.size(), self.pick()) else { return };
        let block = self.live[index];
        if self.rng.one_in(2) {
            let action = Action::Grow { slot: 0, size };
            // SAFETY: it is live.
            self.call(action, |heap| unsafe { heap.try_grow_in_place(block, size) }, |&done| done);
        } else {
            let action = Action::Shrink { slot: 0, size };
            // SAFETY: it is live, and nothing is in it.
            self.call(action, |heap| unsafe { heap.shrink_in_place(block, size) }, |&done| done);
        }
    }

    /// What can't be had: too many bytes for any list, or for any geometry, and pools that overlap or
    /// are in use.
    fn refused(&mut self) {
        let home = self.home;
        let sizes = [Heap::BLOCK_SIZE_MAX, self.heap.max_allocatable() + 1, usize::MAX];
        let size = sizes[self.rng.index(3)];
        self.call(Action::Malloc { slot: 0, size }, |heap| heap.malloc(size), Option::is_some);
        let action = Action::Memalign { slot: 0, align: 64, size };
        self.call(action, |heap| heap.allocate(layout(size, 64)), Option::is_some);
        if let Some(index) = self.pick() {
            let block = self.live[index];
            let action = Action::Realloc { slot: 0, align: 1, size };
            // SAFETY: it is live, and stays.
            let verb = |heap: &mut Heap| unsafe { heap.reallocate(block, layout(size, 1)) };
            self.call(action, verb, Option::is_some);
        }
        let action = Action::AddPool { mem: 0, bytes: home.bytes() };
        // SAFETY: it overlaps, and so is refused.
        let verb = |heap: &mut Heap| unsafe { heap.add_pool(home.start(), home.bytes()) };
        let _ = self.call(action, verb, Result::is_ok);
        let verb = |heap: &mut Heap| heap.remove_pool(home);
        let _ = self.call(Action::RemovePool { mem: 0 }, verb, Result::is_ok);
        let action = Action::ExtendPool { mem: 0, more: 0 };
        // SAFETY: nothing is to be added, and so it is refused.
        let verb = |heap: &mut Heap| unsafe { heap.extend_pool(home, 0) };
        let _ = self.call(action, verb, Result::is_ok);
    }

    /// A pool comes, grows, shrinks and goes.
    fn pools(&mut self) {
        let start = self.guest.start;
        let action = Action::AddPool { mem: 0, bytes: GUEST };
        // SAFETY: memory of ours, kept as long as the heap.
        let verb = |heap: &mut Heap| unsafe { heap.add_pool(start, GUEST) };
        let pool = self.call(action, verb, Result::is_ok).expect("a pool apart from the other");
        let action = Action::ExtendPool { mem: 0, more: MORE };
        // SAFETY: the memory behind is part of it.
        let verb = |heap: &mut Heap| unsafe { heap.extend_pool(pool, MORE) };
        let pool = self.call(action, verb, Result::is_ok).expect("memory behind");
        let action = Action::ShrinkPool { mem: 0, less: MORE };
        let verb = |heap: &mut Heap| heap.shrink_pool(pool, MORE);
        let (pool, _) = self.call(action, verb, Result::is_ok).expect("nothing is live in it");
        let verb = |heap: &mut Heap| heap.remove_pool(pool);
        let memory = self.call(Action::RemovePool { mem: 0 }, verb, Result::is_ok);
        memory.expect("nothing is live in it");
    }
}

/// The first kind that costs more than it may, and how much, in heaps of so many live blocks: its bound
/// is the same for all, so what grows is beyond it in the end.
pub fn grows(sizes: &[(usize, Worst)]) -> Option<(usize, OperationKind, u64)> {
    let kinds = || OperationKind::all().filter(|kind| !kind.walks());
    let costs = |&(live, worst): &(usize, Worst)| {
        kinds().filter_map(move |kind| Some((live, kind, worst.cost(kind)?)))
    };
    sizes.iter().flat_map(costs).find(|&(_, kind, cost)| cost > kind.most())
}
