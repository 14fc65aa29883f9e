//! The allocator: its control, and words, headers and flags in the arena.
//!
//! ```text
//! [ header: size | PREV_FREE | FREE ][ payload …                        ]   used
//! [ header: size | PREV_FREE | FREE ][ next ][ prev ] … [ own header's offset ]   free
//! ```
//!
//! A link holds the offset of a header plus 1, or [`NONE`]. The last word of a free block is the back
//! link of the block after it.

use super::fault::Fault;
use super::hard::HardFault;
use crate::arena::Arena;
use crate::counters::Counters;
use crate::geometry::{GEOMETRIES, Geometry, WORD};
use crate::model::sizes;

pub(super) const FREE: usize = 1;
pub(super) const PREV_FREE: usize = 2;
const FLAGS: usize = FREE | PREV_FREE;

/// No block.
pub(super) const NONE: usize = 0;

/// The most rows that a geometry has.
const ROWS: usize = usize::BITS as usize;

/// The allocator. All its state is in its `Control` and in the bytes of its pools.
pub struct FaultyTlsf {
    pub(super) g: Geometry,
    pub(super) fault: Fault,
    /// A hard fault instead.
    pub(super) hard: Option<HardFault>,
    /// The bytes of the block that a realloc is moving; 0 if none is.
    pub(super) moving: usize,
    pub(super) arena: Arena,
    pub(super) control: Control,
}

/// Bits, heads, pools and counters.
#[derive(Clone)]
pub(super) struct Control {
    /// First level: a bit for each row.
    pub(super) rows: usize,
    /// Second level: for each row, a bit for each list.
    pub(super) lists: [u32; ROWS],
    /// The head of each list, by class.
    pub(super) heads: Vec<usize>,
    pub(super) pools: Vec<(usize, usize)>,
    pub(super) counters: Counters,
    /// Calls so far. Some faults need a number of calls before them.
    pub(super) calls: u64,
    /// Blocks freed by a realloc to 0 bytes.
    pub(super) freed_by_realloc: usize,
    /// What has happened to the pools.
    pub(super) history: History,
}

/// What has happened to the pools: some hard faults need it. Pools are named by their starts.
#[derive(Clone, Default)]
pub(super) struct History {
    /// Pools that were shrunk.
    pub(super) shrunk: Vec<usize>,
    /// Pools that were extended.
    pub(super) extended: Vec<usize>,
    /// Headers of the blocks that an extension has added behind a used block, in pools that were shrunk
    /// before.
    pub(super) seams: Vec<usize>,
}

impl Control {
    pub(super) fn new(g: &Geometry) -> Self {
        Self {
            rows: 0,
            lists: [0; ROWS],
            heads: vec![NONE; sizes::classes(g)],
            pools: Vec::new(),
            counters: Counters::default(),
            calls: 0,
            freed_by_realloc: 0,
            history: History::default(),
        }
    }
}

impl FaultyTlsf {
    /// An allocator without a pool, in the geometry of that number.
    pub fn new(geometry: usize, fault: Fault) -> Self {
        let g = GEOMETRIES[geometry];
        let (arena, control) = (Arena::new(), Control::new(&g));
        Self { g, fault, hard: None, moving: 0, arena, control }
    }

    /// As [`new`](Self::new), with a hard fault.
    pub fn hard(geometry: usize, fault: HardFault) -> Self {
        Self { hard: Some(fault), ..Self::new(geometry, Fault::None) }
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    pub(super) fn has_hard(&self, fault: HardFault) -> bool {
        self.hard == Some(fault)
    }
}

/// Words in the arena.
impl FaultyTlsf {
    pub(super) fn read(&self, at: usize) -> usize {
        assert!(
            at % WORD == 0 && at <= self.arena.bytes() - WORD,
            "a read at offset {at:#x}, outside"
        );
        // SAFETY: a whole, aligned word of the arena, which was zeroed.
        unsafe { self.arena.at(at).cast::<usize>().read() }
    }

    pub(super) fn write(&mut self, at: usize, word: usize) {
        assert!(
            at % WORD == 0 && at <= self.arena.bytes() - WORD,
            "a write at offset {at:#x}, outside"
        );
        // SAFETY: as in `read`; this allocator owns the arena.
        unsafe { self.arena.at(at).cast::<usize>().write(word) }
    }

    pub(super) fn size(&self, block: usize) -> usize {
        self.read(block) & !FLAGS
    }

    pub(super) fn is_free(&self, block: usize) -> bool {
        self.read(block) & FREE != 0
    }

    pub(super) fn set_flag(&mut self, block: usize, flag: usize, on: bool) {
        let header = self.read(block);
        self.write(block, if on { header | flag } else { header & !flag });
    }

    pub(super) fn set_size(&mut self, block: usize, size: usize) {
        let flags = self.read(block) & FLAGS;
        self.write(block, size | flags);
    }

    /// The header after a block.
    pub(super) fn next(&self, block: usize) -> usize {
        block.wrapping_add(WORD).wrapping_add(self.size(block))
    }

    /// The free block before this one: the word before a header is its back link.
    pub(super) fn prev(&self, block: usize) -> usize {
        self.read(block.wrapping_sub(WORD))
    }
}
