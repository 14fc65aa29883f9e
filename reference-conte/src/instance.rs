//! An arena, a control structure, and the C code between them. Checks nothing.

use crate::arena::Arena;
use crate::domain::Domain;
use crate::symbols::{Pointer, Symbols};

/// The memory of an instance of TLSF 3.1, and what is live in it.
pub(crate) struct Instance {
    pub(crate) c: &'static Symbols,
    pub(crate) domain: Domain,
    pub(crate) arena: Arena,
    /// On its own allocation: empty lists point at a block inside it, so it must not move.
    pub(crate) control: Arena,
}

impl Instance {
    pub(crate) fn tlsf(&self) -> Pointer {
        self.control.base().cast()
    }

    /// An offset as C wants it; may point anywhere, so wrapping.
    pub(crate) fn pointer(&self, offset: usize) -> Pointer {
        self.arena.base().wrapping_add(offset).cast()
    }

    /// Records a block that C returned.
    pub(crate) fn mark_live(&mut self, payload: Pointer) -> Option<usize> {
        if payload.is_null() {
            return None;
        }
        let offset = payload.addr().wrapping_sub(self.arena.base().addr());
        self.domain.mark_live(offset);
        Some(offset)
    }
}
