//! Sets of words, each remembered in two words.

/// Mixes a word, so that sums over different sets agree by chance only. Different words have different
/// results.
#[inline]
pub(crate) const fn mix(word: usize) -> usize {
    // Multiplying twice, with a fold between, so that sums of addresses do not cancel.
    let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
    let half = usize::BITS / 2;
    let mixed = word.wrapping_mul(odd);
    let mixed = (mixed ^ (mixed >> half)).wrapping_mul(odd);
    mixed ^ (mixed >> half)
}

/// A set of words, by their number and the sum of the mixed words: two sets with equal fingerprints are
/// equal, except with probability `1 / 2^usize::BITS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fingerprint {
    count: usize,
    sum: usize,
}

impl Fingerprint {
    pub(crate) const EMPTY: Self = Self { count: 0, sum: 0 };

    #[inline]
    pub(crate) const fn add(&mut self, word: usize) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(mix(word));
    }

    /// Removes a word that was added.
    #[cfg(any(feature = "guard", test))]
    #[inline]
    pub(crate) const fn remove(&mut self, word: usize) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(mix(word));
    }

    /// Words in the set.
    #[inline]
    pub(crate) const fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
impl Fingerprint {
    /// The word of a set of one.
    pub(crate) fn only(&self) -> usize {
        assert_eq!(self.count, 1);
        unmix(self.sum)
    }
}

/// The inverse of [`mix`]. A fold of one half is its own inverse. The inverse of an odd factor is found by
/// Newton's method: each step doubles the number of correct bits, and the factor itself has three.
#[cfg(test)]
pub(crate) fn unmix(mixed: usize) -> usize {
    let odd = 0x9E37_79B9_7F4A_7C15_u64 as usize;
    let inverse = (0..5).fold(odd, |inverse, _| {
        inverse.wrapping_mul(2_usize.wrapping_sub(odd.wrapping_mul(inverse)))
    });
    let undone = |word: usize| (word ^ (word >> (usize::BITS / 2))).wrapping_mul(inverse);
    undone(undone(mixed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_can_be_undone_so_every_bit_counts() {
        for word in (0..usize::BITS).flat_map(|bit| [1 << bit, usize::MAX << bit]) {
            assert_eq!(unmix(mix(word)), word);
            let mut set = Fingerprint::EMPTY;
            set.add(word);
            assert_eq!((set.count(), set.only()), (1, word));
        }
    }

    #[test]
    fn a_word_that_is_added_and_removed_leaves_the_set_as_it_was() {
        let mut set = Fingerprint::EMPTY;
        set.add(24);
        let before = set;
        set.add(4096);
        assert_ne!(set, before);
        set.remove(4096);
        assert_eq!(set, before);
    }
}
