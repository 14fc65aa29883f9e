//! The worst paths of a bounded search: it finds a block at the last one that it looks at, or none, and then
//! takes the worst path of TLSF 3.1's search.
//!
//! The list of a request holds sizes from 4,096 to 4,216 bytes, in row 5.

use alloc::vec;
use alloc::vec::Vec;

use crate::scenarios::{Piece, Request, Scenario};
use crate::variants::Visit;

/// More than any search looks at.
const MANY: usize = 64;

/// A free block, and one in use that keeps it from merging.
fn lone(size: usize) -> [Piece; 2] {
    [Piece::free(size), Piece::used(256)]
}

/// Blocks that are too small, at the head of the list.
fn small(count: usize) -> Vec<Piece> {
    (0..count).flat_map(|_| lone(4096)).collect()
}

/// Each worst path of a search of that many blocks.
pub(crate) fn each_search(search: usize, visit: Visit<'_>) {
    let mut show = |operation, case, blocks: &[Piece], request, path| {
        visit(&Scenario { operation, case, blocks, request, path });
    };
    // Last in, first out: the block that is freed first is the last one of its list.
    let found = [&lone(4216)[..], &small(search - 1)].concat();
    let path = "found last, in the own list; in 104 (onto others)";
    show("malloc", "found", &found, Request::Malloc(4104), path);
    let passed =
        [vec![Piece::used(512), Piece::used(256)], small(MANY), lone(16384).to_vec()].concat();
    let path = "not found; found by first level; out 16384 (alone in its row)";
    show("malloc", "passed", &passed, Request::Malloc(4104), path);
    show("memalign", "passed", &passed, Request::Memalign(64, 4064), path);
    show("realloc", "passed", &passed, Request::Realloc(0, 4104), path);
}
