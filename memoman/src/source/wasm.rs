//! The memory of a WebAssembly module: a [`Source`] by `memory.grow`. On wasm32.
//!
//! ```text
//! linear memory | data, stack | supplied …… | kept | supplied …… |
//!                                             ^ bytes, next: a list in address order
//! ```

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

use crate::source::{Region, Source};

const PAGE: usize = 1 << 16;

/// Pages of a WebAssembly module, added to its memory when the heap needs them.
///
/// A module's memory grows at its end. So the heap lengthens one pool, unless something else has grown the
/// memory meanwhile: then the next pages are another pool.
///
/// A module cannot give memory back: what the heap gives back is kept, and supplied before the memory grows
/// again. When the source is dropped, the module has memory that nothing uses.
///
/// # Examples
/// `memoman/examples/wasm` is a module whose global allocator is a heap with this source:
///
/// ```
/// use memoman::{LockedHeap, WasmMemory};
///
/// #[global_allocator]
/// static HEAP: LockedHeap<spin::Mutex<()>, WasmMemory> = LockedHeap::with_source(WasmMemory::new());
/// ```
#[derive(Default)]
pub struct WasmMemory {
    /// The first run that was taken back, or is left over.
    kept: Option<NonNull<Run>>,
}

/// The first bytes of kept memory.
struct Run {
    bytes: usize,
    next: Option<NonNull<Run>>,
}

// SAFETY: it owns what it keeps, which is not tied to a thread.
unsafe impl Send for WasmMemory {}

impl fmt::Debug for WasmMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmMemory").finish_non_exhaustive()
    }
}

impl WasmMemory {
    /// A source that has grown nothing yet.
    ///
    /// # Examples
    /// ```
    /// use memoman::{LocalHeap, WasmMemory};
    /// let heap: LocalHeap<WasmMemory> = LocalHeap::with_source(WasmMemory::new());
    /// # assert_eq!(heap.trim(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { kept: None }
    }

    /// Takes the first kept run that holds `least` out of the list.
    fn take(&mut self, least: Layout) -> Option<NonNull<[u8]>> {
        let mut link = &mut self.kept;
        while let Some(run) = *link {
            // SAFETY: kept: this source's, with a `Run` at its start.
            let Run { bytes, next } = unsafe { run.read() };
            if bytes >= least.size() && run.addr().get() & (least.align() - 1) == 0 {
                *link = next;
                return Some(NonNull::slice_from_raw_parts(run.cast(), bytes));
            }
            // SAFETY: as above.
            link = unsafe { &mut (*run.as_ptr()).next };
        }
        None
    }

    /// Puts memory into the list, as one run with its neighbours. Memory too small for a `Run` is lost.
    ///
    /// # Safety
    /// This source's, and used by nothing else.
    unsafe fn keep(&mut self, memory: NonNull<[u8]>) {
        let (start, mut bytes) = (memory.cast::<Run>(), memory.len());
        if bytes < size_of::<Run>() {
            return;
        }
        let mut before: Option<NonNull<Run>> = None;
        let mut next = self.kept;
        while let Some(run) = next.filter(|run| *run < start) {
            before = next;
            // SAFETY: kept.
            next = unsafe { run.as_ref() }.next;
        }
        let ends_at = |run: NonNull<Run>, bytes: usize| run.addr().get() + bytes;
        if let Some(run) = next.filter(|run| ends_at(start, bytes) == run.addr().get()) {
            // SAFETY: kept.
            let behind = unsafe { run.read() };
            bytes += behind.bytes;
            next = behind.next;
        }
        match before {
            // SAFETY: kept, and its list link is not borrowed.
            Some(mut run) => match unsafe { run.as_mut() } {
                before if ends_at(run, before.bytes) == start.addr().get() => {
                    before.bytes += bytes;
                    before.next = next;
                    return;
                }
                before => before.next = Some(start),
            },
            None => self.kept = Some(start),
        }
        // SAFETY: the caller's; at least a `Run` long, and aligned: regions begin and end at words.
        unsafe { start.write(Run { bytes, next }) };
    }
}

