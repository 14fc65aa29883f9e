//! Two-level occupancy: which free lists hold a block.
//!
//! Values only. The free lists keep law *Occupancy* (a bit is set exactly if its list is not empty);
//! this module keeps the two levels in agreement, so that the number of a set bit is a valid index.

use crate::cost::touch;
use crate::geometry::BRANCHES_ARE_CHEAP;
use crate::index::class::SizeClass;

/// One bit per row, and one bit per list of each row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bitmap<const FL: usize, const SL: usize> {
    first: usize,
    second: [u32; FL],
}

impl<const FL: usize, const SL: usize> Bitmap<FL, SL> {
    pub(crate) const EMPTY: Self = Self { first: 0, second: [0; FL] };
    /// The bits that a level has.
    const ROWS: usize = usize::MAX >> (usize::BITS - FL as u32);
    const LISTS: u32 = u32::MAX >> (u32::BITS - SL as u32);

    /// The row's bit is written only when it changes: the next call would have to wait for a word that
    /// every call writes.
    #[inline]
    pub(crate) fn set(&mut self, class: SizeClass<FL, SL>) {
        touch();
        let row = self.second[class.row()];
        if row == 0 {
            touch();
            self.first |= 1 << class.row();
        }
        self.second[class.row()] = row | 1 << class.list();
    }

    /// Clears a list's bit if `empty`, and the row's bit if that was the row's last list.
    #[inline]
    pub(crate) fn clear_if(&mut self, class: SizeClass<FL, SL>, empty: bool) {
        if BRANCHES_ARE_CHEAP && !empty {
            return;
        }
        touch();
        let row = &mut self.second[class.row()];
        *row &= !(u32::from(empty) << class.list());
        if *row == 0 {
            touch();
            self.first &= !(1 << class.row());
        }
    }

    /// The first occupied class at or above `class`: in its row, else in the next occupied row.
    /// Relies on the agreement of the levels.
    #[inline]
    pub(crate) fn seek(&self, class: SizeClass<FL, SL>) -> Option<SizeClass<FL, SL>> {
        touch();
        let mut row = class.row();
        let mut lists = self.second[row] & (!0 << class.list());
        if lists == 0 {
            touch();
            // `!1 << row`: the rows strictly above, also when row is the top bit.
            let rows = self.first & (!1 << row);
            if rows == 0 {
                return None;
            }
            row = rows.trailing_zeros() as usize;
            // SAFETY: `set` sets bits of rows only, as the levels are private.
            unsafe { core::hint::assert_unchecked(row < FL) };
            touch();
            lists = self.second[row];
            // SAFETY: the agreement of the levels: a row whose bit is set has one.
            unsafe { core::hint::assert_unchecked(lists != 0) };
        }
        // SAFETY: as above, of lists.
        Some(unsafe { SizeClass::of_bits(row, lists.trailing_zeros() as usize) })
    }

    /// The first class at or above `class` whose bit is set, by the second level alone, which may
    /// be damaged: for inspection. O(FL).
    pub(crate) fn look(&self, class: SizeClass<FL, SL>) -> Option<SizeClass<FL, SL>> {
        let from = class.row();
        let lists = |row: usize| {
            touch();
            let below = if row == from { !0 << class.list() } else { !0 };
            self.second[row] & Self::LISTS & below
        };
        let row = (from..FL).find(|&row| lists(row) != 0)?;
        SizeClass::at(row * SL + lists(row).trailing_zeros() as usize)
    }

    /// The highest class whose bit is set, on levels that may be damaged.
    pub(crate) fn highest(&self) -> Option<SizeClass<FL, SL>> {
        touch();
        let row = (self.first & Self::ROWS).checked_ilog2()? as usize;
        touch();
        let list = (self.second[row] & Self::LISTS).checked_ilog2()? as usize;
        SizeClass::at(row * SL + list)
    }

    /// The raw levels, for the checks.
    pub(crate) fn levels(&self) -> (usize, &[u32; FL]) {
        (self.first, &self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Map = Bitmap<5, 4>;

    #[test]
    fn seek_finds_what_a_scan_finds() {
        // Every pair of occupied classes, from every starting class.
        for a in 0..20 {
            for b in 0..20 {
                let mut map = Map::EMPTY;
                for index in [a, b] {
                    map.set(SizeClass::at(index).unwrap());
                }
                let highest = map.highest().map(SizeClass::index);
                assert_eq!(highest, Some(a.max(b)));
                for from in 0..20 {
                    let scan = (from..20).find(|&i| i == a || i == b);
                    let seek = map.seek(SizeClass::at(from).unwrap()).map(SizeClass::index);
                    assert_eq!(seek, scan, "{a} {b} from {from}");
                    let look = map.look(SizeClass::at(from).unwrap()).map(SizeClass::index);
                    assert_eq!(look, scan, "{a} {b} from {from}");
                }
            }
        }
    }

    #[test]
    fn a_search_that_looks_finds_every_list_of_a_geometry_and_no_bit_beyond() {
        fn every_list<const SL: usize>() {
            for index in 0..2 * SL {
                let mut map = Bitmap::<2, SL>::EMPTY;
                map.set(SizeClass::at(index).unwrap());
                // What damage can set: all bits that stand for no row and no list.
                map.first |= !0 << 2;
                map.second =
                    map.second.map(|row| row | u32::MAX.checked_shl(SL as u32).unwrap_or(0));
                let look = map.look(SizeClass::at(0).unwrap()).map(SizeClass::index);
                let highest = map.highest().map(SizeClass::index);
                assert_eq!((look, highest), (Some(index), Some(index)), "of {SL} lists a row");
            }
        }
        every_list::<4>();
        every_list::<8>();
        every_list::<16>();
        every_list::<32>();
    }

    #[test]
    fn a_row_is_occupied_until_its_last_list_is_cleared() {
        let mut map = Map::EMPTY;
        let (a, b) = (SizeClass::at(8).unwrap(), SizeClass::at(11).unwrap());
        map.set(a);
        map.set(b);
        map.clear_if(a, true);
        assert_eq!(map.first, 1 << 2);
        map.clear_if(b, true);
        assert_eq!((map.first, map.second), (0, [0; 5]));
    }
}
