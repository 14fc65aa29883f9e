//! Live blocks in address order.

/// Blocks in one chunk of the order. A heap with fewer blocks has one chunk, which is a sorted vector:
/// for the tens of blocks of a fuzz run, that is several times faster than a `BTreeMap`. With more
/// chunks, adding or removing a block moves the blocks of one chunk only.
const CHUNK: usize = 512;

/// One live block, with the name that its owner gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed<K> {
    /// Where its payload starts.
    pub offset: usize,
    /// Bytes of its payload.
    pub bytes: usize,
    /// Its name: a slot, a number, or nothing.
    pub key: K,
}

impl<K> Placed<K> {
    /// The first byte behind it.
    pub const fn end(&self) -> usize {
        self.offset + self.bytes
    }
}

/// The live blocks of a heap, in address order. No two start at the same offset.
#[derive(Clone, Debug)]
pub struct ShadowHeap<K> {
    /// Only the first chunk may be empty, if it is the only one.
    chunks: Vec<Vec<Placed<K>>>,
    len: usize,
    bytes: usize,
}

impl<K> Default for ShadowHeap<K> {
    fn default() -> Self {
        Self { chunks: vec![Vec::new()], len: 0, bytes: 0 }
    }
}

impl<K: Copy> ShadowHeap<K> {
    /// Forgets all blocks.
    pub fn clear(&mut self) {
        self.chunks.truncate(1);
        self.chunks[0].clear();
        self.len = 0;
        self.bytes = 0;
    }

    /// How many blocks are live.
    pub fn len(&self) -> usize {
        self.len
    }

    /// No block is live.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of all payloads.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The chunk and the index in it at which a block at `offset` is, or has to be inserted.
    #[inline]
    fn find(&self, offset: usize) -> (usize, usize) {
        let chunk = match self.chunks.len() {
            1 => 0,
            _ => self.chunks.partition_point(|chunk| chunk[0].offset <= offset).saturating_sub(1),
        };
        (chunk, self.chunks[chunk].partition_point(|block| block.offset < offset))
    }

    /// Adds a block. One that starts at the same offset is not live any more.
    pub fn insert(&mut self, block: Placed<K>) {
        let (number, at) = self.find(block.offset);
        let chunk = &mut self.chunks[number];
        self.bytes += block.bytes;
        if let Some(old) = chunk.get_mut(at).filter(|old| old.offset == block.offset) {
            self.bytes -= old.bytes;
            *old = block;
            return;
        }
        chunk.insert(at, block);
        self.len += 1;
        if chunk.len() > CHUNK {
            let upper = chunk.split_off(CHUNK / 2);
            self.chunks.insert(number + 1, upper);
        }
    }

    /// Removes the block at `offset`.
    pub fn remove(&mut self, offset: usize) -> Option<Placed<K>> {
        let (number, at) = self.find(offset);
        let chunk = &mut self.chunks[number];
        chunk.get(at).filter(|block| block.offset == offset)?;
        let block = chunk.remove(at);
        if chunk.is_empty() && self.chunks.len() > 1 {
            self.chunks.remove(number);
        }
        self.len -= 1;
        self.bytes -= block.bytes;
        Some(block)
    }

    /// The block whose payload starts at `offset`.
    #[inline]
    pub fn at(&self, offset: usize) -> Option<Placed<K>> {
        self.from(offset).next().filter(|block| block.offset == offset)
    }

    /// The last block before `offset`, the one at it, and the first behind it: in one search.
    #[inline]
    pub fn around(&self, offset: usize) -> [Option<Placed<K>>; 3] {
        let (number, at) = self.find(offset);
        let chunk = &self.chunks[number];
        let ahead = match at.checked_sub(1) {
            Some(before) => Some(chunk[before]),
            None => number.checked_sub(1).and_then(|number| self.chunks[number].last().copied()),
        };
        let here = chunk.get(at).copied().filter(|block| block.offset == offset);
        let behind = at + usize::from(here.is_some());
        let next = || self.chunks.get(number + 1).map(|chunk| chunk[0]);
        [ahead, here, chunk.get(behind).copied().or_else(next)]
    }

