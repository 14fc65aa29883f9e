//! The walk over the blocks of a pool, in address order.

use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::chain::block::Block;
use crate::geometry::{Geometry, WORD};
use crate::pool::Pool;

/// A block, as a walk reports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BlockInfo {
    /// The payload.
    pub payload: NonNull<u8>,
    /// The usable bytes of the payload.
    pub size: usize,
    /// Whether the block is free.
    pub is_free: bool,
}

/// The blocks of one pool in address order, without the sentinel.
///
/// On a damaged heap it ends early rather than leave the pool.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    at: Block,
    /// Bytes from `at` to the pool's sentinel.
    left: usize,
    heap: PhantomData<&'a ()>,
}

impl Blocks<'_> {
    pub(crate) const fn none() -> Self {
        Self { at: Block::NOWHERE, left: 0, heap: PhantomData }
    }

    /// # Safety
    /// The pool is one of a heap, now and as long as the iterator is used.
    pub(crate) unsafe fn new<const ALIGN: usize, const FL: usize, const SL: usize>(
        pool: Pool,
    ) -> Self {
        let payload = Geometry::<ALIGN, FL, SL>::pool_payload(pool.bytes());
        Self {
            // SAFETY: Tiling: the caller's, a pool of a heap.
            at: unsafe { Geometry::<ALIGN, FL, SL>::first_block(pool) },
            left: payload.map_or(0, |size| WORD + size),
            heap: PhantomData,
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = BlockInfo;

    #[inline]
    fn next(&mut self) -> Option<BlockInfo> {
        if self.left == 0 {
            return None;
        }
        // SAFETY: Tiling, checked: `at` is `left` > 0 bytes before the pool's sentinel.
        let (header, payload) = unsafe { (self.at.header(), self.at.payload()) };
        let size = header.size();
        let whole = size.wrapping_add(WORD);
        if size == 0 || size > self.left || whole > self.left || whole % WORD != 0 {
            self.left = 0;
            return None;
        }
        // SAFETY: `whole` bytes are left in the pool.
        self.at = unsafe { self.at.after(size) };
        self.left -= whole;
        Some(BlockInfo { payload, size, is_free: header.is_free() })
    }
}

impl FusedIterator for Blocks<'_> {}
