//! The reference of a build without the C code. No value of it exists.

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::geometry::Geometry;
use crate::subject::{Allocator, Listed, Row};

/// The C code, which this build does not have.
pub enum Reference {}

/// The saved state of a [`Reference`].
#[derive(Clone, Debug)]
pub enum SavedReference {}

impl Reference {
    /// None: this build has no C code.
    pub const fn new(_geometry: &Geometry) -> Option<Self> {
        None
    }

    /// None: this build has no C code.
    pub fn in_arena(_geometry: &Geometry, _arena: Arena) -> Option<Self> {
        None
    }

    /// As with the feature `reference`.
    pub fn ask(&mut self, _call: Call) -> Option<Reply> {
        match *self {}
    }

    /// As with the feature `reference`.
    pub fn has_pool(&self, _mem: usize) -> bool {
        match *self {}
    }

    /// As with the feature `reference`.
    pub fn is_sound(&self, _pools: &[(usize, usize)]) -> bool {
        match *self {}
    }

    /// As with the feature `reference`.
    pub(crate) fn discard(&mut self) {
        match *self {}
    }

    /// As with the feature `reference`.
    pub fn save(&self) -> SavedReference {
        match *self {}
    }

    /// As with the feature `reference`.
    pub fn restore(&mut self, _saved: &SavedReference) {
        match *self {}
    }
}

impl Allocator for Reference {
    fn call(&mut self, _call: Call) -> Reply {
        match *self {}
    }

    fn clear(&mut self) {
        match *self {}
    }

    fn usable_size(&self, _payload: usize) -> usize {
        match *self {}
    }

    fn walk(&self, _mem: usize, _out: &mut Vec<Row>) {
        match *self {}
    }

    fn lists(&self, _out: &mut Vec<Listed>) {
        match *self {}
    }
}
