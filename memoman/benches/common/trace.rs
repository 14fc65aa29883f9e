//! A trace: calls with their sizes and lifetimes, worked out beforehand.

/// One call. What a caller of Rust allocators knows when it frees, the layout, is in the call, so
/// that nobody has to remember it while the clock runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Malloc {
        slot: u32,
        size: u32,
    },
    Memalign {
        slot: u32,
        align: u16,
        size: u32,
    },
    /// Never of a block from `Memalign`: TLSF 3.1 would forget its alignment.
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

/// Alignment of a block that was asked for without one: a word's, as in TLSF 3.1.
pub(crate) const WORD: u16 = size_of::<usize>() as u16;

#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) ops: Vec<Op>,
    pub(crate) slots: usize,
}

/// Writes a trace, and knows what is live in it.
#[derive(Default)]
pub(crate) struct Writer {
    ops: Vec<Op>,
    /// Size and alignment.
    live: Vec<Option<(u32, u16)>>,
}

impl Writer {
    pub(crate) fn new(slots: usize) -> Self {
        Self { ops: Vec::new(), live: vec![None; slots] }
    }

    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(crate) fn live(&self, slot: usize) -> Option<(u32, u16)> {
        self.live[slot]
    }

    pub(crate) fn malloc(&mut self, slot: usize, size: u32) {
        self.take(slot, size, WORD);
        self.ops.push(Op::Malloc { slot: slot as u32, size });
    }

    pub(crate) fn memalign(&mut self, slot: usize, align: u16, size: u32) {
        self.take(slot, size, align);
        self.ops.push(Op::Memalign { slot: slot as u32, align, size });
    }

    pub(crate) fn realloc(&mut self, slot: usize, size: u32) {
        let (old, align) = self.live[slot].replace((size, WORD)).expect("realloc of a live slot");
        assert_eq!(align, WORD, "realloc of an aligned block");
        self.ops.push(Op::Realloc { slot: slot as u32, old, size });
    }

    pub(crate) fn free(&mut self, slot: usize) {
        let (size, align) = self.live[slot].take().expect("free of a live slot");
        self.ops.push(Op::Free { slot: slot as u32, align, size });
    }

    /// Frees what is left, so that the trace can be repeated.
    pub(crate) fn finish(mut self) -> Trace {
        for slot in 0..self.live.len() {
            if self.live[slot].is_some() {
                self.free(slot);
            }
        }
        Trace { ops: self.ops, slots: self.live.len() }
    }

    fn take(&mut self, slot: usize, size: u32, align: u16) {
        assert!(size > 0, "a request of no bytes has no common meaning");
        if slot >= self.live.len() {
            self.live.resize(slot + 1, None);
        }
        assert!(self.live[slot].replace((size, align)).is_none(), "a slot is taken twice");
    }
}
