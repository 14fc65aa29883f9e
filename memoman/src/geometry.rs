//! ALIGN, FL, SL and what follows from them, proven by const assertions.
//!
//! This module turns a request into a [`Fit`] once; below it, types carry the fact that a size is
//! legal. It touches no memory.

/// Bytes of a machine word: the overhead of one block, and TLSF 3.1's alignment.
pub const WORD: usize = size_of::<usize>();

/// First-level rows of TLSF 3.1 at its defaults: `FL_INDEX_MAX` 32 on 64-bit, 30 on 32-bit.
pub const CONTE_FL: usize = if WORD == 8 { 25 } else { 24 };

/// Whether this is a microcontroller: a branch there costs as much as an instruction or two. Elsewhere, one
/// that cannot be predicted costs more than the rest of an operation.
pub(crate) const BRANCHES_ARE_CHEAP: bool =
    cfg!(all(target_os = "none", target_pointer_width = "32"));

/// Returns the least `FL` of a [`Tlsf`](crate::Tlsf) with these parameters that can have a pool of
/// `pool_bytes`: its [`POOL_BYTES_MAX`](crate::Tlsf::POOL_BYTES_MAX) is at least that. The result is
/// for the target that is compiled for: the same pool needs another `FL` on 32-bit than on 64-bit.
///
/// # Panics
/// If `pool_bytes` is above `isize::MAX`: no pool is that large. In a `const`, the panic is a compile
/// error.
///
/// # Examples
/// ```
/// use memoman::{Tlsf, WORD, first_levels_for};
///
/// /// A heap for pools of up to 64 KiB, with 8 lists for each power of two.
/// type Small = Tlsf<WORD, { first_levels_for::<WORD, 8>(64 * 1024) }, 8, 1>;
/// const { assert!(Small::POOL_BYTES_MAX >= 64 * 1024) };
/// ```
#[must_use]
pub const fn first_levels_for<const ALIGN: usize, const SL: usize>(pool_bytes: usize) -> usize {
    assert!(pool_bytes <= isize::MAX as usize, "no pool is larger than isize::MAX bytes");
    first_levels(WORD as u64, ALIGN as u64, SL as u64, pool_bytes as u64) as usize
}

/// [`first_levels_for`] on a target whose words have that many bytes.
const fn first_levels(word: u64, align: u64, sl: u64, pool_bytes: u64) -> u64 {
    // The largest pool has 2^log2 bytes and these: the overhead, less what keeps the largest size
    // below 2^log2, and what rounds down to ALIGN.
    let extra = if align == word { 2 * word - 1 } else { align - 1 };
    let need = pool_bytes.saturating_sub(extra);
    let log2 = if need <= 1 { 0 } else { (need - 1).ilog2() + 1 };
    let small_log2 = (sl * align).ilog2();
    // FL rows reach up to 2^(FL - 1 + small_log2).
    if log2 < small_log2 + 1 { 2 } else { (log2 - small_log2 + 1) as u64 }
}

/// A legal payload size: `size + WORD` is a multiple of ALIGN, at least the minimum, below the
/// limit. Only [`Geometry`] makes one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Fit(usize);

impl Fit {
    #[inline]
    pub(crate) const fn bytes(self) -> usize {
        self.0
    }
}

/// The numbers of one configuration. Never instantiated.
pub(crate) struct Geometry<const ALIGN: usize, const FL: usize, const SL: usize>;

impl<const ALIGN: usize, const FL: usize, const SL: usize> Geometry<ALIGN, FL, SL> {
    /// Evaluated by every constructor: an impossible configuration does not compile.
    pub(crate) const PROVEN: () = {
        assert!(WORD >= 4, "the two low bits of a size must be free for flags");
        assert!(ALIGN.is_power_of_two(), "ALIGN must be a power of two");
        assert!(ALIGN >= WORD, "ALIGN must be at least the size of usize");
        assert!(ALIGN <= 4096, "ALIGN must be at most 4096");
        assert!(SL.is_power_of_two(), "SL must be a power of two");
        assert!(SL >= 4 && SL <= 32, "SL must be 4, 8, 16 or 32");
        assert!(FL >= 2, "FL must be at least 2");
        assert!(
            FL + Self::SMALL_LOG2 as usize <= usize::BITS as usize,
            "FL is too large: block sizes would need more bits than an address has"
        );
    };

    const SL_LOG2: u32 = SL.trailing_zeros();
    const SMALL_LOG2: u32 = SL.trailing_zeros() + ALIGN.trailing_zeros();
    /// Size classes.
    pub(crate) const CLASSES: usize = FL * SL;
    /// log2 of the first key that is too large: TLSF 3.1's `FL_INDEX_MAX`.
    const MAX_LOG2: u32 = FL as u32 + Self::SMALL_LOG2 - 1;
    /// First key that is too large.
    pub(crate) const MAX: usize = 1 << Self::MAX_LOG2;
    /// What [`Self::key`] adds to a size.
    const KEY_SHIFT: usize = if ALIGN == WORD { 0 } else { WORD };

