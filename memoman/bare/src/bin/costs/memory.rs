//! The memory of a heap: a piece of one static, so that all allocators have the same addresses.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bare::memory::Memory;

use crate::allocators::Pointer;

/// Bytes of the scenario pool.
pub(crate) const SCENARIO_POOL_BYTES: usize = 64 << 10;

/// Multiples of this are what the scenarios' alignments need.
const ALIGN: usize = 1 << 10;
const BYTES: usize = SCENARIO_POOL_BYTES + (20 << 10);

static MEMORY: Memory<BYTES> = Memory::new();
/// Bytes in use. The first piece takes the memory and the last one gives it back.
static USED: AtomicUsize = AtomicUsize::new(0);
static PIECES: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct ScenarioMemory(NonNull<u8>);

impl ScenarioMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        let pieces = PIECES.load(Relaxed);
        if pieces == 0 {
            USED.store(0, Relaxed);
        }
        let used = USED.load(Relaxed);
        assert!(used + bytes <= BYTES, "no memory for {bytes} bytes");
        USED.store((used + bytes).next_multiple_of(ALIGN), Relaxed);
        PIECES.store(pieces + 1, Relaxed);
        // SAFETY: inside the memory, and in no other piece: those before end at `used`.
        Self(unsafe { MEMORY.start().add(used) })
    }

    pub(crate) fn pointer(&self) -> Pointer {
        self.0.as_ptr().cast()
    }
}

impl Drop for ScenarioMemory {
    fn drop(&mut self) {
        PIECES.store(PIECES.load(Relaxed) - 1, Relaxed);
    }
}
