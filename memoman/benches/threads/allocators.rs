//! The allocators, each as it would be a program's global one.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Once;

use dlmalloc::GlobalDlmalloc;
use memoman::{BlockingHeap, LockedHeap, Mmap};
use rlsf::GlobalTlsf;
use talc::TalcLock;
use talc::source::Manual;

type SpinLock = spin::mutex::SpinMutex<(), spin::relax::Yield>;

static MEMOMAN: BlockingHeap<Mmap> = BlockingHeap::with_source(Mmap::new());
static MEMOMAN_SPIN: LockedHeap<SpinLock, Mmap> = LockedHeap::with_source(Mmap::new());
static RLSF: GlobalTlsf = GlobalTlsf::new();
static TALC: TalcLock<SpinLock, Manual> = TalcLock::new(Manual);
static DLMALLOC: GlobalDlmalloc = GlobalDlmalloc;

/// talc's heap, which is claimed as a whole.
const ARENA: usize = 1 << 30;

/// An allocator with its name and its lock.
pub(crate) struct ThreadedAllocator {
    pub(crate) name: &'static str,
    pub(crate) lock: &'static str,
    pub(crate) heap: &'static (dyn GlobalAlloc + Sync),
}

pub(crate) fn all() -> [ThreadedAllocator; 6] {
    static CLAIM: Once = Once::new();
    CLAIM.call_once(|| {
        let layout = Layout::from_size_align(ARENA, 4096).expect("a layout");
        // SAFETY: the size is not 0; the memory is talc's for good.
        unsafe { TALC.lock().claim(System.alloc(layout), ARENA) }.expect("a heap");
    });
    let row = |name, lock, heap| ThreadedAllocator { name, lock, heap };
    [
        row("memoman", "mutex of std", &MEMOMAN),
        row("memoman, spin", "spin, yields", &MEMOMAN_SPIN),
        row("rlsf", "pthread mutex", &RLSF),
        row("talc", "spin, yields", &TALC),
        row("dlmalloc", "pthread mutex", &DLMALLOC),
        row("system", "arenas", &System),
    ]
}