// SAFETY: pages that this source alone has added, each supplied unless it is kept. A module's memory is one
// allocation, so that adjacent regions belong together, and every pointer into it may access it.
unsafe impl Source for WasmMemory {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        let align = least.align();
        // Multiples of it are aligned for a `Run`. No slice is longer than the second.
        let most = most.min(isize::MAX as usize) & !(align - 1);
        if align < align_of::<Run>() || align > PAGE || most < least.size() {
            return None;
        }
        let memory = match self.take(least) {
            Some(memory) => memory,
            None => {
                let pages = grow(least.size().div_ceil(PAGE))?;
                // SAFETY: new pages.
                unsafe { self.keep(pages) };
                self.take(least)?
            }
        };
        let bytes = memory.len().min(most) & !(align - 1);
        let start = memory.cast::<u8>();
        // SAFETY: the rest of memory that is neither kept nor supplied.
        unsafe {
            self.keep(NonNull::slice_from_raw_parts(start.byte_add(bytes), memory.len() - bytes));
        }
        Some(Region::Contiguous(NonNull::slice_from_raw_parts(start, bytes)))
    }

    unsafe fn take_back(&mut self, memory: NonNull<[u8]>) {
        // SAFETY: the caller's.
        unsafe { self.keep(memory) };
    }
}

/// Adds pages to the module's memory.
fn grow(pages: usize) -> Option<NonNull<[u8]>> {
    // The last page of a full memory is left alone: its end is no address.
    if memory::pages().checked_add(pages)? > usize::MAX / PAGE {
        return None;
    }
    let start = memory::grow(pages)?;
    Some(NonNull::slice_from_raw_parts(start, pages * PAGE))
}

#[cfg(target_arch = "wasm32")]
mod memory {
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::ptr::{self, NonNull};

    /// Pages that the module has.
    pub(super) fn pages() -> usize {
        memory_size(0)
    }

    /// Adds pages, and returns the first byte of them.
    pub(super) fn grow(pages: usize) -> Option<NonNull<u8>> {
        let before = memory_grow(0, pages);
        let start = before.checked_mul(super::PAGE)?;
        NonNull::new(ptr::with_exposed_provenance_mut(start))
    }
}

/// For the tests of other targets: each thread is a module.
#[cfg(not(target_arch = "wasm32"))]
mod memory {
    extern crate std;

    use core::cell::Cell;
    use core::ptr::NonNull;
    use std::alloc::{Layout, alloc};

    use super::PAGE;

    const MOST: usize = 64;

    std::thread_local! {
        static PAGES: Cell<usize> = const { Cell::new(0) };
        // SAFETY: the size is not 0. (Never freed.)
        static START: *mut u8 = unsafe { alloc(Layout::from_size_align(MOST * PAGE, PAGE).unwrap()) };
    }

    pub(super) fn pages() -> usize {
        PAGES.get()
    }

