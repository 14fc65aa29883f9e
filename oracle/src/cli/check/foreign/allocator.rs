//! A C allocator as an allocator under test.

use std::ptr::{NonNull, with_exposed_provenance_mut};
use std::rc::Rc;

use oracle::arena::SMALL_ALIGN;
use oracle::check::{Block, Contract, Exact, Heap, Level, Memory, NotSupported, Request, Visit};
use oracle::geometry::{Geometry, WORD};
use serde::{Deserialize, Serialize};

use super::heap::Handle;
use super::library::Functions;
use crate::cli::check::names::Role;

/// The numbered faults that the library has: requests in their domain are left out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Avoided {
    pub(crate) malloc: bool,
    pub(crate) realloc: bool,
    pub(crate) memalign: bool,
    /// A pool with a block of `block_size_max()` bytes, which no list holds.
    pub(crate) pool: bool,
}

/// How an allocator is checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) level: Level,
    pub(crate) geometry: Option<Geometry>,
    pub(crate) avoided: Avoided,
}

/// A heap of the library under test.
pub(crate) struct Foreign {
    handle: Handle,
    options: Options,
    malloc_align: usize,
    /// The first size that no block has.
    max: usize,
}

impl Foreign {
    /// Makes a heap in the memory of the harness, or takes the allocator that has memory of its own.
    pub(crate) fn new(
        functions: &Rc<Functions>,
        options: Options,
        memory: &mut Memory,
    ) -> Option<Self> {
        let handle = match Handle::is_placed(functions) {
            // SAFETY: the memory is the heap's until it is dropped.
            true => unsafe {
                let memory = memory.take();
                functions.start_at(memory.addr().get() / SMALL_ALIGN * SMALL_ALIGN);
                Handle::new(functions, memory)?
            },
            false => Handle::only(functions),
        };
        let asked = functions.constant(Role::AlignSize).filter(|align| align.is_power_of_two());
        let malloc_align = functions.names.settings.malloc_align.or(asked).unwrap_or(WORD);
        let max = functions.constant(Role::BlockSizeMax).unwrap_or(isize::MAX as usize);
        Some(Self { handle, options, malloc_align, max })
    }
}

/// What a function returned, as a block.
fn block(returned: Option<usize>) -> Result<Option<NonNull<u8>>, NotSupported> {
    returned.map(|address| NonNull::new(with_exposed_provenance_mut(address))).ok_or(NotSupported)
}

// SAFETY: blocks outside of the memory of the harness are the library's promise; this process may be ended by them.
unsafe impl Contract for Foreign {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        block(self.handle.malloc(size)).unwrap_or(None)
    }

    unsafe fn free(&mut self, block: Block) {
        // SAFETY: the caller's.
        unsafe { self.handle.free(block.ptr.addr().get(), block.size) }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        block(self.handle.memalign(align, size))
    }

    fn zeroed(&mut self, size: usize) -> Result<Option<NonNull<u8>>, NotSupported> {
        block(self.handle.zeroed(size))
    }

    unsafe fn realloc(
        &mut self,
        old: Block,
        size: usize,
    ) -> Result<Option<NonNull<u8>>, NotSupported> {
        // SAFETY: the caller's.
        block(unsafe { self.handle.realloc(old.ptr.addr().get(), old.size, size) })
    }

    unsafe fn usable_size(&self, block: Block) -> Result<usize, NotSupported> {
        // SAFETY: the caller's.
        unsafe { self.handle.usable_size(block.ptr.addr().get(), block.size) }.ok_or(NotSupported)
    }

    fn malloc_align(&self) -> usize {
        self.malloc_align
    }

    fn realloc_keeps_align(&self) -> bool {
        false
    }

    fn accepts(&self, request: Request) -> bool {
        let avoided = self.options.avoided;
        let wraps = |size: usize| size > usize::MAX - self.malloc_align + 1;
        match request {
            Request::Malloc { size } => !(avoided.malloc && wraps(size)),
            Request::Memalign { align, size } => {
                let wide = || align > isize::MAX as usize;
                !(avoided.memalign && (wraps(size) || wide()) || avoided.malloc && wraps(size))
            }
            Request::Realloc { size, .. } => {
                !(avoided.realloc && size > self.max - self.malloc_align.min(self.max))
            }
        }
    }

    fn heap(&mut self) -> Option<&mut dyn Heap> {
        let roles = [
            Role::AddPool,
            Role::WalkPool,
            Role::Walk,
            Role::Check,
            Role::IsSound,
            Role::CheckPool,
        ];
        let has_some = roles.iter().any(|role| self.handle.functions.has(*role));
        (self.options.level >= Level::Heap && has_some).then_some(self)
    }
}

// SAFETY: the walk shows addresses.
unsafe impl Heap for Foreign {
    fn validate(&self) -> Result<Result<(), String>, NotSupported> {
        self.handle.validate().ok_or(NotSupported)
    }

    fn walk(&self, pool: NonNull<[u8]>, visit: Visit<'_>) -> Result<(), NotSupported> {
        let mem = pool.cast::<u8>().addr().get();
        let inside = mem..mem + pool.len();
        let mut show = |address: usize, size, used: bool| {
            let Some(ptr) = NonNull::new(with_exposed_provenance_mut(address)) else { return };
            if self.handle.functions.has(Role::WalkPool) || inside.contains(&address) {
                visit(ptr, size, !used);
            }
        };
        self.handle.walk(mem, &mut show).ok_or(NotSupported)
    }

    unsafe fn add_pool(&mut self, pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        let overhead = self.handle.functions.constant(Role::PoolOverhead).unwrap_or(0);
        if self.options.avoided.pool && pool.len().checked_sub(overhead) == Some(self.max) {
            return Ok(false);
        }
        // SAFETY: the caller's.
        unsafe { self.handle.add_pool(pool) }.ok_or(NotSupported)
    }

    unsafe fn remove_pool(&mut self, pool: NonNull<[u8]>) -> Result<bool, NotSupported> {
        // SAFETY: the caller's.
        unsafe { self.handle.remove_pool(pool.cast::<u8>().addr().get()) }.ok_or(NotSupported)
    }

    fn exact(&mut self) -> Option<&mut dyn Exact> {
        let is_exact = self.options.level == Level::Exact && self.options.geometry.is_some();
        is_exact.then_some(self)
    }
}

// SAFETY: as above.
unsafe impl Exact for Foreign {
    fn geometry(&self) -> Geometry {
        self.options.geometry.expect("level exact has a geometry")
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: the heap is not used any more; its memory stays until the next is made.
        unsafe { self.handle.destroy() }
    }
}
