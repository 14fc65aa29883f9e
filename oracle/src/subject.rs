//! What the lockstep drives: an allocator that lives in an arena and speaks offsets.
//!
//! The engine is one; so are the lying subjects with which the checks are tried, and allocators
//! made of a mutant of the specification.

use std::alloc::Layout;
use std::any::Any;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::{AllocError, Pool, PoolError, Tlsf, Violation};
pub use reference_conte::{Listed, Row};

use crate::arena::{ARENA_BYTES, Arena};
use crate::counters::Counters;
use crate::geometry::GEOMETRIES;
use crate::model::{Block, Census, Conte31, Model, Realloc, Rules};
use crate::ops::REGIONS;
use crate::questions;

/// An allocator under test. Offsets count from the arena's base; payloads are the arena's bytes.
///
/// The lockstep calls it with what a caller may pass: live payloads, present pools; sizes,
/// alignments and pools of any kind.
pub trait Subject {
    /// The arena that holds its pools.
    fn arena(&self) -> &Arena;
    /// No pools, nothing live. `sound` says that it was never seen wrong, so the same instance is
    /// emptied and used on; else it is replaced.
    fn restart(&mut self, sound: bool);
    /// Frees everything, keeps the pools.
    fn reset(&mut self);
    /// Whether the pool came in.
    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool;
    /// Whether the pool that is, or was, at `mem` went out.
    fn remove_pool(&mut self, mem: usize) -> bool;
    /// Whether the pool at `mem` gained the `more` bytes behind it.
    fn extend_pool(&mut self, mem: usize, more: usize) -> bool;
    /// Whether the pool at `mem` gave up `less` bytes at its end.
    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool;
    /// As TLSF 3.1's.
    fn malloc(&mut self, size: usize) -> Option<usize>;
    /// As TLSF 3.1's.
    fn memalign(&mut self, align: usize, size: usize) -> Option<usize>;
    /// As TLSF 3.1's, but that the block is aligned to `align` from now on; 1 asks for nothing.
    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize>;
    /// Whether the block has that many bytes now, without having moved.
    fn grow_in_place(&mut self, payload: usize, size: usize) -> bool;
    /// Whether the block could shrink to that size, and did.
    fn shrink_in_place(&mut self, payload: usize, size: usize) -> bool;
    /// As TLSF 3.1's.
    fn free(&mut self, payload: usize);
    /// Bytes of a live block.
    fn usable_size(&self, payload: usize) -> usize;
    /// Appends the pool's blocks in address order.
    fn walk(&self, mem: usize, out: &mut Vec<Row>);
    /// Appends the free blocks by class, in list order.
    fn lists(&self, out: &mut Vec<Listed>);
    /// The largest request that it would grant now.
    fn max_allocatable(&self) -> usize;
    /// Whether it would grant a request now, or why not; none if it does not tell.
    fn explain(&self, align: usize, size: usize) -> Option<Result<(), AllocError>>;
    /// Its counters; none if it does not count.
    fn counters(&self) -> Option<Counters>;
    /// Its own check of itself: what it counts, or what is broken.
    fn validate(&self) -> Result<Census, Violation>;
    /// Answers what else can be asked of it, having these pools: the first answer that is wrong. Who
    /// can't be asked is right.
    fn questions(&self, _pools: &[(usize, usize)]) -> Result<(), String> {
        Ok(())
    }
    /// Words that it has touched so far, as far as it counts them: the difference around a call is what
    /// that cost.
    fn cost(&self) -> u64 {
        0
    }
    /// Keeps what it is, its arena's bytes apart.
    fn save(&self) -> Saved;
    /// Is again what this very subject kept; its pools' bytes are so already.
    fn restore(&mut self, saved: &Saved);
}

/// Pools as (start, bytes), in order of addition.
pub(crate) type Pools = Vec<(usize, usize)>;

/// What a subject was.
pub type Saved = Box<dyn Any + Send>;

/// The engine, in one configuration.
struct Engine<const ALIGN: usize, const FL: usize, const SL: usize> {
    /// Its number in [`GEOMETRIES`].
    geometry: usize,
    heap: Box<Heap<ALIGN, FL, SL>>,
    /// Every pool it ever had in this run, as it was last, so that one can be removed twice.
    pools: Vec<Pool>,
    /// Why the last pool was refused, or not resized, or not given back.
    refused: Option<PoolError>,
    arena: Arena,
}

