//! [`Conte`]: the C code behind a check of every call.

use std::ptr::NonNull;

use crate::arena::ZeroedArena;
use crate::assertion::no_assertion_fails;
use crate::call::ConteCall;
use crate::rows::{LikeListed, LikeRow, Listed, Row};
use crate::saved::SavedConte;
use crate::second_level::SecondLevel;
use crate::symbols::{CPointer, UPSTREAM};
use crate::unguarded::Unguarded;

/// An instance of TLSF 3.1 with memory of its own.
///
/// All methods panic on a call for which the C code is not defined ([`Conte::admits`]), and on a block
/// that is not live or a pool that is not present.
pub struct Conte {
    instance: Unguarded,
    sl: SecondLevel,
}

impl Conte {
    /// Returns an instance without pools, with an arena of `arena_bytes` zeroed bytes at a multiple of
    /// `arena_align` (and of two words).
    ///
    /// # Panics
    ///
    /// If `arena_align` is not a power of two.
    pub fn new(sl: SecondLevel, arena_bytes: usize, arena_align: usize) -> Self {
        Self { instance: Unguarded::new(sl.symbols(), arena_bytes, arena_align), sl }
    }

    /// The same, with the caller's memory as its arena.
    ///
    /// # Panics
    ///
    /// If the memory is not aligned to two words.
    ///
    /// # Safety
    ///
    /// The bytes are initialised, can be read and written, and nothing else writes to them as long as the
    /// instance exists, the payloads of live blocks apart.
    pub unsafe fn in_arena(sl: SecondLevel, base: NonNull<u8>, bytes: usize) -> Self {
        assert!(
            base.addr().get() % (2 * size_of::<usize>()) == 0,
            "the arena is not aligned to two words"
        );
        // SAFETY: the caller's.
        let arena = unsafe { ZeroedArena::borrowed(base, bytes) };
        Self { instance: Unguarded::with_arena(sl.symbols(), arena), sl }
    }

    /// The same for TLSF 3.1 as upstream releases it ([`upstream`](crate::upstream)): for tests that
    /// show what it does outside its domain, where no assertion stops it.
    ///
    /// # Panics
    ///
    /// If `arena_align` is not a power of two.
    pub fn upstream(arena_bytes: usize, arena_align: usize) -> Self {
        let instance = Unguarded::new(&UPSTREAM, arena_bytes, arena_align);
        Self { instance, sl: SecondLevel::Sl32 }
    }

    /// Removes all pools and blocks. The arena keeps its content. (`tlsf_create`)
    pub fn reset(&mut self) {
        self.instance.reset();
    }

    /// Saves control, pools and live blocks, for [`Conte::restore`].
    pub fn save(&self) -> SavedConte {
        self.instance.save()
    }

    /// Restores a state saved by this instance.
    ///
    /// # Panics
    ///
    /// If another instance saved it.
    pub fn restore(&mut self, saved: &SavedConte) {
        self.instance.restore(saved);
    }

    /// Whether the C code is defined for this call in the current state. [`ConteCall`] has the table.
    pub fn admits(&self, call: &ConteCall) -> bool {
        self.instance.domain.admits(call)
            && match *call {
                // SAFETY: the pool is present.
                ConteCall::RemovePool { offset } => unsafe {
                    (self.instance.c.pool_is_empty)(self.instance.pointer(offset)) != 0
                },
                _ => true,
            }
    }

    /// The same instance without the check, for tests that show the C code wrong.
    pub fn outside_domain(&mut self) -> &mut Unguarded {
        &mut self.instance
    }

    /// Makes `bytes` of the arena a pool. Returns false if the C code refuses. (`tlsf_add_pool`)
    pub fn add_pool(&mut self, offset: usize, bytes: usize) -> bool {
        self.require(ConteCall::AddPool { offset, bytes });
        // SAFETY: admitted.
        unsafe { self.instance.add_pool(offset, bytes) }
    }

    /// Removes a pool, which must be one free block. (`tlsf_remove_pool`)
    pub fn remove_pool(&mut self, offset: usize) {
        self.require(ConteCall::RemovePool { offset });
        // SAFETY: admitted.
        unsafe { self.instance.remove_pool(offset) }
    }

    /// Allocates at least `size` bytes. Returns the payload's offset. (`tlsf_malloc`)
    pub fn malloc(&mut self, size: usize) -> Option<usize> {
        self.require(ConteCall::Malloc { size });
        // SAFETY: admitted.
        unsafe { self.instance.malloc(size) }
    }

