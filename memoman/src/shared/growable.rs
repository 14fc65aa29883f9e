//! A heap and its source: the operations that [`Shared`](crate::Shared) needs, each tried once more with
//! more memory if it is refused. The caller has exclusive access. An outer `Err` is a misuse.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::heap::resize::Resized;
use crate::pool::{Pool, PoolError, PoolResult};
use crate::shared::engine::Engine;
use crate::source::{Region, Source};

pub(crate) struct Growable<H: Engine, S: Source> {
    pub(crate) heap: H,
    source: S,
    /// The heap's pools that the source supplied.
    supplied: H::Pools,
}

impl<H: Engine, S: Source> Growable<H, S> {
    pub(crate) const fn new(heap: H, source: S) -> Self {
        Self { heap, source, supplied: H::NO_POOLS }
    }

    /// Allocates, and once more with more memory.
    #[inline]
    pub(crate) fn allocate(&mut self, layout: Layout) -> Result<Option<NonNull<u8>>, H::Misuse> {
        if let Some(block) = self.heap.allocate(layout)? {
            return Ok(Some(block));
        }
        match self.grow_for(layout)? {
            Some(()) => self.heap.allocate(layout),
            None => Ok(None),
        }
    }

    /// Reallocates up to the copy, and once more with more memory.
    ///
    /// # Safety
    /// As [`Tlsf::reallocate`](crate::Tlsf::reallocate).
    #[inline]
    pub(crate) unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        layout: Layout,
    ) -> Result<Option<Resized>, H::Misuse> {
        // SAFETY: the caller's.
        if let Some(resized) = unsafe { self.heap.reallocate(ptr, layout) }? {
            return Ok(Some(resized));
        }
        match self.grow_for(layout)? {
            // SAFETY: the caller's; the block was not touched.
            Some(()) => unsafe { self.heap.reallocate(ptr, layout) },
            None => Ok(None),
        }
    }

    /// Removes a pool; those of the source are refused.
    pub(crate) fn remove_pool(
        &mut self,
        pool: Pool,
    ) -> Result<PoolResult<NonNull<[u8]>>, H::Misuse> {
        if self.supplied.as_ref().contains(&Some(pool)) {
            return Ok(Err(PoolError::Unknown));
        }
        self.heap.remove_pool(pool)
    }

    /// Returns to the source each of its pools that is one free block, and of the others the free end, as
    /// far as the source takes it. Adds the bytes to `returned`. O(pools).
    pub(crate) fn trim(&mut self, returned: &mut usize) -> Result<(), H::Misuse> {
        for slot in self.supplied.as_mut() {
            let Some(pool) = *slot else { continue };
            let tail = self.heap.free_tail(pool)?;
            let memory = if tail + H::POOL_OVERHEAD == pool.bytes() & !(H::ALIGN - 1) {
                let Ok(memory) = self.heap.remove_pool(pool)? else { continue };
                *slot = None;
                memory
            } else {
                let Some(unit) = self.source.tail_unit() else { continue };
                let Some(less) = end_to_return::<H>(pool, tail, unit.get()) else { continue };
                let Ok((shorter, memory)) = self.heap.shrink_pool(pool, less)? else { continue };
                *slot = Some(shorter);
                memory
            };
            *returned += memory.len();
            // SAFETY: the source supplied it, and it is part of no pool any more. An end starts at a multiple
            // of the source's unit.
            unsafe { self.source.take_back(memory) };
        }
        Ok(())
    }

    /// Adds memory from the source in which the layout certainly finds a block. `None` leaves the heap
    /// as it was.
    #[cold]
    fn grow_for(&mut self, layout: Layout) -> Result<Option<()>, H::Misuse> {
        let bytes = if layout.size() == 0 { None } else { H::pool_bytes_for(layout) };
        let least = bytes.and_then(|bytes| Layout::from_size_align(bytes, H::ALIGN).ok());
        let Some(least) = least else { return Ok(None) };
        let Some(region) = self.source.supply(least, H::POOL_BYTES_MAX) else { return Ok(None) };
        let admitted = self.admit(region, least);
        match admitted {
            Ok(Some(())) => self.heap.retried(),
            // SAFETY: just supplied, and refused: nothing was written.
            Ok(None) | Err(_) => unsafe { self.source.take_back(region.memory()) },
        }
        admitted
    }

    /// Lengthens the pool that the region continues, or makes it a new one.
    fn admit(&mut self, region: Region, least: Layout) -> Result<Option<()>, H::Misuse> {
        let memory = region.memory();
        let (start, bytes) = (memory.cast::<u8>(), memory.len());
        if bytes < least.size() || (start.addr().get() | bytes) & (H::ALIGN - 1) != 0 {
            return Ok(None);
        }
        if let Region::Contiguous(_) = region {
            let ends_here = |pool: &Pool| pool.addr() + pool.bytes() == start.addr().get();
            let mut slots = self.supplied.as_mut().iter_mut().flatten();
            if let Some(pool) = slots.find(|pool| ends_here(pool)) {
                // SAFETY: the source's contract: unused bytes behind the pool, of its allocation.
                if let Ok(longer) = unsafe { self.heap.extend_pool(*pool, bytes) }? {
                    *pool = longer;
                    return Ok(Some(()));
                }
            }
        }
        // Each entry of the pool table has a slot.
        let Some(slot) = self.supplied.as_mut().iter_mut().find(|slot| slot.is_none()) else {
            return Ok(None);
        };
        let control = Pool::of(&self.heap);
        // SAFETY: the source's contract.
        *slot = unsafe { self.heap.add_pool(control, start, bytes) }?.ok();
        Ok(slot.map(|_| ()))
    }
}

