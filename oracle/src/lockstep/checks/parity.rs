//! The engine's reply equals that of another column.

use crate::call::Reply;
use crate::finding::{Check, Checked, Column, Finding};
use crate::lockstep::columns::Columns;

/// Both columns did the call, or both refused it.
#[inline]
pub(crate) fn status(reply: Reply, column: Column, expected: Reply) -> Checked {
    if reply.is_done() == expected.is_done() {
        return Ok(());
    }
    Err(Finding::differs(Check::Status(column), reply, column, expected))
}

/// Both columns returned the same block, of the same usable size, or none.
#[inline]
pub(crate) fn placement(
    columns: &Columns,
    reply: Reply,
    column: Column,
    expected: Reply,
    usable_size: impl Fn(usize) -> usize,
) -> Checked {
    if reply.payload() != expected.payload() {
        return Err(Finding::differs(Check::Placement(column), reply, column, expected));
    }
    let Some(payload) = reply.payload() else { return Ok(()) };
    let (engine, other) = (columns.subject.usable_size(payload), usable_size(payload));
    if engine == other {
        return Ok(());
    }
    let what = format!("usable bytes at {payload}: engine {engine}, {column} {other}");
    Err(Finding::new(Check::Placement(column), what).at(payload))
}
