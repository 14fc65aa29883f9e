//! A trace: a list of calls with sizes and lifetimes, made in advance.

/// One call. It contains the layout of the block that it frees or resizes, which Rust allocators need,
/// so that the measured loop does not look it up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TraceCall {
    Malloc {
        slot: u32,
        size: u32,
    },
    Memalign {
        slot: u32,
        align: u16,
        size: u32,
    },
    /// Never of a block from `Memalign`: TLSF 3.1 does not keep its alignment.
    Realloc {
        slot: u32,
        old: u32,
        size: u32,
    },
    Free {
        slot: u32,
        align: u16,
        size: u32,
    },
}

/// The alignment of a block from `Malloc` or `Realloc`: a word, as in TLSF 3.1.
pub(crate) const WORD: u16 = size_of::<usize>() as u16;

#[derive(Default)]
pub(crate) struct CallTrace {
    pub(crate) calls: Vec<TraceCall>,
    pub(crate) slots: usize,
}

impl CallTrace {
    /// The largest alignment of its calls.
    pub(crate) fn max_align(&self) -> u16 {
        let aligns = self.calls.iter().map(|call| match *call {
            TraceCall::Memalign { align, .. } => align,
            _ => WORD,
        });
        aligns.max().unwrap_or(WORD)
    }
}

/// Builds a trace, and tracks the live blocks.
#[derive(Default)]
pub(crate) struct TraceWriter {
    calls: Vec<TraceCall>,
    /// By slot: size and alignment of the live block.
    live: Vec<Option<(u32, u16)>>,
}

impl TraceWriter {
    pub(crate) fn new(slots: usize) -> Self {
        Self { calls: Vec::new(), live: vec![None; slots] }
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(crate) fn live(&self, slot: usize) -> Option<(u32, u16)> {
        self.live[slot]
    }

    pub(crate) fn malloc(&mut self, slot: usize, size: u32) {
        self.take(slot, size, WORD);
        self.calls.push(TraceCall::Malloc { slot: slot as u32, size });
    }

    pub(crate) fn memalign(&mut self, slot: usize, align: u16, size: u32) {
        self.take(slot, size, align);
        self.calls.push(TraceCall::Memalign { slot: slot as u32, align, size });
    }

    pub(crate) fn realloc(&mut self, slot: usize, size: u32) {
        let (old, align) = self.live[slot].replace((size, WORD)).expect("realloc of a live slot");
        assert_eq!(align, WORD, "realloc of an aligned block");
        self.calls.push(TraceCall::Realloc { slot: slot as u32, old, size });
    }

    pub(crate) fn free(&mut self, slot: usize) {
        let (size, align) = self.live[slot].take().expect("free of a live slot");
        self.calls.push(TraceCall::Free { slot: slot as u32, align, size });
    }

    /// Frees the remaining blocks, so that the trace can be repeated.
    pub(crate) fn finish(mut self) -> CallTrace {
        for slot in 0..self.live.len() {
            if self.live[slot].is_some() {
                self.free(slot);
            }
        }
        CallTrace { calls: self.calls, slots: self.live.len() }
    }

    fn take(&mut self, slot: usize, size: u32, align: u16) {
        assert!(size > 0, "requests of 0 bytes differ between allocators");
        if slot >= self.live.len() {
            self.live.resize(slot + 1, None);
        }
        assert!(self.live[slot].replace((size, align)).is_none(), "the slot has a live block");
    }
}
