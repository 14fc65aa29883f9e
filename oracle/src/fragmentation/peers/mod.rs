//! The allocators under study. Each has one pool of the same bytes and of the same alignment, and
//! its control outside of it: what is compared is what happens to the blocks.

mod conte;
mod memoman;
mod rlsf;
mod talc;

use reference_conte::SecondLevel;

use super::heap::Heap;
use crate::geometry::WORD;

/// An allocator under study.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its name in files and pictures.
    pub name: &'static str,
    /// What it is, in a line.
    pub what: &'static str,
    /// Bytes it adds to a request before it rounds; what Robson's program makes up for.
    pub header: usize,
    /// The peer whose figures must be the same, each of them.
    pub twin: Option<&'static str>,
    /// A heap with a pool of so many bytes.
    pub heap: fn(usize) -> Box<dyn Heap>,
}

/// rlsf's header is two words; the others have one, in front or behind.
pub const PEERS: [Peer; 10] = [
    Peer::new("memoman", "memoman, default geometry (SL = 32)", memoman::sl32),
    Peer::new("memoman-sl16", "memoman with SL = 16", memoman::sl16),
    Peer::new("memoman-sl8", "memoman with SL = 8", memoman::sl8),
    Peer::new("memoman-sl4", "memoman with SL = 4", memoman::sl4),
    Peer { header: 2 * WORD, ..Peer::new("rlsf", "rlsf 0.2 with SL = 32", rlsf::sl32) },
    Peer::new("talc", "talc 5, default binning", talc::default),
    Peer::twin("conte", "TLSF 3.1, the C code", "memoman", |b| conte::new(SecondLevel::Sl32, b)),
    Peer::twin("conte-sl16", "the C code with SL = 16", "memoman-sl16", |b| {
        conte::new(SecondLevel::Sl16, b)
    }),
    Peer::twin("conte-sl8", "the C code with SL = 8", "memoman-sl8", |b| {
        conte::new(SecondLevel::Sl8, b)
    }),
    Peer::twin("conte-sl4", "the C code with SL = 4", "memoman-sl4", |b| {
        conte::new(SecondLevel::Sl4, b)
    }),
];

impl Peer {
    /// One with a header of a word.
    pub const fn new(
        name: &'static str,
        what: &'static str,
        heap: fn(usize) -> Box<dyn Heap>,
    ) -> Self {
        Self { name, what, header: WORD, twin: None, heap }
    }

    const fn twin(
        name: &'static str,
        what: &'static str,
        of: &'static str,
        heap: fn(usize) -> Box<dyn Heap>,
    ) -> Self {
        Self { twin: Some(of), ..Self::new(name, what, heap) }
    }
}
