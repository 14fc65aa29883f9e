//! B13: one field is damaged, and both checks pass, crash or hang.
//!
//! ```text
//! header(a) | a: live | b: free | c: live | d: free | e, f: live | rest: free | sentinel
//! ```

use std::rc::Rc;

use oracle::geometry::WORD as W;

use super::probe::{Lab, Probe, verdict};
use crate::cli::check::foreign::{Functions, ask};
use crate::cli::check::names::Role;
use crate::cli::check::task::Verdict;

const NEEDS: &[Role] = &[Role::Create, Role::Check, Role::CheckPool];

/// The payloads of a, b, c and d, and the damage to one field.
type Damage = fn(&Lab, [usize; 4]) -> Option<()>;

pub(super) const LESS: Probe = Probe {
    number: "B13",
    title: "the size of a live block is damaged",
    calls: "((size_t *)a)[-1] -= W; check(); check_pool()",
    probe: |functions| damaged(functions, |lab, [a, ..]| lab.poke(a - W, 4 * W)),
    needs: NEEDS,
};

pub(super) const ZERO: Probe = Probe {
    number: "B13",
    title: "the size of a live block is 0",
    calls: "((size_t *)a)[-1] = 0; check(); check_pool()",
    probe: |functions| damaged(functions, |lab, [a, ..]| lab.poke(a - W, 0)),
    needs: NEEDS,
};

pub(super) const CIRCLE: Probe = Probe {
    number: "B13",
    title: "a free list leads back to its first block",
    calls: "*(void **)d = (char *)d - 2 W; check(); check_pool()",
    probe: |functions| damaged(functions, |lab, [.., d]| lab.poke(d, d - 2 * W)),
    needs: NEEDS,
};

pub(super) const PREVIOUS: Probe = Probe {
    number: "B13",
    title: "the link of a free block to the one before is damaged",
    calls: "((void **)b)[1] = (char *)a - 2 W; check(); check_pool()",
    probe: |functions| damaged(functions, |lab, [a, b, ..]| lab.poke(b + W, a - 2 * W)),
    needs: NEEDS,
};

pub(super) const BACK_LINK: Probe = Probe {
    number: "B13",
    title: "the pointer at the end of a free block is damaged",
    calls: "((void **)c)[-2] = (char *)a - 2 W; check(); check_pool()",
    probe: |functions| damaged(functions, |lab, [a, _, c, _]| lab.poke(c - 2 * W, a - 2 * W)),
    needs: NEEDS,
};

fn damaged(functions: &Rc<Functions>, damage: Damage) -> Option<Verdict> {
    if let Some(why) = Some(ask(functions, None)).filter(|asked| asked.geometry.is_none()) {
        return Some(Verdict::NotApplicable(format!(
            "its blocks may be laid out otherwise: {}",
            why.why
        )));
    }
    let lab = Lab::new(functions, 128 * W)?;
    let mut blocks = [0; 6];
    for block in &mut blocks {
        *block = lab.malloc(5 * W)?;
    }
    let [a, b, c, d, ..] = blocks;
    if [b.wrapping_sub(a), c.wrapping_sub(b), d.wrapping_sub(c)] != [6 * W; 3] {
        let why = "blocks of 5 words do not lie 6 words apart".to_owned();
        return Some(Verdict::NotApplicable(why));
    }
    // The word that a damaged size leads to holds no valid header.
    for word in 0..5 {
        lab.poke(c + word * W, 0)?;
    }
    lab.free(b);
    lab.free(d);
    lab.heap.validate()?.ok()?;
    damage(&lab, [a, b, c, d])?;
    match lab.heap.validate()? {
        Ok(()) => verdict(Some("both checks pass".to_owned()), ""),
        Err(which) => verdict(None, &which),
    }
}
