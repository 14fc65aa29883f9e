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

    /// Sets a list's bit and its row's.
    ///
    /// Here and below the row's bit is written even if it stays as it is, unless branches are cheap: whether
    /// a row was empty, or becomes empty, is unpredictable.
    #[inline]
    pub(crate) fn set(&mut self, class: SizeClass<FL, SL>) {
        touch();
        let lists = self.second[class.row()];
        self.second[class.row()] = lists | 1 << class.list();
        if BRANCHES_ARE_CHEAP && lists != 0 {
            return;
        }
        touch();
        self.first |= 1 << class.row();
    }

    /// Clears the bit of a list that has it if `empty`, and the row's bit if that was the row's last list.
    ///
    /// The list must have its bit: else this sets it, and the levels do not agree any more.
    #[inline]
    pub(crate) fn clear_if(&mut self, class: SizeClass<FL, SL>, empty: bool) {
        if BRANCHES_ARE_CHEAP && !empty {
            return;
        }
        touch();
        debug_assert!(!empty || self.second[class.row()] >> class.list() & 1 == 1);
        let lists = self.second[class.row()] ^ u32::from(empty) << class.list();
        self.second[class.row()] = lists;
        if BRANCHES_ARE_CHEAP && lists != 0 {
            return;
        }
        touch();
        self.first ^= usize::from(lists == 0) << class.row();
    }

    /// [`Self::set`] of `to`, then [`Self::clear_if`] of `from`. Both rows are read before one is written:
    /// otherwise the second read would wait for the first write, if it is the same row.
    #[inline]
    pub(crate) fn shift(&mut self, from: SizeClass<FL, SL>, empty: bool, to: SizeClass<FL, SL>) {
        if BRANCHES_ARE_CHEAP {
            self.set(to);
            return self.clear_if(from, empty);
        }
        touch();
        touch();
        debug_assert!(!empty || self.second[from.row()] >> from.list() & 1 == 1);
        let (left, bit) = (self.second[from.row()], 1 << to.list());
        self.second[to.row()] |= bit;
        let left = left | if from.row() == to.row() { bit } else { 0 };
        let left = left ^ u32::from(empty) << from.list();
        self.second[from.row()] = left;
        touch();
        self.first = (self.first | 1 << to.row()) ^ usize::from(left == 0) << from.row();
    }

    /// The first occupied class at or above `class`: in its row, else in the next occupied row.
    /// Relies on the agreement of the levels.
    #[inline]
    pub(crate) fn seek(&self, class: SizeClass<FL, SL>) -> Option<SizeClass<FL, SL>> {
        touch();
        let mut from = class.index();
        let mut lists = self.second[class.row()] >> class.list();
        if lists == 0 {
            touch();
            // `!1 << row`: the rows strictly above, also when row is the top bit.
            let rows = self.first & (!1 << class.row());
            if rows == 0 {
                return None;
            }
            let row = rows.trailing_zeros() as usize;
            // SAFETY: only bits of rows are set, as the levels are private.
            unsafe { core::hint::assert_unchecked(row < FL) };
            touch();
            from = row * SL;
            lists = self.second[row];
            // SAFETY: the agreement of the levels: a row whose bit is set has one.
            unsafe { core::hint::assert_unchecked(lists != 0) };
        }
        // SAFETY: as above, of lists: bit 0 stands for `from`.
        Some(unsafe { SizeClass::of_bit(from, lists.trailing_zeros() as usize) })
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
    fn a_shift_is_a_set_and_a_clear() {
        // Of each pair of lists, with each third one beside; `from` is in the map, and so may `to` be.
        let step = if cfg!(miri) { 13 } else { 1 };
        for (from, to, third) in (0..8000).step_by(step).map(|n| (n % 20, n / 20 % 20, n / 400)) {
            let [from, to, third] = [from, to, third].map(|class| SizeClass::at(class).unwrap());
            for empty in [false, true] {
                let mut shifted = Map::EMPTY;
                shifted.set(from);
                shifted.set(third);
                let mut expected = shifted;
                // A list that is to hold a block is not empty; `third` holds one, too.
                let empty = empty && from != to && from != third;
                shifted.shift(from, empty, to);
                expected.set(to);
                expected.clear_if(from, empty);
                let levels = (shifted.first, shifted.second);
                assert_eq!(levels, (expected.first, expected.second), "{from:?} {to:?} {third:?}");
                for row in 0..5 {
                    assert_eq!(levels.0 >> row & 1 == 1, levels.1[row] != 0, "row {row}");
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
