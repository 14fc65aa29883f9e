//! States as bytes: heaps that behave alike have the same bytes.

use crate::geometry::WORD;
use crate::lockstep::Lockstep;
use crate::subject::{Listed, Row};

/// Buffers for one thread's encoding.
#[derive(Default)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    listed: Vec<Listed>,
    /// Offsets of the free blocks, in address order.
    free: Vec<usize>,
}

/// The number of the region that starts at `mem`.
fn number(ranges: &[(usize, usize)], mem: usize) -> u8 {
    ranges.iter().position(|range| range.0 == mem).map_or(u8::MAX, |at| at as u8)
}

impl Encoder {
    /// The state of a lockstep as bytes. For each pool, in address order: its number and its blocks (twice
    /// their size in words, plus one if they are free). Then, for each list from its head: the rank of each
    /// free block in address order.
    ///
    /// The class of a block follows from its size, so the lists need no separators.
    pub(super) fn encode(&mut self, lockstep: &Lockstep, ranges: &[(usize, usize)]) -> &[u8] {
        self.bytes.clear();
        self.free.clear();
        self.listed.clear();
        let mut pools: Vec<usize> = lockstep.pools().iter().map(|pool| pool.0).collect();
        pools.sort_unstable();
        for mem in pools {
            self.bytes.push(number(ranges, mem));
            self.rows.clear();
            match lockstep.specification() {
                Some(specification) => specification.walk(mem, &mut self.rows),
                None => lockstep.subject().walk(mem, &mut self.rows),
            }
            for row in &self.rows {
                let word = (row.size / WORD * 2 + usize::from(row.free)) as u16;
                self.bytes.extend(word.to_le_bytes());
                self.free.extend(row.free.then_some(row.offset));
            }
            self.bytes.extend([0, 0]);
        }
        match lockstep.specification() {
            Some(specification) => specification.lists(&mut self.listed),
            None => lockstep.subject().lists(&mut self.listed),
        }
        for listed in &self.listed {
            let rank = self.free.binary_search(&listed.offset).unwrap_or(usize::from(u8::MAX));
            self.bytes.push(rank as u8);
        }
        &self.bytes
    }
}
