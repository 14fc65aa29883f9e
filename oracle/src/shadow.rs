//! What is live: allocations in named slots, in order of age, and in order of address; and the
//! pattern that fills each payload.
//!
//! Kept apart from the specification, so that overlap and content are judged by what was handed
//! out, not by what should have been.

/// Slots of a program.
pub(crate) const SLOTS: usize = 256;

/// One live allocation.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// The slot that names it.
    pub slot: u8,
    /// Its payload.
    pub offset: usize,
    /// Usable bytes, all of them filled.
    pub usable: usize,
    /// The alignment that it was asked for; 1 is none in particular.
    pub align: usize,
    /// Seed of its pattern: no two live allocations have the same.
    pub tag: u64,
}

/// All live allocations.
#[derive(Debug)]
pub struct ShadowHeap {
    slots: Box<[Option<Live>; SLOTS]>,
    /// Slots, oldest first.
    ages: Vec<u8>,
    /// (offset, slot), ascending.
    places: Vec<(usize, u8)>,
    /// Usable bytes of all.
    bytes: usize,
    serial: u64,
    seed: u64,
}

impl ShadowHeap {
    pub(crate) fn new() -> Self {
        Self {
            slots: Box::new([None; SLOTS]),
            ages: Vec::with_capacity(SLOTS),
            places: Vec::with_capacity(SLOTS),
            bytes: 0,
            serial: 0,
            seed: 0,
        }
    }

    /// What `other` is, at the cost of what is live in both.
    pub(crate) fn become_like(&mut self, other: &Self) {
        for slot in self.ages.drain(..) {
            self.slots[usize::from(slot)] = None;
        }
        for &slot in &other.ages {
            self.slots[usize::from(slot)] = other.slots[usize::from(slot)];
        }
        self.ages.extend_from_slice(&other.ages);
        self.places.clear();
        self.places.extend_from_slice(&other.places);
        self.bytes = other.bytes;
        self.serial = other.serial;
        self.seed = other.seed;
    }

    pub(crate) fn clear(&mut self, seed: u16) {
        for slot in self.ages.drain(..) {
            self.slots[usize::from(slot)] = None;
        }
        self.places.clear();
        self.bytes = 0;
        self.serial = 0;
        self.seed = u64::from(seed);
    }

    pub(crate) fn len(&self) -> usize {
        self.ages.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn get(&self, slot: u8) -> Option<Live> {
        self.slots[usize::from(slot)]
    }

    /// The first empty slot at or after `name`, round the end.
    pub(crate) fn empty_slot(&self, name: u8) -> Option<u8> {
        if self.len() == SLOTS {
            return None;
        }
        Self::round_from(name).find(|&slot| self.slots[usize::from(slot)].is_none())
    }

    /// The first live one at or after slot `name`, round the end.
    pub(crate) fn named(&self, name: u8) -> Option<Live> {
        if self.ages.is_empty() {
            return None;
        }
        Self::round_from(name).find_map(|slot| self.get(slot))
    }

    fn round_from(name: u8) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).map(move |step| name.wrapping_add(step))
    }

    /// The k-th newest, modulo how many there are.
    pub(crate) fn newest(&self, k: usize) -> Option<Live> {
        let k = k.checked_rem(self.len())?;
        self.get(self.ages[self.len() - 1 - k])
    }

    /// The k-th oldest, modulo how many there are.
    pub(crate) fn oldest(&self, k: usize) -> Option<Live> {
        let k = k.checked_rem(self.len())?;
        self.get(self.ages[k])
    }

    /// The k-th in address order, modulo how many there are.
    pub(crate) fn by_address(&self, k: usize) -> Option<Live> {
        let k = k.checked_rem(self.len())?;
        self.get(self.places[k].1)
    }

    /// The last one that starts before `offset`, and the first that starts behind it.
    pub(crate) fn neighbours(&self, offset: usize) -> (Option<Live>, Option<Live>) {
        let at = self.places.partition_point(|place| place.0 < offset);
        let behind = at + usize::from(self.places.get(at).is_some_and(|place| place.0 == offset));
        let live = |place: Option<&(usize, u8)>| place.and_then(|place| self.get(place.1));
        (live(self.places[..at].last()), live(self.places.get(behind)))
    }

    /// The same, as if the one in `slot` were not there.
    pub(crate) fn neighbours_without(
        &self,
        offset: usize,
        slot: u8,
    ) -> (Option<Live>, Option<Live>) {
        let at = self.places.partition_point(|place| place.0 < offset);
        let (before, behind) = self.places.split_at(at);
        let other = |place: &&(usize, u8)| place.1 != slot;
        let live = |place: Option<&(usize, u8)>| place.and_then(|place| self.get(place.1));
        let behind = behind.iter().filter(|place| place.0 != offset);
        (live(before.iter().rev().find(other)), live(behind.clone().find(other)))
    }

    /// The one whose payload is at `offset`.
    pub(crate) fn at(&self, offset: usize) -> Option<Live> {
        let at = self.places.partition_point(|place| place.0 < offset);
        self.places.get(at).filter(|place| place.0 == offset).and_then(|place| self.get(place.1))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Live> + '_ {
        self.ages.iter().filter_map(|&slot| self.get(slot))
    }

    /// Puts an allocation into its slot, with a pattern of its own.
    pub(crate) fn insert(&mut self, slot: u8, offset: usize, usable: usize, align: usize) -> Live {
        self.serial += 1;
        let tag = mix(self.seed << 32 ^ self.serial);
        let live = Live { slot, offset, usable, align, tag };
        self.slots[usize::from(slot)] = Some(live);
        self.bytes += usable;
        self.ages.push(slot);
        let at = self.places.partition_point(|place| place.0 < offset);
        self.places.insert(at, (offset, slot));
        live
    }

    pub(crate) fn remove(&mut self, slot: u8) {
        if let Some(live) = self.slots[usize::from(slot)].take() {
            self.bytes -= live.usable;
            self.ages.retain(|&aged| aged != slot);
            let at = self.places.partition_point(|place| place.0 < live.offset);
            self.places.remove(at);
        }
    }

    /// Gives a live allocation a new pattern.
    pub(crate) fn retag(&mut self, slot: u8) -> Option<Live> {
        self.serial += 1;
        let tag = mix(self.seed << 32 ^ self.serial);
        let live = self.slots[usize::from(slot)].as_mut()?;
        live.tag = tag;
        Some(*live)
    }
}

