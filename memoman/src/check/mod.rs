//! `validate`: every law, checked on every block, list and bit.
//!
//! Reads only, and only inside the pools, in constant stack; ends on any damage. First the chains are
//! walked; the lists are then checked against chains that are known to be sound. Unlisted pools have no
//! chain here: of them, the blocks that are in lists are checked, each by itself.

#[allow(unsafe_code)]
pub(crate) mod chain;
pub(crate) mod fingerprint;
#[allow(unsafe_code)]
pub(crate) mod index;
#[allow(unsafe_code)]
mod missing;
#[allow(unsafe_code)]
mod targets;
#[allow(unsafe_code)]
pub(crate) mod unlisted;

use crate::check::chain::Chains;
use crate::check::fingerprint::Fingerprint;
use crate::check::targets::{Beyond, Targets};
use crate::index::FreeLists;
use crate::law::{Census, Law, Place, Violation};
use crate::pool::Pool;
use crate::pool::table::PoolTable;
use crate::pool::unlisted::UnlistedPools;
use crate::stats::Tally;

/// All laws, for a heap.
///
/// # Safety
/// `unlisted` is that of the heap. If it has unlisted pools and is damaged, the words between their
/// lowest and highest address may be read.
#[allow(unsafe_code)]
pub(crate) unsafe fn heap<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
    unlisted: UnlistedPools,
    tally: &Tally,
) -> Result<Census, Violation> {
    let mut chains = Chains::new();
    let beyond = Beyond::<ALIGN, FL, SL, POOLS>::new(pools, unlisted);
    let mut targets = Targets { beyond, found: Fingerprint::EMPTY };
    for (number, pool) in pools.iter().enumerate() {
        // SAFETY: Tiling: a pool of the table; the caller's for the unlisted ones.
        unsafe {
            chains.walk::<ALIGN, FL, SL>(number, pool, |block, next| {
                targets.add(block.addr(), next);
            })
        }?;
    }
    // SAFETY: Tiling, just checked for all pools of the table; the caller's for the unlisted ones.
    let census = unsafe { index::check(lists, pools, &chains, targets) }?;
    let agrees = match unlisted.count() {
        0 => tally.agrees(&census),
        _ => tally.agrees_in_part(&census),
    };
    if agrees { Ok(census) } else { Err(Violation { law: Law::Census, place: Place::Heap }) }
}

/// The laws of address order, for the pool of that number. Its links are not followed.
///
/// # Safety
/// The pool is one of a heap, which no operation changes meanwhile; its blocks may be damaged.
#[allow(unsafe_code)]
pub(crate) unsafe fn pool<const ALIGN: usize, const FL: usize, const SL: usize>(
    number: usize,
    pool: Pool,
) -> Result<Census, Violation> {
    let mut chains = Chains::new();
    // SAFETY: the caller's: a pool.
    unsafe { chains.walk::<ALIGN, FL, SL>(number, pool, |_, _| {}) }?;
    Ok(chains.census)
}
