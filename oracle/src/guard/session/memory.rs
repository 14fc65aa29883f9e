//! The words of arena and control: copies to compare with, reading, and damaging.

use std::mem::MaybeUninit;

use super::state::{SPAN, Session};
use crate::guard::field::Site;
use crate::guard::layout::Role;

impl Session<'_> {
    pub(super) fn bytes(&self, at: usize, count: usize) -> &[u8] {
        // SAFETY: in the arena, initialised, and not written during the borrow.
        unsafe { std::slice::from_raw_parts(self.arena().at(at), count) }
    }

    /// Copies the arena, the control and the table of pools.
    pub(super) fn take_copies(&mut self) {
        let mut before = std::mem::take(&mut self.before);
        before.0.clear();
        before.0.extend_from_slice(self.bytes(0, SPAN));
        before.1.clear();
        let (first, _) = self.heap.control();
        let all = self.map.pools.len() == self.homes.len();
        let word = |(index, role): (usize, &Role)| match role {
            // An entry without a pool is not initialised.
            Role::Table if !all => 0,
            // SAFETY: an initialised word of the control.
            _ => unsafe { first.add(index).read() },
        };
        before.1.extend(self.roles.iter().enumerate().map(word));
        let pools = self.heap.pools().into_iter();
        before.1.extend(pools.flat_map(|(start, bytes)| [start.addr().get(), bytes]));
        self.before = before;
    }

    /// Checks that arena, control and table of pools are equal to the copies.
    pub(super) fn check_copies(&mut self) -> Result<(), String> {
        let before = std::mem::take(&mut self.before);
        self.take_copies();
        // As a whole first: in an instrumented build, a loop over bytes takes most of a run.
        if before.0 != self.before.0 {
            let at = before.0.iter().zip(&self.before.0).position(|(a, b)| a != b);
            return Err(format!("a refused call wrote at {at:?}"));
        }
        if before.1 != self.before.1 {
            let at = before.1.iter().zip(&self.before.1).position(|(a, b)| a != b);
            let word = at.map(|at| self.roles.get(at).unwrap_or(&Role::Table));
            return Err(format!("a refused call changed the control: {word:?}"));
        }
        Ok(())
    }

    pub(super) fn peek(&mut self, site: Site) -> usize {
        // SAFETY: a word of the arena or an initialised one of the control.
        unsafe { self.word(site).read() }
    }

    /// Writes a word and returns what it held.
    pub(super) fn poke(&mut self, site: Site, value: MaybeUninit<usize>) -> MaybeUninit<usize> {
        // SAFETY: a word of the arena or of the control: a number or a link, valid for any value.
        unsafe { self.word(site).cast::<MaybeUninit<usize>>().replace(value) }
    }

    fn word(&mut self, site: Site) -> *mut usize {
        match site {
            Site::Arena(at) => self.arena().at(at).cast(),
            Site::Control(index) => {
                let (first, count) = self.heap.control();
                assert!(index < count && self.roles[index] != Role::Table);
                first.wrapping_add(index)
            }
        }
    }
}
