//! The allocators under study. Each has one pool of the same size and alignment, and its control outside the
//! pool, so that only the blocks are compared.

mod best_fit;
mod conte;
mod memoman;
mod rlsf;
mod talc;

use reference_conte::SecondLevel;

use super::heap::HeapUnderStudy;
use crate::geometry::WORD;

/// An allocator under study.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its name in files and plots.
    pub name: &'static str,
    /// A description, in one line.
    pub what: &'static str,
    /// Bytes added to a request before rounding. Robson's program subtracts them from its requests.
    pub header: usize,
    /// The peer that must have the same figures.
    pub equivalent: Option<&'static str>,
    /// Makes a heap with a pool of that many bytes.
    pub heap: fn(usize) -> Box<dyn HeapUnderStudy>,
}

/// All allocators under study. rlsf's header has two words; the others have one word before or after the block.
pub const PEERS: [Peer; 10] = [
    Peer::new("memoman", "memoman, default geometry (SL = 32)", memoman::sl32),
    Peer::new("memoman-sl16", "memoman with SL = 16", memoman::sl16),
    Peer::new("memoman-sl8", "memoman with SL = 8", memoman::sl8),
    Peer::new("memoman-sl4", "memoman with SL = 4", memoman::sl4),
    Peer { header: 2 * WORD, ..Peer::new("rlsf", "rlsf 0.2 with SL = 32", rlsf::sl32) },
    Peer::new("talc", "talc 5, default binning", talc::default),
    Peer::equivalent_to("conte", "TLSF 3.1, the C code", "memoman", |b| {
        conte::new(SecondLevel::Sl32, b)
    }),
    Peer::equivalent_to("conte-sl16", "the C code with SL = 16", "memoman-sl16", |b| {
        conte::new(SecondLevel::Sl16, b)
    }),
    Peer::equivalent_to("conte-sl8", "the C code with SL = 8", "memoman-sl8", |b| {
        conte::new(SecondLevel::Sl8, b)
    }),
    Peer::equivalent_to("conte-sl4", "the C code with SL = 4", "memoman-sl4", |b| {
        conte::new(SecondLevel::Sl4, b)
    }),
];

/// memoman with a bounded search of 0 to 64 blocks, and what a search of all free blocks achieves.
pub const SEARCHES: [Peer; 9] = [
    Peer::new("SEARCH 0", "TLSF 3.1's search", memoman::search::<0>),
    Peer::new("SEARCH 1", "a bounded search of 1 block", memoman::search::<1>),
    Peer::new("SEARCH 2", "a bounded search of 2 blocks", memoman::search::<2>),
    Peer::new("SEARCH 4", "a bounded search of 4 blocks", memoman::search::<4>),
    Peer::new("SEARCH 8", "a bounded search of 8 blocks", memoman::search::<8>),
    Peer::new("SEARCH 16", "a bounded search of 16 blocks", memoman::search::<16>),
    Peer::new("SEARCH 32", "a bounded search of 32 blocks", memoman::search::<32>),
    Peer::new("SEARCH 64", "a bounded search of 64 blocks", memoman::search::<64>),
    Peer::new("best fit", "exact best fit among all free blocks", best_fit::new),
];

impl Peer {
    /// A peer with a header of one word.
    pub const fn new(
        name: &'static str,
        what: &'static str,
        heap: fn(usize) -> Box<dyn HeapUnderStudy>,
    ) -> Self {
        Self { name, what, header: WORD, equivalent: None, heap }
    }

    const fn equivalent_to(
        name: &'static str,
        what: &'static str,
        of: &'static str,
        heap: fn(usize) -> Box<dyn HeapUnderStudy>,
    ) -> Self {
        Self { equivalent: Some(of), ..Self::new(name, what, heap) }
    }
}
