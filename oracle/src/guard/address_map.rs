//! A map of the addresses of a heap: its pools, its live blocks, and the kind of every other address.
//!
//! It is computed from the calls that the harness made. It never reads the heap.

use crate::geometry::WORD;
use crate::shadow::{Placed, ShadowHeap};

/// The kind of an address, as an offset in the arena.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointerKind {
    /// The payload of a live block with this many usable bytes.
    Live(usize),
    /// Outside every pool, or in bytes of a pool that never belong to a payload.
    Foreign,
    /// In a pool, but not a multiple of ALIGN.
    Misaligned,
    /// In the live block with this payload, behind its first byte.
    Interior(usize),
    /// In the free block with this payload.
    Double(usize),
}

/// A block of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    /// The offset of its payload.
    pub payload: usize,
    /// Its size in bytes.
    pub size: usize,
    /// Whether it is free.
    pub free: bool,
}

/// The pools in the order in which they were added, and the live blocks.
#[derive(Clone, Default, Debug)]
pub struct AddressMap {
    /// ALIGN of the heap.
    pub align: usize,
    /// Start and bytes of each pool.
    pub pools: Vec<(usize, usize)>,
    /// The live blocks.
    pub live: ShadowHeap<()>,
}

impl AddressMap {
    /// Returns the first payload of a pool, and the offset of its sentinel's header.
    pub fn bounds(&self, (start, bytes): (usize, usize)) -> (usize, usize) {
        (start + self.align, start + bytes / self.align * self.align - WORD)
    }

    /// Returns the number of the pool that contains this offset.
    pub fn pool(&self, at: usize) -> Option<usize> {
        self.pools.iter().position(|&(start, bytes)| at >= start && at - start < bytes)
    }

    /// Returns the kind of the address at this offset.
    pub fn kind(&self, at: usize) -> PointerKind {
        let Some(pool) = self.pool(at) else { return PointerKind::Foreign };
        let (first, sentinel) = self.bounds(self.pools[pool]);
        if at < first || at >= sentinel {
            return PointerKind::Foreign;
        }
        if at % self.align != 0 {
            return PointerKind::Misaligned;
        }
        // The last live block whose header is at this word or before it.
        let nearest = self.live.before(at + WORD + 1).next();
        match nearest.filter(|block| block.offset >= first) {
            Some(block) if block.offset == at => PointerKind::Live(block.bytes),
            Some(block) if at < block.end() => PointerKind::Interior(block.offset),
            Some(block) => PointerKind::Double(block.end() + WORD),
            None => PointerKind::Double(first),
        }
    }

    /// Returns the blocks of a pool in address order. The bytes between two live blocks are one free
    /// block.
    pub fn blocks(&self, pool: usize) -> Vec<Block> {
        let (first, sentinel) = self.bounds(self.pools[pool]);
        let mut blocks = Vec::new();
        let mut header = first - WORD;
        let live = self.live.from(first).take_while(|block| block.offset < sentinel);
        let ends = live.map(|block| (block.offset, Some(block.bytes)));
        for (payload, usable) in ends.chain([(sentinel + WORD, None)]) {
            if header + WORD < payload {
                let (at, size) = (header + WORD, payload - header - 2 * WORD);
                blocks.push(Block { payload: at, size, free: true });
            }
            let Some(size) = usable else { break };
            blocks.push(Block { payload, size, free: false });
            header = payload + size;
        }
        blocks
    }

    /// Adds a block that the heap just returned.
    ///
    /// # Errors
    /// The block is not in a free block, or reaches beyond it.
    pub fn insert(&mut self, payload: usize, usable: usize) -> Result<(), String> {
        let kind = self.kind(payload);
        let PointerKind::Double(_) = kind else {
            return Err(format!("the heap returned {payload}, which is {kind:?}"));
        };
        let pool = self.pool(payload).map(|pool| self.bounds(self.pools[pool]));
        let sentinel = pool.map_or(0, |(_, sentinel)| sentinel);
        let next = self.live.from(payload).next().map_or(sentinel, |block| block.offset - WORD);
        if payload + usable > next.min(sentinel) {
            return Err(format!("{usable} bytes at {payload} reach beyond {next}"));
        }
        self.live.insert(Placed { offset: payload, bytes: usable, key: () });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_pool_has_one_kind() {
        let mut map = AddressMap { align: WORD, pools: vec![(0, 64 * WORD)], ..Default::default() };
        map.insert(WORD, 6 * WORD).expect("free");
        map.insert(20 * WORD, 3 * WORD).expect("free");
        assert!(map.insert(2 * WORD, WORD).is_err(), "inside a live block");
        assert!(map.insert(10 * WORD, 10 * WORD).is_err(), "reaches into a live block");
        assert_eq!(map.kind(0), PointerKind::Foreign);
        assert_eq!(map.kind(WORD), PointerKind::Live(6 * WORD));
        assert_eq!(map.kind(WORD + 1), PointerKind::Misaligned);
        assert_eq!(map.kind(6 * WORD), PointerKind::Interior(WORD));
        assert_eq!(map.kind(8 * WORD), PointerKind::Double(8 * WORD));
        assert_eq!(map.kind(63 * WORD), PointerKind::Foreign);
        assert_eq!(map.kind(64 * WORD), PointerKind::Foreign);
        let free: Vec<bool> = map.blocks(0).iter().map(|block| block.free).collect();
        assert_eq!(free, [false, true, false, true]);
    }
}
