//! Request → block size → class: the formulas of CONTE.md, in two cases and with checked
//! arithmetic. The engine computes the same in one shift without a branch; the two forms check
//! each other, and the tests below compare them directly.
//!
//! A *key* ([`Geometry::key`]) is what the mapping sees of a block, a multiple of ALIGN. A *class*
//! is `fl × SL + sl`, ascending with the sizes it holds.

use crate::geometry::Geometry;

/// The least multiple of `to`, a power of two, that is at least `n`; none if it is no `usize`.
#[inline]
pub fn round_up(n: usize, to: usize) -> Option<usize> {
    Some(round_down(n.checked_add(to - 1)?, to))
}

/// The greatest multiple of `to`, a power of two, that is at most `n`.
#[inline]
pub const fn round_down(n: usize, to: usize) -> usize {
    n & !(to - 1)
}

/// The size of the block that a request of `n` bytes needs: payload and header together are a
/// multiple of ALIGN, and the payload is at least `min`. None if `n` is 0 or no block is so large.
#[inline]
pub fn fit(g: &Geometry, n: usize, min: usize) -> Option<usize> {
    if n == 0 {
        return None;
    }
    let size = round_up(n.checked_add(g.word)?, g.align)? - g.word;
    let size = size.max(min);
    (g.key(size) < g.max()).then_some(size)
}

/// The class of a block: where it is inserted. Every block listed there has at least the class's
/// least key, and less than the next one's.
#[inline]
pub fn floor(g: &Geometry, key: usize) -> usize {
    if key < g.small() {
        return key >> g.align.ilog2();
    }
    let f = key.ilog2();
    let sl = (key >> (f - g.sl.ilog2())) - g.sl;
    let fl = (f - g.small().ilog2() + 1) as usize;
    fl * g.sl + sl
}

/// The least class in which every block holds `key`: where a search starts. None if there is none.
#[inline]
pub fn ceil(g: &Geometry, key: usize) -> Option<usize> {
    let rounded = if key < g.small() {
        key
    } else {
        key.checked_add((1 << (key.ilog2() - g.sl.ilog2())) - 1)?
    };
    let class = floor(g, rounded);
    (class < classes(g)).then_some(class)
}

/// How many classes there are: FL × SL.
pub const fn classes(g: &Geometry) -> usize {
    g.fl() * g.sl
}

/// The least key that [`floor`] puts into `class`.
pub fn least_key(g: &Geometry, class: usize) -> usize {
    let (fl, sl) = (class / g.sl, class % g.sl);
    match fl.checked_sub(1) {
        None => sl * g.align,
        // Rows from 1 on cut [small, 2 small), [2 small, 4 small), … into SL lists each.
        Some(doublings) => (g.sl + sl) * (g.align << doublings),
    }
}

/// Whether a block of a pool of `bytes` bytes can be in the list of this class.
pub fn can_be_listed(g: &Geometry, class: usize, bytes: usize) -> bool {
    let key = least_key(g, class).max(g.key(g.min_size()));
    floor(g, key) == class && pool_payload(g, bytes).is_some_and(|most| key - g.key(0) <= most)
}

/// The payload of a fresh pool: what is left after the header, the words that shift it, and the
/// sentinel. None if they do not fit.
pub fn pool_payload(g: &Geometry, bytes: usize) -> Option<usize> {
    round_down(bytes, g.align).checked_sub(g.align + g.word)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{geometries, one_shift};
    use super::*;

    /// The keys worth trying: every granule to 1 MiB, and around each class's edge up to max.
    fn keys(g: &Geometry) -> impl Iterator<Item = usize> + '_ {
        let granules = (1 << 20) / g.align;
        let low = (1..=granules).map(|i| i * g.align);
        let edges = (1..classes(g)).map(|class| least_key(g, class)).chain([g.max()]);
        let around = edges.flat_map(move |edge| {
            (-3_isize..=3).filter_map(move |i| edge.checked_add_signed(i * g.align as isize))
        });
        low.chain(around).filter(|&key| key > 0 && key < g.max())
    }

    #[test]
    fn the_two_case_mapping_is_the_one_shift_mapping() {
        for g in geometries() {
            for key in keys(&g) {
                assert_eq!(floor(&g, key), one_shift(&g, key), "{} {key:#x}", g.name);
                let ceiling = one_shift(&g, key - 1) + 1;
                let ceiling = (ceiling < g.fl() * g.sl).then_some(ceiling);
                assert_eq!(ceil(&g, key), ceiling, "{} {key:#x}", g.name);
            }
        }
    }

    #[test]
    fn ceil_is_the_least_class_all_of_whose_blocks_hold_the_key() {
        for g in geometries() {
            for key in keys(&g) {
                let holds = |class: usize| least_key(&g, class) >= key;
                match ceil(&g, key) {
                    Some(class) => assert!(holds(class) && !holds(class - 1), "{} {key}", g.name),
                    None => assert!(!holds(classes(&g) - 1), "{} {key}", g.name),
                }
            }
        }
    }

    #[test]
    fn a_class_starts_at_its_least_key_and_ends_before_the_next() {
        for g in geometries() {
            assert_eq!(least_key(&g, 0), 0);
            for class in 1..classes(&g) {
                let key = least_key(&g, class);
                assert_eq!(key % g.align, 0);
                assert_eq!(floor(&g, key), class, "{} {class}", g.name);
                assert_eq!(floor(&g, key - 1), class - 1, "{} {class}", g.name);
            }
            assert_eq!(floor(&g, g.max() - 1), classes(&g) - 1);
        }
    }

    #[test]
    fn a_fit_is_the_least_legal_size_that_holds_the_request() {
        for g in geometries() {
            let min = g.min_size();
            let legal = |size: usize| size >= min && (size + g.word) % g.align == 0;
            for n in (1..5000).chain(g.max() - 300..g.max() + 300) {
                let least = (n.max(min)..).find(|&size| legal(size)).unwrap();
                let least = (g.key(least) < g.max()).then_some(least);
                assert_eq!(fit(&g, n, min), least, "{} {n}", g.name);
            }
        }
    }

    #[test]
    fn with_align_of_a_word_a_fit_is_contes() {
        for g in geometries().filter(|g| g.align == g.word) {
            for n in 1..5000_usize {
                let rounded = n.next_multiple_of(g.word).max(3 * g.word);
                let contes = (rounded < 1 << g.max_log2).then_some(rounded);
                assert_eq!(fit(&g, n, g.min_size()), contes);
            }
        }
    }

    #[test]
    fn hostile_requests_have_no_fit() {
        for g in geometries() {
            assert_eq!(fit(&g, 0, g.min_size()), None);
            for k in 0..200 {
                for n in [usize::MAX - k, isize::MAX as usize + k, g.max() + k] {
                    assert_eq!(fit(&g, n, g.min_size()), None, "{} {n:#x}", g.name);
                }
            }
        }
    }
}
