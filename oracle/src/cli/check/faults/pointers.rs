//! B12: the freed pointer is no live block of the heap.

use std::rc::Rc;

use oracle::geometry::WORD as W;

use super::probe::{Lab, Probe, verdict};
use crate::cli::check::foreign::Functions;

const POOL: usize = 1 << 14;

pub(super) const TWICE: Probe = Probe {
    number: "B12",
    title: "a block is freed twice",
    calls: "p = malloc(6 W); malloc(6 W); free(p); free(p); malloc(6 W); malloc(6 W)",
    probe: |functions| {
        let (lab, block) = lab_with_a_block(functions)?;
        lab.free(block);
        lab.free(block);
        let both = [lab.malloc(6 * W)?, lab.malloc(6 * W)?];
        let present = (both[0] == both[1]).then(|| "two mallocs return one block".to_owned());
        verdict(present, "two mallocs return two blocks")
    },
    needs: &[],
};

pub(super) const INTERIOR: Probe = Probe {
    number: "B12",
    title: "a pointer into a block is freed",
    calls: "p = malloc(6 W); malloc(6 W); p[0] = 4 W; free(p + W); malloc(4 W)",
    probe: |functions| {
        let (lab, block) = lab_with_a_block(functions)?;
        lab.poke(block, 4 * W)?;
        lab.free(block + W);
        let next = lab.malloc(4 * W)?;
        let inside = (block..block + 6 * W).contains(&next);
        let present = inside.then(|| "malloc returns a block inside of a live one".to_owned());
        verdict(present, "malloc returns another block")
    },
    needs: &[],
};

pub(super) const FOREIGN: Probe = Probe {
    number: "B12",
    title: "a block of another heap is freed",
    calls: "p = malloc(6 W); malloc(6 W); free(other, p); malloc(other, 6 W)",
    probe: |functions| {
        let (_lab, block) = lab_with_a_block(functions)?;
        let other = Lab::new(functions, POOL)?;
        other.free(block);
        let next = other.malloc(6 * W)?;
        let present = (next == block).then(|| "the other heap returns the block".to_owned());
        verdict(present, "the other heap returns a block of its own")
    },
    needs: &[],
};

/// A live block of 6 words, and one behind it that keeps it from merging.
fn lab_with_a_block(functions: &Rc<Functions>) -> Option<(Lab, usize)> {
    let lab = Lab::new(functions, POOL)?;
    let block = lab.malloc(6 * W)?;
    lab.malloc(6 * W)?;
    Some((lab, block))
}
