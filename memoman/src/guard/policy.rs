//! The policy: which calls are admitted, and the operations that check their call, act, and keep the
//! fingerprint of the live blocks. None of them reacts to a misuse: what calls them does.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::error::{Misuse, Reaction};
use super::fingerprint::LiveFingerprint;
use super::{Guarded, SHARE};
use crate::geometry::{Geometry, WORD};
use crate::law::{Law, Place, Violation};
use crate::pool::walk::BlockInfo;
use crate::pool::{Pool, PoolResult, Shortened};

/// Operations without a reaction: an outer `Err` is a misuse.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    pub(crate) fn checked_allocate(
        &mut self,
        layout: Layout,
    ) -> Result<Option<NonNull<u8>>, Misuse> {
        self.examine_call()?;
        let new = self.heap.allocate(layout);
        Ok(new.map(|new| self.add(new)))
    }

    /// # Safety
    /// As [`Guarded::deallocate_sized`].
    pub(crate) unsafe fn checked_deallocate_sized(
        &mut self,
        ptr: NonNull<u8>,
        layout: Layout,
    ) -> Result<(), Misuse> {
        let block = self.examine_block(ptr)?;
        let aligned = ptr.addr().get() & (layout.align() - 1) == 0;
        if !aligned || layout.size() > block.size {
            return Err(Misuse::Layout { ptr, usable: block.size });
        }
        self.remove(block);
        // SAFETY: it is live, as just found.
        unsafe { self.heap.deallocate(block.payload) };
        Ok(())
    }

    /// # Safety
    /// As [`Guarded::reallocate`].
    pub(crate) unsafe fn checked_reallocate(
        &mut self,
        ptr: NonNull<u8>,
        new: Layout,
    ) -> Result<Option<NonNull<u8>>, Misuse> {
        let block = self.examine_block(ptr)?;
        // SAFETY: it is live, as just found.
        let Some(moved) = (unsafe { self.heap.reallocate(block.payload, new) }) else {
            return Ok(None);
        };
        self.remove(block);
        Ok(Some(self.add(moved)))
    }

    /// `control`: what counts as the heap's own, at least this value.
    ///
    /// # Safety
    /// As [`Guarded::add_pool`].
    pub(crate) unsafe fn checked_add_pool(
        &mut self,
        control: Pool,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<PoolResult<Pool>, Misuse> {
        self.examine_call()?;
        // SAFETY: the caller's.
        Ok(unsafe { self.heap.add_pool_beside(control, mem, bytes) })
    }

    pub(crate) fn checked_add_static_pool(
        &mut self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<PoolResult<Pool>, Misuse> {
        self.examine_call()?;
        Ok(self.heap.add_static_pool(memory))
    }

    pub(crate) fn checked_remove_pool(
        &mut self,
        pool: Pool,
    ) -> Result<PoolResult<NonNull<[u8]>>, Misuse> {
        self.examine_pool(pool)?;
        let index = self.heap.pools().position(|own| own == pool);
        let memory = self.heap.remove_pool(pool);
        if let (Some(index), Ok(_)) = (index, &memory) {
            // Pools added later move up; the entry of the removed pool, that of no blocks, moves to
            // the end for the next new pool.
            self.live[index..].rotate_left(1);
        }
        Ok(memory)
    }

    /// `control`: what counts as the heap's own, at least this value.
    ///
    /// # Safety
    /// As [`Guarded::extend_pool`].
    pub(crate) unsafe fn checked_extend_pool(
        &mut self,
        control: Pool,
        pool: Pool,
        more: usize,
    ) -> Result<PoolResult<Pool>, Misuse> {
        self.examine_pool(pool)?;
        // SAFETY: the caller's.
        Ok(unsafe { self.heap.extend_pool_beside(control, pool, more) })
    }

    pub(crate) fn checked_shrink_pool(
        &mut self,
        pool: Pool,
        less: usize,
    ) -> Result<PoolResult<Shortened>, Misuse> {
        self.examine_pool(pool)?;
        Ok(self.heap.shrink_pool(pool, less))
    }

    /// [`Tlsf::free_tail`](crate::Tlsf::free_tail) of a pool that is sound.
    pub(crate) fn checked_free_tail(&mut self, pool: Pool) -> Result<usize, Misuse> {
        self.examine_pool(pool)?;
        Ok(self.heap.free_tail(pool))
    }
}

/// For heaps that are shared.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    pub(crate) const fn reaction(&self) -> Reaction {
        self.reaction
    }

    /// Counts a request that was granted at the second attempt.
    pub(crate) fn count_retry(&mut self) {
        self.heap.tally.retried();
    }
}