    /// Smallest payload: three words (two links and `prev_phys`), and what ALIGN adds to them.
    pub(crate) const MIN_SIZE: usize = (4 * WORD).next_multiple_of(ALIGN) - WORD;
    /// Least block, header included: what a cut must leave.
    pub(crate) const MIN_BLOCK: usize = Self::MIN_SIZE + WORD;
    /// Largest payload that a block may have.
    pub(crate) const MAX_SIZE: usize = Self::MAX - ALIGN - Self::KEY_SHIFT;

    /// From the start of a pool to its first header: what aligns the first payload.
    pub(crate) const FIRST_HEADER: usize = ALIGN - WORD;
    /// Bytes of a pool that are never payload: shift, first header, sentinel.
    pub(crate) const POOL_OVERHEAD: usize = ALIGN + WORD;

    /// Bytes of the largest pool.
    pub(crate) const POOL_BYTES_MAX: usize = {
        let most = Self::POOL_OVERHEAD + Self::MAX_SIZE + ALIGN - 1;
        if most > isize::MAX as usize { isize::MAX as usize } else { most }
    };

    /// The fitted size of a request: `None` for 0 and for what no block can hold.
    ///
    /// One comparison refuses both: 0 wraps to the largest number.
    #[inline]
    pub(crate) const fn fit(request: usize) -> Option<Fit> {
        if request.wrapping_sub(1) >= Self::MAX_SIZE {
            return None;
        }
        // No overflow: MAX_SIZE + ALIGN + WORD is below 2^BITS.
        let size = if ALIGN == WORD {
            (request + ALIGN - 1) & !(ALIGN - 1)
        } else {
            ((request + WORD + ALIGN - 1) & !(ALIGN - 1)) - WORD
        };
        Some(Fit(if size < Self::MIN_SIZE { Self::MIN_SIZE } else { size }))
    }

    /// The least size to search for so that each block of it holds `fit` bytes at a multiple of `align` (a
    /// power of two above ALIGN), behind a gap that is 0 or a free block.
    ///
    /// With ALIGN = WORD the result is TLSF 3.1's, which is larger: round_up(fit + align + MIN_BLOCK, align).
    #[inline]
    pub(crate) const fn fit_aligned(fit: Fit, align: usize) -> Option<Fit> {
        if ALIGN != WORD {
            return Self::longer(fit, Self::gap_max(align));
        }
        // `fit` and MIN_BLOCK are far from where their sum could wrap; `align` may be any size.
        let Some(reach) = (fit.0 + Self::MIN_BLOCK).checked_add(align) else { return None };
        let Some(reach) = reach.checked_add(align - 1) else { return None };
        Self::fit(reach & !(align - 1))
    }

    /// The largest [`Self::gap`] in front of a multiple of `align`, which is above ALIGN, where ALIGN is
    /// above WORD.
    ///
    /// A payload is at a multiple of ALIGN, so it lies up to `align - ALIGN` before the next multiple of
    /// `align`. If ALIGN bytes are a block, each such gap is one. Otherwise (ALIGN = 2 WORD) a block takes
    /// 2 ALIGN: the gap of ALIGN is too small, and becomes one of `align + ALIGN`.
    const fn gap_max(align: usize) -> usize {
        if Self::MIN_BLOCK == ALIGN { align - ALIGN } else { align + ALIGN }
    }

    /// `fit` and `more` bytes, a multiple of ALIGN; `None` if no block is so large.
    #[inline]
    pub(crate) const fn longer(fit: Fit, more: usize) -> Option<Fit> {
        match fit.0.checked_add(more) {
            Some(size) if size <= Self::MAX_SIZE => Some(Fit(size)),
            _ => None,
        }
    }

    /// Bytes from `payload` to the multiple of `align` where a block is cut: 0, or enough for a
    /// free block in front.
    ///
    /// ```text
    /// payload      aligned                     aligned, when the gap is too small
    ///    | gap < MIN_BLOCK |                    max(MIN_BLOCK - gap, align) later, aligned again
    /// ```
    #[inline]
    pub(crate) const fn gap(payload: usize, align: usize) -> usize {
        let gap = payload.wrapping_neg() & (align - 1);
        if gap == 0 || gap >= Self::MIN_BLOCK {
            return gap;
        }
        let short = Self::MIN_BLOCK - gap;
        let step = if short > align { short } else { align };
        gap + ((step + align - 1) & !(align - 1))
    }

    /// The number that the mapping uses for a payload size: a multiple of ALIGN, below MAX, not 0.
    ///
    /// With ALIGN = WORD the size itself, as in TLSF 3.1; above, size + WORD, because that is a multiple
    /// of ALIGN.
    #[inline]
    pub(crate) const fn key(size: usize) -> usize {
        size + Self::KEY_SHIFT
    }

