//! Sizing: how much a request takes at most, and how large a pool must be. Const functions of the
//! geometry; they touch no memory.

use core::alloc::Layout;

use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;

/// Sizing.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
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
        // One free block serves all of them. Before each call it has the needs of the layouts that are
        // still to come, the headers between them, and the slack that any one search may need.
        let (mut bytes, mut slack, mut index) = (0_usize, 0, 0);
        while index < layouts.len() {
            let layout = layouts[index];
            index += 1;
            if layout.size() == 0 {
                continue;
            }
            let Some(need) = Geometry::<ALIGN, FL, SL>::need(layout.align(), layout.size()) else {
                return None;
            };
            let Some(search) = Geometry::<ALIGN, FL, SL>::search_size(need) else { return None };
            if search - need > slack {
                slack = search - need;
            }
            match bytes.checked_add(WORD + need) {
                Some(sum) => bytes = sum,
                None => return None,
            }
        }
        if bytes == 0 {
            return Some(Self::POOL_BYTES_MIN);
        }
        // Needs and slack are legal sizes and their differences: a multiple of ALIGN less a word.
        match (bytes - WORD).checked_add(slack) {
            // Both bounds: where FL is as wide as an address, no pool has the largest block.
            Some(payload)
                if payload <= Self::BLOCK_SIZE_MAX
                    && payload + Self::POOL_OVERHEAD <= Self::POOL_BYTES_MAX =>
            {
                Some(payload + Self::POOL_OVERHEAD)
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
