//! Allocators made of the specification with one decision taken wrong.

use crate::geometry::Geometry;
use crate::lockstep::Lockstep;
use crate::model::{End, Rules};
use crate::subject::Spec;

/// A lockstep whose subject obeys the rules `R`.
pub fn obeying<R: Rules + 'static>(geometry: usize) -> Lockstep {
    Lockstep::with_subject(geometry, Box::new(Spec::<R>::new(geometry)))
}

/// Free lists are queues.
#[derive(Clone, Default, Debug)]
pub struct Fifo;

impl Rules for Fifo {
    fn inserts_at(&mut self) -> End {
        End::Back
    }
}

/// A rest that is exactly a block is not cut off: `>` for `≥`.
#[derive(Clone, Default, Debug)]
pub struct SplitsAbove;

impl Rules for SplitsAbove {
    fn splits(&mut self, g: &Geometry, size: usize, fit: usize) -> bool {
        size > fit + g.word + self.min_size(g)
    }
}

/// A realloc that moves a block forgets how it was aligned, as TLSF 3.1's does (B16).
#[derive(Clone, Default, Debug)]
pub struct AlignmentLost;

impl Rules for AlignmentLost {
    fn moved_align(&mut self, _align: usize) -> usize {
        1
    }
}

/// The successor is absorbed first: no answer can show it.
#[derive(Clone, Default, Debug)]
pub struct NextFirst;

impl Rules for NextFirst {
    fn merges_next_first(&mut self) -> bool {
        true
    }
}
