//! B6, B7, B8, B10, B11: memory that is no pool, or a pool that cannot be removed.

use std::rc::Rc;

use oracle::geometry::WORD as W;

use super::probe::{Lab, Probe, verdict};
use crate::cli::check::foreign::{Functions, Handle, Words, Zone};
use crate::cli::check::names::Role;
use crate::cli::check::pulse::Call;
use crate::cli::check::task::Verdict;
use crate::cli::text::counted;

/// Larger pools are not tried.
const MOST: usize = if W == 8 { 1 << 36 } else { 1 << 30 };

pub(super) const LIMIT: Probe = Probe {
    number: "B6",
    title: "a pool with a block of max bytes, which no list holds",
    calls: "add_pool(mem, max + 2 W)",
    probe: limit,
    needs: &[Role::Create, Role::BlockSizeMax, Role::PoolOverhead],
};

fn limit(functions: &Rc<Functions>) -> Option<Verdict> {
    let max = functions.constant(Role::BlockSizeMax)?;
    let bytes = max.checked_add(functions.constant(Role::PoolOverhead)?)?;
    let zone = (bytes <= MOST).then(|| Zone::new(bytes + 4096)).flatten();
    let Some(zone) = zone else {
        let why = format!("this machine cannot provide a pool of {bytes} bytes");
        return Some(Verdict::NotApplicable(why));
    };
    let heap = Handle::empty(functions)?;
    // SAFETY: the memory is there; the library may end this process.
    let added = unsafe { heap.add_memory(zone.addr(), bytes)? };
    let present = (added != 0)
        .then(|| format!("a pool of {bytes} bytes is accepted: no list holds its block"));
    verdict(present, "refused")
}

pub(super) const SMALL_BUFFER: Probe = Probe {
    number: "B7",
    title: "a buffer that is smaller than the control structure",
    calls: "create_with_pool(mem, 1024)",
    probe: small_buffer,
    needs: &[Role::CreateWithPool, Role::Size],
};

fn small_buffer(functions: &Rc<Functions>) -> Option<Verdict> {
    const FILL: u8 = 0xA5;
    let size = functions.constant(Role::Size)?;
    let (bytes, whole) = ((size / 2).min(1024) / W * W, size + 4096);
    let zone = Zone::new(whole)?;
    // SAFETY: the zone has so many bytes.
    unsafe { zone.start().as_ptr().write_bytes(FILL, whole) };
    let words = Words { mem: zone.addr(), bytes, ..Words::default() };
    let call = Call { size: bytes as u64, ..Call::of(Role::CreateWithPool) };
    // SAFETY: the memory is longer than the library knows; it may end this process.
    let heap = unsafe { functions.call(Role::CreateWithPool, &words, call)? };
    // SAFETY: as above.
    let content = unsafe { std::slice::from_raw_parts(zone.start().as_ptr(), whole) };
    // Up to the last one: a byte of an address that is written may happen to be the same.
    let last = content[bytes..].iter().rposition(|&byte| byte != FILL);
    let behind = last.map_or(0, |last| last + 1);
    let present = match (behind, heap) {
        (1.., _) => Some(format!("{behind} bytes behind a buffer of {bytes} are written")),
        (0, 0) => None,
        (0, _) => Some(format!("a heap is made in a buffer of {bytes} bytes")),
    };
    verdict(present, "refused, and nothing is written")
}

pub(super) const NULL_HEAP: Probe = Probe {
    number: "B8",
    title: "a heap at address 0",
    calls: "create(NULL)",
    probe: |functions| {
        // SAFETY: the library may end this process.
        let heap =
            unsafe { functions.call(Role::Create, &Words::default(), Call::of(Role::Create))? };
        verdict((heap != 0).then(|| "a heap is returned".to_owned()), "refused")
    },
    needs: &[Role::Create],
};

pub(super) const NULL_POOL: Probe = Probe {
    number: "B8",
    title: "a pool at address 0",
    calls: "add_pool(NULL, 4096)",
    probe: |functions| {
        let heap = Handle::empty(functions)?;
        // SAFETY: the library may end this process.
        let added = unsafe { heap.add_memory(0, 4096)? };
        verdict((added != 0).then(|| "a pool is returned".to_owned()), "refused")
    },
    needs: &[Role::Create],
};

