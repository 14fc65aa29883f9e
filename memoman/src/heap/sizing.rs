//! Sizes before there is a heap: how much a request takes, at most, and how large a pool must be.
//! Const functions of the geometry; they touch no memory.

use core::alloc::Layout;

use crate::geometry::{Geometry, WORD};
use crate::heap::Tlsf;

/// Planning.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// The most bytes that a block can take beyond the request it was handed out for: its header,
    /// rounding, and a rest too small to be a block. [`Tlsf::waste_of`] says it for one size.
    pub const WASTE_MAX: usize = {
        let least = Self::BLOCK_SIZE_MIN - 1;
        let rounding = if least > ALIGN - 1 { least } else { ALIGN - 1 };
        Self::ALLOC_OVERHEAD + rounding + Geometry::<ALIGN, FL, SL>::REST_MAX
    };

    /// The most bytes that a block handed out for `request` can take beyond it; `None` if no block
    /// holds it.
    #[must_use]
    pub const fn waste_of(request: usize) -> Option<usize> {
        match Geometry::<ALIGN, FL, SL>::fit(request) {
            Some(fit) => Some(WORD + fit.bytes() - request + Geometry::<ALIGN, FL, SL>::REST_MAX),
            None => None,
        }
    }

    /// The size from which on any free block is found for a request at a multiple of `align`: the
    /// search starts at the list whose blocks all suffice. `None` if there is no such list, or if
    /// `align` is not a power of two.
    #[must_use]
    pub const fn search_size(align: usize, request: usize) -> Option<usize> {
        match Geometry::<ALIGN, FL, SL>::need(align, request) {
            Some(need) => Geometry::<ALIGN, FL, SL>::search_size(need),
            None => None,
        }
    }

    /// Bytes of a pool in which blocks for all these layouts can live at once, whatever the order
    /// in which they are allocated and wherever the pool lies, if none is freed between. A layout
    /// of no bytes takes none. `None` if a pool can't be that large. O(layouts).
    ///
    /// Blocks that come and go leave gaps, and the bound for that is another, far larger one: by
    /// Robson, some `log2(largest / smallest) / 2` times the live bytes.
    ///
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
        // One free block serves all of them. Before each call it has the needs of those that are
        // still to come, headers between them, and the slack that any one search may want.
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
    const REST_MAX: usize = Self::MIN_BLOCK - ALIGN;

    /// The block size that a request asks the lists for.
    pub(crate) const fn need(align: usize, request: usize) -> Option<usize> {
        let Some(fit) = Self::fit(request) else { return None };
        if !align.is_power_of_two() {
            return None;
        }
        if align <= ALIGN {
            return Some(fit.bytes());
        }
        match Self::fit_aligned(fit, align) {
            Some(search) => Some(search.bytes()),
            None => None,
        }
    }

    /// The least size of the first class all of whose blocks have `need` bytes.
    pub(crate) const fn search_size(need: usize) -> Option<usize> {
        let class = Self::search_class_of_key(Self::key(need));
        if class >= Self::CLASSES {
            return None;
        }
        Some(Self::least_key(class / SL, class % SL) - Self::key(0))
    }
}
