//! A small TLSF over the arena's bytes, made to be broken: real headers, flags, back links, list
//! links and two levels of bits, and one [`Fault`].
//!
//! It is slow and plain, and it never runs wild: every access is checked against the arena, every
//! loop ends, so that a fault shows as a wrong answer, as what `validate` names, or as a panic.
//! Offsets count from the arena's base; a block is known by where its header lies.
//!
//! | room | holds |
//! |---|---|
//! | `mod.rs` | words, headers and flags in the arena |
//! | `lists` | size order: lists and bits |
//! | `chain` | address order: cutting and merging |
//! | `verbs` | allocate, reallocate |
//! | `pools` | pools in and out, longer and shorter |
//! | `counters` | what it counts |
//! | `audit` | its `validate` |
//! | `subject` | what the lockstep asks of it |

mod audit;
mod chain;
mod counters;
mod lists;
mod pools;
mod subject;
mod verbs;

use super::fault::Fault;
use crate::arena::{ARENA_BYTES, Arena};
use crate::counters::Counters;
use crate::geometry::{GEOMETRIES, Geometry, WORD};
use crate::model::sizes;

const FREE: usize = 1;
const PREV_FREE: usize = 2;
const FLAGS: usize = FREE | PREV_FREE;

/// No block.
const NONE: usize = 0;

/// Rows that any geometry has, at most.
const ROWS: usize = usize::BITS as usize;

/// The allocator. What it knows of itself, apart from the bytes of its pools, is `Control`.
pub struct Toy {
    g: Geometry,
    fault: Fault,
    arena: Arena,
    control: Control,
}

/// Bits, heads, pools and counters.
#[derive(Clone)]
struct Control {
    rows: usize,
    lists: [u32; ROWS],
    /// A header's offset + 1 by class, or [`NONE`].
    heads: Vec<usize>,
    pools: Vec<(usize, usize)>,
    counters: Counters,
    /// Verbs done, for faults that come late.
    verbs: u64,
    /// Blocks freed by a realloc to 0 bytes.
    leaked: usize,
}

impl Control {
    fn new(g: &Geometry) -> Self {
        Self {
            rows: 0,
            lists: [0; ROWS],
            heads: vec![NONE; sizes::classes(g)],
            pools: Vec::new(),
            counters: Counters::default(),
            verbs: 0,
            leaked: 0,
        }
    }
}

impl Toy {
    /// One without a pool, in the geometry of that number.
    pub fn new(geometry: usize, fault: Fault) -> Self {
        let g = GEOMETRIES[geometry];
        Self { g, fault, arena: Arena::new(), control: Control::new(&g) }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

/// Words in the arena.
impl Toy {
    fn read(&self, at: usize) -> usize {
        assert!(at % WORD == 0 && at <= ARENA_BYTES - WORD, "a wild read at offset {at:#x}");
        // SAFETY: a whole, aligned word of the arena, which was zeroed.
        unsafe { self.arena.at(at).cast::<usize>().read() }
    }

    fn write(&mut self, at: usize, word: usize) {
        assert!(at % WORD == 0 && at <= ARENA_BYTES - WORD, "a wild write at offset {at:#x}");
        // SAFETY: as in `read`; the arena is this allocator's own.
        unsafe { self.arena.at(at).cast::<usize>().write(word) }
    }

    fn size(&self, block: usize) -> usize {
        self.read(block) & !FLAGS
    }

    fn is_free(&self, block: usize) -> bool {
        self.read(block) & FREE != 0
    }

    fn flag(&mut self, block: usize, flag: usize, on: bool) {
        let header = self.read(block);
        self.write(block, if on { header | flag } else { header & !flag });
    }

    fn set_size(&mut self, block: usize, size: usize) {
        let flags = self.read(block) & FLAGS;
        self.write(block, size | flags);
    }

    /// The header behind a block.
    fn next(&self, block: usize) -> usize {
        block.wrapping_add(WORD).wrapping_add(self.size(block))
    }

    /// The free block in front: the word before a header says where its header is.
    fn prev(&self, block: usize) -> usize {
        self.read(block.wrapping_sub(WORD))
    }
}
