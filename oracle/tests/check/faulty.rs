//! The engine as an allocator under test, with one mistake.

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{CONTE_FL, Tlsf, WORD};
use oracle::check::{Block, Contract, Exact, Heap, Memory, NotSupported, Visit};
use oracle::geometry::{GEOMETRIES, Geometry};

/// The geometry `conte-sl16`.
type Engine = Tlsf<WORD, { CONTE_FL + 1 }, 16, 4>;

/// A mistake at the level of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mistake {
    None,
    /// The tenth block is returned half a word too high.
    HalfAWordOff,
    /// The block freed last is returned although it is live again.
    LiveBlock,
    /// A realloc that moves a block loses its last byte.
    LostByte,
    /// Every 8th free does nothing.
    Leak,
    /// Alignments are ignored.
    NotAligned,
    /// A block lies behind the memory.
    Behind,
    /// A byte behind the memory is written.
    Overrun,
    /// Usable sizes are a byte too small.
    Usable,
    /// Zeroed memory is not cleared.
    NotZeroed,
    /// A refused realloc changes the block's last byte.
    ChangedOnRefusal,
    /// The walk does not show the first used block.
    Walk,
    /// The allocator's own check reports a mistake after 100 mallocs.
    OwnCheck,
    /// The 20th malloc panics.
    Panic,
    /// A request for 100 bytes is one for 200: exact addresses differ, and nothing else.
    OtherSize,
    /// The free lists are shown in another order.
    OtherLists,
    /// Small requests get a kilobyte if there is one.
    WholeClass,
    /// The same, and the usable size is that of the request.
    HiddenWholeClass,
    /// Every second request is refused while a block is live.
    RefusesHalf,
    /// Seven eighths of the memory are not used.
    Capacity,
}

pub(crate) struct Faulty {
    heap: Box<Engine>,
    mistake: Mistake,
    mallocs: usize,
    frees: usize,
    last: Option<NonNull<u8>>,
    /// A block that was returned elsewhere, and where it is.
    displaced: Option<(NonNull<u8>, NonNull<u8>)>,
    end: *mut u8,
}

impl Faulty {
    pub(crate) fn new(mistake: Mistake, memory: &mut Memory) -> Option<Self> {
        let first = memory.take();
        let (start, bytes) = (first.cast::<u8>(), first.len());
        let mut heap = Box::new(Engine::new());
        let used = if mistake == Mistake::Capacity { bytes / 8 } else { bytes };
        // SAFETY: the memory is the harness's, for as long as this lives.
        unsafe { heap.add_pool(start, used) }.ok()?;
        // SAFETY: one past the end.
        let end = unsafe { start.as_ptr().add(bytes) };
        Some(Self { heap, mistake, mallocs: 0, frees: 0, last: None, displaced: None, end })
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }

    fn is_exact(&self) -> bool {
        matches!(self.mistake, Mistake::None | Mistake::OtherSize | Mistake::OtherLists)
    }

    fn own(&self, ptr: NonNull<u8>) -> NonNull<u8> {
        self.displaced.filter(|displaced| displaced.0 == ptr).map_or(ptr, |displaced| displaced.1)
    }

    fn pool(&self, pool: NonNull<[u8]>) -> Option<memoman::Pool> {
        self.heap.pools().find(|known| known.start() == pool.cast())
    }
}

