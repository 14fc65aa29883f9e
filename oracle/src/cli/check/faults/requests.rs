//! B1 to B5: sizes that overflow, and numbers that are no alignment.

use std::rc::Rc;

use oracle::geometry::WORD as W;

use super::probe::{Lab, Probe, shown, verdict};
use crate::cli::check::foreign::Functions;
use crate::cli::check::names::Role;
use crate::cli::check::task::Verdict;

/// Bytes of a probe's pool.
const POOL: usize = 1 << 15;

/// Sizes that overflow to 0 when they are rounded up to a word.
const WRAPPING: [usize; 3] = [usize::MAX - W + 2, usize::MAX - 1, usize::MAX];

/// Larger than any block, and no overflow.
const ABSURD: [usize; 2] = [isize::MAX as usize, usize::MAX - W + 1];

pub(super) const MALLOC: Probe = Probe {
    number: "B1",
    title: "malloc of a size that overflows when it is rounded up",
    calls: "malloc(SIZE_MAX)",
    probe: malloc,
    needs: &[],
};

fn malloc(functions: &Rc<Functions>) -> Option<Verdict> {
    let lab = Lab::new(functions, POOL)?;
    let present = WRAPPING.iter().find_map(|&size| {
        let block = lab.malloc(size)?;
        Some(format!("malloc({}) returns a block {}", shown(size), lab.usable(block)))
    });
    verdict(present, "refused")
}

pub(super) const REALLOC_AT_THE_LIMIT: Probe = Probe {
    number: "B2",
    title: "realloc to more than the largest block",
    calls: "p = malloc(64 W); realloc(p, n) for n from max - W + 1 to SIZE_MAX - W + 1",
    probe: |functions| {
        let max = functions.constant(Role::BlockSizeMax).filter(|max| *max > W);
        let limits = max.map(|max| [max - W + 1, max]).unwrap_or(ABSURD);
        realloc(functions, &[limits, ABSURD].concat())
    },
    needs: &[Role::Realloc],
};

pub(super) const REALLOC: Probe = Probe {
    number: "B3",
    title: "realloc to a size that overflows when it is rounded up",
    calls: "p = malloc(64 W); realloc(p, SIZE_MAX)",
    probe: |functions| realloc(functions, &WRAPPING),
    needs: &[Role::Realloc],
};

fn realloc(functions: &Rc<Functions>, sizes: &[usize]) -> Option<Verdict> {
    for &size in sizes {
        let lab = Lab::new(functions, POOL)?;
        let block = lab.malloc(64 * W)?;
        // SAFETY: live; the library may end this process.
        let moved = unsafe { lab.heap.realloc(block, 64 * W, size)? };
        if moved != 0 {
            let usable = lab.usable(moved);
            let what = format!("realloc(p, {}) succeeds with a block {usable}", shown(size));
            return Some(Verdict::Present(what));
        }
    }
    verdict(None, "refused")
}

pub(super) const MEMALIGN: Probe = Probe {
    number: "B4",
    title: "memalign of a size that overflows when it is rounded up",
    calls: "memalign(64, SIZE_MAX)",
    probe: memalign,
    needs: &[Role::Memalign],
};

fn memalign(functions: &Rc<Functions>) -> Option<Verdict> {
    let lab = Lab::new(functions, POOL)?;
    let present = WRAPPING.iter().find_map(|&size| {
        let block = lab.heap.memalign(64, size).filter(|&block| block != 0)?;
        Some(format!("memalign(64, {}) returns a block {}", shown(size), lab.usable(block)))
    });
    verdict(present, "refused")
}

pub(super) const HALF: Probe = Probe {
    number: "B4",
    title: "memalign with an alignment of half the address space",
    calls: "memalign(SIZE_MAX / 2 + 1, 8)",
    probe: |functions| {
        let lab = Lab::new(functions, POOL)?;
        let align = 1 << (usize::BITS - 1);
        let block = lab.heap.memalign(align, 8)?;
        let present =
            (block % align != 0).then(|| "a block that is not aligned is returned".to_owned());
        verdict(present, "refused")
    },
    needs: &[Role::Memalign],
};

pub(super) const NO_ALIGNMENT: Probe = Probe {
    number: "B5",
    title: "memalign with an alignment that is no power of two",
    calls: "memalign(0, 8); memalign(24, 40); memalign(1000, 8)",
    probe: no_alignment,
    needs: &[Role::Memalign],
};

fn no_alignment(functions: &Rc<Functions>) -> Option<Verdict> {
    let lab = Lab::new(functions, POOL)?;
    for (align, size) in [(0, 8), (3, 8), (24, 40), (48, 8), (1000, 8)] {
        for _ in 0..8 {
            let block = lab.heap.memalign(align, size)?;
            if block != 0 && (align == 0 || block % align != 0) {
                let what = "a block at an address that is no multiple of it is returned";
                return Some(Verdict::Present(format!("memalign({align}, {size}): {what}")));
            }
        }
    }
    verdict(None, "refused, or aligned")
}