pub(super) const TWICE: Probe = Probe {
    number: "B10",
    title: "the same pool twice",
    calls: "add_pool(mem, 64 W); add_pool(mem, 64 W); malloc(62 W); malloc(62 W)",
    probe: |functions| added_again(functions, 0, 64 * W, [62 * W; 2]),
    needs: &[Role::Create],
};

pub(super) const INSIDE: Probe = Probe {
    number: "B10",
    title: "a pool inside of another",
    calls: "add_pool(mem, 128 W); add_pool(mem + 64 W, 64 W); malloc(62 W); malloc(100 W)",
    probe: |functions| added_again(functions, 64 * W, 128 * W, [62 * W, 100 * W]),
    needs: &[Role::Create],
};

/// A pool of `bytes`, then one of 64 words in it at an offset; what two mallocs return.
fn added_again(
    functions: &Rc<Functions>,
    offset: usize,
    bytes: usize,
    sizes: [usize; 2],
) -> Option<Verdict> {
    let lab = Lab::new(functions, bytes)?;
    // SAFETY: the library may end this process.
    let added = unsafe { lab.heap.add_memory(lab.pool.0 + offset, 64 * W)? };
    if added == 0 {
        return verdict(None, "refused");
    }
    let [one, two] = sizes.map(|size| (lab.malloc(size).unwrap_or(0), size));
    let overlap = one.0 != 0 && two.0 != 0 && one.0 < two.0 + two.1 && two.0 < one.0 + one.1;
    let then = if overlap { "two mallocs return overlapping blocks" } else { "it is accepted" };
    Some(Verdict::Present(then.to_owned()))
}

pub(super) const BUSY: Probe = Probe {
    number: "B11",
    title: "a pool is removed in which a block is live",
    calls: "p = malloc(62 W); p[0] = p[1] = &other; remove_pool(pool)",
    probe: busy,
    needs: &[Role::RemovePool, Role::Create],
};

fn busy(functions: &Rc<Functions>) -> Option<Verdict> {
    let lab = Lab::new(functions, 64 * W)?;
    let block = lab.malloc(62 * W).or_else(|| lab.malloc(32 * W))?;
    // The caller keeps addresses in its block: read as links, they lead behind the pool.
    for word in 0..2 {
        lab.poke(block + word * W, lab.pool.0 + 100 * W)?;
    }
    let before = lab.bytes();
    let pool = lab.heap.pool(lab.pool.0)?;
    // SAFETY: the library may end this process.
    unsafe { lab.heap.forget(pool, lab.pool.0)? };
    changed(&before, &lab)
}

pub(super) const REMOVED_TWICE: Probe = Probe {
    number: "B11",
    title: "a pool is removed twice",
    calls: "remove_pool(pool); p = malloc(62 W); remove_pool(pool)",
    probe: |functions| {
        let mut lab = Lab::new(functions, 64 * W)?;
        let (first, second) = (lab.pool.0, lab.memory(64 * W, 64 * W));
        // SAFETY: the memory behind the pool is the lab's.
        unsafe { lab.heap.add_pool(second)? };
        let pool = lab.heap.pool(first)?;
        // SAFETY: no block is live.
        unsafe { lab.heap.forget(pool, first)? };
        let live = lab.malloc(62 * W)?;
        (0..62).try_for_each(|word| lab.poke(live + word * W, usize::MAX / 5))?;
        let before = lab.bytes();
        // SAFETY: the library may end this process.
        unsafe { lab.heap.forget(pool, first)? };
        changed(&before, &lab)
    },
    needs: &[Role::RemovePool, Role::Create],
};

/// Whether words of the lab's memory have changed. (Those of the control structure may: a heap may count refusals.)
fn changed(before: &[u8], lab: &Lab) -> Option<Verdict> {
    let after = lab.bytes();
    let count = before.chunks(W).zip(after.chunks(W)).filter(|(a, b)| a != b).count();
    verdict((count > 0).then(|| counted(count, "word") + " changed"), "nothing has changed")
}
