//! The live blocks of a program: in named slots, in order of age, and in order of address.

use crate::shadow::heap::{Placed, ShadowHeap};
use crate::shadow::pattern::{Pattern, mix};

/// Slots of a program.
pub(crate) const SLOTS: usize = 256;

/// One live allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Live {
    /// The slot that names it.
    pub slot: u8,
    /// Its payload.
    pub offset: usize,
    /// Usable bytes.
    pub usable: usize,
    /// The alignment that was requested; 1 for none in particular.
    pub align: usize,
    /// What it was filled with.
    pub pattern: Pattern,
}

/// All live allocations.
#[derive(Debug)]
pub struct Slots {
    slots: Box<[Option<Live>; SLOTS]>,
    /// Slots, oldest first.
    ages: Vec<u8>,
    places: ShadowHeap<u8>,
    serial: u64,
    seed: u64,
    /// Large payloads are filled in part.
    sampled: bool,
}

impl Slots {
    pub(crate) fn new() -> Self {
        Self {
            slots: Box::new([None; SLOTS]),
            ages: Vec::with_capacity(SLOTS),
            places: ShadowHeap::default(),
            serial: 0,
            seed: 0,
            sampled: false,
        }
    }

    /// Becomes equal to `other`, at the cost of what is live in both.
    pub(crate) fn become_like(&mut self, other: &Self) {
        for slot in self.ages.drain(..) {
            self.slots[usize::from(slot)] = None;
        }
        for &slot in &other.ages {
            self.slots[usize::from(slot)] = other.slots[usize::from(slot)];
        }
        self.ages.extend_from_slice(&other.ages);
        self.places.become_like(&other.places);
        self.serial = other.serial;
        self.seed = other.seed;
        self.sampled = other.sampled;
    }

    /// Empties all slots. Patterns from now on are those of `seed`.
    pub(crate) fn clear(&mut self, seed: u16) {
        for slot in self.ages.drain(..) {
            self.slots[usize::from(slot)] = None;
        }
        self.places.clear();
        self.serial = 0;
        self.seed = u64::from(seed);
    }

    pub(crate) fn len(&self) -> usize {
        self.ages.len()
    }

    /// Usable bytes of all.
    pub(crate) fn bytes(&self) -> usize {
        self.places.bytes()
    }

    #[inline]
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

    /// The k-th newest, modulo how many are live.
    pub(crate) fn newest(&self, k: usize) -> Option<Live> {
        let k = k.checked_rem(self.len())?;
        self.get(self.ages[self.len() - 1 - k])
    }

    /// The k-th oldest, modulo how many are live.
    pub(crate) fn oldest(&self, k: usize) -> Option<Live> {
        let k = k.checked_rem(self.len())?;
        self.get(self.ages[k])
    }

    /// The k-th in address order, modulo how many are live.
    pub(crate) fn by_address(&self, k: usize) -> Option<Live> {
        let k = k.checked_rem(self.len())?;
        self.live(self.places.nth(k))
    }

    #[inline]
    fn live(&self, block: Option<Placed<u8>>) -> Option<Live> {
        self.get(block?.key)
    }

    /// The last one that starts before `offset`, and the first that starts behind it.
    pub(crate) fn neighbours(&self, offset: usize) -> (Option<Live>, Option<Live>) {
        let [ahead, _, behind] = self.places.around(offset);
        (self.live(ahead), self.live(behind))
    }

    /// The last one that starts before `offset`, the one at it, and the first behind it.
    #[inline]
    pub(crate) fn around(&self, offset: usize) -> [Option<Live>; 3] {
        let [ahead, here, behind] = self.places.around(offset);
        [self.live(ahead), self.live(here), self.live(behind)]
    }

    /// The same, as if the block in `slot` were not live.
    pub(crate) fn neighbours_without(
        &self,
        offset: usize,
        slot: u8,
    ) -> (Option<Live>, Option<Live>) {
        let ahead = self.places.before(offset).find(|block| block.key != slot);
        let is_other = |block: &Placed<u8>| block.offset != offset && block.key != slot;
        (self.live(ahead), self.live(self.places.from(offset).find(is_other)))
    }

    /// All, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Live> + '_ {
        self.ages.iter().filter_map(|&slot| self.get(slot))
    }

    /// Puts an allocation into its slot, with a pattern of its own.
    pub(crate) fn insert(&mut self, slot: u8, offset: usize, usable: usize, align: usize) -> Live {
        let live = Live { slot, offset, usable, align, pattern: self.next_pattern(usable) };
        self.slots[usize::from(slot)] = Some(live);
        self.ages.push(slot);
        self.places.insert(Placed { offset, bytes: usable, key: slot });
        live
    }

    pub(crate) fn remove(&mut self, slot: u8) {
        if let Some(live) = self.slots[usize::from(slot)].take() {
            if let Some(age) = self.ages.iter().position(|&aged| aged == slot) {
                self.ages.remove(age);
            }
            self.places.remove(live.offset);
        }
    }

    /// Gives a live allocation a new pattern.
    pub(crate) fn retag(&mut self, slot: u8) -> Option<Live> {
        let pattern = self.next_pattern(self.get(slot).map_or(0, |live| live.usable));
        let live = self.slots[usize::from(slot)].as_mut()?;
        live.pattern = pattern;
        Some(*live)
    }

    /// From now on, large payloads are filled whole, or only in part.
    pub(crate) fn set_sampled(&mut self, sampled: bool) {
        self.sampled = sampled;
    }

    fn next_pattern(&mut self, bytes: usize) -> Pattern {
        self.serial += 1;
        Pattern { tag: mix(self.seed << 32 ^ self.serial), bytes, sampled: self.sampled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_their_names_ages_and_places() {
        let mut slots = Slots::new();
        for (slot, offset) in [(5, 300), (250, 100), (7, 200)] {
            slots.insert(slot, offset, 8, 1);
        }
        let slot = |found: Option<Live>| found.map(|live| live.slot);
        assert_eq!(slots.empty_slot(5), Some(6));
        assert_eq!(slot(slots.named(8)), Some(250));
        assert_eq!(slot(slots.named(251)), Some(5));
        assert_eq!(slot(slots.newest(0)), Some(7));
        assert_eq!(slot(slots.oldest(4)), Some(250));
        assert_eq!(slot(slots.by_address(0)), Some(250));
        let (before, behind) = slots.neighbours(200);
        assert_eq!((slot(before), slot(behind)), (Some(250), Some(5)));
        slots.remove(250);
        assert_eq!(slot(slots.oldest(1)), Some(7));
        assert_eq!(slots.len(), 2);
    }
}