    /// `((f - log2 small) << log2 SL) + (key >> (f - log2 SL))` with f = floor(log2(key | small)):
    /// row 0 and all others in one shift.
    #[inline]
    pub(crate) const fn class_of_key(key: usize) -> usize {
        // The shift by f - log2 SL, as one to the top and one back: a constant is what is left of
        // it for a second shift. In row 0 `f` is that of `small`, so small keys keep their zeros.
        let zeros = (key | (1 << Self::SMALL_LOG2)).leading_zeros();
        let row = (usize::BITS - 1 - Self::SMALL_LOG2 - zeros) as usize;
        (row << Self::SL_LOG2) + ((key << zeros) >> (usize::BITS - 1 - Self::SL_LOG2))
    }

    /// The least class in which every key is at least `key`, which is not 0; the result may be one
    /// past the last class.
    #[inline]
    pub(crate) const fn search_class_of_key(key: usize) -> usize {
        Self::class_of_key(key - 1) + 1
    }

    /// The least key of a class, given as row and list: [`Self::class_of_key`] turned around.
    pub(crate) const fn least_key(row: usize, list: usize) -> usize {
        match row {
            0 => list * ALIGN,
            _ => (SL + list) * (ALIGN << (row - 1)),
        }
    }

    /// Whether a block may have this payload size.
    #[inline]
    pub(crate) const fn is_block_size(size: usize) -> bool {
        // In one comparison: sizes are steps of ALIGN from MIN_SIZE. What is no whole step has a bit in the
        // bottom that the rotation makes a top one; what is less than MIN_SIZE wraps to far above.
        let steps = size.wrapping_sub(Self::MIN_SIZE).rotate_right(ALIGN.ilog2());
        steps <= (Self::MAX_SIZE - Self::MIN_SIZE) / ALIGN
    }