// SAFETY: all blocks lie in the memory of the harness, or are judged not to.
unsafe impl Contract for Faulty {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.mallocs += 1;
        assert!(!self.is(Mistake::Panic) || self.mallocs < 20, "the 20th malloc");
        let is_live = |heap: &Engine| heap.validate().is_ok_and(|census| census.used_blocks > 0);
        if self.is(Mistake::RefusesHalf) && self.mallocs % 2 == 0 && is_live(&self.heap) {
            return None;
        }
        let is_wasteful = self.is(Mistake::WholeClass) || self.is(Mistake::HiddenWholeClass);
        let wanted = if is_wasteful && size < 64 { 1024 } else { size };
        if self.is(Mistake::LiveBlock) && self.mallocs > 20 {
            if let Some(last) = self.last {
                return Some(last);
            }
        }
        let is_other = self.is(Mistake::OtherSize) && size == 100;
        let wanted = if is_other { 200 } else { wanted };
        let ptr = self.heap.malloc(wanted).or_else(|| self.heap.malloc(size))?;
        if self.is(Mistake::HalfAWordOff) && self.mallocs >= 10 && self.displaced.is_none() {
            // SAFETY: inside a block of at least three words.
            self.displaced = Some((unsafe { ptr.add(WORD / 2) }, ptr));
            return self.displaced.map(|displaced| displaced.0);
        }
        if self.is(Mistake::Behind) && self.mallocs > 20 {
            return NonNull::new(self.end);
        }
        if self.is(Mistake::Overrun) && self.mallocs == 20 {
            // SAFETY: not the memory's, but the arena's.
            unsafe { self.end.write(0) };
        }
        self.last = Some(ptr);
        Some(ptr)
    }

    unsafe fn free(&mut self, block: Block) {
        self.frees += 1;
        if self.is(Mistake::Leak) && self.frees % 8 == 0 {
            return;
        }
        if self.last == Some(block.ptr) {
            self.last = None;
        }
        // SAFETY: live: it was returned for a block of the heap, or is that block.
        unsafe { self.heap.deallocate(self.own(block.ptr)) };
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        let align = if self.is(Mistake::NotAligned) { 8 } else { align };
        let layout = Layout::from_size_align(size, align).ok();
        Ok(layout.and_then(|layout| self.heap.allocate(layout)))
    }

    fn zeroed(&mut self, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        let ptr = self.heap.malloc(size);
        if let Some(ptr) = ptr.filter(|_| !self.is(Mistake::NotZeroed)) {
            // SAFETY: just allocated.
            unsafe { ptr.write_bytes(0, size) };
        }
        Ok(ptr)
    }

    unsafe fn realloc(
        &mut self,
        block: Block,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, NotSupported> {
        let own = self.own(block.ptr);
        let Ok(layout) = Layout::from_size_align(size, block.align) else { return Ok(None) };
        // SAFETY: the caller's.
        let moved = unsafe { self.heap.reallocate(own, layout) };
        match moved {
            Some(to) if to != own && self.is(Mistake::LostByte) => {
                // SAFETY: the last byte of those that both sizes have.
                unsafe { to.add(block.size.min(size) - 1).write(0) };
            }
            None if self.is(Mistake::ChangedOnRefusal) => {
                // SAFETY: the last byte of the live block.
                unsafe { own.add(block.size - 1).write(0) };
            }
            _ => {}
        }
        Ok(moved)
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        if self.is(Mistake::HiddenWholeClass) || self.displaced.is_some() {
            return Ok(block.size);
        }
        // SAFETY: the caller's.
        let usable = unsafe { self.heap.usable_size(block.ptr) };
        Ok(if self.is(Mistake::Usable) && self.mallocs > 20 { block.size - 1 } else { usable })
    }

    fn realloc_keeps_align(&self) -> bool {
        true
    }

    fn heap(&mut self) -> Option<&mut dyn Heap> {
        // With the level of the contract only, where the mistake is one of that level.
        let has = matches!(self.mistake, Mistake::Walk | Mistake::OwnCheck) || self.is_exact();
        if has { Some(self) } else { None }
    }
}

// SAFETY: the walk shows addresses only.
unsafe impl Heap for Faulty {
    fn validate(&self) -> Result<Result<(), String>, NotSupported> {
        if self.is(Mistake::OwnCheck) && self.mallocs > 100 {
            return Ok(Err("a planted mistake".into()));
        }
        Ok(self.heap.validate().map(drop).map_err(|violation| violation.to_string()))
    }

    fn walk(&self, pool: NonNull<[u8]>, visit: Visit<'_>) -> Result<(), NotSupported> {
        let Some(pool) = self.pool(pool) else { return Ok(()) };
        let mut hides = self.is(Mistake::Walk);
        for block in self.heap.blocks(pool) {
            if !hides || block.is_free {
                visit(block.payload, block.size, block.is_free);
            }
            hides &= block.is_free;
        }
        Ok(())
    }

    unsafe fn add_pool(&mut self, pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { self.heap.add_pool(pool.cast(), pool.len()) }.is_ok())
    }

    unsafe fn remove_pool(&mut self, pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        let Some(pool) = self.pool(pool) else { return Ok(false) };
        Ok(self.heap.remove_pool(pool).is_ok())
    }

    fn exact(&mut self) -> Option<&mut dyn Exact> {
        if self.is_exact() { Some(self) } else { None }
    }
}

// SAFETY: as `Heap`.
unsafe impl Exact for Faulty {
    fn geometry(&self) -> Geometry {
        GEOMETRIES[1]
    }

    fn lists(&self, show: &mut dyn FnMut(usize, NonNull<u8>)) -> Result<(), NotSupported> {
        let mut all: Vec<_> = self.heap.free_blocks().collect();
        if self.is(Mistake::OtherLists) {
            all.sort_by_key(|(class, block)| (*class, block.payload));
        }
        all.iter().for_each(|(class, block)| show(*class, block.payload));
        Ok(())
    }
}
