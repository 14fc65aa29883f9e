//! The allocators at level Exact: memoman, and Conte's C code.

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{CONTE_FL, Tlsf};
use oracle::check::{Block, Contract, Exact, Heap, Memory, NotSupported, Request, Visit};
use oracle::geometry::{GEOMETRIES, Geometry};
use reference_conte::upstream::{CPointer, Symbols, UPSTREAM};
use reference_conte::{Listed, Row};

use super::boxed::boxed;

const WORD: usize = size_of::<usize>();

type Granted = Result<Option<NonNull<u8>>, NotSupported>;

/// memoman in TLSF 3.1's geometry.
struct Ours(Box<Tlsf<WORD, CONTE_FL, 32, 4>>);

pub(super) fn memoman(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let mut heap = Box::new(Tlsf::new());
    let memory = memory.take();
    // SAFETY: the memory is the harness's, and is kept while the heap lives.
    unsafe { heap.add_pool(memory.cast(), memory.len()) }.ok()?;
    boxed(Ours(heap))
}

impl Ours {
    fn pool(&self, pool: NonNull<[u8]>) -> Option<memoman::Pool> {
        self.0.pools().find(|known| known.start() == pool.cast())
    }
}

// SAFETY: all blocks lie in the memory of the harness.
unsafe impl Contract for Ours {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.0.malloc(size)
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.0.deallocate(block.ptr) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        let layout = Layout::from_size_align(size, align).ok();
        Ok(layout.and_then(|layout| self.0.allocate(layout)))
    }

    unsafe fn realloc(&mut self, block: Block, size: usize) -> Granted {
        let Ok(layout) = Layout::from_size_align(size, block.align) else { return Ok(None) };
        // SAFETY: the caller's.
        Ok(unsafe { self.0.reallocate(block.ptr, layout) })
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { self.0.usable_size(block.ptr) })
    }

    fn heap(&mut self) -> Option<&mut dyn Heap> {
        Some(self)
    }
}

// SAFETY: the walk shows addresses.
unsafe impl Heap for Ours {
    fn validate(&self) -> Result<Result<(), String>, NotSupported> {
        Ok(self.0.validate().map(drop).map_err(|violation| violation.to_string()))
    }

    fn walk(&self, pool: NonNull<[u8]>, visit: Visit<'_>) -> Result<(), NotSupported> {
        if let Some(pool) = self.pool(pool) {
            self.0.blocks(pool).for_each(|block| visit(block.payload, block.size, block.is_free));
        }
        Ok(())
    }

    unsafe fn add_pool(&mut self, pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { self.0.add_pool(pool.cast(), pool.len()) }.is_ok())
    }

    unsafe fn remove_pool(&mut self, pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        Ok(self.pool(pool).is_some_and(|pool| self.0.remove_pool(pool).is_ok()))
    }

    fn exact(&mut self) -> Option<&mut dyn Exact> {
        Some(self)
    }
}

// SAFETY: as `Heap`.
unsafe impl Exact for Ours {
    fn geometry(&self) -> Geometry {
        GEOMETRIES[0]
    }

    fn lists(&self, show: &mut dyn FnMut(usize, NonNull<u8>)) -> Result<(), NotSupported> {
        self.0.free_blocks().for_each(|(class, block)| show(class, block.payload));
        Ok(())
    }
}

/// TLSF 3.1: LVGL's copy, without assertions and without LVGL's refusal in realloc.
struct Conte {
    c: &'static Symbols,
    tlsf: CPointer,
    /// The control structure.
    _control: Box<[u64]>,
    /// Pools by the memory that they were made of.
    pools: Vec<(NonNull<[u8]>, CPointer)>,
}

pub(super) fn conte(memory: &mut Memory) -> Option<Box<dyn Contract>> {
    let c = &UPSTREAM;
    // SAFETY: a constant.
    let mut control = vec![0_u64; unsafe { (c.size)() }.div_ceil(8)].into_boxed_slice();
    // SAFETY: the control structure's own memory, which this keeps.
    let tlsf = unsafe { (c.create)(control.as_mut_ptr().cast()) };
    let mut conte = Conte { c, tlsf, _control: control, pools: Vec::new() };
    // SAFETY: the memory is the harness's, and is kept while the heap lives.
    unsafe { conte.add_pool(memory.take()) }.ok().filter(|&added| added)?;
    boxed(conte)
}

fn block(ptr: CPointer) -> Option<NonNull<u8>> {
    NonNull::new(ptr.cast())
}

/// What a C function writes to an array, whose return value is how many entries there are.
fn filled<T: Clone>(none: T, write: impl Fn(*mut T, usize) -> usize) -> Vec<T> {
    let mut all = vec![none.clone(); 64];
    loop {
        let count = write(all.as_mut_ptr(), all.len());
        if count <= all.len() {
            all.truncate(count);
            return all;
        }
        all.resize(count, none.clone());
    }
}