    pub(super) fn grow(pages: usize) -> Option<NonNull<u8>> {
        let before = PAGES.get();
        if before + pages > MOST {
            return None;
        }
        PAGES.set(before + pages);
        // SAFETY: no further than its end.
        START.with(|start| NonNull::new(unsafe { start.add(before * PAGE) }))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::geometry::WORD;
    use crate::heap::Tlsf;
    use crate::shared::aliases::LocalHeap;
    use core::alloc::GlobalAlloc;
    use std::thread;
    use std::vec::Vec;

    type Wasm<const POOLS: usize> = LocalHeap<WasmMemory, WORD, 16, 8, POOLS>;

    /// Runs a test in a module of its own.
    fn module(test: fn()) {
        thread::spawn(test).join().unwrap();
    }

    fn alloc<const POOLS: usize>(heap: &Wasm<POOLS>, bytes: usize) -> *mut u8 {
        // SAFETY: no test requests 0 bytes.
        unsafe { heap.alloc(layout(bytes)) }
    }

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, WORD).unwrap()
    }

    #[test]
    fn the_heap_lengthens_one_pool() {
        module(|| {
            let heap = Wasm::<1>::with_source(WasmMemory::new());
            for pages in 1..=8 {
                assert!(!alloc(&heap, 60_000).is_null());
                assert_eq!(memory::pages(), pages);
            }
            let census = heap.inspect(Tlsf::validate).unwrap();
            assert_eq!((census.pools, census.used_blocks), (1, 8));
        });
    }

    #[test]
    fn pages_of_something_else_lie_between_two_pools() {
        module(|| {
            let heap = Wasm::<2>::with_source(WasmMemory::new());
            assert!(!alloc(&heap, 60_000).is_null());
            let other = memory::grow(1).unwrap();
            assert!(!alloc(&heap, 60_000).is_null());
            heap.inspect(|heap| {
                assert_eq!(heap.validate().unwrap().pools, 2);
                assert!(heap.pools().all(|pool| !pool.contains(other)));
            });
        });
    }

    #[test]
    fn what_is_given_back_is_supplied_again_before_the_memory_grows() {
        module(|| {
            let heap = Wasm::<1>::with_source(WasmMemory::new());
            for _ in 0..3 {
                let block = alloc(&heap, 200_000);
                // SAFETY: live, with this layout.
                unsafe { heap.dealloc(block, layout(200_000)) };
                assert_eq!((heap.trim(), memory::pages()), (4 * PAGE, 4));
            }
        });
    }

    #[test]
    fn a_refused_region_is_kept() {
        module(|| {
            let heap = Wasm::<1>::with_source(WasmMemory::new());
            assert!(!alloc(&heap, 60_000).is_null());
            memory::grow(1).unwrap();
            for _ in 0..100 {
                assert!(alloc(&heap, 60_000).is_null(), "the table of pools is full");
                assert_eq!(memory::pages(), 3);
            }
        });
    }

    #[test]
    fn a_full_memory_is_refused() {
        module(|| {
            let heap = Wasm::<4>::with_source(WasmMemory::new());
            assert!(alloc(&heap, 65 * PAGE).is_null());
            while !alloc(&heap, 60_000).is_null() {}
            assert_eq!(memory::pages(), 64);
            assert_eq!(grow(usize::MAX), None);
        });
    }

    #[test]
    fn pages_longer_than_the_longest_pool_become_many() {
        module(|| {
            let heap = LocalHeap::<_, WORD, 8, 4, 4>::with_source(WasmMemory::new());
            // SAFETY: the size is not 0.
            while !unsafe { heap.alloc(layout(300 * WORD)) }.is_null() {}
            let most = Tlsf::<WORD, 8, 4>::POOL_BYTES_MAX & !(WORD - 1);
            heap.inspect(|heap| {
                assert!(heap.pools().map(|pool| pool.bytes()).eq([most; 4]));
            });
            assert_eq!(memory::pages(), 1);
        });
    }

    /// Four neighbouring pages, given back in each order, are one run; with a gap they are two.
    #[test]
    fn neighbours_that_are_given_back_become_one() {
        module(|| {
            let start = grow(4).unwrap().cast::<u8>();
            for order in 0..256 {
                let order = [0, 1, 2, 3].map(|place| (order >> (2 * place)) & 3);
                let given: Vec<usize> = (0..4).filter(|page| order.contains(page)).collect();
                let mut source = WasmMemory::new();
                let mut seen = Vec::new();
                for page in order {
                    if !seen.contains(&page) {
                        seen.push(page);
                        // SAFETY: inside the four pages; each once.
                        unsafe {
                            let page = start.byte_add(page * PAGE);
                            source.take_back(NonNull::slice_from_raw_parts(page, PAGE));
                        }
                    }
                }
                let mut runs = given.chunk_by(|a, b| a + 1 == *b).map(|run| run.len() * PAGE);
                while let Some(run) = source.take(Layout::new::<usize>()) {
                    assert_eq!(Some(run.len()), runs.next(), "{order:?}");
                }
                assert_eq!(runs.next(), None, "{order:?}");
            }
        });
    }
}