/// A bijective scramble (splitmix64's finaliser).
pub(crate) const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The 8 bytes at word `index` of a payload with this tag.
#[inline]
fn word(tag: u64, index: usize) -> u64 {
    tag.wrapping_add((index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Fills a payload with its pattern.
pub(crate) fn fill(payload: &mut [u8], tag: u64) {
    let (words, tail) = payload.as_chunks_mut_8();
    let count = words.len();
    for (index, chunk) in words.iter_mut().enumerate() {
        *chunk = word(tag, index).to_le_bytes();
    }
    let last = word(tag, count).to_le_bytes();
    tail.copy_from_slice(&last[..tail.len()]);
}

/// The first byte, at or behind word `from`, that is not what [`fill`] wrote.
pub(crate) fn first_wrong(payload: &[u8], tag: u64, from: usize) -> Option<usize> {
    let (words, tail) = payload.as_chunks_8();
    let count = words.len();
    let differs = words
        .iter()
        .enumerate()
        .skip(from)
        .fold(0, |any, (index, chunk)| any | (u64::from_le_bytes(*chunk) ^ word(tag, index)));
    let last = word(tag, count).to_le_bytes();
    if differs == 0 && tail == &last[..tail.len()] {
        return None;
    }
    let right = |at: usize| word(tag, at / 8).to_le_bytes()[at % 8];
    (from * 8..payload.len()).find(|&at| payload[at] != right(at))
}

/// `as_chunks` came with Rust 1.88; this is built on 1.85.
trait Chunks8 {
    fn as_chunks_8(&self) -> (&[[u8; 8]], &[u8]);
    fn as_chunks_mut_8(&mut self) -> (&mut [[u8; 8]], &mut [u8]);
}

impl Chunks8 for [u8] {
    fn as_chunks_8(&self) -> (&[[u8; 8]], &[u8]) {
        let (whole, tail) = self.split_at(self.len() / 8 * 8);
        // SAFETY: an array of 8 bytes is aligned as a byte is, and `whole` is a multiple of 8 long.
        (unsafe { std::slice::from_raw_parts(whole.as_ptr().cast(), whole.len() / 8) }, tail)
    }

    fn as_chunks_mut_8(&mut self) -> (&mut [[u8; 8]], &mut [u8]) {
        let (whole, tail) = self.split_at_mut(self.len() / 8 * 8);
        let count = whole.len() / 8;
        // SAFETY: as above.
        (unsafe { std::slice::from_raw_parts_mut(whole.as_mut_ptr().cast(), count) }, tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_byte_is_found_where_it_is() {
        for len in [1, 7, 8, 24, 100, 129] {
            let mut payload = vec![0; len];
            fill(&mut payload, 42);
            assert_eq!(first_wrong(&payload, 42, 0), None);
            assert!(first_wrong(&payload, 43, 0).is_some(), "tags differ from the start");
            for at in 0..len {
                payload[at] ^= 0x10;
                assert_eq!(first_wrong(&payload, 42, 0), Some(at));
                payload[at] ^= 0x10;
            }
        }
    }

    #[test]
    fn slots_keep_their_names_ages_and_places() {
        let mut live = ShadowHeap::new();
        for (slot, offset) in [(5, 300), (250, 100), (7, 200)] {
            live.insert(slot, offset, 8, 1);
        }
        let slot = |found: Option<Live>| found.map(|live| live.slot);
        assert_eq!(live.empty_slot(5), Some(6));
        assert_eq!(slot(live.named(8)), Some(250));
        assert_eq!(slot(live.named(251)), Some(5));
        assert_eq!(slot(live.newest(0)), Some(7));
        assert_eq!(slot(live.oldest(4)), Some(250));
        assert_eq!(slot(live.by_address(0)), Some(250));
        let (before, behind) = live.neighbours(200);
        assert_eq!((slot(before), slot(behind)), (Some(250), Some(5)));
        live.remove(250);
        assert_eq!(slot(live.oldest(1)), Some(7));
        assert_eq!(live.len(), 2);
    }
}
