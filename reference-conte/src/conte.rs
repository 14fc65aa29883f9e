//! [`Conte`]: an instance of the C code that refuses calls outside of its domain.

use crate::arena::Arena;
use crate::assertion::verdict;
use crate::domain::{Call, Domain};
use crate::instance::Instance;
use crate::outside::Outside;
use crate::symbols::{Pointer, Symbols, UPSTREAM};
use crate::{Listed, Row, SecondLevel};

/// An instance of TLSF 3.1 with memory of its own.
///
/// The methods that take a block or a pool panic if it is not live or not present, and all panic
/// on a call for which the C code is not defined ([`Conte::admits`]).
pub struct Conte {
    instance: Instance,
    sl: SecondLevel,
}

/// The state of an instance at some time.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The addresses of the instance's control and arena: they identify it.
    places: (usize, usize),
    control: Vec<u8>,
    pools: Vec<SavedPool>,
}

#[derive(Clone, Debug)]
struct SavedPool {
    offset: usize,
    content: Vec<u8>,
    lives: Vec<u64>,
}

impl Conte {
    /// An instance without pools, beside an arena of `arena_bytes` zeroed bytes at a multiple of
    /// `arena_align` (and of two words).
    ///
    /// # Panics
    ///
    /// If `arena_align` is not a power of two.
    pub fn new(sl: SecondLevel, arena_bytes: usize, arena_align: usize) -> Self {
        Self::of(sl.symbols(), sl, arena_bytes, arena_align)
    }

    /// The same for TLSF 3.1 as upstream releases it ([`upstream`](crate::upstream)): for tests that
    /// show what it does outside of its domain, where no assertion stops it.
    ///
    /// # Panics
    ///
    /// If `arena_align` is not a power of two.
    pub fn upstream(arena_bytes: usize, arena_align: usize) -> Self {
        Self::of(&UPSTREAM, SecondLevel::Sl32, arena_bytes, arena_align)
    }

    fn of(c: &'static Symbols, sl: SecondLevel, arena_bytes: usize, arena_align: usize) -> Self {
        let least = 2 * size_of::<usize>();
        let arena = Arena::new(arena_bytes, arena_align.max(least));
        // SAFETY: it returns a constant.
        let control_bytes = unsafe { (c.size)() };
        let control = Arena::new(control_bytes, least);
        let domain = Domain::new(c, arena_bytes);
        let instance = Instance { c, domain, arena, control };
        let mut conte = Self { instance, sl };
        conte.reset();
        conte
    }

    /// Removes every pool and block; the arena's content stays. (`tlsf_create`)
    pub fn reset(&mut self) {
        // SAFETY: the control is ours, aligned, and as long as this build requires.
        let tlsf = unsafe { (self.instance.c.create)(self.instance.tlsf()) };
        assert!(!tlsf.is_null(), "tlsf_create refused an aligned control structure");
        self.instance.domain.clear();
    }

    /// Saves control, pools and live blocks, for [`Conte::restore`].
    pub fn save(&self) -> Saved {
        let pool = |(offset, bytes): (usize, usize)| SavedPool {
            offset,
            // SAFETY: a pool that is present lies in the arena, which was zeroed.
            content: unsafe {
                std::slice::from_raw_parts(self.instance.pointer(offset).cast(), bytes)
            }
            .to_vec(),
            lives: self.instance.domain.lives(offset, bytes).to_vec(),
        };
        let (base, bytes) = (self.instance.control.base(), self.instance.control.bytes());
        // SAFETY: the control is ours, and was zeroed.
        let control = unsafe { std::slice::from_raw_parts(base, bytes) }.to_vec();
        let pools = self.instance.domain.pools().map(pool).collect();
        Saved { places: self.places(), control, pools }
    }

    fn places(&self) -> (usize, usize) {
        (self.instance.control.base().addr(), self.instance.arena.base().addr())
    }

    /// Restores a state saved by this instance.
    ///
    /// # Panics
    ///
    /// If another instance saved it.
    pub fn restore(&mut self, saved: &Saved) {
        let own =
            saved.places == self.places() && saved.control.len() == self.instance.control.bytes();
        let fits =
            |pool: &SavedPool| pool.offset + pool.content.len() <= self.instance.arena.bytes();
        assert!(own && saved.pools.iter().all(fits), "saved by another instance");
        // SAFETY: as many bytes; links in them lead to where they led, as nothing was moved.
        unsafe {
            self.instance
                .control
                .base()
                .copy_from_nonoverlapping(saved.control.as_ptr(), saved.control.len());
        }
        for SavedPool { offset, content, .. } in &saved.pools {
            // SAFETY: a pool that was present lies in the arena.
            unsafe {
                let bytes = self.instance.arena.base().add(*offset);
                bytes.copy_from_nonoverlapping(content.as_ptr(), content.len());
            }
        }
        let pools = saved.pools.iter();
        self.instance
            .domain
            .restore(pools.map(|pool| (pool.offset, pool.content.len(), &pool.lives[..])));
    }

    /// Whether the C code is defined for this call in this state. The table is with [`Call`].
    pub fn admits(&self, call: &Call) -> bool {
        self.instance.domain.admits(call)
            && match *call {
                // SAFETY: the pool is present.
                Call::RemovePool { offset } => unsafe {
                    (self.instance.c.pool_is_empty)(self.instance.pointer(offset)) != 0
                },
                _ => true,
            }
    }

