//! Conte's C code as a column, called through the package reference-conte.

pub use reference_conte::SavedConte as SavedReference;
use reference_conte::{Conte, ConteCall, LikeListed, LikeRow, SecondLevel};

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::geometry::{Geometry, WORD};
use crate::subject::{Allocator, Listed, Row};

/// The C code, in one of the geometries that it has. It has no reply to calls outside of its domain:
/// [`ask`](Self::ask) makes no such call.
pub struct Reference {
    conte: Conte,
    /// The memory that it has.
    arena: Arena,
}

impl Reference {
    /// The C code in this geometry, if it is built for it.
    pub fn new(geometry: &Geometry) -> Option<Self> {
        geometry.is_contes().then(Arena::new).and_then(|arena| Self::in_arena(geometry, arena))
    }

    /// The same, in this arena.
    pub fn in_arena(geometry: &Geometry, arena: Arena) -> Option<Self> {
        let sl = SecondLevel::of_count(geometry.sl).filter(|_| geometry.is_contes())?;
        // SAFETY: the arena's bytes, which only the C code uses; it is dropped after the C code's instance.
        let conte = unsafe { Conte::in_arena(sl, arena.base(), arena.bytes()) };
        Some(Self { conte, arena })
    }

    /// Gives its memory back, when no pool is present.
    pub(crate) fn discard(&mut self) {
        assert!(!self.conte.has_pools(), "a pool is present");
        self.arena.discard();
    }

    /// Whether a pool is present there.
    pub fn has_pool(&self, mem: usize) -> bool {
        self.conte.has_pool(mem)
    }

    /// Whether the C code's own checks pass: of its lists and bits, and of these pools.
    pub fn is_sound(&self, pools: &[(usize, usize)]) -> bool {
        let conte = &self.conte;
        let whole = pools.iter().all(|&(mem, _)| conte.check_pool(mem));
        conte.check() && whole && conte.occupancy_agrees()
    }

    /// Saves its state, for [`restore`](Self::restore).
    pub fn save(&self) -> SavedReference {
        self.conte.save()
    }

    /// Restores a state that this reference saved.
    pub fn restore(&mut self, saved: &SavedReference) {
        self.conte.restore(saved);
    }

    /// Performs a call for which the C code is defined. None for any other call, and for those that
    /// TLSF 3.1 does not have: then nothing has changed.
    pub fn ask(&mut self, call: Call) -> Option<Reply> {
        let conte = &mut self.conte;
        Some(match call {
            Call::Malloc { size } if conte.admits(&ConteCall::Malloc { size }) => {
                Reply::block(conte.malloc(size))
            }
            Call::Memalign { align, size }
                if conte.admits(&ConteCall::Memalign { align, size }) =>
            {
                Reply::block(conte.memalign(align, size))
            }
            Call::Realloc { payload, align, size } if align <= WORD => {
                return self.realloc(payload, size);
            }
            // The parts of realloc: done, they are what it does.
            Call::Grow { payload, size } if size > conte.usable_size(payload) => {
                return self.realloc(Some(payload), size);
            }
            Call::Shrink { payload, size } => return self.realloc(Some(payload), size),
            Call::Free { payload } if conte.admits(&ConteCall::Free { offset: payload }) => {
                conte.free(payload);
                Reply::Done
            }
            Call::AddPool { mem, bytes }
                if conte.admits(&ConteCall::AddPool { offset: mem, bytes }) =>
            {
                Reply::done(conte.add_pool(mem, bytes))
            }
            Call::RemovePool { mem } if conte.admits(&ConteCall::RemovePool { offset: mem }) => {
                conte.remove_pool(mem);
                Reply::Done
            }
            _ => return None,
        })
    }

    fn realloc(&mut self, current: Option<usize>, size: usize) -> Option<Reply> {
        if !self.conte.admits(&ConteCall::Realloc { current, size }) {
            return None;
        }
        let payload = self.conte.realloc(current, size);
        let freed = current.is_some() && size == 0;
        Some(if freed { Reply::Done } else { Reply::block(payload) })
    }
}

impl Allocator for Reference {
    /// # Panics
    /// If the C code is not defined for the call: see [`Reference::ask`].
    fn call(&mut self, call: Call) -> Reply {
        self.ask(call).expect("the call is in the domain of the C code")
    }

    fn clear(&mut self) {
        self.conte.reset();
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.conte.usable_size(payload)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        self.conte.walk_as(mem, out);
    }

    fn walk_is(&self, mem: usize, expected: &[Row], _buffer: &mut Vec<Row>) -> bool {
        self.conte.walk_is(mem, expected)
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        self.conte.free_lists_as(out);
    }
}

// The C code writes into the oracle's own rows: no walk is converted.
// SAFETY: `#[repr(C)]`: an offset, a size and a flag.
unsafe impl LikeRow for Row {}
// SAFETY: `#[repr(C)]`: a class and an offset.
unsafe impl LikeListed for Listed {}
