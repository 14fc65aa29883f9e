//! The engine as a subject.

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::{Pool, PoolError, RequestError, Tlsf, Violation};

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::counters::{Census, Counters};
use crate::geometry::CONFIGURATIONS;
use crate::ops::REGIONS;
use crate::subject::{Allocator, Listed, Row, Saved, Subject, pool_results, queries};

/// The engine, in one configuration.
struct Engine<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize> {
    /// Its number in [`CONFIGURATIONS`].
    geometry: usize,
    heap: Box<Heap<ALIGN, FL, SL, SEARCH>>,
    /// Every pool of this run in its last state, so that one can be removed twice.
    pools: Vec<Pool>,
    /// Why the last pool was refused, or not resized, or not given back.
    refused: Option<PoolError>,
    /// The index as it was when it was marked.
    marked: Vec<usize>,
    /// Words that the checks here have touched in the heap: they are no part of the cost of a call.
    uncounted: u64,
    arena: Arena,
}

type Heap<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize> =
    Tlsf<ALIGN, FL, SL, REGIONS, SEARCH>;

/// The saved state of an engine: the bytes of a heap that is not used.
struct SavedEngine<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize> {
    heap: Box<MaybeUninit<Heap<ALIGN, FL, SL, SEARCH>>>,
    pools: Vec<Pool>,
    /// The address of the arena: it shows which engine the state was saved from.
    arena: usize,
}

