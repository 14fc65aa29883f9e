//! Conte's C code as a column, called through the package reference-conte.

use std::cell::RefCell;

pub use reference_conte::SavedConte as SavedReference;
use reference_conte::{Conte, ConteCall, SecondLevel};

use crate::arena::{ARENA_ALIGN, ARENA_BYTES};
use crate::call::{Call, Reply};
use crate::geometry::{Geometry, WORD};
use crate::subject::{Allocator, Listed, Row};

/// The C code, in one of the geometries that it has. It has no reply to calls outside of its domain:
/// [`ask`](Self::ask) makes no such call.
pub struct Reference {
    conte: Conte,
    buffers: RefCell<Buffers>,
}

/// The buffers that the C code writes its blocks and lists to, for each comparison.
#[derive(Default)]
struct Buffers {
    rows: Vec<reference_conte::Row>,
    listed: Vec<reference_conte::Listed>,
}

impl Reference {
    /// The C code in this geometry, if it is built for it.
    pub fn new(geometry: &Geometry) -> Option<Self> {
        let sl = SecondLevel::of_count(geometry.sl).filter(|_| geometry.is_contes())?;
        let conte = Conte::new(sl, ARENA_BYTES, ARENA_ALIGN);
        Some(Self { conte, buffers: RefCell::default() })
    }

    /// Whether a pool is present there.
    pub fn has_pool(&self, mem: usize) -> bool {
        self.conte.has_pool(mem)
    }

    /// Whether the pool at `mem` has exactly these blocks, in address order.
    pub fn blocks_are(&self, mem: usize, rows: &[Row]) -> bool {
        let mut buffers = self.buffers.borrow_mut();
        let own = self.rows(mem, &mut buffers);
        own.len() == rows.len() && own.iter().zip(rows).all(|(own, row)| Row::from(*own) == *row)
    }

    /// Whether the free lists are exactly these, in list order.
    pub fn lists_are(&self, listed: &[Listed]) -> bool {
        let mut buffers = self.buffers.borrow_mut();
        let own = self.listed(&mut buffers);
        let mut pairs = own.iter().zip(listed);
        own.len() == listed.len() && pairs.all(|(own, listed)| Listed::from(*own) == *listed)
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

    fn rows<'b>(&self, mem: usize, buffers: &'b mut Buffers) -> &'b [reference_conte::Row] {
        buffers.rows.clear();
        self.conte.walk(mem, &mut buffers.rows);
        &buffers.rows
    }

    fn listed<'b>(&self, buffers: &'b mut Buffers) -> &'b [reference_conte::Listed] {
        buffers.listed.clear();
        self.conte.free_lists(&mut buffers.listed);
        &buffers.listed
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
        let mut buffers = self.buffers.borrow_mut();
        out.extend(self.rows(mem, &mut buffers).iter().map(|row| Row::from(*row)));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        let mut buffers = self.buffers.borrow_mut();
        out.extend(self.listed(&mut buffers).iter().map(|listed| Listed::from(*listed)));
    }
}

impl From<reference_conte::Row> for Row {
    fn from(row: reference_conte::Row) -> Self {
        Self { offset: row.offset, size: row.size, free: row.free }
    }
}

impl From<reference_conte::Listed> for Listed {
    fn from(listed: reference_conte::Listed) -> Self {
        Self { class: listed.class, offset: listed.offset }
    }
}
