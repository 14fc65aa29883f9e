//! The pools of a shared heap.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

#[cfg(doc)]
use crate::heap::Tlsf;
#[cfg(doc)]
use crate::pool::PoolError;
use crate::pool::{Pool, PoolResult};
use crate::shared::engine::Engine;
use crate::shared::exclusion::Exclusion;
use crate::shared::growable::Growable;
use crate::shared::{INSIDE, Shared};
use crate::source::Source;

/// Pools. The error is [`PoolError`], or for a heap that checks every call `GuardError`.
impl<X: Exclusion, H: Engine, S: Source> Shared<X, H, S> {
    /// [`Tlsf::add_pool`]. Memory that overlaps any byte of this value is refused.
    ///
    /// # Errors
    /// A [`PoolError`].
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Safety
    /// As [`Tlsf::add_pool`].
    ///
    /// # Examples
    /// ```
    /// use core::ptr::NonNull;
    /// let mut memory = [0_usize; 512];
    /// let heap: memoman::LocalHeap = memoman::LocalHeap::new();
    /// let (start, bytes) = (NonNull::from(&mut memory).cast(), size_of_val(&memory));
    /// // SAFETY: `memory` outlives the heap and is not used otherwise.
    /// unsafe { heap.add_pool(start, bytes) }?;
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub unsafe fn add_pool(&self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, H::Error> {
        let control = Pool::of(self);
        // SAFETY: the caller's.
        self.set_up(|heap| unsafe { heap.heap.add_pool(control, mem, bytes) })
    }

    /// [`Tlsf::add_static_pool`].
    ///
    /// # Errors
    /// A [`PoolError`].
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Examples
    /// See [`Shared`].
    pub fn add_static_pool(
        &self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<Pool, H::Error> {
        self.set_up(|heap| heap.heap.add_static_pool(memory))
    }

    /// [`Tlsf::remove_pool`], for pools that did not come from the source.
    ///
    /// # Errors
    /// As [`Tlsf::remove_pool`]; [`PoolError::Unknown`] also for a pool of the source.
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Examples
    /// ```
    /// let heap: memoman::LocalHeap = memoman::LocalHeap::new();
    /// let pool = heap.add_static_pool(Box::leak(Box::new_uninit_slice(4096)))?;
    /// assert_eq!(heap.remove_pool(pool)?.len(), pool.bytes());
    /// # Ok::<(), memoman::PoolError>(())
    /// ```
    pub fn remove_pool(&self, pool: Pool) -> Result<NonNull<[u8]>, H::Error> {
        self.set_up(|heap| heap.remove_pool(pool))
    }

    /// Gives the source back those of its pools that are empty, and of the others the free end, and returns
    /// the bytes.
    ///
    /// A free end is given back as far as the source takes it ([`Source::tail_unit`]): `Mmap` takes whole pages,
    /// the other sources of this crate take whole pools only. Free memory between live blocks stays: one block
    /// at the end of a pool keeps all of it.
    ///
    /// # Panics
    /// If the caller is inside already.
    ///
    /// # Complexity
    /// O(pools), plus what the source does with the memory: `Mmap` makes one system call for each pool, and the
    /// system frees the pages. Other callers wait meanwhile. Memory that is needed again must be fetched again,
    /// and its pages be filled with zeros by the system. So call it when a phase of the program is over, not
    /// after each deallocation.
    ///
    /// # Examples
    /// ```
    /// use core::alloc::{GlobalAlloc, Layout};
    /// use memoman::{LocalHeap, StaticPool, static_buffer};
    /// let heap: LocalHeap<StaticPool> = LocalHeap::with_source(static_buffer!(4096));
    /// let layout = Layout::new::<[u64; 8]>();
    /// // SAFETY: the size is not 0; freed as allocated.
    /// unsafe { heap.dealloc(heap.alloc(layout), layout) };
    /// assert_eq!(heap.trim(), 4096);
    /// ```
    pub fn trim(&self) -> usize {
        let mut bytes = 0;
        let result = self.exclusively(|heap| heap.trim(&mut bytes)).expect(INSIDE);
        if let Err(misuse) = result {
            H::react(misuse);
        }
        bytes
    }

    fn set_up<T>(
        &self,
        f: impl FnOnce(&mut Growable<H, S>) -> Result<PoolResult<T>, H::Misuse>,
    ) -> Result<T, H::Error> {
        Ok(self.exclusively(f).expect(INSIDE).map_err(H::react)??)
    }
}
