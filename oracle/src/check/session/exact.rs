//! The specification beside an allocator that has TLSF 3.1's addresses: what level Exact adds.

use std::fmt::Display;
use std::ptr::NonNull;

use super::Session;
use crate::allocator::{Listed, Row};
use crate::call::{Call, Reply};
use crate::check::contract::Exact;
use crate::finding::{Check, Checked, Column, Finding};
use crate::geometry::Geometry;
use crate::model::Model;

const SPECIFICATION: Column = Column::Specification;

impl Session {
    fn exact(&mut self) -> Option<&mut dyn Exact> {
        self.subject.as_mut()?.heap()?.exact()
    }

    /// The geometry of an allocator at level Exact.
    pub(crate) fn exact_geometry(&mut self) -> Option<Geometry> {
        self.exact().map(|exact| exact.geometry())
    }

    /// Puts the specification beside an allocator that was just made, if it is of that level.
    pub(super) fn start_specification(&mut self) {
        self.specification = None;
        let Some(geometry) = self.exact_geometry().filter(|_| self.is_placed()) else { return };
        self.geometry = geometry;
        let mut model = <Model>::new(geometry);
        let (mem, bytes) = self.first;
        if model.add_pool(mem, bytes).is_ok() {
            self.specification = Some(Box::new(model));
        }
    }

    /// The same call of the specification, and both replies compared.
    pub(super) fn specify(&mut self, call: Call, reply: Reply) -> Checked {
        let Some(specification) = &mut self.specification else { return Ok(()) };
        let expected = specification.call(call);
        if expected == reply {
            return Ok(());
        }
        let check = match expected.is_done() == reply.is_done() {
            true => Check::Placement(SPECIFICATION),
            false => Check::Status(SPECIFICATION),
        };
        Err(Finding::new(check, format!("{reply}; the specification: {expected}")))
    }

    /// The usable bytes of a block beside those that the specification predicts.
    pub(super) fn check_usable(&self, offset: usize, usable: usize) -> Checked {
        let Some(specification) = &self.specification else { return Ok(()) };
        let expected = specification.usable_size(offset);
        if self.skipped.contains("usable size") || usable == expected {
            return Ok(());
        }
        let what = format!("{usable} usable bytes at {offset}; the specification: {expected}");
        Err(Finding::new(Check::Placement(SPECIFICATION), what).at(offset))
    }

    /// A pool's walk beside that of the specification.
    pub(super) fn check_rows(&self, mem: usize, rows: &[Row]) -> Checked {
        let Some(specification) = &self.specification else { return Ok(()) };
        let mut expected = Vec::new();
        specification.walk(mem, &mut expected);
        same(Check::Walk(SPECIFICATION), rows, &expected)
    }

    /// The free lists beside those of the specification.
    pub(super) fn check_lists(&mut self) -> Checked {
        if self.specification.is_none() {
            return Ok(());
        }
        let base = self.base();
        let mut listed = Vec::new();
        let Some(exact) = self.exact() else { return Ok(()) };
        let shown = exact.lists(&mut |class, ptr: NonNull<u8>| {
            listed.push(Listed { class, offset: ptr.addr().get().wrapping_sub(base) });
        });
        if self.supported("free lists", shown).is_none() {
            return Ok(());
        }
        let mut expected = Vec::new();
        if let Some(specification) = &self.specification {
            specification.lists(&mut expected);
        }
        same(Check::FreeLists(SPECIFICATION), &listed, &expected)
    }
}

/// The first place where two sequences differ, if there is one.
fn same<T: PartialEq + Display>(check: Check, own: &[T], expected: &[T]) -> Checked {
    if own == expected {
        return Ok(());
    }
    let at = own.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let entry = |rows: &[T]| rows.get(at).map_or("nothing".into(), |row| row.to_string());
    let what = format!("entry {at}: {}; the specification: {}", entry(own), entry(expected));
    Err(Finding::new(check, what))
}
