//! A heap with two pools: one full of background blocks, and one in which the scenarios are set up, one after
//! another.
//!
//! ```text
//! background     | live | free | live | free | … | live | free | sentinel     LIVE of each
//! scenario pool  | free ……………………………………………………… | sentinel
//! ```
//!
//! The free background blocks are in row 0, below 256 bytes. The blocks of a scenario have 256 bytes or more.
//! So no search finds one in place of the other, and the scenario determines the rows above row 0.

use alloc::vec::Vec;

use crate::allocators::{Allocator, MeasuredCall, Pointer};
use crate::memory::{SCENARIO_POOL_BYTES, ScenarioMemory};
use crate::scenarios::{Request, Scenario, State, scaled};

/// Enough bytes for either control structure.
const CONTROL: usize = scaled(1 << 14);
/// A block's header.
const HEADER: usize = scaled(8);

/// The size of a free background block: the sizes of row 0, except for a gap above the least one.
fn free_size(index: usize) -> usize {
    match index % 25 {
        0 => scaled(24),
        other => scaled(56 + 8 * other),
    }
}

/// A block of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BlockRow {
    pub(crate) size: usize,
    pub(crate) free: bool,
}

pub(crate) struct Heap {
    allocator: Allocator,
    control: ScenarioMemory,
    _background: ScenarioMemory,
    scenario_pool: ScenarioMemory,
    /// Live blocks of the present scenario.
    live: Vec<Pointer>,
}

impl Heap {
    /// With `live` blocks in use and as many free ones between them.
    pub(crate) fn new(allocator: Allocator, live: usize) -> Self {
        const LIVE: usize = scaled(40);
        let bytes: usize = (0..live).map(|index| 2 * HEADER + LIVE + free_size(index)).sum();
        let bytes = bytes + 2 * HEADER;
        let (control, background) = (ScenarioMemory::new(CONTROL), ScenarioMemory::new(bytes));
        let scenario_pool = ScenarioMemory::new(SCENARIO_POOL_BYTES);
        // SAFETY: the memory is large and aligned enough, and dropped with the heap.
        unsafe {
            allocator.create(control.pointer());
            allocator.add_pool(control.pointer(), background.pointer(), bytes);
        }
        let heap =
            Self { allocator, control, _background: background, scenario_pool, live: Vec::new() };
        let mut between = Vec::new();
        for index in 0..live {
            heap.expect(LIVE);
            between.push(heap.expect(free_size(index)));
        }
        for payload in between {
            heap.free(payload);
        }
        // SAFETY: as above.
        unsafe {
            allocator.add_pool(
                heap.control.pointer(),
                heap.scenario_pool.pointer(),
                SCENARIO_POOL_BYTES,
            );
        };
        heap
    }

    /// Sets up a scenario and returns its call.
    pub(crate) fn set_up(&mut self, scenario: &Scenario<'_>) -> MeasuredCall {
        assert!(self.live.is_empty(), "the previous scenario was not cleared");
        let pieces: Vec<_> =
            scenario.blocks.iter().map(|piece| self.expect(scaled(piece.size))).collect();
        for (piece, &payload) in scenario.blocks.iter().zip(&pieces) {
            match piece.state {
                State::Free => self.free(payload),
                State::Used => self.live.push(payload),
            }
        }
        match scenario.request {
            Request::Malloc(size) => MeasuredCall::Malloc { size: scaled(size) },
            Request::Memalign(align, size) => {
                MeasuredCall::Memalign { align: scaled(align), size: scaled(size) }
            }
            Request::Realloc(piece, size) => {
                MeasuredCall::Realloc { payload: pieces[piece], size: scaled(size) }
            }
            Request::Free(piece) => MeasuredCall::Free { payload: pieces[piece] },
        }
    }

    /// Makes the call under the count. Returns the address in the scenario pool, which is
    /// the same for both allocators.
    pub(crate) fn measure(&mut self, call: MeasuredCall) -> Option<usize> {
        // SAFETY: `set_up` returned the call: valid arguments and a live block.
        let result = unsafe { self.allocator.measure(self.control.pointer(), call) };
        if let MeasuredCall::Realloc { payload, .. } | MeasuredCall::Free { payload } = call {
            if !result.is_null() || matches!(call, MeasuredCall::Free { .. }) {
                self.live.retain(|&live| live != payload);
            }
        }
        if !result.is_null() {
            self.live.push(result);
        }
        (!result.is_null()).then(|| result.addr() % SCENARIO_POOL_BYTES)
    }

    /// Frees all blocks of the scenario.
    pub(crate) fn clear(&mut self) {
        while let Some(payload) = self.live.pop() {
            self.free(payload);
        }
        assert_eq!(
            self.scenario_blocks(),
            [BlockRow { size: SCENARIO_POOL_BYTES - 2 * HEADER, free: true }],
            "all freed blocks merged"
        );
    }

    /// The blocks of the scenario pool, in address order.
    ///
    /// They are read from memory: both allocators have the same headers (CONTE.md, Layout).
    pub(crate) fn scenario_blocks(&self) -> Vec<BlockRow> {
        let mut rows = Vec::new();
        let mut at = self.scenario_pool.pointer().cast::<usize>();
        loop {
            // SAFETY: a header is at the pool's start, and after each payload up to the sentinel.
            let header = unsafe { at.read() };
            let size = header & !3;
            if size == 0 {
                return rows;
            }
            rows.push(BlockRow { size, free: header & 1 == 1 });
            // SAFETY: as above.
            at = unsafe { at.byte_add(HEADER + size) };
        }
    }

    fn expect(&self, size: usize) -> Pointer {
        // SAFETY: the heap is valid.
        let payload =
            unsafe { self.allocator.call(self.control.pointer(), MeasuredCall::Malloc { size }) };
        assert!(!payload.is_null(), "{}: no block of {size} bytes", self.allocator.name());
        payload
    }

    fn free(&self, payload: Pointer) {
        // SAFETY: the heap is valid and the block is live.
        unsafe { self.allocator.call(self.control.pointer(), MeasuredCall::Free { payload }) };
    }

    #[cfg(all(test, target_pointer_width = "64"))]
    pub(crate) fn control(&self) -> Pointer {
        self.control.pointer()
    }
}
