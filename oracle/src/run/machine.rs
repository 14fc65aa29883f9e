//! What a program runs on: the lockstep, or another allocator under its contract.

use crate::action::Action;
use crate::call::{CallKind, Outcome};
use crate::finding::Checked;
use crate::geometry::Geometry;
use crate::lockstep::Lockstep;
use crate::ops::{Header, REGIONS};
use crate::run::regions::regions;
use crate::shadow::Slots;

/// Performs the actions of a program, checks each, and says what its symbolic operands depend on.
pub(crate) trait Machine {
    /// The regions that can become pools, as (start, bytes).
    fn regions(&self, header: &Header) -> [(usize, usize); REGIONS] {
        regions(header)
    }
    /// Whether it has calls of this kind; an op whose calls it does not have becomes another.
    fn has(&self, kind: CallKind) -> bool;
    /// The geometry on whose size classes symbolic sizes depend.
    fn geometry(&self) -> &Geometry;
    /// The live blocks.
    fn slots(&self) -> &Slots;
    /// Pools as (start, bytes), in order of addition.
    fn pools(&self) -> &[(usize, usize)];
    /// Usable size of the block freed last, 0 if none was.
    fn last_freed(&self) -> usize;
    /// Offset of the block touched last.
    fn touched(&self) -> usize;
    /// Payload of the largest free block, 0 if there is none.
    fn largest_free(&self) -> usize;
    /// The largest request that is expected to be granted now.
    fn largest_fit(&self) -> usize;
    /// Whether this run makes TLSF 3.1's calls only.
    fn follows_conte(&self) -> bool;
    /// Words that were touched in the last call, if they are counted.
    fn cost(&self) -> u64;
    /// The lockstep, if this is one.
    fn lockstep(&self) -> Option<&Lockstep> {
        None
    }
    /// One action, and every check after it.
    fn step(&mut self, action: Action) -> Checked<Outcome>;
    /// Writes a new content to a live block.
    fn rewrite(&mut self, slot: u8) -> Checked;
    /// Every check that is not made after each step.
    fn check_all(&mut self) -> Checked;
    /// The checks after the last block is freed.
    fn check_drained(&mut self) -> Checked;
    /// The end of a program, whatever is live then.
    fn reset(&mut self) -> Checked;
}

impl Machine for Lockstep {
    /// The interpreter makes no pool call that TLSF 3.1 lacks in a run that follows it.
    fn has(&self, _kind: CallKind) -> bool {
        true
    }
    fn geometry(&self) -> &Geometry {
        self.geometry()
    }
    fn slots(&self) -> &Slots {
        self.slots()
    }
    fn pools(&self) -> &[(usize, usize)] {
        self.pools()
    }
    fn last_freed(&self) -> usize {
        self.last_freed()
    }
    fn touched(&self) -> usize {
        self.touched()
    }
    fn largest_free(&self) -> usize {
        self.largest_free()
    }
    fn largest_fit(&self) -> usize {
        self.largest_fit()
    }
    fn follows_conte(&self) -> bool {
        self.follows_conte()
    }
    fn cost(&self) -> u64 {
        self.cost()
    }
    fn lockstep(&self) -> Option<&Lockstep> {
        Some(self)
    }
    fn step(&mut self, action: Action) -> Checked<Outcome> {
        self.step(action)
    }
    fn rewrite(&mut self, slot: u8) -> Checked {
        self.rewrite(slot)
    }
    fn check_all(&mut self) -> Checked {
        self.check_all()
    }
    fn check_drained(&mut self) -> Checked {
        Lockstep::check_drained(self)
    }
    fn reset(&mut self) -> Checked {
        self.reset()
    }
}