    /// The blocks that start at `offset` or behind it, in address order.
    #[inline]
    pub fn from(&self, offset: usize) -> impl Iterator<Item = Placed<K>> + '_ {
        let (chunk, at) = self.find(offset);
        let behind = self.chunks[chunk + 1..].iter().flatten();
        self.chunks[chunk][at..].iter().chain(behind).copied()
    }

    /// The blocks that start before `offset`, the nearest first.
    #[inline]
    pub fn before(&self, offset: usize) -> impl Iterator<Item = Placed<K>> + '_ {
        let (chunk, at) = self.find(offset);
        let ahead = self.chunks[..chunk].iter().rev().flat_map(|chunk| chunk.iter().rev());
        self.chunks[chunk][..at].iter().rev().chain(ahead).copied()
    }

    /// A block that has a byte in `offset..offset + bytes`.
    pub fn overlap(&self, offset: usize, bytes: usize) -> Option<Placed<K>> {
        let ahead = self.before(offset).next().filter(|block| block.end() > offset);
        ahead.or_else(|| {
            let behind = self.from(offset).next();
            behind.filter(|block| block.offset < offset.saturating_add(bytes))
        })
    }

    /// All blocks, in address order.
    pub fn iter(&self) -> impl Iterator<Item = Placed<K>> + '_ {
        self.chunks.iter().flatten().copied()
    }

    /// The block of that number in address order.
    pub fn nth(&self, number: usize) -> Option<Placed<K>> {
        let mut rest = number;
        for chunk in &self.chunks {
            match chunk.get(rest) {
                Some(&block) => return Some(block),
                None => rest -= chunk.len(),
            }
        }
        None
    }

    /// Becomes equal to `other`, and uses its own memory again.
    pub fn become_like(&mut self, other: &Self) {
        self.chunks.clone_from(&other.chunks);
        self.len = other.len;
        self.bytes = other.bytes;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rng::SeededRng;

    #[test]
    fn it_is_an_ordered_map_at_any_number_of_blocks() {
        let mut rng = SeededRng::new(1);
        let (mut shadow, mut naive) = (ShadowHeap::default(), BTreeMap::new());
        for step in 0..20_000_u64 {
            // Grows to several chunks, and shrinks to none.
            let offset = rng.index(4000) * 8;
            if rng.index(10_000) < (20_000 - step) as usize {
                shadow.insert(Placed { offset, bytes: 8, key: step });
                naive.insert(offset, step);
            } else {
                assert_eq!(shadow.remove(offset).map(|block| block.key), naive.remove(&offset));
            }
            if step % 50 == 0 {
                let near = rng.index(32_000);
                let pair = |block: Placed<u64>| (block.offset, block.key);
                let expected = |(&offset, &key): (&usize, &u64)| (offset, key);
                assert!(shadow.iter().map(pair).eq(naive.iter().map(expected)));
                assert!(shadow.from(near).map(pair).eq(naive.range(near..).map(expected)));
                let before = naive.range(..near).rev().map(expected);
                assert!(shadow.before(near).map(pair).eq(before));
                for near in [near, near / 8 * 8] {
                    let [ahead, here, behind] = shadow.around(near).map(|block| block.map(pair));
                    assert_eq!(ahead, naive.range(..near).next_back().map(expected));
                    assert_eq!(here, naive.get(&near).map(|&key| (near, key)));
                    assert_eq!(behind, naive.range(near + 1..).next().map(expected));
                }
                let (number, count) = (rng.index(naive.len() + 1), naive.len());
                assert_eq!(shadow.nth(number).map(pair), naive.iter().nth(number).map(expected));
                assert_eq!((shadow.len(), shadow.bytes()), (count, 8 * count));
            }
        }
    }

    #[test]
    fn an_overlap_is_found_on_both_sides_and_touching_is_none() {
        let mut shadow = ShadowHeap::default();
        shadow.insert(Placed { offset: 100, bytes: 50, key: 'a' });
        shadow.insert(Placed { offset: 200, bytes: 50, key: 'b' });
        let key = |offset, bytes| shadow.overlap(offset, bytes).map(|block| block.key);
        assert_eq!([key(50, 50), key(150, 50), key(250, 9)], [None; 3]);
        assert_eq!([key(50, 51), key(149, 1), key(100, 1)], [Some('a'); 3]);
        assert_eq!([key(150, 51), key(249, 1), key(190, 80)], [Some('b'); 3]);
    }
}
