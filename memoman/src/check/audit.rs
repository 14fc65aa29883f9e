//! `validate`: every law, checked on every block, list and bit.
//!
//! Reads only, and only inside the pools: a stored pointer is compared, never followed, until it
//! is known to be the place of a header in a pool. Constant stack; ends on cycles, because a block
//! that is reached twice has a wrong prev link one of the two times.

use crate::chain::block::{Block, Link};
use crate::geometry::{Geometry, WORD};
use crate::index::FreeLists;
use crate::law::{Census, Law, Place, Violation};
use crate::pool::Pool;
use crate::pool::table::{Located, PoolTable};
use crate::stats::Tally;

/// A set of blocks, remembered by how many they are and a sum over their mixed addresses: two sets
/// with equal fingerprints are equal, but for one chance in 2^BITS.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Fingerprint {
    count: usize,
    sum: usize,
}

impl Fingerprint {
    #[inline]
    fn add(&mut self, block: Block) {
        // Multiplying twice, with a fold between, so that sums of addresses do not cancel.
        let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let mixed = block.addr().wrapping_mul(odd);
        let mixed = (mixed ^ (mixed >> (usize::BITS / 2))).wrapping_mul(odd);
        self.count += 1;
        self.sum = self.sum.wrapping_add(mixed ^ (mixed >> (usize::BITS / 2)));
    }
}

pub(crate) fn audit<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
    tally: &Tally,
) -> Result<Census, Violation> {
    let mut audit = Audit { lists, pools, census: Census::default(), free: Fingerprint::default() };
    for (index, pool) in pools.iter().enumerate() {
        audit.chain(index, pool)?;
    }
    audit.index()?;
    if tally.agrees(&audit.census) {
        Ok(audit.census)
    } else {
        Err(Violation { law: Law::Census, place: Place::Heap })
    }
}

/// The laws of address order, for one pool of the table. What its lists hold is not looked at.
pub(crate) fn audit_chain<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
>(
    lists: &FreeLists<ALIGN, FL, SL>,
    pools: &PoolTable<POOLS>,
    index: usize,
    pool: Pool,
) -> Result<Census, Violation> {
    let mut audit = Audit { lists, pools, census: Census::default(), free: Fingerprint::default() };
    audit.chain(index, pool)?;
    Ok(audit.census)
}