/// Checks and reactions, and the fingerprints.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Guarded<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// Checks a call without a pointer.
    pub(super) fn examine_call(&mut self) -> Result<(), Misuse> {
        if self.is_due() {
            self.validate_now()?;
        }
        Ok(())
    }

    /// Checks a call on the live block at `ptr`.
    pub(super) fn examine_block(&mut self, ptr: NonNull<u8>) -> Result<BlockInfo, Misuse> {
        let sound = self.is_due();
        if sound {
            self.validate_now()?;
        }
        self.find(ptr, sound)
    }

    /// Checks a call on a pool.
    pub(super) fn examine_pool(&mut self, pool: Pool) -> Result<(), Misuse> {
        let index = self.heap.pools().position(|own| own == pool);
        match (self.is_due(), index) {
            (true, _) => self.validate_now()?,
            (false, Some(index)) => self.audit_pool(index, pool)?,
            (false, None) => {}
        }
        Ok(())
    }

    /// Checks a call without a pointer, and reacts.
    #[track_caller]
    pub(super) fn admit_call(&mut self) -> Result<(), Misuse> {
        let verdict = self.examine_call();
        self.react(verdict)
    }

    /// Checks a call on the live block at `ptr`, and reacts.
    #[track_caller]
    pub(super) fn admit(&mut self, ptr: NonNull<u8>) -> Result<BlockInfo, Misuse> {
        let verdict = self.examine_block(ptr);
        self.react(verdict)
    }

    /// Counts a call, and returns whether it validates the heap.
    fn is_due(&mut self) -> bool {
        let due = self.interval != 0 && self.left == 0;
        self.left = self.left.saturating_sub(1);
        due
    }

    /// Validates the heap. If it is sound, the next calls do not.
    fn validate_now(&mut self) -> Result<(), Violation> {
        let census = self.validate()?;
        self.left = match self.interval {
            Self::CHECK_AMORTISED => (census.used_blocks + census.free_blocks) / SHARE,
            calls => calls.saturating_sub(1),
        };
        Ok(())
    }

    /// Passes on the result of a call that was checked, with the reaction to a misuse.
    #[track_caller]
    pub(super) fn react<R>(&self, result: Result<R, Misuse>) -> Result<R, Misuse> {
        if let Err(misuse) = &result {
            self.reaction.to(misuse);
        }
        result
    }

    /// The live block at `ptr`, with the pool's own pointer to it; `sound`: the heap was just
    /// validated.
    pub(super) fn find(&self, ptr: NonNull<u8>, sound: bool) -> Result<BlockInfo, Misuse> {
        let foreign = Misuse::Foreign { ptr };
        let Some((index, pool)) = self.pool_of(ptr) else { return self.find_unlisted(ptr) };
        let offset = ptr.addr().get() - pool.addr();
        let payloads = Geometry::<ALIGN, FL, SL>::FIRST_HEADER + WORD;
        if offset < payloads || offset >= Geometry::<ALIGN, FL, SL>::sentinel(pool) {
            return Err(foreign);
        }
        if ptr.addr().get() & (ALIGN - 1) != 0 {
            return Err(Misuse::Misaligned { ptr, pool: index, offset });
        }
        if !sound {
            self.audit_pool(index, pool)?;
        }
        // Tiling: the last block that starts before the byte behind `ptr`'s header holds it.
        let before = |block: &BlockInfo| block.payload.addr() <= ptr.addr().saturating_add(WORD);
        let found = self.heap.blocks(pool).take_while(before).last();
        let BlockInfo { payload: block, is_free, .. } = *found.as_ref().ok_or(foreign)?;
        match found {
            Some(live) if !is_free && block == ptr => Ok(live),
            _ if is_free => Err(Misuse::Double { ptr, pool: index, offset, block }),
            _ => Err(Misuse::Interior { ptr, pool: index, offset, block }),
        }
    }

    /// Checks the laws of address order, and the live blocks, of one pool.
    fn audit_pool(&self, index: usize, pool: Pool) -> Result<(), Violation> {
        self.heap.validate_pool(pool).transpose()?;
        self.verify_live(index, pool)
    }

    /// Checks that the live blocks of a pool are those allocated.
    pub(super) fn verify_live(&self, index: usize, pool: Pool) -> Result<(), Violation> {
        let mut live = LiveFingerprint::EMPTY;
        self.heap.blocks(pool).filter(|block| !block.is_free).for_each(|block| live.add(block));
        match live == self.live[index] {
            true => Ok(()),
            false => Err(Violation::new(Law::Census, Place::Heap)),
        }
    }

    /// Adds a block that was just allocated to the fingerprint of its pool.
    pub(super) fn add(&mut self, payload: NonNull<u8>) -> NonNull<u8> {
        // SAFETY: Membership: the block was just allocated.
        let size = unsafe { self.heap.usable_size(payload) };
        if let Some((index, _)) = self.pool_of(payload) {
            self.live[index].add(BlockInfo { payload, size, is_free: false });
        }
        payload
    }

    /// Removes a block that is about to be freed from the fingerprint of its pool.
    pub(super) fn remove(&mut self, block: BlockInfo) {
        if let Some((index, _)) = self.pool_of(block.payload) {
            self.live[index].remove(block);
        }
    }

    fn pool_of(&self, ptr: NonNull<u8>) -> Option<(usize, Pool)> {
        self.heap.pools().enumerate().find(|(_, pool)| pool.contains(ptr))
    }
}
