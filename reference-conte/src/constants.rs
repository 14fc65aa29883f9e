//! The mapping and the sizes of a geometry. They need no instance.

use core::ffi::c_int;

use crate::conte::Conte;
use crate::second_level::SecondLevel;

impl Conte {
    /// The row and list in which a free block of `size` is put. (`mapping_insert`)
    ///
    /// # Panics
    ///
    /// If `size` is not below [`Conte::block_size_max`].
    pub fn floor(sl: SecondLevel, size: usize) -> (usize, usize) {
        class(sl, size, sl.symbols().floor)
    }

    /// The row and list at which the search for `size` begins; the row may be one past the last.
    /// (`mapping_search`)
    ///
    /// # Panics
    ///
    /// If `size` is not below [`Conte::block_size_max`].
    pub fn ceil(sl: SecondLevel, size: usize) -> (usize, usize) {
        class(sl, size, sl.symbols().ceil)
    }

    /// The block size for a request of `size` bytes; 0 for a request that is refused. (`adjust_request_size`)
    ///
    /// # Panics
    ///
    /// If `size` is above [`Conte::block_size_max`]: near the largest word, rounding up wraps.
    pub fn fit(sl: SecondLevel, size: usize) -> usize {
        let max = Self::block_size_max(sl);
        assert!(size <= max, "the block size is defined up to {max}, not for {size}");
        // SAFETY: the function calculates only.
        unsafe { (sl.symbols().fit)(size) }
    }

    /// First-level rows: FL_INDEX_COUNT.
    pub fn first_level_count(sl: SecondLevel) -> usize {
        constant(sl.symbols().first_level_count)
    }

    /// Bytes of the control structure. (`tlsf_size`)
    pub fn control_bytes(sl: SecondLevel) -> usize {
        constant(sl.symbols().size)
    }

    /// The least payload of a block. (`tlsf_block_size_min`)
    pub fn block_size_min(sl: SecondLevel) -> usize {
        constant(sl.symbols().block_size_min)
    }

    /// The first size that is too large for a request. (`tlsf_block_size_max`)
    pub fn block_size_max(sl: SecondLevel) -> usize {
        constant(sl.symbols().block_size_max)
    }

    /// Bytes of a pool that are no payload: first header and sentinel. (`tlsf_pool_overhead`)
    pub fn pool_overhead(sl: SecondLevel) -> usize {
        constant(sl.symbols().pool_overhead)
    }

    /// Bytes of a block that are no payload. (`tlsf_alloc_overhead`)
    pub fn alloc_overhead(sl: SecondLevel) -> usize {
        constant(sl.symbols().alloc_overhead)
    }

    /// Alignment of every payload and pool: one word. (`tlsf_align_size`)
    pub fn align(sl: SecondLevel) -> usize {
        constant(sl.symbols().align_size)
    }
}

fn constant(function: unsafe extern "C" fn() -> usize) -> usize {
    // SAFETY: all C functions of this type return constants.
    unsafe { function() }
}

fn class(
    sl: SecondLevel,
    size: usize,
    mapping: unsafe extern "C" fn(usize, *mut c_int, *mut c_int),
) -> (usize, usize) {
    let max = Conte::block_size_max(sl);
    assert!(size < max, "the mapping is defined below {max}, not for {size}");
    let (mut row, mut list): (c_int, c_int) = (0, 0);
    // SAFETY: both pointers are valid; below max every shift of the mapping is defined.
    unsafe { mapping(size, &raw mut row, &raw mut list) };
    (row as usize, list as usize)
}