/// The bytes that a pool whose last block is free, but not its only one, can lose at its end, so that the end
/// starts at a multiple of `unit`.
fn end_to_return<H: Engine>(pool: Pool, tail: usize, unit: usize) -> Option<usize> {
    let most = tail.checked_sub(H::BLOCK_SIZE_MIN)? & !(H::ALIGN - 1);
    let end = pool.addr() + (pool.bytes() & !(H::ALIGN - 1));
    let start = (end - most).checked_next_multiple_of(unit.max(H::ALIGN))?;
    end.checked_sub(start).filter(|&less| less > 0)
}

impl<H: Engine, S: Source> Drop for Growable<H, S> {
    fn drop(&mut self) {
        for pool in self.supplied.as_ref().iter().flatten() {
            let memory = NonNull::slice_from_raw_parts(pool.start(), pool.bytes());
            // SAFETY: the source supplied it; blocks are valid as long as their heap, which ends here.
            unsafe { self.source.take_back(memory) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::WORD;
    use crate::heap::Tlsf;
    use core::mem::MaybeUninit;

    #[repr(align(8192))]
    struct Memory([MaybeUninit<u8>; 3 << 16]);

    /// The bytes requested from a source: in a pool of that size the layout is granted, and in one that
    /// is ALIGN smaller it is refused.
    fn least_is_exact<const ALIGN: usize, const FL: usize, const SL: usize>() {
        let mut memory = Memory([MaybeUninit::uninit(); 3 << 16]);
        let start = NonNull::from(&mut memory.0).cast::<u8>();
        let grants = |layout, bytes| {
            let mut heap = Tlsf::<ALIGN, FL, SL, 1>::new();
            // SAFETY: of the memory above, for this heap alone.
            unsafe { heap.add_pool(start, bytes) }.is_ok() && heap.allocate(layout).is_some()
        };
        for align in [1, WORD, 16, 64, 512] {
            for size in (1..600).chain((600..1 << 16).step_by(997)) {
                let layout = Layout::from_size_align(size, align).unwrap();
                let bytes = Tlsf::<ALIGN, FL, SL, 1>::pool_bytes_for(&[layout]).unwrap();
                assert!(bytes <= size_of::<Memory>() && grants(layout, bytes), "{layout:?}");
                assert!(!grants(layout, bytes - ALIGN), "{layout:?}: {bytes}");
            }
        }
    }

    #[test]
    fn the_least_region_is_exact_in_every_geometry() {
        least_is_exact::<WORD, 24, 32>();
        least_is_exact::<16, 20, 8>();
        least_is_exact::<64, 16, 4>();
    }
}