    /// Payload of the one block of a pool of `bytes`; `None` if it is not a block size.
    pub(crate) const fn pool_payload(bytes: usize) -> Option<usize> {
        let whole = bytes & !(ALIGN - 1);
        if whole < Self::POOL_OVERHEAD + Self::MIN_SIZE {
            return None;
        }
        let size = whole - Self::POOL_OVERHEAD;
        if size > Self::MAX_SIZE { None } else { Some(size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Word = Geometry<WORD, CONTE_FL, 32>;
    type A64 = Geometry<64, 12, 8>;

    /// `POOL_BYTES_MAX` of any target, without the cap at the largest object.
    fn most(word: u64, align: u64, sl: u64, fl: u64) -> u64 {
        let max = 1_u64 << (fl - 1 + u64::from((sl * align).ilog2()));
        let shift = if align == word { 0 } else { word };
        (align + word) + (max - align - shift) + (align - 1)
    }

    #[test]
    fn first_levels_are_the_least_that_hold_the_bytes_on_32_and_64_bit() {
        for word in [4_u64, 8] {
            for (align, sl) in
                [(word, 4), (word, 8), (word, 32), (16, 4), (16, 32), (64, 8), (4096, 16)]
            {
                // The largest objects of the target, and the widest geometry.
                let top = u64::MAX >> (65 - 8 * word);
                let widest = 8 * word - u64::from((sl * align).ilog2());
                let holds = |fl, bytes| fl == widest || most(word, align, sl, fl) >= bytes;
                let naive = |bytes| (2..=widest).find(|&fl| holds(fl, bytes)).unwrap();
                let edges = (2..widest).map(|fl| most(word, align, sl, fl));
                let sizes = edges.flat_map(|edge| [edge - 1, edge, edge + 1]);
                for bytes in sizes.chain(0..20_000).chain([top - 1, top]).filter(|&n| n <= top) {
                    let found = first_levels(word, align, sl, bytes);
                    assert_eq!(
                        found,
                        naive(bytes),
                        "{bytes} bytes: W {word} ALIGN {align} SL {sl}"
                    );
                }
            }
        }
    }

    #[test]
    fn first_levels_are_those_of_the_largest_pool_of_this_target() {
        fn of<const ALIGN: usize, const FL: usize, const SL: usize>() {
            let bytes = Geometry::<ALIGN, FL, SL>::POOL_BYTES_MAX;
            assert_eq!(first_levels_for::<ALIGN, SL>(bytes), FL);
            assert_eq!(first_levels_for::<ALIGN, SL>(bytes + 1), FL + 1);
            let most = most(WORD as u64, ALIGN as u64, SL as u64, FL as u64);
            assert_eq!(bytes as u64, most);
        }
        of::<WORD, 2, 4>();
        of::<WORD, CONTE_FL, 32>();
        of::<16, 8, 4>();
        of::<64, 12, 8>();
        of::<4096, 5, 16>();
    }

    #[test]
    fn a_least_key_starts_its_class() {
        for class in 1..Word::CLASSES {
            let key = Word::least_key(class / 32, class % 32);
            assert_eq!((Word::class_of_key(key), Word::class_of_key(key - 1)), (class, class - 1));
        }
    }

    #[test]
    fn fit_refuses_zero_and_everything_from_the_limit_on() {
        assert_eq!(Word::fit(0), None);
        assert_eq!(Word::fit(Word::MAX_SIZE), Some(Fit(Word::MAX_SIZE)));
        for request in
            [Word::MAX_SIZE + 1, Word::MAX, isize::MAX as usize, usize::MAX - 7, usize::MAX]
        {
            assert_eq!(Word::fit(request), None, "{request:#x}");
        }
    }

    #[test]
    fn fit_is_the_least_block_size_that_holds_the_request() {
        for request in 1..2000 {
            let naive = (request..).find(|&size| A64::is_block_size(size)).unwrap();
            assert_eq!(A64::fit(request).unwrap().bytes(), naive);
            let naive = (request..).find(|&size| Word::is_block_size(size)).unwrap();
            assert_eq!(Word::fit(request).unwrap().bytes(), naive);
        }
    }

    #[test]
    fn a_gap_is_none_or_holds_a_free_block_and_ends_aligned() {
        for align in [16, 32, 64, 128, 4096] {
            for payload in (WORD..8192).step_by(WORD) {
                let gap = Word::gap(payload, align);
                assert_eq!((payload + gap) % align, 0);
                assert!(gap == 0 || gap >= Word::MIN_BLOCK);
                // The search size must have space for it.
                assert!(gap <= align + Word::MIN_BLOCK + align);
            }
        }
    }

    /// Above a word the search is for exactly the largest gap: at some payload all of it is needed.
    fn searches_are_tight<const ALIGN: usize>() {
        let fits = [1, ALIGN, ALIGN + 1, 1000].map(|request| A::<ALIGN>::fit(request).unwrap());
        for align in (1..).map(|log2| ALIGN << log2).take_while(|&align| align <= 1 << 16) {
            // Every residue.
            let gaps =
                (ALIGN..=align).step_by(ALIGN).map(|payload| A::<ALIGN>::gap(payload, align));
            let largest =
                gaps.inspect(|&gap| assert!(gap == 0 || gap >= A::<ALIGN>::MIN_BLOCK)).max();
            for fit in fits {
                let found = A::<ALIGN>::fit_aligned(fit, align).unwrap().bytes();
                assert_eq!(Some(found - fit.bytes()), largest, "ALIGN {ALIGN}, align {align}");
                assert!(A::<ALIGN>::is_block_size(found));
            }
        }
    }

    type A<const ALIGN: usize> = Geometry<ALIGN, 12, 16>;

    #[test]
    fn above_a_word_the_search_for_an_alignment_leaves_room_for_each_gap_and_for_no_more() {
        searches_are_tight::<{ 2 * WORD }>();
        searches_are_tight::<{ 4 * WORD }>();
        searches_are_tight::<{ 8 * WORD }>();
        searches_are_tight::<128>();
        searches_are_tight::<4096>();
    }

    #[test]
    fn above_a_word_no_alignment_is_too_large_to_compute_with() {
        let fit = A64::fit(100).unwrap();
        for log2 in 7..usize::BITS {
            let size = A64::fit_aligned(fit, 1 << log2).map(Fit::bytes);
            let expected = (128 - WORD as u128) + (1_u128 << log2) - 64;
            let expected = (expected <= A64::MAX_SIZE as u128).then_some(expected as usize);
            assert_eq!(size, expected, "2^{log2}");
        }
    }

    /// Law of TLSF 3.1's `tlsf_memalign`: round_up(fit + align + least block, align).
    #[test]
    fn an_aligned_search_is_for_the_first_multiple_that_leaves_room() {
        for align in [16, 32, 64, 256, 4096] {
            for request in 1..600 {
                let fit = Word::fit(request).unwrap();
                let room = fit.bytes() + align + Word::MIN_BLOCK;
                let first = (1..).map(|n| n * align).find(|&multiple| multiple >= room);
                assert_eq!(Word::fit_aligned(fit, align).map(Fit::bytes), first);
            }
        }
    }

    #[test]
    fn a_search_size_always_leaves_room_behind_its_gap() {
        for align in [16, 32, 64, 256] {
            for request in (1..600).step_by(7) {
                let fit = Word::fit(request).unwrap();
                let found = Word::fit_aligned(fit, align).unwrap().bytes();
                for payload in (0..align).step_by(WORD) {
                    assert!(found - Word::gap(payload, align) >= fit.bytes());
                }
            }
        }
    }
}
