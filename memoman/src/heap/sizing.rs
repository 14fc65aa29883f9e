//! Sizing: how much a request takes at most, and how large a pool must be. Const functions of the
//! geometry; they touch no memory.

use core::alloc::Layout;

use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;

/// Sizing.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// The most bytes that a block can take beyond the request it was allocated for: its header,
    /// rounding, and a rest too small to be a block.
    pub const WASTE_MAX: usize = {
        let least = Self::BLOCK_SIZE_MIN - 1;
        let rounding = if least > ALIGN - 1 { least } else { ALIGN - 1 };
        Self::ALLOC_OVERHEAD + rounding + Geometry::<ALIGN, FL, SL>::REST_MAX
    };

    /// Returns the bytes of a pool in which blocks for all these layouts can be live at once, in any
    /// order of allocation and at any address of the pool, if none is freed in between.
    ///
    /// A layout of 0 bytes takes none. Returns `None` if no pool can be that large. Blocks that are
    /// freed in between leave gaps; the bound for that is far larger: by Robson, about
    /// `log2(largest / smallest) / 2` times the live bytes.
    ///
    /// # Complexity
    /// O(layouts).
    ///
    /// # Examples
    /// ```
    /// use core::alloc::Layout;
    /// use memoman::{Tlsf, WORD};
    ///
    /// type Heap = Tlsf<WORD, 12, 8, 1>;
    /// const ALL: [Layout; 3] =
    ///     [Layout::new::<[u64; 32]>(), Layout::new::<[u8; 100]>(), Layout::new::<u32>()];
    /// const BYTES: usize = match Heap::pool_bytes_for(&ALL) {
    ///     Some(bytes) => bytes,
    ///     None => panic!("too much for one pool"),
    /// };
    ///
    /// let mut memory = [0_usize; BYTES / WORD];
    /// let mut heap = Heap::new();
    /// // SAFETY: `memory` outlives the heap, and nothing else uses it until then.
    /// unsafe { heap.add_pool(core::ptr::NonNull::from(&mut memory).cast(), BYTES) }?;
    /// assert!(ALL.iter().rev().all(|&layout| heap.allocate(layout).is_some()));
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    #[must_use]
    pub const fn pool_bytes_for(layouts: &[Layout]) -> Option<usize> {
        let (mut sum, mut index) = (Sum::<ALIGN, FL, SL>::EMPTY, 0);
        while index < layouts.len() {
            match sum.with(layouts[index]) {
                Some(more) => sum = more,
                None => return None,
            }
            index += 1;
        }
        sum.pool_bytes(Self::POOL_BYTES_MAX)
    }

    /// [`Tlsf::pool_bytes_for`] for layouts that are not in an array (feature `internals`).
    ///
    /// # Examples
    /// ```
    /// use core::alloc::Layout;
    /// use memoman::Heap;
    /// let all = [Layout::new::<u64>(), Layout::new::<[u8; 100]>()];
    /// assert_eq!(Heap::pool_bytes_for_each(all), Heap::pool_bytes_for(&all));
    /// ```
    #[cfg(feature = "internals")]
    #[must_use]
    pub fn pool_bytes_for_each(layouts: impl IntoIterator<Item = Layout>) -> Option<usize> {
        let mut all = layouts.into_iter();
        let sum = all.try_fold(Sum::<ALIGN, FL, SL>::EMPTY, |sum, layout| sum.with(layout))?;
        sum.pool_bytes(Self::POOL_BYTES_MAX)
    }
}

/// What blocks for some layouts need of one pool. One free block serves all of them. Before each call it
/// has the needs of the layouts that are still to come, the headers between them, and the slack that any
/// one search may need.
struct Sum<const ALIGN: usize, const FL: usize, const SL: usize> {
    /// The needs, each with a header.
    bytes: usize,
    slack: usize,
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Sum<ALIGN, FL, SL> {
    const EMPTY: Self = Self { bytes: 0, slack: 0 };

    /// The sum with one layout more; `None` if no pool can be that large.
    const fn with(self, layout: Layout) -> Option<Self> {
        if layout.size() == 0 {
            return Some(self);
        }
        let Some(need) = Geometry::<ALIGN, FL, SL>::need(layout.align(), layout.size()) else {
            return None;
        };
        let Some(search) = Geometry::<ALIGN, FL, SL>::search_size(need) else { return None };
        let slack = if search - need > self.slack { search - need } else { self.slack };
        match self.bytes.checked_add(WORD + need) {
            Some(bytes) => Some(Self { bytes, slack }),
            None => None,
        }
    }

    /// Bytes of the pool; `None` if that is more than `most`.
    const fn pool_bytes(self, most: usize) -> Option<usize> {
        let overhead = Geometry::<ALIGN, FL, SL>::POOL_OVERHEAD;
        if self.bytes == 0 {
            return Some(overhead + Geometry::<ALIGN, FL, SL>::MIN_SIZE);
        }
        // Needs and slack are legal sizes and their differences: a multiple of ALIGN less a word.
        match (self.bytes - WORD).checked_add(self.slack) {
            // Both bounds: where FL is as wide as an address, no pool has the largest block.
            Some(payload)
                if payload <= Geometry::<ALIGN, FL, SL>::MAX_SIZE && payload + overhead <= most =>
            {
                Some(payload + overhead)
            }
            _ => None,
        }
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Geometry<ALIGN, FL, SL> {
    /// The most that a block keeps because the rest is no block.
    pub(crate) const REST_MAX: usize = Self::MIN_BLOCK - ALIGN;

    /// The block size that the search for a request is for.
    ///
    /// `align` is a power of two.
    pub(crate) const fn need(align: usize, request: usize) -> Option<usize> {
        let Some(fit) = Self::fit(request) else { return None };
        if align <= ALIGN {
            return Some(fit.bytes());
        }
        match Self::fit_aligned(fit, align) {
            Some(search) => Some(search.bytes()),
            None => None,
        }
    }

    /// The least size of the first class in which every block has `need` bytes.
    pub(crate) const fn search_size(need: usize) -> Option<usize> {
        let class = Self::search_class_of_key(Self::key(need));
        if class >= Self::CLASSES {
            return None;
        }
        Some(Self::least_key(class / SL, class % SL) - Self::key(0))
    }
}