    /// This instance without the check, for tests that show the C code wrong.
    pub fn outside_domain(&mut self) -> Outside<'_> {
        Outside { instance: &mut self.instance }
    }

    /// Makes `bytes` of the arena a pool; false if the C code refuses. (`tlsf_add_pool`)
    pub fn add_pool(&mut self, offset: usize, bytes: usize) -> bool {
        self.demand(Call::AddPool { offset, bytes });
        // SAFETY: admitted.
        unsafe { self.outside_domain().add_pool(offset, bytes) }
    }

    /// Removes the pool, which must be one free block. (`tlsf_remove_pool`)
    pub fn remove_pool(&mut self, offset: usize) {
        self.demand(Call::RemovePool { offset });
        // SAFETY: admitted.
        unsafe { self.outside_domain().remove_pool(offset) }
    }

    /// A block of at least `size` bytes: its payload's offset. (`tlsf_malloc`)
    pub fn malloc(&mut self, size: usize) -> Option<usize> {
        self.demand(Call::Malloc { size });
        // SAFETY: admitted.
        unsafe { self.outside_domain().malloc(size) }
    }

    /// The same at an address that is a multiple of `align`. (`tlsf_memalign`)
    pub fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        self.demand(Call::Memalign { align, size });
        // SAFETY: admitted.
        unsafe { self.outside_domain().memalign(align, size) }
    }

    /// Grows, shrinks or moves a block. `None` for `current` is malloc; size 0 is free, and
    /// returns `None` as a refusal does. (`tlsf_realloc`)
    pub fn realloc(&mut self, current: Option<usize>, size: usize) -> Option<usize> {
        self.demand(Call::Realloc { current, size });
        // SAFETY: admitted.
        unsafe { self.outside_domain().realloc(current, size) }
    }

    /// Gives a live block back. (`tlsf_free`)
    pub fn free(&mut self, offset: usize) {
        self.demand(Call::Free { offset });
        // SAFETY: admitted.
        unsafe { self.outside_domain().free(offset) }
    }

    /// Bytes of payload of a live block. (`tlsf_block_size`)
    pub fn usable_size(&self, offset: usize) -> usize {
        assert!(self.instance.domain.is_live(offset), "no live block at offset {offset}");
        // SAFETY: live, so its header is in place.
        unsafe { (self.instance.c.block_size)(self.instance.pointer(offset)) }
    }

    /// Appends the blocks of a pool in address order, without the sentinel.
    pub fn walk(&self, pool_offset: usize, out: &mut Vec<Row>) {
        let pool = self.pool(pool_offset);
        // SAFETY: the pool is present; C writes `room` rows at most and says how many there are.
        fill(out, |rows, room| unsafe {
            (self.instance.c.rows)(pool, self.instance.arena.base(), rows, room)
        });
    }

    /// Appends the free blocks: classes ascending, each list from its head.
    ///
    /// Visits the lists that the bitmaps mark as occupied; [`Conte::occupancy_agrees`] checks that no
    /// other list holds a block.
    pub fn free_lists(&self, out: &mut Vec<Listed>) {
        let tlsf = self.instance.tlsf();
        // SAFETY: the control is ours; C writes `room` rows at most and says how many there are.
        fill(out, |rows, room| unsafe {
            (self.instance.c.listed)(tlsf, self.instance.arena.base(), rows, room)
        });
    }

    /// Whether both bitmap levels agree with every list head.
    pub fn occupancy_agrees(&self) -> bool {
        // SAFETY: the control is ours.
        unsafe { (self.instance.c.occupancy_agrees)(self.instance.tlsf()) != 0 }
    }

    /// The C code's own verdict on lists and bitmaps. (`tlsf_check`, which never aborts here)
    pub fn check(&self) -> bool {
        // SAFETY: the control is ours.
        verdict(|| unsafe { (self.instance.c.check)(self.instance.tlsf()) })
    }

    /// The C code's own verdict on a pool's blocks. (`tlsf_check_pool`, which never aborts here)
    pub fn check_pool(&self, pool_offset: usize) -> bool {
        let pool = self.pool(pool_offset);
        // SAFETY: the pool is present.
        verdict(|| unsafe { (self.instance.c.check_pool)(pool) })
    }

    /// Whether a pool is present at this offset.
    pub fn has_pool(&self, pool_offset: usize) -> bool {
        self.instance.domain.is_present(pool_offset)
    }

    /// The arena's first byte, from which offsets count. Reading or writing there is up to the
    /// caller; it may use payloads of live blocks while no method runs.
    pub fn arena_base(&self) -> *mut u8 {
        self.instance.arena.base()
    }

    /// Bytes of the arena.
    pub fn arena_bytes(&self) -> usize {
        self.instance.arena.bytes()
    }

    /// The build this is an instance of.
    pub fn second_level(&self) -> SecondLevel {
        self.sl
    }

    fn pool(&self, offset: usize) -> Pointer {
        assert!(self.instance.domain.is_present(offset), "no pool at offset {offset}");
        self.instance.pointer(offset)
    }

    #[inline]
    fn demand(&self, call: Call) {
        if !self.admits(&call) {
            outside(&call);
        }
    }
}

#[cold]
#[inline(never)]
fn outside(call: &Call) -> ! {
    panic!("TLSF 3.1 is not defined for this call: {call:?}")
}

/// Appends what `write(place, room)` writes. It returns how many rows it has; if that is more
/// than fit, it is called again.
fn fill<T>(out: &mut Vec<T>, write: impl Fn(*mut T, usize) -> usize) {
    out.reserve(64);
    loop {
        let room = out.spare_capacity_mut();
        let (place, room) = (room.as_mut_ptr().cast(), room.len());
        let count = write(place, room);
        if count <= room {
            // SAFETY: `write` has initialised `count` rows of the spare capacity.
            unsafe { out.set_len(out.len() + count) };
            return;
        }
        out.reserve(count);
    }
}
