//! B14 to B18: promises of the interface. (B17, shifts that are too narrow in large geometries, cannot be seen
//! from outside; that `printf` is linked in is seen in the symbols.)

use std::rc::Rc;

use oracle::geometry::WORD as W;

use super::probe::{Lab, Probe, verdict};
use crate::cli::check::foreign::{Functions, Words, Zone};
use crate::cli::check::names::Role;
use crate::cli::check::pulse::Call;
use crate::cli::check::task::Verdict;

pub(super) const LARGEST: Probe = Probe {
    number: "B14",
    title: "a request is refused although the block that it had is free",
    calls: "p = malloc(n); fill; free(p); malloc(n), for n = W, 2 W … 1024 W",
    probe: largest,
    needs: &[],
};

fn largest(functions: &Rc<Functions>) -> Option<Verdict> {
    let (mut refused, mut tried) = (0, 0);
    for size in (1..=1024).map(|words| words * W) {
        let lab = Lab::new(functions, 2048 * W + 8192)?;
        let Some(block) = lab.malloc(size) else { continue };
        for filler in [64 * W, 4 * W, 1] {
            while lab.malloc(filler).is_some() {}
        }
        lab.free(block);
        tried += 1;
        refused += usize::from(lab.malloc(size).is_none());
    }
    if tried == 0 {
        return None;
    }
    let present = (refused > 0).then(|| format!("for {refused} of {tried} sizes"));
    verdict(present, "granted again for each size")
}

pub(super) const MAX_ALIGN: Probe = Probe {
    number: "B15",
    title: "malloc is not aligned for max_align_t",
    calls: "malloc(16); malloc(32); malloc(48)",
    probe: |functions| {
        if W < 8 {
            return Some(Verdict::NotApplicable(
                "max_align_t of a word of 32 bits varies".to_owned(),
            ));
        }
        let lab = Lab::new(functions, 1 << 15)?;
        let blocks =
            [lab.malloc(16)?, lab.malloc(32)?, lab.malloc(48)?, lab.malloc(24)?, lab.malloc(16)?];
        let present = blocks.iter().any(|block| block % 16 != 0);
        let present = present.then(|| "a block is at no multiple of 16".to_owned());
        verdict(present, "each block is at a multiple of 16")
    },
    needs: &[],
};

pub(super) const ALIGNMENT_LOST: Probe = Probe {
    number: "B16",
    title: "realloc moves an aligned block, and its alignment is lost",
    calls: "p = memalign(32 W, 8 W); malloc(40 W); realloc(p, 60 W)",
    probe: |functions| {
        let lab = Lab::new(functions, 1 << 15)?;
        let align = 32 * W;
        let mut is_granted = false;
        for behind in [40, 41, 44, 57] {
            let block = lab.heap.memalign(align, 8 * W).filter(|&block| block != 0)?;
            lab.malloc(behind * W)?;
            // SAFETY: the block is live.
            let moved = unsafe { lab.heap.realloc(block, 8 * W, 60 * W)? };
            is_granted |= moved != 0;
            if moved != 0 && moved % align != 0 {
                let what = format!("the block is at no multiple of {align}");
                return verdict(Some(what), "");
            }
        }
        if is_granted { verdict(None, "the alignment holds") } else { None }
    },
    needs: &[Role::Memalign, Role::Realloc],
};

pub(super) const MOVED: Probe = Probe {
    number: "B18",
    title: "a control structure cannot be moved",
    calls: "copy the control structure; malloc(62 W), malloc(62 W) of the copy",
    probe: moved,
    needs: &[Role::Create],
};

fn moved(functions: &Rc<Functions>) -> Option<Verdict> {
    let lab = Lab::new(functions, 64 * W)?;
    let size = functions.constant(Role::Size)?;
    let (old, copy) = (lab.heap.control.as_ref()?, Zone::new(size)?);
    // SAFETY: both have so many bytes.
    unsafe { copy.start().copy_from_nonoverlapping(old.start(), size) };
    let malloc = || {
        let words = Words { heap: copy.addr(), size: 62 * W, ..Words::default() };
        // SAFETY: the library may end this process.
        unsafe {
            functions.call(
                Role::Malloc,
                &words,
                Call { size: 62 * W as u64, ..Call::of(Role::Malloc) },
            )
        }
    };
    let blocks = [malloc()?, malloc()?];
    if blocks == [0, 0] {
        return None;
    }
    let inside =
        |block: &usize| *block == 0 || (lab.pool.0..lab.pool.0 + lab.pool.1).contains(block);
    let present = (!blocks.iter().all(inside)).then(|| {
        let elsewhere = blocks.iter().any(|block| (old.addr()..old.addr() + size).contains(block));
        let place = if elsewhere { "in the old control structure" } else { "outside of its pool" };
        format!("malloc returns a block {place}")
    });
    verdict(present, "each block is in the pool")
}