struct Audit<'a, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> {
    lists: &'a FreeLists<ALIGN, FL, SL>,
    pools: &'a PoolTable<POOLS>,
    census: Census,
    /// The free blocks that the chains hold.
    free: Fingerprint,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Audit<'_, ALIGN, FL, SL, POOLS>
{
    /// Address order: Tiling, Mirror, BackLink, Coalesced, Sentinel.
    fn chain(&mut self, index: usize, pool: Pool) -> Result<(), Violation> {
        let broken =
            |law, offset| Err(Violation { law, place: Place::Block { pool: index, offset } });
        let end = Geometry::<ALIGN, FL, SL>::sentinel(pool);
        let mut offset = Geometry::<ALIGN, FL, SL>::FIRST_HEADER;
        let mut free_prev: Option<Block> = None;
        loop {
            // SAFETY: `offset` is at most the sentinel's, and a word is there.
            let block = unsafe { Block::at(pool.start(), offset) };
            // SAFETY: as above; it is a header's place by Tiling, checked so far.
            let header = unsafe { block.header() };
            if header.is_prev_free() != free_prev.is_some() {
                return broken(Law::Mirror, offset);
            }
            if let Some(prev) = free_prev {
                // SAFETY: the word in front belongs to the free predecessor, in this pool.
                if unsafe { block.word(-1) } != prev.addr() {
                    return broken(Law::BackLink, offset);
                }
            }
            if offset == end {
                let sound = header.size() == 0 && !header.is_free();
                self.census.pools += 1;
                return if sound { Ok(()) } else { broken(Law::Sentinel, offset) };
            }
            let size = header.size();
            if !Geometry::<ALIGN, FL, SL>::is_block_size(size) || size > end - offset - WORD {
                return broken(Law::Tiling, offset);
            }
            if !header.is_free() {
                self.census.used_blocks += 1;
                self.census.used_bytes += size;
                free_prev = None;
            } else if free_prev.is_some() {
                return broken(Law::Coalesced, offset);
            } else {
                self.census.free_blocks += 1;
                self.census.free_bytes += size;
                self.census.largest_free = self.census.largest_free.max(size);
                self.free.add(block);
                free_prev = Some(block);
            }
            offset += WORD + size;
        }
    }

    /// Size order: Occupancy, then each list, then Membership of them all.
    fn index(&self) -> Result<(), Violation> {
        let (occupied, heads) = self.lists.levels();
        let (first, second) = occupied.levels();
        if first >> FL != 0 {
            return Err(Violation { law: Law::Occupancy, place: Place::Heap });
        }
        let mut listed = Fingerprint::default();
        for row in 0..FL {
            let bits = second[row];
            if (first >> row) & 1 != usize::from(bits != 0) {
                return Err(Violation { law: Law::Occupancy, place: Place::List { row, list: 0 } });
            }
            self.row_occupancy(row, bits, &heads[row])?;
            let mut bits = bits;
            while bits != 0 {
                let list = bits.trailing_zeros() as usize;
                self.list(row, list, heads[row][list], &mut listed)?;
                bits &= bits - 1;
            }
        }
        if listed == self.free {
            Ok(())
        } else {
            Err(Violation { law: Law::Membership, place: Place::Heap })
        }
    }

    /// Each head against its bit.
    fn row_occupancy(&self, row: usize, bits: u32, heads: &[Link; SL]) -> Result<(), Violation> {
        // Most rows are empty: one pass that a compiler turns into a few wide ORs.
        if bits == 0 && heads.iter().fold(0, |any, head| any | head.map_or(0, Block::addr)) == 0 {
            return Ok(());
        }
        let held = heads
            .iter()
            .enumerate()
            .fold(0, |m, (list, head)| m | (u32::from(head.is_some()) << list));
        if bits == held {
            return Ok(());
        }
        let list = (bits ^ held).trailing_zeros() as usize;
        Err(Violation { law: Law::Occupancy, place: Place::List { row, list } })
    }

    /// One list: Links, Membership, Class.
    fn list(
        &self,
        row: usize,
        list: usize,
        head: Link,
        listed: &mut Fingerprint,
    ) -> Result<(), Violation> {
        let mut prev = 0;
        let mut from = Place::List { row, list };
        let mut next = head.map_or(0, Block::addr);
        while next != 0 {
            // A link to anything but a header's place is the fault of who holds it.
            let Some(found) = self.pools.locate::<ALIGN, FL, SL>(next) else {
                return Err(Violation { law: Law::Links, place: from });
            };
            let Located { block, pool, offset, room } = found;
            let here = Place::Block { pool, offset };
            // SAFETY: located: a header and the least payload behind it lie in the pool.
            let (header, next_link, prev_link) =
                unsafe { (block.header(), block.word(1), block.word(2)) };
            if prev_link != prev {
                return Err(Violation { law: Law::Links, place: here });
            }
            if !header.is_free() || listed.count == self.free.count {
                return Err(Violation { law: Law::Membership, place: here });
            }
            let size = header.size();
            let legal = Geometry::<ALIGN, FL, SL>::is_block_size(size) && size <= room;
            if !legal || Self::class(size) != row * SL + list {
                return Err(Violation { law: Law::Class, place: here });
            }
            listed.add(block);
            (prev, from, next) = (next, here, next_link);
        }
        Ok(())
    }

    fn class(size: usize) -> usize {
        Geometry::<ALIGN, FL, SL>::class_of_key(Geometry::<ALIGN, FL, SL>::key(size))
    }
}

/// What undoes multiplying by an odd number: Newton's step doubles the bits that are right, and the number
/// itself is right in three.
#[cfg(test)]
pub(crate) fn inverse_of(odd: usize) -> usize {
    (0..5).fold(odd, |inverse, _| {
        inverse.wrapping_mul(2_usize.wrapping_sub(odd.wrapping_mul(inverse)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Multiplying by an odd number and folding a half can be undone: so no two blocks are mixed to
    /// one number, and every bit of a fingerprint depends on all of an address.
    #[test]
    fn a_fingerprint_of_one_block_tells_which_it_is() {
        let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let inverse = inverse_of(odd);
        let undone = |sum: usize| (sum ^ (sum >> (usize::BITS / 2))).wrapping_mul(inverse);
        for addr in (3..usize::BITS).flat_map(|bit| [1 << bit, usize::MAX << bit]) {
            let mem = core::ptr::NonNull::new(core::ptr::without_provenance_mut(addr)).unwrap();
            let mut print = Fingerprint::default();
            // SAFETY: no byte from `mem`, and nothing is read.
            print.add(unsafe { Block::at(mem, 0) });
            assert_eq!((print.count, undone(undone(print.sum))), (1, addr));
        }
    }
}