type Heap<const ALIGN: usize, const FL: usize, const SL: usize> = Tlsf<ALIGN, FL, SL, REGIONS>;

/// The engine as it was: a heap that nobody uses, as bytes.
struct Kept<const ALIGN: usize, const FL: usize, const SL: usize> {
    heap: Box<MaybeUninit<Heap<ALIGN, FL, SL>>>,
    pools: Vec<Pool>,
    /// Of which engine: where its arena lies.
    arena: usize,
}

// SAFETY: a heap may be sent, and so may its pools, which are places in an arena.
unsafe impl<const ALIGN: usize, const FL: usize, const SL: usize> Send for Kept<ALIGN, FL, SL> {}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Engine<ALIGN, FL, SL> {
    fn boxed(geometry: usize) -> Box<dyn Subject> {
        Box::new(Self {
            geometry,
            heap: Box::default(),
            pools: Vec::new(),
            refused: None,
            arena: Arena::new(),
        })
    }

    fn offset(&self, payload: Option<NonNull<u8>>) -> Option<usize> {
        payload.map(|ptr| self.arena.offset(ptr.as_ptr()))
    }

    fn ptr(&self, offset: usize) -> NonNull<u8> {
        NonNull::new(self.arena.at(offset)).expect("an offset leads to address 0")
    }

    /// Keeps the pool in the place of what it was before; whether there is one.
    fn remember(&mut self, pool: Result<Pool, PoolError>) -> bool {
        let Some(new) = self.granted(pool) else { return false };
        match self.pools.iter_mut().find(|old| old.start() == new.start()) {
            Some(old) => *old = new,
            None => self.pools.push(new),
        }
        true
    }

    fn granted<T>(&mut self, answer: Result<T, PoolError>) -> Option<T> {
        answer.map_err(|refused| self.refused = Some(refused)).ok()
    }

