//! Size classes: which free list a size belongs to.
//!
//! A [`SizeClass`] is in range because it comes from a legal block size (law *Class*), from a set
//! occupancy bit (law *Occupancy*), or from a comparison. It can be used as an index without a check.
//! This module touches no memory and no list.

use crate::geometry::{Fit, Geometry};

/// A free list's number: `row * SL + list`, below FL * SL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SizeClass<const FL: usize, const SL: usize>(usize);

impl<const FL: usize, const SL: usize> SizeClass<FL, SL> {
    /// The class whose range holds `size`: where a block of that size is listed.
    ///
    /// # Safety
    /// `size` is a legal block size, so that its class exists.
    #[inline]
    pub(crate) unsafe fn floor<const ALIGN: usize>(size: usize) -> Self {
        debug_assert!(Geometry::<ALIGN, FL, SL>::is_block_size(size));
        Self(Geometry::<ALIGN, FL, SL>::class_of_key(Geometry::<ALIGN, FL, SL>::key(size)))
    }

    /// The least class in which every size holds `fit`; `None` above the last class.
    #[inline]
    pub(crate) fn ceil<const ALIGN: usize>(fit: Fit) -> Option<Self> {
        let key = Geometry::<ALIGN, FL, SL>::key(fit.bytes());
        Self::at(Geometry::<ALIGN, FL, SL>::search_class_of_key(key))
    }

    /// The class of that number, if it is one.
    #[inline]
    pub(crate) fn at(index: usize) -> Option<Self> {
        (index < FL * SL).then_some(Self(index))
    }

    /// The class `further` lists behind the one numbered `from`.
    ///
    /// # Safety
    /// It is the number of a class.
    #[inline]
    pub(crate) unsafe fn of_bit(from: usize, further: usize) -> Self {
        debug_assert!(from + further < FL * SL);
        Self(from + further)
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        // SAFETY: Class, Occupancy: a SizeClass is in range from where it was made.
        unsafe { core::hint::assert_unchecked(self.0 < FL * SL) };
        self.0
    }

    /// Below FL.
    #[inline]
    pub(crate) fn row(self) -> usize {
        self.index() / SL
    }

    #[inline]
    pub(crate) fn list(self) -> usize {
        self.0 % SL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{CONTE_FL, WORD};

    /// Over every block size up to a limit: classes follow in order, and the search class is the
    /// floor of a size that starts its class, the next class otherwise.
    fn laws<const ALIGN: usize, const FL: usize, const SL: usize>() {
        let limit = Geometry::<ALIGN, FL, SL>::MAX_SIZE.min(1 << 16);
        let least = Geometry::<ALIGN, FL, SL>::MIN_SIZE;
        // SAFETY: the sizes below go from one legal size to the next.
        let floor = |size| unsafe { SizeClass::<FL, SL>::floor::<ALIGN>(size) }.index();
        for size in (least + ALIGN..=limit).step_by(ALIGN) {
            let (before, class) = (floor(size - ALIGN), floor(size));
            assert!(class == before || class == before + 1, "size {size}");
            let holds = if class > before { class } else { class + 1 };
            let fit = Geometry::<ALIGN, FL, SL>::fit(size).unwrap();
            let ceil = SizeClass::<FL, SL>::ceil::<ALIGN>(fit).map(SizeClass::index);
            assert_eq!(ceil, (holds < FL * SL).then_some(holds), "size {size}");
        }
    }

    #[test]
    fn ceil_is_the_least_class_that_holds() {
        laws::<WORD, CONTE_FL, 32>();
        laws::<WORD, CONTE_FL, 4>();
        laws::<16, 20, 16>();
        laws::<64, 12, 8>();
    }

    #[test]
    fn nothing_lies_above_the_last_class() {
        let largest = Geometry::<WORD, 8, 4>::fit(Geometry::<WORD, 8, 4>::MAX_SIZE).unwrap();
        // SAFETY: a fitted size is legal.
        let class = unsafe { SizeClass::<8, 4>::floor::<WORD>(largest.bytes()) };
        assert_eq!(class.index(), 8 * 4 - 1);
        assert_eq!(SizeClass::<8, 4>::ceil::<WORD>(largest), None);
    }
}