    /// The same at an address that is a multiple of `align`. (`tlsf_memalign`)
    pub fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        self.require(ConteCall::Memalign { align, size });
        // SAFETY: admitted.
        unsafe { self.instance.memalign(align, size) }
    }

    /// Grows, shrinks or moves a block. If `current` is `None`, it allocates. If `size` is 0, it frees
    /// the block and returns `None`, as a refusal does. (`tlsf_realloc`)
    pub fn realloc(&mut self, current: Option<usize>, size: usize) -> Option<usize> {
        self.require(ConteCall::Realloc { current, size });
        // SAFETY: admitted.
        unsafe { self.instance.realloc(current, size) }
    }

    /// Frees a live block. (`tlsf_free`)
    pub fn free(&mut self, offset: usize) {
        self.require(ConteCall::Free { offset });
        // SAFETY: admitted.
        unsafe { self.instance.free(offset) }
    }

    /// The usable bytes of a live block. (`tlsf_block_size`)
    pub fn usable_size(&self, offset: usize) -> usize {
        assert!(self.instance.domain.is_live(offset), "no live block at offset {offset}");
        // SAFETY: a live block has a valid header.
        unsafe { (self.instance.c.block_size)(self.instance.pointer(offset)) }
    }

    /// Appends the blocks of a pool in address order, without the sentinel.
    pub fn walk(&self, pool_offset: usize, out: &mut Vec<Row>) {
        self.walk_as(pool_offset, out);
    }

    /// As [`Conte::walk`], into values of the caller's own type.
    pub fn walk_as<R: LikeRow>(&self, pool_offset: usize, out: &mut Vec<R>) {
        let pool = self.pool(pool_offset);
        let (c, base) = (self.instance.c, self.arena_base());
        // SAFETY: the pool is present. C writes at most `room` rows and returns how many it has.
        fill(out, |rows: *mut R, room| unsafe { (c.rows)(pool, base, rows.cast(), room) });
    }

    /// Whether [`Conte::walk_as`] would append exactly these blocks.
    pub fn walk_is<R: LikeRow>(&self, pool_offset: usize, rows: &[R]) -> bool {
        let pool = self.pool(pool_offset);
        let (c, base) = (self.instance.c, self.arena_base());
        // SAFETY: the pool is present. C reads the rows of this slice, at most.
        unsafe { (c.rows_are)(pool, base, rows.as_ptr().cast(), rows.len()) != 0 }
    }

    /// Appends the free blocks: classes ascending, each list from its head.
    ///
    /// Visits the lists whose bits are set. [`Conte::occupancy_agrees`] checks the bits.
    pub fn free_lists(&self, out: &mut Vec<Listed>) {
        self.free_lists_as(out);
    }

    /// As [`Conte::free_lists`], into values of the caller's own type.
    pub fn free_lists_as<L: LikeListed>(&self, out: &mut Vec<L>) {
        let (c, tlsf, base) = (self.instance.c, self.instance.tlsf(), self.arena_base());
        // SAFETY: the control is ours. C writes at most `room` rows and returns how many it has.
        fill(out, |rows: *mut L, room| unsafe { (c.listed)(tlsf, base, rows.cast(), room) });
    }

    /// Whether both levels of bits agree with every list head.
    pub fn occupancy_agrees(&self) -> bool {
        // SAFETY: the control is ours.
        unsafe { (self.instance.c.occupancy_agrees)(self.instance.tlsf()) != 0 }
    }

    /// Whether the C code's own check of lists and bits passes. Never aborts. (`tlsf_check`)
    pub fn check(&self) -> bool {
        // SAFETY: the control is ours.
        no_assertion_fails(|| unsafe { (self.instance.c.check)(self.instance.tlsf()) })
    }

    /// Whether the C code's own check of a pool's blocks passes. Never aborts. (`tlsf_check_pool`)
    pub fn check_pool(&self, pool_offset: usize) -> bool {
        let pool = self.pool(pool_offset);
        // SAFETY: the pool is present.
        no_assertion_fails(|| unsafe { (self.instance.c.check_pool)(pool) })
    }

    /// Whether a pool is present at this offset.
    pub fn has_pool(&self, pool_offset: usize) -> bool {
        self.instance.domain.is_present(pool_offset)
    }

    /// Whether any pool is present.
    pub fn has_pools(&self) -> bool {
        self.instance.domain.pools().next().is_some()
    }

    /// The arena's first byte, from which offsets count. The caller may read and write the payloads of
    /// live blocks while no method runs.
    pub fn arena_base(&self) -> *mut u8 {
        self.instance.arena.base()
    }

    /// The bytes of the arena.
    pub fn arena_bytes(&self) -> usize {
        self.instance.arena.bytes()
    }

    /// The geometry of this instance.
    pub fn second_level(&self) -> SecondLevel {
        self.sl
    }

    fn pool(&self, offset: usize) -> CPointer {
        assert!(self.has_pool(offset), "no pool at offset {offset}");
        self.instance.pointer(offset)
    }

    #[inline]
    fn require(&self, call: ConteCall) {
        if !self.admits(&call) {
            not_defined(&call);
        }
    }
}

#[cold]
#[inline(never)]
fn not_defined(call: &ConteCall) -> ! {
    panic!("TLSF 3.1 is not defined for this call: {call:?}")
}

/// Appends what `write(rows, room)` writes, which returns how many rows it has. If there are more
/// than `room`, it is called again with more.
fn fill<T>(out: &mut Vec<T>, write: impl Fn(*mut T, usize) -> usize) {
    out.reserve(64);
    loop {
        let spare = out.spare_capacity_mut();
        let (rows, room) = (spare.as_mut_ptr().cast(), spare.len());
        let count = write(rows, room);
        if count <= room {
            // SAFETY: `write` has initialised `count` rows of the spare capacity.
            unsafe { out.set_len(out.len() + count) };
            return;
        }
        out.reserve(count);
    }
}
