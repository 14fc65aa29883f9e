//! A heap and its source: the operations of [`Tlsf`] that [`Shared`](crate::Shared) needs, each tried
//! once more with more memory if it is refused. The caller has exclusive access.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::geometry::Geometry;
use crate::heap::Tlsf;
use crate::pool::{Pool, PoolError};
use crate::source::{Region, Source};

pub(crate) struct Growable<
    S: Source,
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
> {
    pub(crate) tlsf: Tlsf<ALIGN, FL, SL, POOLS>,
    source: S,
    /// The heap's pools that the source supplied.
    supplied: [Option<Pool>; POOLS],
}

impl<S: Source, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Growable<S, ALIGN, FL, SL, POOLS>
{
    pub(crate) const fn new(source: S) -> Self {
        Self { tlsf: Tlsf::new(), source, supplied: [None; POOLS] }
    }

    /// [`Tlsf::allocate`], and once more with more memory.
    #[inline]
    pub(crate) fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        if let Some(block) = self.tlsf.allocate(layout) {
            return Some(block);
        }
        self.grow_for(layout)?;
        self.tlsf.allocate(layout)
    }

    /// [`Tlsf::reallocate`], and once more with more memory.
    ///
    /// # Safety
    /// As [`Tlsf::reallocate`].
    #[inline]
    pub(crate) unsafe fn reallocate(
        &mut self,
        ptr: NonNull<u8>,
        layout: Layout,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's.
        if let Some(block) = unsafe { self.tlsf.reallocate(ptr, layout) } {
            return Some(block);
        }
        self.grow_for(layout)?;
        // SAFETY: the caller's; the block was not touched.
        unsafe { self.tlsf.reallocate(ptr, layout) }
    }

    /// [`Tlsf::remove_pool`], which refuses pools of the source.
    pub(crate) fn remove_pool(&mut self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        if self.supplied.contains(&Some(pool)) {
            return Err(PoolError::Unknown);
        }
        self.tlsf.remove_pool(pool)
    }

    /// Returns to the source each of its pools that is one free block, and returns the number of bytes.
    /// O(pools).
    pub(crate) fn trim(&mut self) -> usize {
        let mut bytes = 0;
        for slot in &mut self.supplied {
            let Some(memory) = slot.and_then(|pool| self.tlsf.remove_empty(pool)) else { continue };
            *slot = None;
            bytes += memory.len();
            // SAFETY: the source supplied it, and it is part of no pool any more.
            unsafe { self.source.take_back(memory) };
        }
        bytes
    }

    /// Adds memory from the source in which the layout certainly finds a block. `None` leaves the heap
    /// as it was.
    #[cold]
    fn grow_for(&mut self, layout: Layout) -> Option<()> {
        if layout.size() == 0 {
            return None;
        }
        let bytes = Tlsf::<ALIGN, FL, SL, POOLS>::pool_bytes_for(&[layout])?;
        let least = Layout::from_size_align(bytes, ALIGN).ok()?;
        let most = Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX;
        let region = self.source.supply(least, most)?;
        let admitted = self.admit(region, least);
        if admitted.is_none() {
            // SAFETY: just supplied, and refused: nothing was written.
            unsafe { self.source.take_back(region.memory()) };
        }
        admitted.inspect(|()| self.tlsf.tally.retried())
    }

    /// Lengthens the pool that the region continues, or makes it a new one.
    fn admit(&mut self, region: Region, least: Layout) -> Option<()> {
        let memory = region.memory();
        let (start, bytes) = (memory.cast::<u8>(), memory.len());
        if bytes < least.size() || (start.addr().get() | bytes) & (ALIGN - 1) != 0 {
            return None;
        }
        if let Region::Contiguous(_) = region {
            let ends_here = |pool: &Pool| pool.addr() + pool.bytes() == start.addr().get();
            let mut slots = self.supplied.iter_mut().flatten();
            if let Some(pool) = slots.find(|pool| ends_here(pool)) {
                // SAFETY: the source's contract: unused bytes behind the pool, of its allocation.
                if let Ok(longer) = unsafe { self.tlsf.extend_pool(*pool, bytes) } {
                    *pool = longer;
                    return Some(());
                }
            }
        }
        // Each entry of the pool table has a slot.
        let slot = self.supplied.iter_mut().find(|slot| slot.is_none())?;
        // SAFETY: the source's contract.
        *slot = Some(unsafe { self.tlsf.add_pool(start, bytes) }.ok()?);
        Some(())
    }
}

impl<S: Source, const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize> Drop
    for Growable<S, ALIGN, FL, SL, POOLS>
{
    fn drop(&mut self) {
        for pool in self.supplied.into_iter().flatten() {
            let memory = NonNull::slice_from_raw_parts(pool.start(), pool.bytes());
            // SAFETY: the source supplied it; blocks are valid as long as their heap, which ends here.
            unsafe { self.source.take_back(memory) };
        }
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// [`Tlsf::remove_pool`] in O(pools), also if the pool is in use.
    fn remove_empty(&mut self, pool: Pool) -> Option<NonNull<[u8]>> {
        let first = self.blocks(pool).next()?;
        let is_empty = first.is_free
            && Geometry::<ALIGN, FL, SL>::pool_payload(pool.bytes()) == Some(first.size);
        if is_empty { self.remove_pool(pool).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::WORD;
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
