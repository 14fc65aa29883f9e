//! Who lives where, by what was asked for and answered: the allocator is not consulted. Each
//! answer is checked when it is given: aligned, inside the pool, apart from all others.

use crate::geometry::WORD;

/// A live block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    /// From the pool's start to the payload, in bytes.
    pub offset: usize,
    /// Bytes asked for.
    pub size: usize,
}

/// The live blocks of a heap, by number.
#[derive(Debug)]
pub struct Tenants {
    heap_bytes: usize,
    placed: Vec<Option<Placed>>,
    /// One bit for each word of the pool that is part of a live payload.
    occupied: Vec<u64>,
    live_bytes: usize,
    live_blocks: usize,
    peak_live: usize,
    footprint: usize,
}

impl Tenants {
    /// Of an empty pool.
    pub fn new(heap_bytes: usize) -> Self {
        Self {
            heap_bytes,
            placed: Vec::new(),
            occupied: vec![0; heap_bytes.div_ceil(WORD).div_ceil(64)],
            live_bytes: 0,
            live_blocks: 0,
            peak_live: 0,
            footprint: 0,
        }
    }

    /// Bytes of the pool.
    pub fn heap_bytes(&self) -> usize {
        self.heap_bytes
    }

    /// Bytes asked for and not given back.
    pub fn live_bytes(&self) -> usize {
        self.live_bytes
    }

    /// Blocks handed out and not given back.
    pub fn live_blocks(&self) -> usize {
        self.live_blocks
    }

    /// The most bytes that were live at a time.
    pub fn peak_live(&self) -> usize {
        self.peak_live
    }

    /// The highest end of a payload so far, from the pool's start.
    pub fn footprint(&self) -> usize {
        self.footprint
    }

    /// Where block `id` is.
    ///
    /// # Panics
    /// If it is not live: the program's error, not the allocator's.
    pub fn get(&self, id: usize) -> Placed {
        self.placed.get(id).copied().flatten().unwrap_or_else(|| panic!("block {id} is not live"))
    }

    /// Takes down that `id` was placed there.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub fn admit(&mut self, id: usize, at: Placed) -> Result<(), String> {
        let Placed { offset, size } = at;
        if offset % WORD != 0 {
            return Err(format!("{size} bytes at offset {offset}, which is not aligned to a word"));
        }
        if offset >= self.heap_bytes || size > self.heap_bytes - offset {
            return Err(format!("{size} bytes at offset {offset}, outside the heap"));
        }
        if self.any(at) {
            return Err(format!("{size} bytes at offset {offset}, which overlap a live block"));
        }
        if self.placed.len() <= id {
            self.placed.resize(id + 1, None);
        }
        assert!(self.placed[id].is_none(), "block {id} is live already");
        self.placed[id] = Some(at);
        self.flip(at);
        self.live_bytes += size;
        self.live_blocks += 1;
        self.peak_live = self.peak_live.max(self.live_bytes);
        self.footprint = self.footprint.max(offset + size);
        Ok(())
    }

    /// Takes down that `id` is gone.
    ///
    /// # Panics
    /// If it was not live.
    pub fn vacate(&mut self, id: usize) -> Placed {
        let at = self.get(id);
        self.placed[id] = None;
        self.flip(at);
        self.live_bytes -= at.size;
        self.live_blocks -= 1;
        at
    }

    fn any(&self, at: Placed) -> bool {
        words(at).any(|(index, mask)| self.occupied[index] & mask != 0)
    }

    fn flip(&mut self, at: Placed) {
        for (index, mask) in words(at) {
            self.occupied[index] ^= mask;
        }
    }
}

/// The bits of a payload: index and mask.
fn words(at: Placed) -> impl Iterator<Item = (usize, u64)> {
    let (first, end) = (at.offset / WORD, (at.offset + at.size).div_ceil(WORD));
    (first / 64..end.div_ceil(64)).map(move |index| {
        let low = first.saturating_sub(index * 64);
        let high = (end - index * 64).min(64);
        (index, (u64::MAX >> (64 - (high - low))) << low)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aligned_disjoint_places_inside_are_admitted() {
        let mut tenants = Tenants::new(4096);
        let at = |offset, size| Placed { offset: offset * WORD, size };
        tenants.admit(0, at(2, 100 * WORD)).expect("free");
        for (place, why) in [
            (Placed { offset: 1, size: 1 }, "not aligned"),
            (at(4096 / WORD, 1), "outside"),
            (at(200, 4096), "outside"),
            (at(0, 2 * WORD + 1), "overlap"),
            (at(101, 1), "overlap"),
            (at(64, 1), "overlap"),
        ] {
            let told = tenants.admit(1, place).expect_err(why);
            assert!(told.contains(why), "{told}");
        }
        tenants.admit(1, at(0, 2 * WORD)).expect("in front");
        tenants.admit(2, at(102, 8)).expect("behind");
        assert_eq!(tenants.vacate(0), at(2, 100 * WORD));
        tenants.admit(0, at(2, 100 * WORD)).expect("free again");
        assert_eq!((tenants.live_blocks(), tenants.footprint()), (3, 102 * WORD + 8));
    }
}