fn c(block: Block) -> CPointer {
    block.ptr.as_ptr().cast()
}

// SAFETY: all blocks lie in the memory of the harness.
unsafe impl Contract for Conte {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: in its domain.
        block(unsafe { (self.c.malloc)(self.tlsf, size) })
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { (self.c.free)(self.tlsf, c(block)) };
    }

    fn memalign(&mut self, align: usize, size: usize) -> Granted {
        // SAFETY: in its domain.
        Ok(block(unsafe { (self.c.memalign)(self.tlsf, align, size) }))
    }

    unsafe fn realloc(&mut self, old: Block, size: usize) -> Granted {
        // SAFETY: the caller's.
        Ok(block(unsafe { (self.c.realloc)(self.tlsf, c(old), size) }))
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        // SAFETY: the caller's.
        Ok(unsafe { (self.c.block_size)(c(block)) })
    }

    fn realloc_keeps_align(&self) -> bool {
        false
    }

    /// Without the numbered faults of large sizes: B1 to B4.
    fn accepts(&self, request: Request) -> bool {
        let least = isize::MAX as usize / 2;
        match request {
            Request::Malloc { size } => size < least,
            // SAFETY: constants.
            Request::Realloc { size, .. } => unsafe {
                size <= (self.c.block_size_max)() - (self.c.align_size)()
            },
            Request::Memalign { align, size } => size < least && align < least,
        }
    }

    fn heap(&mut self) -> Option<&mut dyn Heap> {
        Some(self)
    }
}

impl Conte {
    fn pool(&self, memory: NonNull<[u8]>) -> Option<CPointer> {
        self.pools.iter().find(|pool| pool.0.cast::<u8>() == memory.cast()).map(|pool| pool.1)
    }
}

// SAFETY: the walk shows addresses.
unsafe impl Heap for Conte {
    fn validate(&self) -> Result<Result<(), String>, NotSupported> {
        // SAFETY: its control and its pools.
        let all = unsafe {
            let is_good = |pool: &(NonNull<[u8]>, CPointer)| (self.c.check_pool)(pool.1) == 0;
            (self.c.check)(self.tlsf) == 0
                && (self.c.occupancy_agrees)(self.tlsf) != 0
                && self.pools.iter().all(is_good)
        };
        Ok(if all { Ok(()) } else { Err("tlsf_check or tlsf_check_pool fails".into()) })
    }

    fn walk(&self, memory: NonNull<[u8]>, visit: Visit<'_>) -> Result<(), NotSupported> {
        let Some(pool) = self.pool(memory) else { return Ok(()) };
        let base = memory.cast::<u8>();
        let none = Row { offset: 0, size: 0, free: false };
        let rows = filled(none, |rows, room| {
            // SAFETY: its pool, and room for so many rows.
            unsafe { (self.c.rows)(pool, base.as_ptr(), rows, room) }
        });
        for row in &rows {
            // SAFETY: in the pool.
            visit(unsafe { base.add(row.offset) }, row.size, row.free);
        }
        Ok(())
    }

    unsafe fn add_pool(&mut self, memory: NonNull<[u8]>) -> Result<bool, NotSupported> {
        let start = memory.cast::<u8>().as_ptr().cast();
        // SAFETY: the caller's.
        let pool = unsafe { (self.c.add_pool)(self.tlsf, start, memory.len()) };
        if !pool.is_null() {
            self.pools.push((memory, pool));
        }
        Ok(!pool.is_null())
    }

    unsafe fn remove_pool(&mut self, memory: NonNull<[u8]>) -> Result<bool, NotSupported> {
        let Some(pool) = self.pool(memory) else { return Ok(false) };
        self.pools.retain(|known| known.1 != pool);
        // SAFETY: a pool of this heap without a live block: one free block.
        unsafe { (self.c.remove_pool)(self.tlsf, pool) };
        Ok(true)
    }

    fn exact(&mut self) -> Option<&mut dyn Exact> {
        Some(self)
    }
}

// SAFETY: as `Heap`.
unsafe impl Exact for Conte {
    fn geometry(&self) -> Geometry {
        GEOMETRIES[0]
    }

    fn lists(&self, show: &mut dyn FnMut(usize, NonNull<u8>)) -> Result<(), NotSupported> {
        let Some(first) = self.pools.first() else { return Ok(()) };
        let base = first.0.cast::<u8>();
        let listed = filled(Listed { class: 0, offset: 0 }, |listed, room| {
            // SAFETY: its control, and room for so many blocks.
            unsafe { (self.c.listed)(self.tlsf, base.as_ptr(), listed, room) }
        });
        for block in &listed {
            let address = base.as_ptr().wrapping_add(block.offset);
            show(block.class, NonNull::new(address).expect("a block is not at address 0"));
        }
        Ok(())
    }
}
