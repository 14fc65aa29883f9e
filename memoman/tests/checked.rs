//! The pointer policy behind a shared reference: each adapter refuses each misuse, and reports it once the
//! heap is free again.

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, RefCell};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use memoman::{
    Buffer, Exclusion, GuardError, Guarded, GuardedLocalHeap, LocalHeap, Misuse, NoSource,
    PoolError, Reaction, Shared, Tlsf, WORD,
};
use support::{Arena, SeededRng};

thread_local! {
    static REPORTED: RefCell<Vec<Misuse>> = const { RefCell::new(Vec::new()) };
}

const REPORT: Reaction =
    Reaction::Handler(|misuse| REPORTED.with_borrow_mut(|reported| reported.push(*misuse)));

fn reported() -> Vec<Misuse> {
    REPORTED.take()
}

fn memory(bytes: usize) -> &'static mut [MaybeUninit<u8>] {
    Box::leak(Box::new_uninit_slice(bytes))
}

/// Miri is slow.
const LARGEST: usize = if cfg!(miri) { 600 } else { 6000 };

/// The case: without the policy, the third block would be the fourth as well.
fn refuses_and_reports<X: Exclusion>() {
    let heap = Shared::<X, Guarded<WORD, 12, 8, 1>>::from_parts(Guarded::new(REPORT), NoSource);
    heap.add_static_pool(memory(4096)).unwrap();
    let layout = Layout::new::<[u64; 8]>();
    // SAFETY: the heap refuses what is wrong here; no content is used.
    unsafe {
        let (a, b) = (heap.alloc(layout), heap.alloc(layout));
        heap.dealloc(a, layout);
        assert_eq!(reported(), []);
        heap.dealloc(a, layout);
        assert!(matches!(reported()[..], [Misuse::Double { .. }]));
        assert_ne!(heap.alloc(layout), heap.alloc(layout), "no block is there twice");
        heap.dealloc(b.wrapping_add(WORD), layout);
        assert!(matches!(reported()[..], [Misuse::Interior { .. }]));
        assert_eq!(heap.realloc(b.wrapping_add(1), layout, 100), ptr::null_mut());
        assert!(matches!(reported()[..], [Misuse::Misaligned { .. }]));
        let mut outside = 0_u64;
        heap.dealloc((&raw mut outside).cast(), layout);
        assert!(matches!(reported()[..], [Misuse::Foreign { .. }]));
        heap.dealloc(b, Layout::new::<[u64; 80]>());
        assert!(matches!(reported()[..], [Misuse::Layout { usable: 64, .. }]));
        assert!(heap.alloc(Layout::new::<[u64; 8000]>()).is_null(), "refused, but no misuse");
        let b = heap.realloc(b, layout, 1000);
        assert!(!b.is_null());
        heap.dealloc(b, Layout::new::<[u8; 1000]>());
    }
    assert_eq!(reported(), []);
    assert_eq!(heap.inspect(|heap| heap.validate()).unwrap().used_blocks, 2);
}

#[test]
fn each_adapter_refuses_each_misuse_and_reports_it() {
    refuses_and_reports::<memoman::SingleThread>();
    #[cfg(feature = "std")]
    refuses_and_reports::<memoman::Blocking>();
    #[cfg(feature = "lock_api")]
    refuses_and_reports::<memoman::Lock<spin::Mutex<()>>>();
    #[cfg(feature = "critical-section")]
    refuses_and_reports::<memoman::CriticalSection>();
}

#[test]
fn pools_are_refused_with_the_error_of_the_heap_inside() {
    let heap: GuardedLocalHeap =
        GuardedLocalHeap::from_parts(Guarded::new(Reaction::Error), NoSource);
    let pool = heap.add_static_pool(memory(4096)).unwrap();
    assert_eq!(heap.remove_pool(pool).unwrap().len(), pool.bytes());
    assert_eq!(heap.remove_pool(pool), Err(GuardError::Pool(PoolError::Unknown)));
}

/// The whole value is the control.
#[test]
fn a_pool_over_any_word_of_a_checked_heap_is_refused() {
    type Heap = GuardedLocalHeap<NoSource, WORD, 8, 4, 1>;
    let arena = Arena::new(1 << 13);
    let heap = arena.at(1 << 12).cast::<Heap>();
    // SAFETY: arena memory, aligned and used by nothing else.
    let heap = unsafe {
        heap.write(Heap::new());
        heap.as_ref()
    };
    for inside in (0..size_of::<Heap>()).step_by(if cfg!(miri) { 16 } else { 1 } * WORD) {
        // SAFETY: refused for its numbers.
        let result = unsafe { heap.add_pool(arena.at((1 << 12) + inside), 512) };
        assert_eq!(result, Err(GuardError::Pool(PoolError::OverlapsControl)), "{inside}");
    }
}