    fn pool(&self, mem: usize) -> Option<Pool> {
        self.pools.iter().copied().find(|pool| self.arena.offset(pool.start().as_ptr()) == mem)
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Subject for Engine<ALIGN, FL, SL> {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn restart(&mut self, sound: bool) {
        if sound {
            self.reset();
            let pools: Vec<Pool> = self.heap.pools().collect();
            for pool in pools {
                self.heap.remove_pool(pool).expect("a pool is whole after reset");
            }
        } else {
            *self.heap = Tlsf::new();
        }
        self.pools.clear();
    }

    fn reset(&mut self) {
        // SAFETY: the lockstep forgets all payloads with this call.
        unsafe { self.heap.reset() }
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        let mem = self.ptr(mem);
        // SAFETY: a range that is not refused for its numbers lies in the arena.
        let pool = unsafe { self.heap.add_pool(mem, bytes) };
        self.remember(pool)
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        let Some(pool) = self.pool(mem) else { return false };
        let removed = self.heap.remove_pool(pool);
        self.granted(removed).is_some()
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        let Some(pool) = self.pool(mem) else { return false };
        // SAFETY: the interpreter stays inside the arena, whose bytes are the subject's.
        let pool = unsafe { self.heap.extend_pool(pool, more) };
        self.remember(pool)
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        let Some(pool) = self.pool(mem) else { return false };
        let shrunk = self.heap.shrink_pool(pool, less);
        self.remember(shrunk.map(|(pool, _)| pool))
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        let payload = self.heap.malloc(size);
        self.offset(payload)
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        // By layout, as Rust's allocators are asked, if it is one. To find the reason of a refusal
        // costs more than to refuse.
        let payload = match Layout::from_size_align(size, align) {
            Ok(layout) if !COUNTS => self.heap.try_allocate(layout).ok(),
            _ => self.heap.memalign(align, size),
        };
        self.offset(payload)
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let payload = payload.map(|offset| self.ptr(offset));
        // SAFETY: the lockstep passes live payloads only.
        let payload = unsafe {
            match align {
                1 => self.heap.reallocate(payload, size),
                _ => self.heap.reallocate_aligned(payload, align, size),
            }
        };
        self.offset(payload)
    }

    fn grow_in_place(&mut self, payload: usize, size: usize) -> bool {
        // SAFETY: the lockstep passes live payloads only.
        unsafe { self.heap.try_grow_in_place(self.ptr(payload), size) }
    }

    fn shrink_in_place(&mut self, payload: usize, size: usize) -> bool {
        // SAFETY: the lockstep passes live payloads only, and forgets what lies beyond `size`.
        unsafe { self.heap.shrink_in_place(self.ptr(payload), size) }
    }

    fn free(&mut self, payload: usize) {
        // SAFETY: the lockstep passes live payloads only.
        unsafe {
            let ptr = self.ptr(payload);
            if COUNTS {
                return self.heap.deallocate(ptr);
            }
            // Assertions read the header, too.
            let size = self.usable_size(payload);
            match Layout::from_size_align(size, 1) {
                Ok(layout) => self.heap.deallocate_sized(ptr, layout),
                Err(_) => self.heap.deallocate(ptr),
            }
        }
    }

    fn usable_size(&self, payload: usize) -> usize {
        // SAFETY: the lockstep passes live payloads only.
        unsafe { self.heap.usable_size(self.ptr(payload)) }
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        let Some(pool) = self.pool(mem) else { return };
        out.extend(self.heap.blocks(pool).map(|block| Row {
            offset: self.arena.offset(block.payload.as_ptr()),
            size: block.size,
            free: block.is_free,
        }));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        out.extend(self.heap.free_blocks().map(|(class, block)| Listed {
            class,
            offset: self.arena.offset(block.payload.as_ptr()),
        }));
    }

    fn max_allocatable(&self) -> usize {
        self.heap.max_allocatable()
    }

    fn explain(&self, align: usize, size: usize) -> Option<Result<(), AllocError>> {
        Some(self.heap.explain(align, size))
    }

    #[cfg(not(feature = "stats"))]
    fn counters(&self) -> Option<Counters> {
        None
    }

    #[cfg(feature = "stats")]
    fn counters(&self) -> Option<Counters> {
        let stats = self.heap.stats();
        Some(Counters {
            census: Census {
                used_blocks: stats.used_blocks,
                used_bytes: stats.used_bytes,
                free_blocks: stats.free_blocks,
                free_bytes: stats.free_bytes,
            },
            peak_used_bytes: stats.peak_used_bytes,
            largest_request: stats.largest_request,
            failures: stats.failures,
        })
    }

    #[cfg(feature = "cost")]
    fn cost(&self) -> u64 {
        memoman::cost()
    }

    fn save(&self) -> Saved {
        let mut heap: Box<MaybeUninit<Heap<ALIGN, FL, SL>>> = Box::new_uninit();
        // SAFETY: a heap holds no pointer to itself, so its bytes may lie elsewhere; nobody uses them
        // there.
        unsafe { ptr::copy_nonoverlapping(&raw const *self.heap, heap.as_mut_ptr(), 1) };
        Box::new(Kept::<ALIGN, FL, SL> {
            heap,
            pools: self.pools.clone(),
            arena: self.arena.at(0).addr(),
        })
    }

    fn restore(&mut self, saved: &Saved) {
        let kept: &Kept<ALIGN, FL, SL> = saved.downcast_ref().expect("this subject saved it");
        assert_eq!(kept.arena, self.arena.at(0).addr(), "saved by another engine");
        // SAFETY: the bytes of this heap as it was, in its place again; its pools' bytes are as they
        // were then, and nothing in a heap is dropped.
        unsafe { ptr::copy_nonoverlapping(kept.heap.as_ptr(), &raw mut *self.heap, 1) };
        self.pools.clone_from(&kept.pools);
    }

    fn validate(&self) -> Result<Census, Violation> {
        let census = self.heap.validate()?;
        Ok(Census {
            used_blocks: census.used_blocks,
            used_bytes: census.used_bytes,
            free_blocks: census.free_blocks,
            free_bytes: census.free_bytes,
        })
    }

    fn questions(&self, pools: &[(usize, usize)]) -> Result<(), String> {
        let pools: Vec<_> = pools.iter().map(|&(mem, bytes)| (self.ptr(mem), bytes)).collect();
        questions::pools(&self.heap, &self.pools, &pools)?;
        questions::numbers(&self.heap, &GEOMETRIES[self.geometry])?;
        questions::words(&self.heap, self.refused)
    }
}

/// What a verb costs is counted, so it is called by itself.
const COUNTS: bool = cfg!(feature = "cost");

/// The engine in the configuration of that number in [`GEOMETRIES`].
pub fn engine(geometry: usize) -> Box<dyn Subject> {
    macro_rules! by_number {
        ($($number:literal)*) => {
            match geometry {
                $($number => Engine::<
                    { GEOMETRIES[$number].align },
                    { GEOMETRIES[$number].fl() },
                    { GEOMETRIES[$number].sl },
                >::boxed($number),)*
                _ => panic!("there is no geometry {geometry}"),
            }
        };
    }
    by_number!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
}

/// A specification that allocates: what it predicts is what it does, in a real arena. With wrong
/// rules it is a wrong allocator.
#[derive(Debug)]
pub struct Spec<R: Rules = Conte31> {
    model: Model<R>,
    pools: Pools,
    arena: Arena,
}

impl<R: Rules> Spec<R> {
    /// One without a pool.
    pub fn new(geometry: usize) -> Self {
        Self { model: Model::new(GEOMETRIES[geometry]), pools: Vec::new(), arena: Arena::new() }
    }
}

impl<R: Rules> Spec<R> {
    fn resized(&mut self, mem: usize, bytes: Option<usize>) -> bool {
        if let Some(bytes) = bytes {
            self.pools.iter_mut().filter(|pool| pool.0 == mem).for_each(|pool| pool.1 = bytes);
        }
        bytes.is_some()
    }
}

impl<R: Rules + 'static> Subject for Spec<R> {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn restart(&mut self, _sound: bool) {
        self.model.reset();
        self.pools.clear();
    }