// SAFETY: a heap may be sent, and so may its pools, which are places in an arena.
unsafe impl<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize> Send
    for SavedEngine<ALIGN, FL, SL, SEARCH>
{
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize>
    Engine<ALIGN, FL, SL, SEARCH>
{
    fn boxed(geometry: usize, arena: Arena) -> Box<dyn Subject> {
        Box::new(Self {
            geometry,
            heap: Box::default(),
            pools: Vec::new(),
            refused: None,
            marked: Vec::new(),
            uncounted: 0,
            arena,
        })
    }

    fn offset(&self, payload: Option<NonNull<u8>>) -> Option<usize> {
        payload.map(|ptr| self.arena.offset(ptr.as_ptr()))
    }

    /// # Panics
    /// If the offset is not in the arena.
    fn ptr(&self, offset: usize) -> NonNull<u8> {
        assert!(offset <= self.arena.bytes(), "offset {offset} lies outside of the arena");
        NonNull::new(self.arena.at(offset)).expect("an offset leads to address 0")
    }

    /// Records the pool, in place of what it was before; whether the call was done.
    fn remember(&mut self, pool: Result<Pool, PoolError>) -> bool {
        let Some(new) = self.granted(pool) else { return false };
        match self.pools.iter_mut().find(|old| old.start() == new.start()) {
            Some(old) => *old = new,
            None => self.pools.push(new),
        }
        true
    }

    fn granted<T>(&mut self, result: Result<T, PoolError>) -> Option<T> {
        result.map_err(|refused| self.refused = Some(refused)).ok()
    }

    fn rows(&self, pool: Pool) -> impl Iterator<Item = Row> + '_ {
        self.heap.blocks(pool).map(|block| Row {
            offset: self.arena.offset(block.payload.as_ptr()),
            size: block.size,
            free: block.is_free,
        })
    }

    fn pool(&self, mem: usize) -> Option<Pool> {
        self.pools.iter().copied().find(|pool| self.arena.offset(pool.start().as_ptr()) == mem)
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize>
    Engine<ALIGN, FL, SL, SEARCH>
{
    /// # Panics
    /// As [`pool_results::check_range`].
    fn check_range(&mut self, mem: usize, bytes: usize, own: Option<Pool>) {
        self.uncounted += pool_results::check_range(&self.heap, &self.arena, mem, bytes, own);
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        self.check_range(mem, bytes, None);
        let mem = self.ptr(mem);
        // SAFETY: checked: the range lies in the arena, or is refused for its numbers.
        let pool = unsafe { self.heap.add_pool(mem, bytes) };
        self.remember(pool)
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        let Some(pool) = self.pool(mem) else { return false };
        let removed = self.heap.remove_pool(pool);
        if !COUNTS {
            pool_results::removed(&self.heap, pool, removed);
        }
        self.granted(removed).is_some()
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        let Some(pool) = self.pool(mem) else { return false };
        self.check_range(mem, pool.bytes().saturating_add(more), Some(pool));
        // SAFETY: checked: the bytes lie in the arena, which is this subject's, or are refused.
        let pool = unsafe { self.heap.extend_pool(pool, more) };
        self.remember(pool)
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        let Some(pool) = self.pool(mem) else { return false };
        let shrunk = self.heap.shrink_pool(pool, less);
        if !COUNTS {
            pool_results::shrunk(&self.heap, pool, less, shrunk);
        }
        self.remember(shrunk.map(|(pool, _)| pool))
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        let payload = self.heap.malloc(size);
        self.offset(payload)
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        // What is no layout is refused without asking the engine. To find the reason of a refusal
        // costs more than to refuse.
        let layout = Layout::from_size_align(size, align).ok()?;
        let payload = match COUNTS {
            true => self.heap.allocate(layout),
            false => self.heap.try_allocate(layout).ok(),
        };
        self.offset(payload)
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        // The edge cases of C's `realloc`: no block, and a size of 0.
        let Some(payload) = payload else { return self.memalign(align, size) };
        if size == 0 {
            self.free(payload);
            return None;
        }
        let layout = Layout::from_size_align(size, align).ok()?;
        // SAFETY: the lockstep passes live payloads only.
        let payload = unsafe { self.heap.reallocate(self.ptr(payload), layout) };
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
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize> Allocator
    for Engine<ALIGN, FL, SL, SEARCH>
{
    fn call(&mut self, call: Call) -> Reply {
        match call {
            Call::Malloc { size } => Reply::block(self.malloc(size)),
            Call::Memalign { align, size } => Reply::block(self.memalign(align, size)),
            Call::Realloc { payload, align, size } => match self.realloc(payload, align, size) {
                None if payload.is_some() && size == 0 => Reply::Done,
                moved => Reply::block(moved),
            },
            Call::Grow { payload, size } => {
                Reply::block(self.grow_in_place(payload, size).then_some(payload))
            }
            Call::Shrink { payload, size } => {
                Reply::block(self.shrink_in_place(payload, size).then_some(payload))
            }
            Call::Free { payload } => {
                self.free(payload);
                Reply::Done
            }
            Call::AddPool { mem, bytes } => Reply::done(self.add_pool(mem, bytes)),
            Call::RemovePool { mem } => Reply::done(self.remove_pool(mem)),
            Call::ExtendPool { mem, more } => Reply::done(self.extend_pool(mem, more)),
            Call::ShrinkPool { mem, less } => Reply::done(self.shrink_pool(mem, less)),
        }
    }

    fn clear(&mut self) {
        *self.heap = Tlsf::new();
        self.pools.clear();
    }

    fn usable_size(&self, payload: usize) -> usize {
        // SAFETY: the lockstep passes live payloads only.
        unsafe { self.heap.usable_size(self.ptr(payload)) }
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        out.extend(self.pool(mem).into_iter().flat_map(|pool| self.rows(pool)));
    }

    fn walk_is(&self, mem: usize, expected: &[Row], _buffer: &mut Vec<Row>) -> bool {
        let Some(pool) = self.pool(mem) else { return expected.is_empty() };
        let mut rows = self.rows(pool);
        // `Iterator::eq` does the same, in more instructions.
        let is_next = |row: &Row| rows.next().is_some_and(|own| own == *row);
        expected.iter().all(is_next) && rows.next().is_none()
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        out.extend(self.heap.free_blocks().map(|(class, block)| Listed {
            class,
            offset: self.arena.offset(block.payload.as_ptr()),
        }));
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize, const SEARCH: usize> Subject
    for Engine<ALIGN, FL, SL, SEARCH>
{
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
            self.pools.clear();
        } else {
            self.clear();
        }
    }

    fn arena_mut(&mut self) -> Option<&mut Arena> {
        Some(&mut self.arena)
    }

    fn reset(&mut self) {
        // SAFETY: the lockstep forgets all payloads with this call.
        unsafe { self.heap.reset() }
    }

    fn max_allocatable(&self) -> usize {
        self.heap.max_allocatable()
    }

    fn explain(&self, align: usize, size: usize) -> Option<Result<(), RequestError>> {
        let layout = Layout::from_size_align(size, align).ok()?;
        Some(self.heap.explain(layout))
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
        memoman::cost().wrapping_sub(self.uncounted)
    }

    fn mark(&mut self) -> bool {
        self.marked.clear();
        self.heap.copy_index(&mut self.marked);
        true
    }

    fn is_as_marked(&self) -> bool {
        self.heap.is_index(&self.marked)
    }

    fn save(&self) -> Saved {
        let mut heap: Box<MaybeUninit<Heap<ALIGN, FL, SL, SEARCH>>> = Box::new_uninit();
        // SAFETY: a heap holds no pointer to itself, so its bytes can be copied; the copy is not used as
        // a heap.
        unsafe { ptr::copy_nonoverlapping(&raw const *self.heap, heap.as_mut_ptr(), 1) };
        Box::new(SavedEngine::<ALIGN, FL, SL, SEARCH> {
            heap,
            pools: self.pools.clone(),
            arena: self.arena.at(0).addr(),
        })
    }

    fn restore(&mut self, saved: &Saved) {
        let kept: &SavedEngine<ALIGN, FL, SL, SEARCH> =
            saved.downcast_ref().expect("this subject saved it");
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

    fn queries(&self, pools: &[(usize, usize)]) -> Result<(), String> {
        let pools: Vec<_> = pools.iter().map(|&(mem, bytes)| (self.ptr(mem), bytes)).collect();
        queries::pools(&self.heap, &self.pools, &pools)?;
        queries::numbers(&self.heap, &CONFIGURATIONS[self.geometry])?;
        queries::words(&self.heap, self.refused)
    }
}

/// Costs are counted, so that each operation is called alone, and its results are not looked at.
const COUNTS: bool = cfg!(feature = "cost");

/// The engine in the configuration of that number in [`CONFIGURATIONS`].
pub(crate) fn engine(geometry: usize, arena: Arena) -> Box<dyn Subject> {
    macro_rules! by_number {
        ($($number:literal)*) => {
            match geometry {
                $($number => Engine::<
                    { CONFIGURATIONS[$number].align },
                    { CONFIGURATIONS[$number].fl() },
                    { CONFIGURATIONS[$number].sl },
                    { CONFIGURATIONS[$number].search },
                >::boxed($number, arena),)*
                _ => panic!("there is no geometry {geometry}"),
            }
        };
    }
    by_number!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17)
}
