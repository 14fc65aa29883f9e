//! The trait of the three columns of the lockstep, and the blocks that they report.

use std::fmt;

use crate::call::{Call, Reply};

/// A block of a pool, in address order.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// Where its payload starts.
    pub offset: usize,
    /// The bytes of its payload.
    pub size: usize,
    /// Whether it is free: in a free list, so that the caller has no block there.
    pub free: bool,
}

impl Row {
    /// Whether two walks are equal. Compares all rows before it decides: most walks are equal, and a loop
    /// without branches is faster.
    #[inline]
    pub fn all_equal(some: &[Self], others: &[Self]) -> bool {
        let differs = |(a, b): (&Self, &Self)| {
            (a.offset ^ b.offset) | (a.size ^ b.size) | usize::from(a.free ^ b.free)
        };
        some.len() == others.len()
            && some.iter().zip(others).fold(0, |any, pair| any | differs(pair)) == 0
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.free { "free" } else { "used" };
        write!(f, "{} bytes {state} at {}", self.size, self.offset)
    }
}

/// A free block in the free lists.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its list: first level × number of second-level lists + second level.
    pub class: usize,
    /// Where its payload starts.
    pub offset: usize,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the block at {} in list {}", self.offset, self.class)
    }
}

/// A column of the lockstep. Offsets count from the arena's base.
///
/// The lockstep makes the calls that a caller may make: with live payloads and present pools; with
/// sizes, alignments and pools of any kind.
pub trait Allocator {
    /// Performs a call.
    fn call(&mut self, call: Call) -> Reply;
    /// Removes every pool and forgets every block.
    fn clear(&mut self);
    /// Bytes of a live block.
    fn usable_size(&self, payload: usize) -> usize;
    /// Appends the blocks of the pool at `mem` in address order, without the sentinel.
    fn walk(&self, mem: usize, out: &mut Vec<Row>);
    /// Whether the blocks of that walk are exactly these. `buffer` is for an allocator that cannot compare
    /// them on its way.
    fn walk_is(&self, mem: usize, expected: &[Row], buffer: &mut Vec<Row>) -> bool {
        buffer.clear();
        self.walk(mem, buffer);
        Row::all_equal(buffer, expected)
    }
    /// Appends the free blocks by class, in list order.
    fn lists(&self, out: &mut Vec<Listed>);
}
