//! The memory of a heap.

use std::alloc::{Layout, alloc, dealloc};

use crate::allocators::Pointer;

/// Bytes of the scenario pool. The pools of both allocators have the same addresses modulo this.
pub(crate) const SCENARIO_POOL_BYTES: usize = 1 << 20;

/// Memory aligned to 1 MiB, so that both allocators have the same addresses modulo 1 MiB.
pub(crate) struct ScenarioMemory {
    start: *mut u8,
    layout: Layout,
}

impl ScenarioMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes, SCENARIO_POOL_BYTES).expect("a size");
        // SAFETY: not of size 0.
        let start = unsafe { alloc(layout) };
        assert!(!start.is_null(), "no memory for {bytes} bytes");
        Self { start, layout }
    }

    pub(crate) fn pointer(&self) -> Pointer {
        self.start.cast()
    }
}

impl Drop for ScenarioMemory {
    fn drop(&mut self) {
        // SAFETY: from `alloc`, with this layout.
        unsafe { dealloc(self.start, self.layout) }
    }
}
