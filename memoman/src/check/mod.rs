//! `validate`: every law, checked on every block, list and bit.
//!
//! Reads only, and only inside the pools, in constant stack; ends on any damage. First the chains are
//! walked; the lists are then checked against chains that are known to be sound.

#[allow(unsafe_code)]
pub(crate) mod chain;
pub(crate) mod fingerprint;
#[allow(unsafe_code)]
pub(crate) mod index;

use crate::check::chain::Chains;
use crate::index::FreeLists;
use crate::law::{Census, Law, Place, Violation};
use crate::pool::Pool;
use crate::pool::table::PoolTable;
use crate::stats::Tally;

/// All laws, for a heap.
#[allow(unsafe_code)]
pub(crate) fn heap<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
    tally: &Tally,
) -> Result<Census, Violation> {
    let mut chains = Chains::new();
    for (number, pool) in pools.iter().enumerate() {
        // SAFETY: Tiling: a pool of the table.
        unsafe { chains.walk::<ALIGN, FL, SL>(number, pool) }?;
    }
    // SAFETY: Tiling, just checked for all pools.
    unsafe { index::check(lists, pools, &chains) }?;
    if tally.agrees(&chains.census) {
        Ok(chains.census)
    } else {
        Err(Violation { law: Law::Census, place: Place::Heap })
    }
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
    unsafe { chains.walk::<ALIGN, FL, SL>(number, pool) }?;
    Ok(chains.census)
}
