//! A heap with many bystanders, and a stage in it where one scenario after another is set up.
//!
//! ```text
//! bystanders   | live | free | live | free | … | live | free | sentinel     LIVE of each
//! stage        | free ……………………………………………………… | sentinel     1 MiB
//! ```
//!
//! The bystanders' free blocks are in row 0, below 256 bytes; the stage's pieces have 256 and more, so
//! neither is found for the other, and each scenario decides what is in the rows above.

use std::alloc::{Layout, alloc, dealloc};

use crate::scenarios::{Piece, Request, Scenario, State};
use crate::sides::{Call, Pointer, Side};

/// Bytes of the stage, and the residue that both allocators' pools have in common.
const STAGE: usize = 1 << 20;
/// Room for either control structure.
const CONTROL: usize = 1 << 14;

/// Every size of row 0, but for a gap above the least: what a search in it passes over.
fn free_size(index: usize) -> usize {
    match index % 25 {
        0 => 24,
        other => 56 + 8 * other,
    }
}

/// Memory of its own, so that both sides have the same addresses modulo 1 MiB.
struct Memory {
    start: *mut u8,
    layout: Layout,
}

impl Memory {
    fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes, STAGE).expect("a size");
        // SAFETY: not of size 0.
        let start = unsafe { alloc(layout) };
        assert!(!start.is_null(), "no memory for {bytes} bytes");
        Self { start, layout }
    }

    fn pointer(&self) -> Pointer {
        self.start.cast()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: from `alloc`, with this layout.
        unsafe { dealloc(self.start, self.layout) }
    }
}

/// A block of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) size: usize,
    pub(crate) free: bool,
}

pub(crate) struct Heap {
    side: Side,
    control: Memory,
    _bystanders: Memory,
    stage: Memory,
    /// What the scenario on stage has live.
    held: Vec<Pointer>,
}

impl Heap {
    /// With `live` blocks in use and as many free ones between them.
    pub(crate) fn new(side: Side, live: usize) -> Self {
        const LIVE: usize = 40;
        let bytes = (0..live).map(|index| 16 + LIVE + free_size(index)).sum::<usize>() + 16;
        let (control, bystanders) = (Memory::new(CONTROL), Memory::new(bytes));
        let stage = Memory::new(STAGE);
        // SAFETY: memory of ours, long and aligned enough, dropped with the heap.
        unsafe {
            side.create(control.pointer());
            side.add_pool(control.pointer(), bystanders.pointer(), bytes);
        }
        let heap = Self { side, control, _bystanders: bystanders, stage, held: Vec::new() };
        let mut between = Vec::new();
        for index in 0..live {
            heap.expect(LIVE);
            between.push(heap.expect(free_size(index)));
        }
        for payload in between {
            heap.free(payload);
        }
        // SAFETY: as above.
        unsafe { side.add_pool(heap.control.pointer(), heap.stage.pointer(), STAGE) };
        heap
    }

    /// Sets a scenario up: the call that it is about.
    pub(crate) fn set(&mut self, scenario: &Scenario) -> Call {
        assert!(self.held.is_empty(), "the stage is taken");
        let pieces: Vec<_> = scenario.stage.iter().map(|piece| self.expect(piece.size)).collect();
        for (piece, &payload) in scenario.stage.iter().zip(&pieces) {
            match piece.state {
                State::Free => self.free(payload),
                State::Used => self.held.push(payload),
            }
        }
        match scenario.request {
            Request::Malloc(size) => Call::Malloc { size },
            Request::Memalign(align, size) => Call::Memalign { align, size },
            Request::Realloc(piece, size) => Call::Realloc { payload: pieces[piece], size },
            Request::Free(piece) => Call::Free { payload: pieces[piece] },
        }
    }

    /// Makes the call, counted. Its answer is an address modulo 1 MiB: the same on both sides.
    pub(crate) fn measure(&mut self, call: Call) -> Option<usize> {
        // SAFETY: `set` gave the call: arguments that TLSF admits, and a block that is live.
        let answer = unsafe { self.side.measure(self.control.pointer(), call) };
        if let Call::Realloc { payload, .. } | Call::Free { payload } = call {
            if !answer.is_null() || matches!(call, Call::Free { .. }) {
                self.held.retain(|&held| held != payload);
            }
        }
        if !answer.is_null() {
            self.held.push(answer);
        }
        (!answer.is_null()).then(|| answer.addr() % STAGE)
    }

    /// Clears the stage.
    pub(crate) fn strike(&mut self) {
        while let Some(payload) = self.held.pop() {
            self.free(payload);
        }
        assert_eq!(
            self.on_stage(),
            [Row { size: STAGE - 16, free: true }],
            "what was freed merged"
        );
    }

    /// The blocks on stage, in address order.
    ///
    /// Read from memory: both sides keep the same headers (CONTE.md, Layout).
    pub(crate) fn on_stage(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut at = self.stage.start.cast::<usize>();
        loop {
            // SAFETY: a header is at the pool's start, and behind each payload up to the sentinel.
            let header = unsafe { at.read() };
            let size = header & !3;
            if size == 0 {
                return rows;
            }
            rows.push(Row { size, free: header & 1 == 1 });
            // SAFETY: as above.
            at = unsafe { at.byte_add(8 + size) };
        }
    }

    fn expect(&self, size: usize) -> Pointer {
        // SAFETY: a sound heap.
        let payload = unsafe { self.side.call(self.control.pointer(), Call::Malloc { size }) };
        assert!(!payload.is_null(), "{}: no block of {size} bytes", self.side.name);
        payload
    }

    fn free(&self, payload: Pointer) {
        // SAFETY: a sound heap and a live block.
        unsafe { self.side.call(self.control.pointer(), Call::Free { payload }) };
    }

    #[cfg(all(test, target_pointer_width = "64"))]
    pub(crate) fn control(&self) -> Pointer {
        self.control.pointer()
    }
}

impl Piece {
    pub(crate) const fn free(size: usize) -> Self {
        Self { size, state: State::Free }
    }

    pub(crate) const fn used(size: usize) -> Self {
        Self { size, state: State::Used }
    }
}
