//! Address order: *Tiling*, *Mirror*, *BackLink*, *Coalesced*, *Sentinel*, pool by pool.
//!
//! Reads headers only; of a free block that its successor confirms as one, also the next link and
//! `prev_phys`, which are initialised then.

use crate::chain::block::Block;
use crate::check::fingerprint::Fingerprint;
use crate::geometry::{Geometry, WORD};
use crate::law::{Census, Law, Place, Violation};
use crate::pool::Pool;

/// What the chains walked so far hold.
pub(super) struct Chains {
    pub(super) census: Census,
    /// The addresses of the free blocks.
    pub(super) free: Fingerprint,
}

impl Chains {
    pub(super) fn new() -> Self {
        Self { census: Census::default(), free: Fingerprint::EMPTY }
    }

    /// Walks one pool, the `index`-th. Reports each free block and where its next link leads.
    ///
    /// # Safety
    /// The pool is one of a heap, which no operation changes meanwhile; its blocks may be damaged.
    pub(super) unsafe fn walk<const ALIGN: usize, const FL: usize, const SL: usize>(
        &mut self,
        index: usize,
        pool: Pool,
        mut link: impl FnMut(Block, usize),
    ) -> Result<(), Violation> {
        let broken =
            |law, offset| Err(Violation { law, place: Place::Block { pool: index, offset } });
        let end = Geometry::<ALIGN, FL, SL>::sentinel(pool);
        let mut offset = Geometry::<ALIGN, FL, SL>::FIRST_HEADER;
        let mut free_prev: Option<Block> = None;
        loop {
            // SAFETY: Tiling, checked so far: `offset` is a header's, the sentinel's at most.
            let (block, header) = unsafe {
                let block = Block::at(pool.start(), offset);
                (block, block.header())
            };
            if header.is_prev_free() != free_prev.is_some() {
                return broken(Law::Mirror, offset);
            }
            if let Some(prev) = free_prev {
                // SAFETY: Mirror, checked: two headers agree that the predecessor is free, so its last word
                // is initialised.
                if unsafe { block.word(-1) } != prev.addr() {
                    return broken(Law::BackLink, offset);
                }
                // SAFETY: BackLink, checked: a free block, whose links are initialised.
                link(prev, unsafe { prev.word(1) });
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
                self.free.add(block.addr());
                free_prev = Some(block);
            }
            offset += WORD + size;
        }
    }
}

/// Whether a block of the pool has its header at that offset, by the chain, which is sound.
///
/// # Safety
/// [`Chains::walk`] has found the pool's chain sound.
pub(super) unsafe fn has_block<const ALIGN: usize, const FL: usize, const SL: usize>(
    pool: Pool,
    offset: usize,
) -> bool {
    let mut at = Geometry::<ALIGN, FL, SL>::FIRST_HEADER;
    while at < offset {
        // SAFETY: Tiling, checked: a block ends where the next begins, up to the sentinel.
        at += WORD + unsafe { Block::at(pool.start(), at).header() }.size();
    }
    at == offset
}
