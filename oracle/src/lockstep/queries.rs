//! What a lockstep has: values that the interpreter, reports and searches read.

use crate::geometry::Geometry;
use crate::lockstep::Lockstep;
use crate::model::Specification;
use crate::shadow::Slots;
use crate::subject::Subject;
use crate::subject::reference::Reference;

impl Lockstep {
    /// The configuration.
    pub fn geometry(&self) -> &Geometry {
        &self.columns.geometry
    }

    pub(crate) fn subject(&self) -> &dyn Subject {
        &*self.columns.subject
    }

    /// The specification, if it takes part.
    pub(crate) fn specification(&self) -> Option<&dyn Specification> {
        self.columns.specification()
    }

    /// The reference, if it takes part.
    pub(crate) fn reference(&self) -> Option<&Reference> {
        self.columns.reference()
    }

    /// Whether this run makes TLSF 3.1's calls only.
    pub(crate) fn follows_conte(&self) -> bool {
        self.columns.follow_conte()
    }

    /// The live blocks.
    pub fn slots(&self) -> &Slots {
        &self.bookkeeping.slots
    }

    /// Pools as (start, bytes), in order of addition.
    pub fn pools(&self) -> &[(usize, usize)] {
        &self.bookkeeping.pools
    }

    /// The bytes of one of the subject's pools.
    pub(crate) fn pool_bytes(&self, mem: usize, bytes: usize) -> &[u8] {
        self.columns.pool_bytes(mem, bytes)
    }

    /// Usable size of the block freed last, 0 if none was.
    pub fn last_freed(&self) -> usize {
        self.bookkeeping.last_freed
    }

    /// Offset of the block touched last.
    pub fn touched(&self) -> usize {
        self.bookkeeping.touched
    }

    /// A hash over every action and reply of this run.
    pub fn trace(&self) -> u64 {
        self.trace
    }

    /// Words that the subject touched in the last call, if it counts.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Payload of the largest free block, 0 if there is none.
    pub(crate) fn largest_free(&self) -> usize {
        self.columns.largest_free(&self.bookkeeping.pools)
    }

    /// The largest request that malloc grants now.
    pub(crate) fn largest_fit(&self) -> usize {
        self.columns.largest_fit()
    }
}
