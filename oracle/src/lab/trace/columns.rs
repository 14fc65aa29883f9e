//! Engine, specification and C code side by side, on pools of any size. The lockstep has the pools of a program
//! and 256 blocks, and checks everything after each call; here the replies are compared after each call, and the
//! whole state when the caller requests it.

use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::finding::{Check, Checked, Column, Finding};
use crate::geometry::CONFIGURATIONS;
use crate::lab::finding::{Dump, Found};
use crate::model::{Model, Specification};
use crate::subject::engine::engine;
use crate::subject::reference::Reference;
use crate::subject::{Allocator, Listed, Row, Subject};

/// The three columns.
pub(super) struct Columns {
    engine: Box<dyn Subject>,
    specification: Model,
    reference: Option<Reference>,
    /// Pools as (start, bytes).
    pools: Vec<(usize, usize)>,
}

impl Columns {
    /// In the geometry of that number, in arenas of so many bytes.
    pub(super) fn new(geometry: usize, arena_bytes: usize) -> Self {
        Self {
            engine: engine(geometry, Arena::of(arena_bytes)),
            specification: <Model>::new(CONFIGURATIONS[geometry]),
            reference: Reference::in_arena(&CONFIGURATIONS[geometry], Arena::of(arena_bytes)),
            pools: Vec::new(),
        }
    }

    pub(super) fn specification(&self) -> &dyn Specification {
        &self.specification
    }

    pub(super) fn has_reference(&self) -> bool {
        self.reference.is_some()
    }

    /// The same call of each column, whose replies must be equal.
    pub(super) fn call(&mut self, call: Call) -> Checked<Reply> {
        let expected = self.specification.call(call);
        let reply = self.engine.call(call);
        let referred = self.reference.as_mut().and_then(|reference| reference.ask(call));
        if let (Call::AddPool { mem, bytes }, true) = (call, reply.is_done()) {
            self.pools.push((mem, bytes));
        }
        compare(reply, Column::Specification, expected)?;
        if let Some(referred) = referred {
            compare(reply, Column::Reference, referred)?;
        }
        Ok(reply)
    }

    /// The whole state: `validate`, and the walks and lists of all columns.
    pub(super) fn check(&self) -> Checked {
        if let Err(violation) = self.engine.validate() {
            return Err(Finding::new(Check::Law(violation.law), violation));
        }
        let mut others: Vec<(Column, &dyn Allocator)> =
            vec![(Column::Specification, &self.specification)];
        if let Some(reference) = &self.reference {
            others.push((Column::Reference, reference));
        }
        for (column, other) in others {
            for &(mem, _) in &self.pools {
                let (mut ours, mut theirs): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
                self.engine.walk(mem, &mut ours);
                other.walk(mem, &mut theirs);
                if ours != theirs {
                    let check = Check::Walk(column);
                    return Err(Finding::first_difference(check, &ours, column, &theirs));
                }
            }
            let (mut ours, mut theirs): (Vec<Listed>, Vec<Listed>) = (Vec::new(), Vec::new());
            self.engine.lists(&mut ours);
            other.lists(&mut theirs);
            if ours != theirs {
                let check = Check::FreeLists(column);
                return Err(Finding::first_difference(check, &ours, column, &theirs));
            }
        }
        Ok(())
    }

    /// The engine's heap.
    pub(super) fn engine(&self) -> Dump {
        Dump::of(&*self.engine, &self.pools)
    }

    /// What was found, with the columns as they are.
    pub(super) fn found(&self, finding: &Finding) -> Found {
        let pools = &self.pools;
        let reference = self.reference.as_ref().map(|reference| Dump::of(reference, pools));
        let columns = [Some(self.engine()), reference, Some(Dump::of(&self.specification, pools))];
        Found::new(finding, columns)
    }
}

fn compare(reply: Reply, column: Column, expected: Reply) -> Checked {
    if reply == expected {
        return Ok(());
    }
    let check = match (reply, expected) {
        (Reply::Block(_), Reply::Block(_)) => Check::Placement(column),
        _ => Check::Status(column),
    };
    Err(Finding::differs(check, reply, column, expected))
}