    fn reset(&mut self) {
        self.model.reset();
        for &(mem, bytes) in &self.pools {
            let again = self.model.add_pool(mem, bytes);
            assert!(again.is_ok(), "a pool that was there fits again");
        }
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        let added = self.model.add_pool(mem, bytes).is_ok();
        self.pools.extend(added.then_some((mem, bytes)));
        added
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        let removed = self.model.remove_pool(mem).is_ok();
        if removed {
            self.pools.retain(|pool| pool.0 != mem);
        }
        removed
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        let bytes = self.model.extend_pool(mem, more).ok();
        self.resized(mem, bytes)
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        let bytes = self.model.shrink_pool(mem, less).ok();
        self.resized(mem, bytes)
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.model.malloc(size)
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        self.model.memalign(align, size)
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let answer = self.model.realloc_aligned(payload, align, size);
        if let (Realloc::Moved { to, copied }, Some(from)) = (answer, payload) {
            // A wrong rule may ask for more than there is, or make the blocks overlap.
            let copied = copied.min(ARENA_BYTES.saturating_sub(from.max(to)));
            // SAFETY: both ranges end in the arena.
            unsafe { self.arena.at(from).copy_to(self.arena.at(to), copied) };
        }
        answer.payload()
    }

    fn grow_in_place(&mut self, payload: usize, size: usize) -> bool {
        self.model.grow_in_place(payload, size)
    }

    fn shrink_in_place(&mut self, payload: usize, size: usize) -> bool {
        self.model.shrink_in_place(payload, size)
    }

    fn free(&mut self, payload: usize) {
        self.model.free(payload);
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.model.usable_size(payload)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        out.extend(self.model.walk(mem).iter().map(row));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        out.extend(self.model.lists().map(|(class, offset)| Listed { class, offset }));
    }

    fn max_allocatable(&self) -> usize {
        self.model.largest_fit()
    }

    fn explain(&self, _align: usize, _size: usize) -> Option<Result<(), AllocError>> {
        None
    }

    fn counters(&self) -> Option<Counters> {
        None
    }

    fn validate(&self) -> Result<Census, Violation> {
        Ok(self.model.census())
    }

    fn save(&self) -> Saved {
        Box::new((self.model.clone(), self.pools.clone()))
    }

    fn restore(&mut self, saved: &Saved) {
        let kept = saved.downcast_ref::<(Model<R>, Pools)>().expect("this subject saved it");
        (self.model, self.pools) = kept.clone();
    }
}

/// A block of the specification, as the others show theirs.
pub(crate) fn row(block: &Block) -> Row {
    Row { offset: block.offset, size: block.size, free: block.free }
}

/// The other way round.
pub(crate) fn block(row: &Row) -> Block {
    Block { offset: row.offset, size: row.size, free: row.free }
}