/// The handler is called when the heap is free again.
#[test]
fn a_handler_may_allocate_from_the_heap_that_it_is_called_for() {
    thread_local! {
        static HEAP: GuardedLocalHeap<NoSource, WORD, 12, 8, 1> = const {
            GuardedLocalHeap::from_parts(Guarded::new(Reaction::Handler(handler)), NoSource)
        };
        static CALLS: Cell<usize> = const { Cell::new(0) };
    }
    fn handler(_misuse: &Misuse) {
        // SAFETY: the size is not 0.
        let block = HEAP.with(|heap| unsafe { heap.alloc(Layout::new::<[u8; 100]>()) });
        assert!(!block.is_null());
        CALLS.set(CALLS.get() + 1);
    }
    HEAP.with(|heap| {
        heap.add_static_pool(memory(4096)).unwrap();
        // SAFETY: refused.
        unsafe { heap.dealloc(ptr::dangling_mut(), Layout::new::<u64>()) };
    });
    assert_eq!(CALLS.get(), 1);
}

/// The second test runs the first one as a program of its own.
#[cfg(all(unix, not(miri)))]
const PANIC: &str = "MEMOMAN_TEST_PANIC";

#[test]
#[cfg(all(unix, not(miri)))]
fn the_panic() {
    if std::env::var_os(PANIC).is_some() {
        let heap: GuardedLocalHeap =
            GuardedLocalHeap::from_parts(Guarded::new(Reaction::Panic), NoSource);
        // SAFETY: refused.
        let refused = || unsafe { heap.dealloc(ptr::dangling_mut(), Layout::new::<u64>()) };
        _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(refused));
        println!("still running");
    }
}

#[test]
#[cfg(all(unix, not(miri)))]
fn a_panic_does_not_unwind_out_of_an_allocator() {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "the_panic", "--nocapture"]).env(PANIC, "");
    let output = program.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("foreign pointer 0x"), "{text}");
    assert_eq!(output.status.code(), None, "a signal: {output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("still running"));
}

/// With a source, with growth, and with the free end given back.
#[test]
fn a_checked_heap_places_every_block_as_an_unchecked_one() {
    // Alignments have the same effect in both: arenas start at the same residues.
    let arenas = [Arena::new(1 << 16), Arena::new(1 << 16)];
    // SAFETY: the arena's memory, which outlives the heap and is used by nothing else.
    let [plain, checked] = arenas.each_ref().map(|arena| unsafe {
        Buffer::new(NonNull::slice_from_raw_parts(arena.at(0).cast(), 1 << 16).as_mut())
    });
    let plain: LocalHeap<_> = LocalHeap::with_source(plain);
    let checked: GuardedLocalHeap<_> = GuardedLocalHeap::with_source(checked);
    let (rounds, calls) = if cfg!(miri) { (1, 40) } else { (30, 200) };
    let traffic = |heap: &dyn GlobalAlloc| {
        let heap = Dyn(heap);
        let (mut blocks, mut rng) = (Vec::new(), SeededRng(7));
        let granted: Vec<_> = (0..rounds)
            .map(|_| traffic::exercise(&heap, &mut blocks, &mut rng, calls, LARGEST))
            .collect();
        blocks.into_iter().for_each(|block| traffic::free(&heap, block));
        granted
    };
    assert_eq!(traffic(&plain), traffic(&checked));
    let mut walks = [vec![], vec![]];
    let mut walk = |index: usize, heap: &Tlsf| {
        for pool in heap.pools() {
            walks[index] = heap.blocks(pool).map(|block| (block.size, block.is_free)).collect();
        }
    };
    plain.inspect(|heap| walk(0, heap));
    checked.inspect(|heap| walk(1, heap.heap()));
    assert_eq!(walks[0], walks[1]);
    assert_eq!(plain.trim(), checked.trim());
}

struct Dyn<'a>(&'a dyn GlobalAlloc);

// SAFETY: passes every call on.
unsafe impl GlobalAlloc for Dyn<'_> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.0.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.realloc(ptr, layout, size) }
    }
}
