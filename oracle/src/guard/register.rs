//! What was handed out, and what every address is, therefore. Numbers only: it reads no heap.

use std::collections::BTreeMap;

use crate::geometry::WORD;

/// What an address is, as an offset: by the register, or as the guard tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The payload of a live block of so many usable bytes.
    Live(usize),
    /// In no pool, or in bytes that are never payload.
    Foreign,
    /// In a pool, between granules.
    Misaligned,
    /// In the live block with this payload.
    Interior(usize),
    /// In the free block with this payload.
    Double(usize),
}

/// A block of a pool, by the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    /// Offset of its payload.
    pub payload: usize,
    /// Its bytes.
    pub size: usize,
    /// Not handed out.
    pub free: bool,
}

/// Pools in order of addition, and live blocks.
#[derive(Clone, Default, Debug)]
pub struct Register {
    /// ALIGN of the heap.
    pub align: usize,
    /// (start, bytes).
    pub pools: Vec<(usize, usize)>,
    /// Usable bytes by payload.
    pub live: BTreeMap<usize, usize>,
}

impl Register {
    /// The first payload of a pool, and its sentinel's header.
    pub fn bounds(&self, (start, bytes): (usize, usize)) -> (usize, usize) {
        (start + self.align, start + bytes / self.align * self.align - WORD)
    }

    /// The number of the pool that has this offset.
    pub fn pool(&self, at: usize) -> Option<usize> {
        self.pools.iter().position(|&(start, bytes)| at >= start && at - start < bytes)
    }

    /// What is at this offset.
    pub fn kind(&self, at: usize) -> Kind {
        let Some(pool) = self.pool(at) else { return Kind::Foreign };
        let (first, sentinel) = self.bounds(self.pools[pool]);
        if at < first || at >= sentinel {
            return Kind::Foreign;
        }
        if at % self.align != 0 {
            return Kind::Misaligned;
        }
        // The last live block whose header is here or in front.
        match self.live.range(first..=at + WORD).next_back() {
            Some((&block, &usable)) if block == at => Kind::Live(usable),
            Some((&block, &usable)) if at < block + usable => Kind::Interior(block),
            Some((&block, &usable)) => Kind::Double(block + usable + WORD),
            None => Kind::Double(first),
        }
    }

    /// The blocks of a pool in address order: what is between live ones is free, and one block.
    pub fn blocks(&self, pool: usize) -> Vec<Block> {
        let (first, sentinel) = self.bounds(self.pools[pool]);
        let mut blocks = Vec::new();
        let mut header = first - WORD;
        let ends = self.live.range(first..sentinel).map(|(&at, &usable)| (at, Some(usable)));
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

    /// A block that was just handed out: what is wrong with it, if anything.
    pub fn enter(&mut self, payload: usize, usable: usize) -> Result<(), String> {
        let Kind::Double(_) = self.kind(payload) else {
            return Err(format!("handed out {payload}, which is {:?}", self.kind(payload)));
        };
        let pool = self.pool(payload).map(|pool| self.bounds(self.pools[pool]));
        let sentinel = pool.map_or(0, |(_, sentinel)| sentinel);
        let next = self.live.range(payload..).next().map_or(sentinel, |(&at, _)| at - WORD);
        if payload + usable > next.min(sentinel) {
            return Err(format!("{usable} bytes at {payload} reach beyond {next}"));
        }
        self.live.insert(payload, usable);
        Ok(())
    }
}
